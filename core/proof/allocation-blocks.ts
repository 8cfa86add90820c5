/**
 * One allocation block by block: what hardware needs against what the kernel reserves. For telling, and for counting
 * the few allocations that straddle regions.
 */

import type { TagRegion } from "../region.ts";
import {
  blockIndex,
  blocksWalked,
  findRegion,
  PAGES_PER_TAG_PAGE,
  referencesAdded,
  wholeBlocks,
} from "../reservation.ts";
import type { Series } from "../series.ts";
import { type MemoryPart, partsOf } from "./memory-parts.ts";

export interface AllocationBlock {
  /** First page of the block. */
  readonly block: number;
  /** Last page: of the block that hardware uses, or else of the one that is reserved. */
  readonly end: number;
  /** `m(b)`: pages of the allocation whose tags lie in the block; 0 where it is not needed. */
  readonly pages: number;
  /** Those of them whose region has the block whole: freed one at a time, they give back a reference each. */
  readonly pagesGivingBack: number;
  /** `c(b)`: references that the kernel adds; 0 where the block is not reserved. */
  readonly references: number;
  /** Needed, and not reserved. */
  readonly isMissing: boolean;
  /** Reserved, and not needed. */
  readonly isExtra: boolean;
  /** Reserved, and not wholly inside the tag range. */
  readonly isOutside: boolean;
  /** Has more references than its pages give back. */
  readonly isLeaking: boolean;
  /** Reserved with fewer references than pages that need it. */
  readonly isEarly: boolean;
}

/** What is known of a block while the pages and the walk are gone through. */
interface BlockUse {
  end: number;
  pages: number;
  pagesGivingBack: number;
  references: number;
}

/**
 * All blocks that the allocation of `2^order` pages at `pfn` in row `row` needs or gets, ascending; one that does not
 * lie wholly in the row's memory is taken for one that straddles regions (memory-parts.ts). At most `2^order / 16` blocks
 * and a few.
 */
export function allocationBlocks(
  regions: readonly TagRegion[],
  series: Series,
  row: number,
  order: number,
  pfn: number,
): AllocationBlock[] {
  return partBlocks(regions, series, order, pfn, partsOf(regions, row, order, pfn));
}

/** The same for an allocation whose pages lie in these parts. */
export function partBlocks(
  regions: readonly TagRegion[],
  series: Series,
  order: number,
  pfn: number,
  parts: readonly MemoryPart[],
): AllocationBlock[] {
  const uses = new Map<number, BlockUse>();
  const useOf = (block: number, blockPages: number): BlockUse => {
    let use = uses.get(block);
    if (use === undefined) {
      use = { end: block + blockPages - 1, pages: 0, pagesGivingBack: 0, references: 0 };
      uses.set(block, use);
    }
    return use;
  };

  for (const { region, start, end } of parts) {
    const period = PAGES_PER_TAG_PAGE * region.blockPages;
    const whole = wholeBlocks(region);
    const last = blockIndex(region, end - 1);
    for (let index = blockIndex(region, start); index <= last; index++) {
      const served = region.memory.start + period * index;
      const pages = Math.min(end, served + period) - Math.max(start, served);
      const use = useOf(region.tags.start + region.blockPages * index, region.blockPages);
      use.pages += pages;
      if (index < whole) use.pagesGivingBack += pages;
    }
  }

  // The kernel looks up the first page alone, wherever the others lie.
  const found = regions[findRegion(regions, pfn)];
  if (found !== undefined) {
    const first = found.tags.start + found.blockPages * blockIndex(found, pfn);
    const walked = blocksWalked(series, found, order, pfn);
    for (let step = 0; step < walked; step++) {
      const use = useOf(first + found.blockPages * step, found.blockPages);
      use.references = referencesAdded(series, found, order, pfn, step);
    }
  }

  const isOutside = (block: number) =>
    !parts.some(({ region: { tags } }) => block >= tags.start && block + found!.blockPages - 1 <= tags.end);
  return [...uses]
    .sort(([a], [b]) => a - b)
    .map(([block, { end, pages, pagesGivingBack, references }]) => {
      const isReserved = references > 0;
      return {
        block,
        end,
        pages,
        pagesGivingBack,
        references,
        isMissing: pages > 0 && !isReserved,
        isExtra: isReserved && pages === 0,
        isOutside: isReserved && isOutside(block),
        isLeaking: references > pagesGivingBack,
        isEarly: isReserved && references < pages,
      };
    });
}
