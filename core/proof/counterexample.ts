/** A counterexample laid open for whoever renders it: the allocation, the blocks it needs, the blocks it gets. */

import type { TagRegion } from "../region.ts";
import { findRegion } from "../reservation.ts";
import type { Series } from "../series.ts";
import { type AllocationBlock, allocationBlocks } from "./allocation-blocks.ts";

/** Blocks that an explanation lists at most. */
export const MAX_BLOCKS_TOLD = 16;

export interface AllocationExplanation {
  /** Row of the region whose memory the allocation lies in. */
  readonly region: number;
  readonly order: number;
  /** First page; the allocation is `2^order` pages. */
  readonly pfn: number;
  /** Row that the kernel's lookup of the first page gives; null where it finds none and reserves nothing. */
  readonly found: number | null;
  /** Blocks that hardware uses for the allocation's tags. */
  readonly blocksNeeded: number;
  /** Blocks that the kernel reserves. */
  readonly blocksReserved: number;
  /** Ascending; at most {@link MAX_BLOCKS_TOLD}, the lowest with each fault always among them. */
  readonly blocks: readonly AllocationBlock[];
  /** Blocks that were left out of `blocks`; 0 where it is complete. */
  readonly blocksLeftOut: number;
}

const FAULTS = ["isMissing", "isExtra", "isOutside", "isLeaking", "isEarly"] as const;

/**
 * Explains the allocation of `2^order` pages at `pfn`, aligned to its size and wholly in the memory of row `region`.
 */
export function explainAllocation(
  regions: readonly TagRegion[],
  series: Series,
  region: number,
  order: number,
  pfn: number,
): AllocationExplanation {
  const all = allocationBlocks(regions, series, region, order, pfn);
  const chosen = new Set<AllocationBlock>();
  for (const fault of FAULTS) {
    const lowest = all.find((block) => block[fault]);
    if (lowest !== undefined) chosen.add(lowest);
  }
  for (const block of all) {
    if (chosen.size === MAX_BLOCKS_TOLD) break;
    chosen.add(block);
  }
  const found = findRegion(regions, pfn);
  return {
    region,
    order,
    pfn,
    found: found < 0 ? null : found,
    blocksNeeded: all.filter(({ pages }) => pages > 0).length,
    blocksReserved: all.filter(({ references }) => references > 0).length,
    blocks: [...chosen].sort((a, b) => a.block - b.block),
    blocksLeftOut: all.length - chosen.size,
  };
}
