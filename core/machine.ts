/**
 * What a device tree says about memory, as typed records with their nodes at hand. Nothing here depends on which kernel
 * reads them: rules that differ by series are in `core/kernel`.
 */
import type { DeviceTree, MemReserve, Property, TreeNode } from "../dts/tree.ts";
import {
  type AddressRange,
  type Cells,
  firstCell,
  firstString,
  isAvailable,
  isCompatible,
  readPairs,
  TAG_STORAGE_COMPATIBLE,
} from "./machine/property.ts";

/** A child of the root whose `device_type` is `memory`, as `early_init_dt_scan_memory` looks for them. */
export interface MemoryNode {
  readonly node: TreeNode;
  /** False where `status` keeps the memory scan from it. */
  readonly available: boolean;
  /** `linux,usable-memory`, or else `reg`; null where there is neither. */
  readonly reg: Property | null;
  /** The whole pairs of {@link reg}, by the root's cells, as they stand: not trimmed to pages, size 0 included. */
  readonly ranges: readonly AddressRange[];
  /** `numa-node-id`; null where there is none. */
  readonly numaNode: number | null;
}

/** A child of `/reserved-memory`. */
export interface ReservedNode {
  readonly node: TreeNode;
  readonly available: boolean;
  readonly reg: Property | null;
  /** The whole pairs of {@link reg}, by the root's cells. */
  readonly ranges: readonly AddressRange[];
  readonly noMap: boolean;
}

/** A node, anywhere, that is compatible with `arm,mte-tag-storage`. */
export interface TagNode {
  readonly node: TreeNode;
  readonly place: "root" | "reserved-memory" | "elsewhere";
}

export interface Machine {
  readonly tree: DeviceTree;
  /** `/chosen`, by the path that the kernel looks it up by; null where there is none. */
  readonly chosen: TreeNode | null;
  /**
   * `linux,usable-memory-range` of {@link chosen}, by the root's cells: what a crash kernel is left of memory. At most
   * two pairs, further ones unread (`early_init_dt_check_for_usable_mem_range`).
   */
  readonly usableRanges: readonly AddressRange[];
  /** The root's `#address-cells` and `#size-cells`; 1 where the root has none (`early_init_dt_scan_root`). */
  readonly rootCells: Cells;
  /** In the order of the tree, unavailable ones included. */
  readonly memoryNodes: readonly MemoryNode[];
  readonly reservedMemory: TreeNode | null;
  /** In the order of the tree. */
  readonly reservedNodes: readonly ReservedNode[];
  /** In the order of the tree. */
  readonly tagNodes: readonly TagNode[];
  /** Up to the first of size 0, which ends the list (`early_init_fdt_scan_reserved_mem`). */
  readonly memReserves: readonly MemReserve[];
}

/** Reads what a tree says about memory. Gives no finding: what it cannot read it leaves out. */
export function readMachine(tree: DeviceTree): Machine {
  const { root } = tree;
  const rootCells = { address: firstCell(root, "#address-cells") ?? 1, size: firstCell(root, "#size-cells") ?? 1 };
  const reservedMemory = findReservedMemory(root);
  const chosen = root.child("chosen") ?? root.child("chosen@0");
  return {
    tree,
    chosen,
    usableRanges: readUsableRanges(chosen, rootCells),
    rootCells,
    memoryNodes: root.children
      .filter((node) => firstString(node, "device_type") === "memory")
      .map((node) => readMemoryNode(node, rootCells)),
    reservedMemory,
    reservedNodes: (reservedMemory?.children ?? []).map((node) => readReservedNode(node, rootCells)),
    tagNodes: findTagNodes(tree, reservedMemory),
    memReserves: readMemReserves(tree),
  };
}

/** `MAX_USABLE_RANGES`. */
const MOST_USABLE_RANGES = 2;

function readUsableRanges(chosen: TreeNode | null, cells: Cells): readonly AddressRange[] {
  const property = chosen?.property("linux,usable-memory-range") ?? null;
  return property === null ? [] : readPairs(property, cells).slice(0, MOST_USABLE_RANGES);
}

function readMemReserves({ memReserves }: DeviceTree): readonly MemReserve[] {
  const end = memReserves.findIndex(({ size }) => size === 0n);
  return end < 0 ? memReserves : memReserves.slice(0, end);
}

function readMemoryNode(node: TreeNode, cells: Cells): MemoryNode {
  const reg = node.property("linux,usable-memory") ?? node.property("reg");
  return {
    node,
    available: isAvailable(node),
    reg,
    ranges: reg === null ? [] : readPairs(reg, cells),
    numaNode: firstCell(node, "numa-node-id"),
  };
}

function readReservedNode(node: TreeNode, cells: Cells): ReservedNode {
  const reg = node.property("reg");
  return {
    node,
    available: isAvailable(node),
    reg,
    ranges: reg === null ? [] : readPairs(reg, cells),
    noMap: node.property("no-map") !== null,
  };
}

/** `fdt_path_offset("/reserved-memory")`: a path without unit address finds a node with one too. */
function findReservedMemory(root: TreeNode): TreeNode | null {
  const name = "reserved-memory";
  return root.children.find((node) => node.name === name || node.name.startsWith(`${name}@`)) ?? null;
}

function findTagNodes(tree: DeviceTree, reservedMemory: TreeNode | null): TagNode[] {
  const found: TagNode[] = [];
  for (const node of tree.root.walk()) {
    if (!isCompatible(node, TAG_STORAGE_COMPATIBLE)) continue;
    if (node.parent !== null && node.parent === reservedMemory) found.push({ node, place: "reserved-memory" });
    else found.push({ node, place: node.parent === tree.root ? "root" : "elsewhere" });
  }
  return found;
}
