/**
 * The arithmetic at each allocation: which tag storage hardware uses for a page, and which blocks each series
 * reserves for `2^order` pages. Everything counts pages; PFNs are whole numbers below 2^52, so no 32-bit operator
 * touches them. Nothing here allocates: these functions run inside the sweep and the proof.
 *
 * A block is named by its first page, or by its index in the tag range: block `i` starts at `t0 + B * i`.
 */
import type { TagRegion } from "./region.ts";
import type { Series } from "./series.ts";

/** One tag page holds the tags of 32 pages: 4 bits for every 16 bytes. */
export const PAGES_PER_TAG_PAGE = 32;

/** Memory whose tags one block holds, in pages: the period of hardware's mapping. */
export function pagesPerBlock(region: TagRegion): number {
  return PAGES_PER_TAG_PAGE * region.blockPages;
}

/** The page of tag storage that holds the tags of `pfn`. `pfn` at or above the region's first page. */
export function tagPage(region: TagRegion, pfn: number): number {
  return region.tags.start + Math.floor((pfn - region.memory.start) / PAGES_PER_TAG_PAGE);
}

/**
 * Index of the block that hardware uses for `pfn`. The floor of a floor is one floor: `(tagPage - t0) / B` rounded down
 * is `(pfn - m0) / 32B` rounded down. Beyond the region's memory it goes on by the same rule.
 */
export function blockIndex(region: TagRegion, pfn: number): number {
  return Math.floor((pfn - region.memory.start) / (PAGES_PER_TAG_PAGE * region.blockPages));
}

/** First page of the block that hardware uses for `pfn`. */
export function blockOf(region: TagRegion, pfn: number): number {
  return region.tags.start + region.blockPages * blockIndex(region, pfn);
}

/** Blocks that lie wholly inside the tag range: those with an index below this, no other. */
export function wholeBlocks(region: TagRegion): number {
  return Math.floor((region.tags.end - region.tags.start + 1) / region.blockPages);
}

/**
 * Row of the region that the kernel finds for `pfn`: the first whose memory contains it and whose block for it lies
 * wholly inside the tag range; -1 where there is none. Every series looks up an allocation's first page alone.
 */
export function findRegion(regions: readonly TagRegion[], pfn: number): number {
  for (let row = 0; row < regions.length; row++) {
    const region = regions[row]!;
    const { start, end } = region.memory;
    if (pfn >= start && pfn <= end && blockIndex(region, pfn) < wholeBlocks(region)) return row;
  }
  return -1;
}

/** First pages `start … end - 1` for which the kernel's lookup gives one answer. */
export interface LookupSegment {
  readonly start: number;
  readonly end: number;
  /** The row found; -1 where there is none. */
  readonly row: number;
}

/**
 * A region's memory cut by what {@link findRegion} gives for its pages, ascending. The answer changes only where some
 * region's memory starts or ends, or where its tags run out.
 */
export function lookupSegments(regions: readonly TagRegion[], region: TagRegion): LookupSegment[] {
  const { start, end } = region.memory;
  const cuts: number[] = [];
  const addCut = (cut: number) => {
    if (cut > start && cut <= end) cuts.push(cut);
  };
  // Region by region for each region: until V8 optimizes it, iterators would be most of what a proof allocates.
  regions.forEach((other) => {
    addCut(other.memory.start);
    addCut(other.memory.end + 1);
    addCut(other.memory.start + pagesPerBlock(other) * wholeBlocks(other));
  });
  cuts.sort((a, b) => a - b);
  const segments: LookupSegment[] = [];
  let from = start;
  for (const cut of [...cuts, end + 1]) {
    if (cut === from) continue;
    const row = findRegion(regions, from);
    const last = segments.at(-1);
    if (last?.row === row) segments[segments.length - 1] = { ...last, end: cut };
    else segments.push({ start: from, end: cut, row });
    from = cut;
  }
  return segments;
}

/** The reserve walk of one series. `region` is the one that the kernel found for `pfn`, the allocation's first page. */
interface Walk {
  /** Blocks walked, from that of `pfn` on; at least 1. */
  blocks(region: TagRegion, order: number, pfn: number): number;
  /** References that the block at position `step` of the walk gets, counted from 0. */
  references(region: TagRegion, order: number, pfn: number, step: number): number;
}

/** Tag pages that the kernels take an allocation to need; they round down, and take one for less than 32 pages. */
function kernelTagPages(order: number): number {
  return Math.max(Math.floor(2 ** order / PAGES_PER_TAG_PAGE), 1);
}

/** All three kernels: each block that is walked gets a reference for each page of the allocation, up to its fill. */
function kernelReferences(region: TagRegion, order: number): number {
  return Math.min(2 ** order, PAGES_PER_TAG_PAGE * region.blockPages);
}

/** `end = block + max(pages / 32, 1) * B`, in steps of `B`: a whole block for each tag page. */
const blockForEachTagPage: Walk = { blocks: (_region, order) => kernelTagPages(order), references: kernelReferences };

/**
 * `end = block + ceil(max(pages / 32, 1) / B)`: a count of blocks, taken for a count of pages and walked in steps of
 * `B`.
 */
const blockCountAsPages: Walk = {
  blocks: (region, order) => Math.ceil(Math.ceil(kernelTagPages(order) / region.blockPages) / region.blockPages),
  references: kernelReferences,
};

/** `end = block(last page) + B`; each block gets as many references as it has pages of the allocation. */
const blocksNeeded: Walk = {
  blocks: (region, order, pfn) => blockIndex(region, pfn + 2 ** order - 1) - blockIndex(region, pfn) + 1,
  references: (region, order, pfn, step) => pagesInBlock(region, order, pfn, blockIndex(region, pfn) + step),
};

const WALKS: Readonly<Record<Series, Walk>> = {
  "rfc-v1": blockForEachTagPage,
  "rfc-v2": blockForEachTagPage,
  "rfc-v3": blockCountAsPages,
  exact: blocksNeeded,
};

/**
 * Blocks that `series` reserves for `2^order` pages at `pfn`, from the block of `pfn` on in steps of `B`; at least 1.
 */
export function blocksWalked(series: Series, region: TagRegion, order: number, pfn: number): number {
  return WALKS[series].blocks(region, order, pfn);
}

/** `c(b)` of the block at position `step` (from 0) of that walk. */
export function referencesAdded(series: Series, region: TagRegion, order: number, pfn: number, step: number): number {
  return WALKS[series].references(region, order, pfn, step);
}

/** `m(b)`: pages of the allocation `2^order` at `pfn` whose tags lie in block `index` of `region`; 0 where none do. */
export function pagesInBlock(region: TagRegion, order: number, pfn: number, index: number): number {
  const period = PAGES_PER_TAG_PAGE * region.blockPages;
  const first = region.memory.start + period * index;
  return Math.max(Math.min(pfn + 2 ** order, first + period) - Math.max(pfn, first), 0);
}
