/**
 * One allocation block by block: what hardware needs against what the kernel reserves. For telling, not for counting.
 */
import type { TagRegion } from "../region.ts";
import { blockIndex, blocksWalked, findRegion, pagesInBlock, referencesAdded, wholeBlocks } from "../reservation.ts";
import type { Series } from "../series.ts";

export interface AllocationBlock {
  /** First page of the block. */
  readonly block: number;
  /** Last page: of the block that hardware uses, or else of the one that is reserved. */
  readonly end: number;
  /** `m(b)`: pages of the allocation whose tags lie in the block; 0 where it is not needed. */
  readonly pages: number;
  /** `c(b)`: references that the kernel adds; 0 where the block is not reserved. */
  readonly references: number;
  /** Needed, and not reserved or not wholly inside the tag range. */
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

/**
 * All blocks that the allocation of `2^order` pages at `pfn` in row `row` needs or gets, ascending. At most
 * `2^order / 16` and a few.
 */
export function allocationBlocks(
  regions: readonly TagRegion[],
  series: Series,
  row: number,
  order: number,
  pfn: number,
): AllocationBlock[] {
  const region = regions[row]!;
  const { start: t0, end: t1 } = region.tags;
  const pagesByBlock = new Map<number, number>();
  const firstNeeded = blockIndex(region, pfn);
  const lastNeeded = blockIndex(region, pfn + 2 ** order - 1);
  for (let index = firstNeeded; index <= lastNeeded; index++) {
    pagesByBlock.set(t0 + region.blockPages * index, pagesInBlock(region, order, pfn, index));
  }

  const referencesByBlock = new Map<number, number>();
  const foundRow = findRegion(regions, pfn);
  const found = foundRow < 0 ? region : regions[foundRow]!;
  const walked = foundRow < 0 ? 0 : blocksWalked(series, found, order, pfn);
  const firstWalked = found.tags.start + found.blockPages * blockIndex(found, pfn);
  for (let step = 0; step < walked; step++) {
    const references = referencesAdded(series, found, order, pfn, step);
    referencesByBlock.set(firstWalked + found.blockPages * step, references);
  }

  const tagsEnd = t0 + region.blockPages * wholeBlocks(region);
  const blocks = [...new Set([...pagesByBlock.keys(), ...referencesByBlock.keys()])].sort((a, b) => a - b);
  return blocks.map((block) => {
    const pages = pagesByBlock.get(block) ?? 0;
    const references = referencesByBlock.get(block) ?? 0;
    const givenBack = block < tagsEnd ? pages : 0;
    const isReserved = references > 0;
    return {
      block,
      end: block + (pages > 0 ? region.blockPages : found.blockPages) - 1,
      pages,
      references,
      isMissing: pages > 0 && (!isReserved || block >= tagsEnd),
      isExtra: isReserved && pages === 0,
      isOutside: isReserved && (block < t0 || block + found.blockPages - 1 > t1),
      isLeaking: references > givenBack,
      isEarly: isReserved && references < pages,
    };
  });
}
