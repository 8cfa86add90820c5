import type { TagRegion } from "../../core/region.ts";
import {
  blockIndex,
  blockOf,
  blocksWalked,
  findRegion,
  pagesPerBlock,
  referencesAdded,
  wholeBlocks,
} from "../../core/reservation.ts";
import type { Series } from "../../core/series.ts";

/** An allocation at an edge of a region or of a block: what hardware uses for it, and what one series reserves. */
export interface BoundaryAllocation {
  /** Row of the region that all its pages lie in. */
  readonly region: number;
  readonly order: number;
  readonly pfn: number;
  /** First pages of the first and last block that hardware uses. */
  readonly hardware: { readonly first: number; readonly last: number };
  /** First pages of the first and last block that the kernel reserves, and what each gets; null where it finds none. */
  readonly kernel: {
    readonly region: number;
    readonly first: number;
    readonly last: number;
    readonly firstReferences: number;
    readonly lastReferences: number;
  } | null;
}

/** Allocations on each side of a boundary. */
const EACH_SIDE = 2;

/**
 * The naturally aligned allocations of every order that lie next to the edges of a region's memory, of its first, second
 * and last block, and of where its tags run out; region by region, orders and PFNs ascending, each once.
 */
export function boundaryAllocations(
  regions: readonly TagRegion[],
  series: Series,
  maxOrder: number,
): BoundaryAllocation[] {
  const allocations: BoundaryAllocation[] = [];
  regions.forEach((region, row) => {
    for (let order = 0; order <= maxOrder; order++) {
      for (const pfn of pfnsAtEdges(region, 2 ** order)) {
        allocations.push(describe(regions, series, row, order, pfn));
      }
    }
  });
  return allocations;
}

function pfnsAtEdges(region: TagRegion, pages: number): number[] {
  const { start, end } = region.memory;
  const period = pagesPerBlock(region);
  const lastBlock = blockIndex(region, end);
  const edges = [0, 1, 2, lastBlock, wholeBlocks(region)].map((index) => start + period * index);
  const pfns = new Set<number>();
  for (const edge of [...edges, end + 1]) {
    const aligned = Math.floor(edge / pages) * pages;
    for (let step = -EACH_SIDE; step <= EACH_SIDE; step++) {
      const pfn = aligned + step * pages;
      if (pfn >= start && pfn + pages - 1 <= end) pfns.add(pfn);
    }
  }
  return [...pfns].sort((a, b) => a - b);
}

function describe(
  regions: readonly TagRegion[],
  series: Series,
  row: number,
  order: number,
  pfn: number,
): BoundaryAllocation {
  const region = regions[row]!;
  const hardware = { first: blockOf(region, pfn), last: blockOf(region, pfn + 2 ** order - 1) };
  const foundRow = findRegion(regions, pfn);
  if (foundRow < 0) return { region: row, order, pfn, hardware, kernel: null };
  const found = regions[foundRow]!;
  const steps = blocksWalked(series, found, order, pfn);
  const first = blockOf(found, pfn);
  const kernel = {
    region: foundRow,
    first,
    last: first + (steps - 1) * found.blockPages,
    firstReferences: referencesAdded(series, found, order, pfn, 0),
    lastReferences: referencesAdded(series, found, order, pfn, steps - 1),
  };
  return { region: row, order, pfn, hardware, kernel };
}
