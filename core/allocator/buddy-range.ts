/**
 * Taking a given range of pages from the page allocator, data and all: `alloc_contig_range` of v6.8. Data in the range is
 * migrated away while the pageblocks around it are isolated, so that none of it lands there again. Isolation here
 * reaches over whole blocks of the largest order, as the kernel's did before v5.19: then no block crosses its edge.
 * Of a huge page that has to be split for want of another, the pages outside the range stay where they are.
 */
import {
  type Buddy,
  countBlocks,
  countFree,
  freeBlockOf,
  freeTypeOf,
  linkFirst,
  linkLast,
  listHead,
  unlinkBlock,
  usedBlockOf,
  zoneOf,
} from "./buddy.ts";
import { CMA, ISOLATE, ISOLATED, TYPE_MASK } from "./migrate-type.ts";
import { BUSY, SIGNALLED, TAKEN } from "./outcome.ts";
import { FREE, HOLDS_TAGS, IS_MOVABLE, ORDER_MASK, TAIL, USED } from "./page-state.ts";

/** Moves data out of the way. */
export interface Mover {
  /** Asked once for each range: whether a fatal signal is pending. */
  isSignalled(): boolean;
  /**
   * Migrates the allocated block that starts at `page` and frees it, or splits it into single pages and migrates none:
   * then each of them is asked for. Gives how that ended, `TAKEN` for both; see outcome.ts.
   */
  move(page: number, order: number): number;
}

/** Takes `count` pages from `start` on: each becomes an allocated page of its own. Gives how that ended; see outcome.ts. */
export function takeRange(buddy: Buddy, start: number, count: number, mover: Mover): number {
  const end = start + count;
  const use = rangeUse(buddy, start, end);
  if (use === BLOCKED) return BUSY;
  if (use === ALL_FREE && isAllCma(buddy, start, end)) {
    if (mover.isSignalled()) return SIGNALLED;
    takeFreeRange(buddy, start, end);
    return TAKEN;
  }
  isolate(buddy, start, end);
  let result = mover.isSignalled() ? SIGNALLED : TAKEN;
  for (let page = start; page < end && result === TAKEN; ) {
    const used = usedBlockOf(buddy, page);
    if (used < 0) {
      page++;
      continue;
    }
    const order = buddy.marks[2 * used]! & ORDER_MASK;
    result = mover.move(used, order);
  }
  if (result === TAKEN) takeFreeRange(buddy, start, end);
  unisolate(buddy, start, end);
  return result;
}

const ALL_FREE = 0;
const MOVABLE_DATA = 1;
const BLOCKED = 2;

/** `has_unmovable_pages`: what is in a range. */
function rangeUse(buddy: Buddy, start: number, end: number): number {
  const { marks } = buddy;
  let use = ALL_FREE;
  for (let page = start; page < end; ) {
    let block = freeBlockOf(buddy, page);
    if (block < 0) {
      block = usedBlockOf(buddy, page);
      if (block < 0 || (marks[2 * block + 1]! & (IS_MOVABLE | HOLDS_TAGS)) !== IS_MOVABLE) return BLOCKED;
      use = MOVABLE_DATA;
    }
    page = block + (1 << (marks[2 * block]! & ORDER_MASK));
  }
  return use;
}

function isAllCma(buddy: Buddy, start: number, end: number): boolean {
  const { pageblockOrder, pageblockType } = buddy;
  for (let pageblock = start >>> pageblockOrder; pageblock <= (end - 1) >>> pageblockOrder; pageblock++) {
    if (pageblockType[pageblock] !== CMA) return false;
  }
  return true;
}

/** Takes free pages off their lists; what is left of their blocks goes back (`break_down_buddy_pages`). */
export function takeFreeRange(buddy: Buddy, start: number, end: number): void {
  const { marks } = buddy;
  const zone = zoneOf(buddy, start);
  for (let page = start; page < end; ) {
    const block = freeBlockOf(buddy, page);
    const order = marks[2 * block]! & ORDER_MASK;
    const blockEnd = block + (1 << order);
    const type = freeTypeOf(buddy, block);
    const takenEnd = Math.min(blockEnd, end);
    unlinkBlock(buddy, block);
    countBlocks(buddy, zone, order, -1);
    marks[2 * block] = TAIL;
    countFree(buddy, zone, type, page - takenEnd);
    linkPieces(buddy, zone, type, block, page);
    linkPieces(buddy, zone, type, takenEnd, blockEnd);
    for (; page < takenEnd; page++) marks[2 * page] = USED;
  }
}

