/** What several checks ask about nodes, worked out once a node, so that no check takes longer than the tree is long. */
import type { RelatedPlace } from "../diagnostic.ts";
import { type Property, stringsToBytes, type TreeNode } from "../tree.ts";

/** `#address-cells` and `#size-cells` as a node itself has them; null where it has none, or none of one cell. */
export interface OwnCells {
  readonly address: number | null;
  readonly size: number | null;
}

/** dtc takes cells as signed numbers, and asks nothing more where they are below 0. */
export const MOST_CELLS = 0x7fffffff;

/** The same as they count for the node's children, with the specification's 2 and 1 where it says nothing. */
export interface ChildCells {
  readonly address: number;
  readonly size: number;
}

export interface TreeFacts {
  readonly ownCells: (node: TreeNode) => OwnCells;
  readonly childCells: (node: TreeNode) => ChildCells;
  /** Whether the node's `compatible` says `simple-bus`. */
  readonly isSimpleBus: (node: TreeNode) => boolean;
  /** Whether its `device_type` is `pci`. */
  readonly isPciBus: (node: TreeNode) => boolean;
  /** Whether its `device_type` is `memory`. */
  readonly isMemory: (node: TreeNode) => boolean;
  /** Property names that were looked at and are as they should be: a tree has few, each thousands of times. */
  readonly soundNames: Set<string>;
  /** The first node that has this phandle, and the property that says so. */
  readonly phandleOwner: (phandle: number) => PhandleOwner | undefined;
}

interface PhandleOwner {
  readonly node: TreeNode;
  readonly property: Property;
}

/** @param nodes all that are checked, in order. */
export function treeFacts(nodes: readonly TreeNode[]): TreeFacts {
  const ownCells = perNode(readCells);
  let owners: Map<number, PhandleOwner> | null = null;
  return {
    ownCells,
    childCells: perNode((node) => {
      const { address, size } = ownCells(node);
      return { address: address ?? 2, size: size ?? 1 };
    }),
    isSimpleBus: perNode((node) => hasString(node.property("compatible"), SIMPLE_BUS)),
    isPciBus: perNode((node) => beginsWith(node.property("device_type"), PCI, 0)),
    isMemory: (node) => beginsWith(node.property("device_type"), MEMORY, 0),
    soundNames: new Set(),
    phandleOwner: (phandle) => (owners ??= phandleOwners(nodes)).get(phandle),
  };
}

function perNode<T>(workOut: (node: TreeNode) => T): (node: TreeNode) => T {
  const known = new Map<TreeNode, T>();
  return (node) => {
    let fact = known.get(node);
    if (fact === undefined) {
      fact = workOut(node);
      known.set(node, fact);
    }
    return fact;
  };
}

function readCells(node: TreeNode): OwnCells {
  return { address: oneCell(node.property("#address-cells")), size: oneCell(node.property("#size-cells")) };
}

/** With the NUL that ends a string. */
const SIMPLE_BUS = stringsToBytes(["simple-bus"]);
const PCI = stringsToBytes(["pci"]);
const MEMORY = stringsToBytes(["memory"]);

/** Whether one of a property's strings is this one. The value is left as bytes: a hostile one is millions of strings. */
function hasString(property: Property | null, text: Uint8Array): boolean {
  if (property === null) return false;
  const { value } = property;
  for (let start = 0, at = 0; at < value.length; at++) {
    if (value[at] !== 0) continue;
    if (at + 1 - start === text.length && beginsWith(property, text, start)) return true;
    start = at + 1;
  }
  return false;
}

function beginsWith(property: Property | null, text: Uint8Array, start: number): boolean {
  if (property === null || property.length < start + text.length) return false;
  const { value } = property;
  for (let i = 0; i < text.length; i++) if (value[start + i] !== text[i]) return false;
  return true;
}

function oneCell(property: Property | null): number | null {
  return property !== null && property.length === 4 ? property.cell(0) : null;
}

/** Where the cells of a node stand in the source, for a finding about what they count. */
export function cellPlaces(node: TreeNode): RelatedPlace[] {
  return [node.property("#address-cells"), node.property("#size-cells")]
    .filter((property) => property !== null)
    .map(({ name, span }) => ({ message: `${name} of ${nodeText(node)}`, span }));
}

function phandleOwners(nodes: readonly TreeNode[]): Map<number, PhandleOwner> {
  const owners = new Map<number, PhandleOwner>();
  for (const node of nodes) {
    const property = usablePhandle(node.property("phandle")) ?? usablePhandle(node.property("linux,phandle"));
    if (property !== null && !owners.has(property.cell(0))) owners.set(property.cell(0), { node, property });
  }
  return owners;
}

/** The property, where it can be a phandle: one cell that is not one of the two which mean none. */
export function usablePhandle(property: Property | null): Property | null {
  if (property === null || property.length !== 4) return null;
  const phandle = property.cell(0);
  return phandle === 0 || phandle === 0xffffffff ? null : property;
}

/** What stands before the `@` of a node's name. */
export function baseName(node: TreeNode): string {
  const at = node.name.indexOf("@");
  return at < 0 ? node.name : node.name.slice(0, at);
}

/** What stands after the `@`; empty where there is none, or nothing after it, which dtc does not tell apart. */
export function unitAddress(node: TreeNode): string {
  return node.unitAddress ?? "";
}

/** A node as messages name it. */
export function nodeText(node: TreeNode): string {
  return node.parent === null ? "the root" : node.name;
}

/** `1 cell`, `3 cells`. */
export function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}
