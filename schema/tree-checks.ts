/** What JSON Schema cannot say of a device tree: what stands in one node about another. */
import type { Diagnostic } from "../dts/diagnostic.ts";
import type { DeviceTree, Property, TreeNode } from "../dts/tree.ts";
import { cellCounts } from "./decode.ts";
import { isEnabled, isMemory, type NodeOfKind } from "./node-kinds.ts";
import { nodeText } from "./node-text.ts";

/** Bytes, `end` exclusive. */
interface ByteRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** What the checks need to know of the whole tree, gathered once, and only where a node asks. */
export interface TreeFacts {
  readonly phandles: () => ReadonlySet<number>;
  /** What enabled memory nodes describe: ascending, merged where they touch. */
  readonly memory: () => readonly ByteRange[];
}

export function treeFacts(tree: DeviceTree): TreeFacts {
  return { phandles: once(() => phandlesOf(tree)), memory: once(() => memoryOf(tree)) };
}

/** `dangling-phandle`, and the memory node that the rfc-v3 binding asks for (`schema-binding`). */
export function checkTagStorage({ node, kind }: NodeOfKind, facts: TreeFacts): Diagnostic[] {
  if (kind === "rootTagStorage") return checkPhandle(node, "memory", facts);
  if (kind !== "reservedTagStorage" || !isEnabled(node)) return [];
  return [...checkPhandle(node, "tagged-memory", facts), ...checkDescribedAsMemory(node, facts)];
}

function checkPhandle(node: TreeNode, name: string, facts: TreeFacts): Diagnostic[] {
  const property = node.property(name);
  if (property === null || property.value.length !== 4) return [];
  const phandle = property.cell(0);
  if (facts.phandles().has(phandle)) return [];
  return [
    {
      rule: "dangling-phandle",
      severity: "error",
      message: `${name} of ${nodeText(node)} is the phandle 0x${phandle.toString(16)}, which no node has`,
      hint: `label the memory node whose tags these are, and write ${name} = <&label>`,
      node: node.path,
      span: property.spanAt(0),
    },
  ];
}

function checkDescribedAsMemory(node: TreeNode, facts: TreeFacts): Diagnostic[] {
  const reg = node.property("reg");
  const range = reg === null ? undefined : rangesOf(reg, node.parent)[0];
  if (reg === null || range === undefined || isCovered(range, facts.memory())) return [];
  return [
    {
      rule: "schema-binding",
      severity: "warning",
      message: `no memory node describes the range that ${nodeText(node)} reserves, 0x${range.start.toString(16)} to 0x${(range.end - 1n).toString(16)}`,
      hint: "add a memory node of the same reg: rfc-v3 keeps tag storage in pages, and only described memory has pages",
      node: node.path,
      span: reg.span,
    },
  ];
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function phandlesOf(tree: DeviceTree): ReadonlySet<number> {
  const phandles = new Set<number>();
  for (const node of tree.root.walk()) {
    const phandle = node.phandle;
    if (phandle !== null) phandles.add(phandle);
  }
  return phandles;
}

function memoryOf(tree: DeviceTree): readonly ByteRange[] {
  const ranges: ByteRange[] = [];
  for (const node of tree.root.children) {
    if (!isMemory(node) || !isEnabled(node)) continue;
    const reg = node.property("linux,usable-memory") ?? node.property("reg");
    if (reg !== null) for (const range of rangesOf(reg, tree.root)) ranges.push(range);
  }
  ranges.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const merged: { start: bigint; end: bigint }[] = [];
  for (const range of ranges) {
    const last = merged.at(-1);
    if (last === undefined || range.start > last.end) merged.push({ ...range });
    else if (range.end > last.end) last.end = range.end;
  }
  return merged;
}

/** `OF_MAX_ADDR_CELLS` for an address, and as much for a size. */
const MAX_ROW_CELLS = 8;

/** The whole rows of a `reg` that are not empty; none where its length or the cells are wrong. */
function rangesOf(reg: Property, parent: TreeNode | null): ByteRange[] {
  const cells = cellCounts(parent);
  if (cells === null || reg.value.length % 4 !== 0) return [];
  const rowCells = cells.address + cells.size;
  if (rowCells === 0 || rowCells > MAX_ROW_CELLS || reg.cellCount % rowCells !== 0) return [];
  const ranges: ByteRange[] = [];
  for (let at = 0; at < reg.cellCount; at += rowCells) {
    const start = reg.cells(at, cells.address);
    const size = reg.cells(at + cells.address, cells.size);
    if (size > 0n) ranges.push({ start, end: start + size });
  }
  return ranges;
}

function isCovered(range: ByteRange, merged: readonly ByteRange[]): boolean {
  let low = 0;
  let high = merged.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (merged[middle]!.start <= range.start) low = middle + 1;
    else high = middle;
  }
  const before = merged[low - 1];
  return before !== undefined && before.end >= range.end;
}
