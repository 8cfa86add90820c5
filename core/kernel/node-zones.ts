/** Zones as `/proc/zoneinfo` has them: those of each NUMA node by themselves (`calculate_node_totalpages`). */
import type { KernelConfig, MemoryMap, ZoneName } from "./boot.ts";
import type { MemoryPiece } from "./memory-pieces.ts";
import { pagesInside } from "./resources.ts";

export interface NodeZone {
  readonly numaNode: number;
  readonly name: ZoneName;
  /** `start_pfn`. */
  readonly start: number;
  readonly spanned: number;
  readonly present: number;
}

/** The zones that have pages, by node and then by address. `pieces` ascend. */
export function readNodeZones(
  { zones }: MemoryMap,
  pieces: readonly MemoryPiece[],
  { pageSize }: KernelConfig,
): NodeZone[] {
  const found: NodeZone[] = [];
  for (const numaNode of [...new Set(pieces.map((piece) => piece.numaNode))].sort((a, b) => a - b)) {
    const pages = pieces
      .filter((piece) => piece.numaNode === numaNode)
      .flatMap((piece) => pagesInside(piece, pageSize));
    const [first, last] = [pages[0], pages.at(-1)];
    if (first === undefined || last === undefined) continue;
    for (const zone of zones) {
      const start = Math.max(zone.start, first.start);
      const end = Math.min(zone.end, last.end);
      let present = 0;
      for (const range of pages) {
        present += Math.max(0, Math.min(end, range.end) - Math.max(start, range.start) + 1);
      }
      if (present > 0) found.push({ numaNode, name: zone.name, start, spanned: end - start + 1, present });
    }
  }
  return found;
}
