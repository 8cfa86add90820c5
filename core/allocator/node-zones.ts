/** Zones of several NUMA nodes: each node has its own, and no free block merges across (`page_is_buddy`). */
import type { TagRegion } from "../region.ts";
import type { ZoneSpan } from "./page-space.ts";

/**
 * Cuts zones where tagged memory of one node touches that of another. Where a region's memory node does not say which
 * node it is, the kernel puts all memory into node 0 (`dummy_numa_init`), and nothing is cut.
 */
export function nodeZones(zones: readonly ZoneSpan[], regions: readonly TagRegion[]): readonly ZoneSpan[] {
  if (regions.some(({ numaNode }) => numaNode === null)) return zones;
  const cuts = regions
    .map(({ memory }) => memory.start)
    .filter((start) => {
      const below = regions.find(({ memory }) => memory.end + 1 === start);
      const above = regions.find(({ memory }) => memory.start === start);
      return below !== undefined && below.numaNode !== above?.numaNode;
    });
  const starts = [...new Set(cuts)].sort((a, b) => a - b);
  return zones.flatMap((zone) => {
    const inside = starts.filter((start) => start > zone.start && start <= zone.end);
    return [zone.start, ...inside].map((start, i) => ({
      name: zone.name,
      start,
      end: (inside[i] ?? zone.end + 1) - 1,
      node: starts.filter((cut) => cut <= start).length,
    }));
  });
}