/** Puts the free pages `start … end - 1`, part of one block, on a type's lists in the largest blocks that they make. */
function linkPieces(buddy: Buddy, zone: number, type: number, start: number, end: number): void {
  const { marks, maxOrder } = buddy;
  for (let page = start; page < end; ) {
    let order = page === 0 ? maxOrder : Math.min(31 - Math.clz32(page & -page), maxOrder);
    while (page + (1 << order) > end) order--;
    marks[2 * page] = FREE | order;
    countBlocks(buddy, zone, order, 1);
    linkFirst(buddy, page, listHead(buddy, zone, order, type));
    page += 1 << order;
  }
}

/** `start_isolate_page_range`: the free blocks around the range go where nothing is allocated from. */
function isolate(buddy: Buddy, start: number, end: number): void {
  const { marks, maxOrder, pageblockOrder, pageblockType } = buddy;
  const first = alignDown(start, maxOrder);
  const stop = alignDown(end - 1, maxOrder) + (1 << maxOrder);
  const zone = zoneOf(buddy, start);
  for (let block = nextFree(buddy, first, stop); block < stop; ) {
    const order = marks[2 * block]! & ORDER_MASK;
    unlinkBlock(buddy, block);
    countFree(buddy, zone, freeTypeOf(buddy, block), -(1 << order));
    countFree(buddy, zone, ISOLATE, 1 << order);
    linkLast(buddy, block, listHead(buddy, zone, order, ISOLATE));
    block = nextFree(buddy, block + (1 << order), stop);
  }
  for (let pageblock = first >>> pageblockOrder; pageblock < stop >>> pageblockOrder; pageblock++) {
    pageblockType[pageblock] = pageblockType[pageblock]! | ISOLATED;
  }
}

/**
 * `undo_isolate_page_range`: back to the lists. The range's own pageblocks become CMA, whatever they were before: that
 * is the type which every series passes, and it shows where a walk leaves its region.
 */
function unisolate(buddy: Buddy, start: number, end: number): void {
  const { marks, maxOrder, pageblockOrder, pageblockType, isolatedPages } = buddy;
  const first = alignDown(start, maxOrder);
  const stop = alignDown(end - 1, maxOrder) + (1 << maxOrder);
  const zone = zoneOf(buddy, start);
  for (let pageblock = first >>> pageblockOrder; pageblock < stop >>> pageblockOrder; pageblock++) {
    pageblockType[pageblock] = pageblockType[pageblock]! & TYPE_MASK;
  }
  pageblockType.fill(CMA, start >>> pageblockOrder, ((end - 1) >>> pageblockOrder) + 1);
  // no further than the last: most often little is free where tag storage is full of data
  let next = first;
  while (isolatedPages[0]! > 0) {
    const block = nextFree(buddy, next, stop);
    if (block === stop) throw new Error(`${isolatedPages[0]} isolated pages are not where they were isolated`);
    const order = marks[2 * block]! & ORDER_MASK;
    unlinkBlock(buddy, block);
    countFree(buddy, zone, ISOLATE, -(1 << order));
    countBlocks(buddy, zone, order, -1);
    // pageblocks of one free block may be of different types now
    const partOrder = Math.min(order, pageblockOrder);
    for (let part = block; part < block + (1 << order); part += 1 << partOrder) {
      const type = freeTypeOf(buddy, part);
      marks[2 * part] = FREE | partOrder;
      countBlocks(buddy, zone, partOrder, 1);
      countFree(buddy, zone, type, 1 << partOrder);
      linkFirst(buddy, part, listHead(buddy, zone, partOrder, type));
    }
    next = block + (1 << order);
  }
  mergeAgain(buddy, zone, first, next);
}

/** Blocks that isolation kept apart find their buddies. */
function mergeAgain(buddy: Buddy, zone: number, first: number, stop: number): void {
  const { marks, maxOrder } = buddy;
  for (let block = nextFree(buddy, first, stop); block < stop; ) {
    const order = marks[2 * block]! & ORDER_MASK;
    const pages = 1 << order;
    if (order < maxOrder && marks[2 * (block ^ pages)] === (FREE | order)) {
      unlinkBlock(buddy, block);
      countBlocks(buddy, zone, order, -1);
      countFree(buddy, zone, freeTypeOf(buddy, block), -pages);
      buddy.freeBlock(block, order, false);
    }
    block = nextFree(buddy, block + pages, stop);
  }
}

/** The first free block that starts at `page` or after it; `stop` where there is none. Merging may have left tails. */
function nextFree(buddy: Buddy, page: number, stop: number): number {
  const { marks } = buddy;
  while (page < stop && marks[2 * page]! < FREE) {
    const found = marks[2 * page]!;
    page += found >= USED ? 1 << (found & ORDER_MASK) : 1;
  }
  return Math.min(page, stop);
}

function alignDown(page: number, order: number): number {
  return page & -(1 << order);
}
