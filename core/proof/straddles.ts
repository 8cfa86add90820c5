/**
 * Allocations that straddle regions: naturally aligned, every page in some region's memory, and no region has them all
 * (two memory nodes with no gap between them, or the two rows that a zone boundary makes of one). Every series looks up
 * the region of the first page alone. At each order at most one such allocation lies across each place where the memory
 * of one region ends and that of the next begins, so they are checked one by one, whatever the size of memory.
 */
import type { TagRegion } from "../region.ts";
import type { Series } from "../series.ts";
import { partBlocks } from "./allocation-blocks.ts";
import { type MemoryPart, memoryParts, partsBetween } from "./memory-parts.ts";
import type { OrderRow } from "./proof.ts";
import { addBreach, newRow, type RowDraft } from "./row-draft.ts";

/**
 * A row for each region and order that has such allocations, counted for the region of their first page; region by
 * region, orders ascending.
 */
export function straddleRows(regions: readonly TagRegion[], series: Series, maxOrder: number): OrderRow[] {
  const memory = memoryParts(regions);
  const boundaries = memory.slice(1).flatMap(({ start }, index) => (memory[index]!.end === start ? [start] : []));
  const rows: RowDraft[] = [];
  for (let order = 0; order <= maxOrder; order++) {
    const pages = 2 ** order;
    let lastPfn = -1;
    for (const boundary of boundaries) {
      const pfn = Math.floor(boundary / pages) * pages;
      if (pfn === boundary || pfn === lastPfn) continue;
      lastPfn = pfn;
      const parts = partsBetween(memory, pfn, pfn + pages);
      if (isStraddling(parts, regions, pages)) {
        countStraddle(rowOf(rows, parts[0]!.row, order), regions, series, pfn, parts);
      }
    }
  }
  return rows.sort((a, b) => a.region - b.region || a.order - b.order);
}

/** True where the page allocator can hand out these pages as one allocation, and no region has them all. */
function isStraddling(parts: readonly MemoryPart[], regions: readonly TagRegion[], pages: number): boolean {
  const covered = parts.reduce((sum, { start, end }) => sum + end - start, 0);
  if (covered < pages) return false;
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (regions.some(({ memory }) => first.start >= memory.start && last.end <= memory.end + 1)) return false;
  // Free pages are merged within a zone, and each NUMA node has its own zones (page_is_buddy). Where a memory node does
  // not say which it belongs to, the kernel puts all memory into node 0 (numa_init falls back to dummy_numa_init).
  if (regions.some(({ numaNode }) => numaNode === null)) return true;
  return parts.every(({ region }) => region.numaNode === first.region.numaNode);
}

function rowOf(rows: RowDraft[], region: number, order: number): RowDraft {
  let row = rows.find((candidate) => candidate.region === region && candidate.order === order);
  if (row === undefined) {
    row = newRow(region, order, 0);
    rows.push(row);
  }
  return row;
}

function countStraddle(
  row: RowDraft,
  regions: readonly TagRegion[],
  series: Series,
  pfn: number,
  parts: readonly MemoryPart[],
): void {
  const blocks = partBlocks(regions, series, row.order, pfn, parts);
  row.allocations++;
  if (blocks.some(({ isMissing }) => isMissing)) addBreach(row.unprotected, 1, pfn);
  if (blocks.some(({ isExtra }) => isExtra)) addBreach(row.overReserved, 1, pfn);
  if (blocks.some(({ isOutside }) => isOutside)) addBreach(row.outOfRegion, 1, pfn);
  if (blocks.some(({ isLeaking }) => isLeaking)) addBreach(row.leaks, 1, pfn);
  if (blocks.some(({ isEarly }) => isEarly)) addBreach(row.earlyReleases, 1, pfn);
  for (const { pages, isMissing, isExtra } of blocks) {
    if (isMissing) row.unprotected.pages += pages;
    if (isExtra) row.overReserved.blocks++;
  }
}
