/** What one allocation breaks: blocks needed against blocks reserved, exactly, by the definitions of docs/domain.md. */
import type { TagRegion } from "../region.ts";
import { blockIndex, blocksWalked, pagesInBlock, referencesAdded, wholeBlocks } from "../reservation.ts";
import type { Series } from "../series.ts";
import type { SharedBlocks } from "./shared-blocks.ts";

/** Rewritten by each {@link checkAllocation}: one object serves a whole proof. */
export interface AllocationCheck {
  /** Pages whose block is not reserved, or does not lie wholly inside the tag range. */
  unprotectedPages: number;
  /** Blocks reserved that hold tags of the allocation. */
  usefulBlocks: number;
  isOverReserved: boolean;
  isOutOfRegion: boolean;
  isLeaking: boolean;
  isReleasedEarly: boolean;
}

export function newAllocationCheck(): AllocationCheck {
  return {
    unprotectedPages: 0,
    usefulBlocks: 0,
    isOverReserved: false,
    isOutOfRegion: false,
    isLeaking: false,
    isReleasedEarly: false,
  };
}

/**
 * Checks the allocation of `2^order` pages at `pfn` into `check`. `region` is the row whose memory it lies in, `found`
 * the row that the kernel's lookup of `pfn` gives, `shared` the blocks of both. Costs a step for each block that is
 * both needed and reserved.
 */
export function checkAllocation(
  check: AllocationCheck,
  region: TagRegion,
  found: TagRegion,
  shared: SharedBlocks,
  series: Series,
  order: number,
  pfn: number,
): void {
  const pages = 2 ** order;
  const { start: t0, end: t1 } = region.tags;
  const { blockPages } = region;
  const whole = wholeBlocks(region);
  const walked = blocksWalked(series, found, order, pfn);
  const firstWalked = found.tags.start + found.blockPages * blockIndex(found, pfn);
  const lastWalked = firstWalked + found.blockPages * (walked - 1);

  const low = Math.max(t0 + blockPages * blockIndex(region, pfn), firstWalked);
  const high = Math.min(t0 + blockPages * blockIndex(region, pfn + pages - 1), lastWalked);
  let useful = 0;
  let protectedPages = 0;
  let isLeaking = false;
  let isEarly = false;
  const past = (low - shared.first) % shared.step;
  let block = low <= shared.first ? shared.first : past === 0 ? low : low - past + shared.step;
  for (; block <= high; block += shared.step) {
    const index = (block - t0) / blockPages;
    const needed = pagesInBlock(region, order, pfn, index);
    const references = referencesAdded(series, found, order, pfn, (block - firstWalked) / found.blockPages);
    // A page whose block is not wholly inside the region finds no block, and gives nothing back.
    const givenBack = index < whole ? needed : 0;
    useful++;
    protectedPages += givenBack;
    if (references > givenBack) isLeaking = true;
    if (references < needed) isEarly = true;
  }

  check.unprotectedPages = pages - protectedPages;
  check.usefulBlocks = useful;
  check.isOverReserved = walked > useful;
  check.isOutOfRegion = firstWalked < t0 || lastWalked + found.blockPages - 1 > t1;
  check.isLeaking = isLeaking || walked > useful;
  check.isReleasedEarly = isEarly;
}
