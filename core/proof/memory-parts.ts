/**
 * Whose tags the pages of an allocation have. One that lies wholly in a region's memory has them in that region. One
 * that lies in several regions' memory has them in each one's own: a page that more than one region has is taken for
 * the first one's in the table.
 */
import type { TagRegion } from "../region.ts";

/** Pages `start … end - 1`, whose tags one region holds. */
export interface MemoryPart {
  readonly region: TagRegion;
  /** Row of the region. */
  readonly row: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The parts of `2^order` pages at `pfn`, ascending: one, of row `row`, where they lie wholly in its memory. Pages
 * that no region has are left out.
 */
export function partsOf(regions: readonly TagRegion[], row: number, order: number, pfn: number): MemoryPart[] {
  const region = regions[row]!;
  const end = pfn + 2 ** order;
  if (pfn >= region.memory.start && end <= region.memory.end + 1) return [{ region, row, start: pfn, end }];
  return partsBetween(memoryParts(regions), pfn, end);
}

/** The tagged memory of all regions, ascending; two neighbours are of different regions, or leave a gap. */
export function memoryParts(regions: readonly TagRegion[]): MemoryPart[] {
  const cuts = regions.flatMap(({ memory }) => [memory.start, memory.end + 1]);
  const edges = [...new Set(cuts)].sort((a, b) => a - b);
  const parts: MemoryPart[] = [];
  for (const [index, start] of edges.slice(0, -1).entries()) {
    const row = regions.findIndex(({ memory }) => start >= memory.start && start <= memory.end);
    if (row < 0) continue;
    const end = edges[index + 1]!;
    const last = parts.at(-1);
    if (last?.row === row && last.end === start) parts[parts.length - 1] = { ...last, end };
    else parts.push({ region: regions[row]!, row, start, end });
  }
  return parts;
}

/** Those of the parts that have pages of `start … end - 1`, cut to them. */
export function partsBetween(parts: readonly MemoryPart[], start: number, end: number): MemoryPart[] {
  return parts
    .filter((part) => part.start < end && part.end > start)
    .map((part) => ({ ...part, start: Math.max(part.start, start), end: Math.min(part.end, end) }));
}
