/** Zones as `/proc/zoneinfo` has them: those of each NUMA node by themselves (`calculate_node_totalpages`). */
import { firstCell, readPairs } from "../machine/property.ts";
import type { Machine } from "../machine.ts";
import type { KernelConfig, MemoryMap, ZoneName } from "./boot.ts";
import { type ByteRange, byteRange } from "./byte-ranges.ts";
import { type MemoryPiece, pagesInside } from "./resources.ts";

export interface NodeZone {
  readonly numaNode: number;
  readonly name: ZoneName;
  /** `start_pfn`. */
  readonly start: number;
  readonly spanned: number;
  readonly present: number;
}

/** `MAX_NUMNODES` with `CONFIG_NODES_SHIFT` 4, arm64's default. */
const MAX_NUMA_NODES = 16;

interface PlacedPiece extends ByteRange {
  readonly numaNode: number;
}

/** The zones that have pages, by node and then by address. `pieces` are those of `readResources`. */
export function readNodeZones(
  machine: Machine,
  { zones }: MemoryMap,
  pieces: readonly MemoryPiece[],
  { pageSize }: KernelConfig,
): NodeZone[] {
  const found: NodeZone[] = [];
  const placed = placeOnNodes(machine, pieces);
  for (const numaNode of [...new Set(placed.map((piece) => piece.numaNode))].sort((a, b) => a - b)) {
    const pages = placed
      .filter((piece) => piece.numaNode === numaNode)
      .flatMap((piece) => pagesInside(piece, pageSize));
    if (pages.length === 0) continue;
    const nodeStart = Math.min(...pages.map(({ start }) => start));
    const nodeEnd = Math.max(...pages.map(({ end }) => end));
    for (const zone of zones) {
      const start = Math.max(zone.start, nodeStart);
      const end = Math.min(zone.end, nodeEnd);
      let present = 0;
      for (const range of pages) {
        present += Math.max(0, Math.min(end, range.end) - Math.max(start, range.start) + 1);
      }
      if (present > 0) found.push({ numaNode, name: zone.name, start, spanned: end - start + 1, present });
    }
  }
  return found;
}

/** Each piece with its node: as the tree says, or all on node 0 where it does not say for all (`arch_numa_init`). */
function placeOnNodes(machine: Machine, pieces: readonly MemoryPiece[]): PlacedPiece[] {
  const ranges = numaRanges(machine);
  const placed = ranges === null ? null : placeBy(ranges, pieces);
  return placed ?? pieces.map(({ start, end }) => ({ start, end, numaNode: 0 }));
}

/** `of_numa_parse_memory_nodes`, which reads `reg` whatever the status; null where it fails or finds nothing. */
function numaRanges(machine: Machine): PlacedPiece[] | null {
  const ranges: PlacedPiece[] = [];
  for (const { node } of machine.memoryNodes) {
    if (node.property("numa-node-id") === null) continue;
    const numaNode = firstCell(node, "numa-node-id");
    const reg = node.property("reg");
    const pairs = reg === null ? [] : readPairs(reg, machine.rootCells);
    if (numaNode === null || numaNode >= MAX_NUMA_NODES || pairs.length === 0) return null;
    ranges.push(...pairs.map(({ address, size }) => ({ ...byteRange(address, size), numaNode })));
  }
  return ranges.length === 0 ? null : ranges;
}

/** `memblock_set_node` for each range in turn; null where memory is left without a node (`numa_register_nodes`). */
function placeBy(ranges: readonly PlacedPiece[], pieces: readonly MemoryPiece[]): PlacedPiece[] | null {
  const placed: PlacedPiece[] = [];
  const edges = [...new Set(ranges.flatMap(({ start, end }) => [start, end]))].sort((a, b) => (a < b ? -1 : 1));
  for (const piece of pieces) {
    let { start } = piece;
    for (const edge of [...edges.filter((each) => start < each && each < piece.end), piece.end]) {
      const last = ranges.findLast((range) => range.start <= start && edge <= range.end);
      if (last === undefined) return null;
      const before = placed.at(-1);
      const part = { start, end: edge, numaNode: last.numaNode };
      // Two ranges of one node that touch stay one piece, so that no page between them is lost
      if (before?.end === start && before.numaNode === part.numaNode && start !== piece.start) {
        placed[placed.length - 1] = { ...before, end: edge };
      } else placed.push(part);
      start = edge;
    }
  }
  return placed;
}
