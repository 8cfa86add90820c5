/**
 * Memory as memblock keeps it: apart where it differs in more than its place. Edges are where the tree has them, to the
 * byte, and a page with an edge in it is lost, as no piece has all of it.
 */
import { firstCell, readPairs } from "../machine/property.ts";
import { maxBigint, minBigint } from "../machine/units.ts";
import type { Machine } from "../machine.ts";
import { type ByteRange, byteRange } from "./byte-ranges.ts";

/** What memblock tells pieces apart by. */
interface Attributes {
  readonly noMap: boolean;
  readonly hotpluggable: boolean;
  /** Null where the tree does not say. */
  readonly numaNode: number | null;
}

export interface MemoryPiece extends ByteRange, Attributes {
  readonly numaNode: number;
}

type Piece = ByteRange & Attributes;

/** `MAX_NUMNODES` with `CONFIG_NODES_SHIFT` 4, arm64's default. */
const MAX_NUMA_NODES = 16;

/** `memory` and `noMap`, in order, as the kernel has them when its page allocator starts. Ascending. */
export function memoryPieces(
  machine: Machine,
  memory: readonly ByteRange[],
  noMap: readonly ByteRange[],
): MemoryPiece[] {
  const plain = { noMap: false, hotpluggable: false, numaNode: null };
  let pieces: Piece[] = memory.map((range) => ({ ...range, ...plain }));
  for (const { node, available, ranges } of machine.memoryNodes) {
    // `early_init_dt_scan_memory` marks the range as it stands in the tree, not as it was trimmed
    if (!available || node.property("hotpluggable") === null) continue;
    for (const { address, size } of ranges) pieces = mark(pieces, byteRange(address, size), { hotpluggable: true });
  }
  for (const range of noMap) pieces = mark(pieces, range, { noMap: true });
  return placeOnNodes(machine, pieces) ?? pieces.map((piece) => ({ ...piece, numaNode: 0 }));
}

/** Each piece on the node that the tree says; null where it does not say for all (`arch_numa_init`). */
function placeOnNodes(machine: Machine, pieces: readonly Piece[]): MemoryPiece[] | null {
  let placed: readonly Piece[] = pieces;
  for (const { node } of machine.memoryNodes) {
    // `of_numa_parse_memory_nodes` reads `reg` whatever the status
    if (node.property("numa-node-id") === null) continue;
    const numaNode = firstCell(node, "numa-node-id");
    const reg = node.property("reg");
    const pairs = reg === null ? [] : readPairs(reg, machine.rootCells);
    if (numaNode === null || numaNode >= MAX_NUMA_NODES || pairs.length === 0) return null;
    for (const { address, size } of pairs) placed = mark(placed, byteRange(address, size), { numaNode });
  }
  const known: MemoryPiece[] = [];
  for (const piece of placed) {
    const { numaNode } = piece;
    if (numaNode === null) return null;
    known.push({ ...piece, numaNode });
  }
  return known;
}

/** `memblock_isolate_range`, and `memblock_merge_regions` after it. */
function mark(pieces: readonly Piece[], range: ByteRange, change: Partial<Attributes>): Piece[] {
  const marked: Piece[] = [];
  const add = (piece: Piece) => {
    if (piece.start >= piece.end) return;
    const last = marked.at(-1);
    if (last !== undefined && last.end === piece.start && isAlike(last, piece)) {
      marked[marked.length - 1] = { ...last, end: piece.end };
    } else marked.push(piece);
  };
  for (const piece of pieces) {
    const { start, end } = piece;
    if (range.end <= start || end <= range.start) {
      add(piece);
      continue;
    }
    add({ ...piece, end: maxBigint(start, range.start) });
    add({ ...piece, ...change, start: maxBigint(start, range.start), end: minBigint(end, range.end) });
    add({ ...piece, start: minBigint(end, range.end) });
  }
  return marked;
}

function isAlike(a: Piece, b: Piece): boolean {
  return a.noMap === b.noMap && a.hotpluggable === b.hotpluggable && a.numaNode === b.numaNode;
}
