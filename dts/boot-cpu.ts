import type { TreeNode } from "./tree.ts";

/** The boot CPU of a tree that does not say which it is, as dtc guesses: the `reg` of the first child of `/cpus`, if it is one cell. */
export function guessBootCpu(root: TreeNode): number {
  const reg = root.child("cpus")?.children[0]?.property("reg");
  return reg !== undefined && reg !== null && reg.length === 4 ? reg.cell(0) : 0;
}
