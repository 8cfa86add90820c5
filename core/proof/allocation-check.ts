/** What one allocation breaks: blocks needed against blocks reserved, exactly, by the definitions of docs/domain.md. */
import type { TagRegion } from "../region.ts";
import { blockIndex, blocksWalked, pagesInBlock, pagesPerBlock, referencesAdded, wholeBlocks } from "../reservation.ts";
import type { Series } from "../series.ts";
import type { SharedBlocks } from "./shared-blocks.ts";

/** Allocations of one order in one region that the kernel all looks up in one row, and what is the same for all. */
export interface Pattern {
  /** The row whose memory they lie in. */
  readonly region: TagRegion;
  /** The row that the kernel's lookup gives. */
  readonly found: TagRegion;
  /** Blocks that both have. */
  readonly shared: SharedBlocks;
  readonly series: Series;
  readonly order: number;
  /** `2^order`. */
  readonly pages: number;
  /** Pages of memory that a block serves, in either row. */
  readonly regionPeriod: number;
  readonly foundPeriod: number;
  /** Whole blocks in the tag range of `region`. */
  readonly whole: number;
  /** Blocks that the kernel walks, and references that it gives to each; null where they depend on the PFN. */
  readonly walked: number | null;
  readonly references: number | null;
}

export function newPattern(
  region: TagRegion,
  found: TagRegion,
  shared: SharedBlocks,
  series: Series,
  order: number,
): Pattern {
  const isExact = series === "exact";
  const anyPfn = found.memory.start;
  return {
    region,
    found,
    shared,
    series,
    order,
    pages: 2 ** order,
    regionPeriod: pagesPerBlock(region),
    foundPeriod: pagesPerBlock(found),
    whole: wholeBlocks(region),
    walked: isExact ? null : blocksWalked(series, found, order, anyPfn),
    references: isExact ? null : referencesAdded(series, found, order, anyPfn, 0),
  };
}

/** Rewritten by each {@link checkAllocation}: one object serves a whole proof. */
export interface AllocationCheck {
  /** Pages whose block is not reserved. A block that is reserved counts, whether or not it lies inside the tag range. */
  unprotectedPages: number;
  /** Blocks reserved. */
  walked: number;
  /** Those that hold tags of the allocation. */
  useful: number;
  isOutOfRegion: boolean;
  isLeaking: boolean;
  isReleasedEarly: boolean;
}

export function newAllocationCheck(): AllocationCheck {
  return {
    unprotectedPages: 0,
    walked: 0,
    useful: 0,
    isOutOfRegion: false,
    isLeaking: false,
    isReleasedEarly: false,
  };
}

/**
 * Checks the allocation at `pfn` into `check`, in a few steps: of the blocks that are both needed and reserved, the
 * lowest and the highest may hold fewer pages than they can, and all between them are full.
 */
export function checkAllocation(check: AllocationCheck, pattern: Pattern, pfn: number): void {
  const { region, found, shared, series, order, pages, regionPeriod, foundPeriod } = pattern;
  const { start: t0, end: t1 } = region.tags;
  const { blockPages } = region;
  const walked = pattern.walked ?? blocksWalked(series, found, order, pfn);
  const firstWalked = found.tags.start + found.blockPages * blockIndex(found, pfn);
  const lastWalked = firstWalked + found.blockPages * (walked - 1);
  check.unprotectedPages = pages;
  check.walked = walked;
  check.useful = 0;
  check.isOutOfRegion = firstWalked < t0 || lastWalked + found.blockPages - 1 > t1;
  check.isLeaking = false;
  check.isReleasedEarly = false;

  const low = Math.max(t0 + blockPages * blockIndex(region, pfn), firstWalked, shared.first);
  const high = Math.min(t0 + blockPages * blockIndex(region, pfn + pages - 1), lastWalked);
  const past = (low - shared.first) % shared.step;
  const lowest = past === 0 ? low : low - past + shared.step;
  if (lowest <= high) {
    const between = Math.floor((high - lowest) / shared.step) - 1;
    checkBlock(check, pattern, pfn, lowest, firstWalked);
    if (between >= 0) checkBlock(check, pattern, pfn, lowest + shared.step * (between + 1), firstWalked);
    if (between > 0) {
      check.useful += between;
      const references = pattern.references ?? foundPeriod;
      check.unprotectedPages -= between * regionPeriod;
      // Where some of them lie behind the tag range's whole blocks, so does the highest, which leaks then.
      if (references > regionPeriod) check.isLeaking = true;
      if (references < regionPeriod) check.isReleasedEarly = true;
    }
  }
  if (walked > check.useful) check.isLeaking = true;
}

/** One block that is both needed and reserved. */
function checkBlock(check: AllocationCheck, pattern: Pattern, pfn: number, block: number, firstWalked: number): void {
  const { region, found, series, order, whole } = pattern;
  const index = (block - region.tags.start) / region.blockPages;
  const needed = pagesInBlock(region, order, pfn, index);
  const references =
    pattern.references ?? referencesAdded(series, found, order, pfn, (block - firstWalked) / found.blockPages);
  // A page whose block is not wholly inside the region finds no block, and gives nothing back.
  const givenBack = index < whole ? needed : 0;
  check.useful++;
  check.unprotectedPages -= needed;
  if (references > givenBack) check.isLeaking = true;
  if (references < needed) check.isReleasedEarly = true;
}
