import type { DeviceTree } from "./tree.ts";

/**
 * Puts memory reservations in the order of address and size, and the properties and children of every node in that of
 * the bytes of their names, as `dtc --sort` does, so that trees can be compared. Those of one name stay as they stand.
 */
export function sortTree(tree: DeviceTree): void {
  tree.memReserves.sort((a, b) => compare(a.address, b.address) || compare(a.size, b.size));
  for (const { properties, children } of tree.root.walk()) {
    properties.sort(byName);
    children.sort(byName);
  }
}

/** Names hold a byte a character, so this is `strcmp`. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compare(a.name, b.name);
}

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
