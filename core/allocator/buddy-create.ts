/** A page allocator as it stands after boot: all memory free, tag storage as CMA pageblocks. */
import type { PfnRange } from "../region.ts";
import { createBlockLists } from "./block-lists.ts";
import type { Buddy, BuddyState } from "./buddy.ts";
import { CMA, LIST_ROW, MIGRATE_TYPES, MOVABLE } from "./migrate-type.ts";
import { createPageSpace, pageOf, type ZoneSpan } from "./page-space.ts";
import { ABSENT, KEPT, TAIL } from "./page-state.ts";
import { kernelWatermarks } from "./watermarks.ts";

/** The largest order that can be asked for; see `ORDER_MASK`. */
const ORDER_LIMIT = 20;

export interface BuddyOptions {
  readonly pageSize: number;
  /** The largest order, itself included; at most 20. */
  readonly maxOrder: number;
  /** Pageblocks are no larger than the largest block, whatever this says, as in the kernel. */
  readonly pageblockOrder: number;
  /** The memory that the kernel has, ascending and without overlap. */
  readonly banks: readonly PfnRange[];
  /** Ascending; memory in no zone is not used. */
  readonly zones: readonly ZoneSpan[];
  /** Memory that the page allocator never gets. Where it overlaps `cma`, it gets that part all the same. */
  readonly reserved: readonly PfnRange[];
  /** Memory of which each whole pageblock becomes CMA; an edge that fills none is kept. */
  readonly cma: readonly PfnRange[];
  /** False: no watermark, every page can be allocated. */
  readonly isWatermarked: boolean;
  /** See {@link Buddy.isCmaBalanced}. */
  readonly isCmaBalanced: boolean;
}

/** Throws a RangeError where the machine is too large to be exercised, or an order too high. */
export function createBuddy(options: BuddyOptions): Buddy {
  const { maxOrder } = options;
  if (!(maxOrder >= 0 && maxOrder <= ORDER_LIMIT)) throw new RangeError(`no page allocator has order ${maxOrder}`);
  const pageblockOrder = Math.min(options.pageblockOrder, maxOrder);
  const space = createPageSpace(options.banks, options.zones, maxOrder);
  const { pages } = space;
  const zones = space.zones.length;
  const heads = zones * (maxOrder + 1) * LIST_ROW;
  const zonesAt = 2 * (pages + heads);
  const links = new Int32Array(zonesAt + 4 * zones + 1);
  const pageblocks = pages / 2 ** pageblockOrder;
  const marks = new Uint8Array(2 * pages + pageblocks + space.chunkZone.length);
  marks.fill(MOVABLE, 2 * pages, 2 * pages + pageblocks);
  marks.set(space.chunkZone, 2 * pages + pageblocks);
  const numbers = (which: number) => links.subarray(zonesAt + which * zones, zonesAt + (which + 1) * zones);
  const arrays: BuddyState = {
    space,
    maxOrder,
    pageblockOrder,
    links,
    marks,
    zonesAt,
    freePages: numbers(0),
    freeCmaPages: numbers(1),
    lowMark: numbers(2),
    minMark: numbers(3),
    isolatedPages: links.subarray(zonesAt + 4 * zones),
    pageblockType: marks.subarray(2 * pages, 2 * pages + pageblocks),
    managedPages: new Int32Array(zones),
    isCmaBalanced: options.isCmaBalanced,
  };
  const buddy: Buddy = { ...arrays, ...createBlockLists(arrays) };
  for (let head = pages; head < pages + heads; head++) {
    // a row ends with a count, which is 0
    if ((head - pages) % LIST_ROW !== MIGRATE_TYPES) links[2 * head] = links[2 * head + 1] = head;
  }
  for (let page = 0; page < pages; page++) marks[2 * page] = ABSENT;
  for (const { start, end, offset } of space.segments) setState(buddy, start + offset, end + offset, TAIL);
  for (const range of mergeRanges([...options.reserved, ...options.cma])) setKept(buddy, range);
  freeAll(buddy);
  for (const range of options.cma) addCma(buddy, range);
  buddy.managedPages.set(buddy.freePages);
  if (options.isWatermarked) {
    const { min, low } = kernelWatermarks(
      buddy.managedPages,
      options.pageSize,
      space.zones.map(({ node }) => node ?? 0),
    );
    buddy.minMark.set(min);
    buddy.lowMark.set(low);
  }
  return buddy;
}

/** The same pages in ranges without overlap, ascending: a tree may reserve the same terabyte ten thousand times. */
function mergeRanges(ranges: readonly PfnRange[]): PfnRange[] {
  const merged: PfnRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || range.start > last.end + 1) merged.push(range);
    else if (range.end > last.end) merged[merged.length - 1] = { start: last.start, end: range.end };
  }
  return merged;
}

function setKept(buddy: Buddy, range: PfnRange): void {
  for (const segment of buddy.space.segments) {
    const start = Math.max(range.start, segment.start) + segment.offset;
    const end = Math.min(range.end, segment.end) + segment.offset;
    setState(buddy, start, end, KEPT);
  }
}

/** Gives the pages from `first` to `last` a state. */
function setState(buddy: Buddy, first: number, last: number, state: number): void {
  for (let page = first; page <= last; page++) buddy.marks[2 * page] = state;
}

/** `__free_pages_memory`: each run of pages, in the largest aligned blocks that fit, each to the end of its list. */
function freeAll(buddy: Buddy): void {
  const { marks, maxOrder, space } = buddy;
  for (const { start, end, offset } of space.segments) {
    const last = end + offset;
    for (let page = start + offset; page <= last; ) {
      if (marks[2 * page] !== TAIL) {
        page++;
        continue;
      }
      let runEnd = page + 1;
      while (runEnd <= last && marks[2 * runEnd] === TAIL) runEnd++;
      while (page < runEnd) {
        let order = page === 0 ? maxOrder : Math.min(31 - Math.clz32(page & -page), maxOrder);
        while (page + 2 ** order > runEnd) order--;
        buddy.freeBlock(page, order, true);
        page += 2 ** order;
      }
    }
  }
}

/** `init_cma_reserved_pageblock`, for each pageblock of the range. */
function addCma(buddy: Buddy, range: PfnRange): void {
  const { pageblockOrder, pageblockType } = buddy;
  const pageblockPages = 2 ** pageblockOrder;
  const first = Math.ceil(range.start / pageblockPages) * pageblockPages;
  for (let pfn = first; pfn + pageblockPages - 1 <= range.end; pfn += pageblockPages) {
    const page = pageOf(buddy.space, pfn);
    if (page < 0 || pageblockType[page >>> pageblockOrder] === CMA) continue;
    if (!isKept(buddy, page, pageblockPages)) continue;
    pageblockType[page >>> pageblockOrder] = CMA;
    setState(buddy, page, page + pageblockPages - 1, TAIL);
    buddy.freeBlock(page, pageblockOrder, false);
  }
}

function isKept(buddy: Buddy, page: number, count: number): boolean {
  for (let i = page; i < page + count; i++) if (buddy.marks[2 * i] !== KEPT) return false;
  return true;
}
