/**
 * The reserve and free walks of each series: `reserve_tag_storage` and `free_tag_storage` (rfc-v1:
 * `reserve_metadata_storage`, `free_metadata_storage`), as one thread runs them. Runs in hot loops, allocates nothing.
 */
import { breach, EARLY_RELEASE, LOST_BLOCK, NEGATIVE_COUNT, UNRESERVED_FREE } from "./breaches.ts";
import { freeBlockOf } from "./buddy.ts";
import { takeFreeRange, takeRange } from "./buddy-range.ts";
import type { BlockFinder } from "./buddy-zonelist.ts";
import { FAULT_NO_ENTRY, POINT_STORE } from "./fault-plan.ts";
import { BUSY, FAILED, IN_USE, INVALID, NOT_STORED, SIGNALLED, TAKEN, TAKEN_FREE, WITHOUT } from "./outcome.ts";
import { pfnOf } from "./page-space.ts";
import {
  HAS_TAG_STORAGE,
  HOLDS_TAGS,
  IS_TAG_BLOCK,
  IS_TAGGED,
  KEPT,
  NEEDS_TAGS,
  TAGGED_BY_PAGE,
} from "./page-state.ts";
import type { TagLookup } from "./tag-lookup.ts";
import { createMover } from "./tag-migration.ts";
import { checkRefusal, checkReservation, createTagNeeds, type TagNeeds } from "./tag-needs.ts";
import { nextFault, slotOf, type TagStorage } from "./tag-storage.ts";
import { PAGES_FAILED, PAGES_NOT_STORED, PAGES_RELEASED, PAGES_RESERVED, PAGES_UNDONE } from "./tag-storage-series.ts";

export interface TagWalks {
  /** Reserves tag storage for `2^order` pages at a page number; `IN_USE`, `WITHOUT` or `FAILED`, see outcome.ts. */
  reserve(page: number, order: number): number;
  /**
   * The pages of an allocated block are tagged no more: what tag storage it has goes back, with the block's order, or page
   * by page where it was reserved so.
   */
  release(page: number, order: number): void;
}

export function createTagWalks(tags: TagStorage, finder: BlockFinder): TagWalks {
  const { links, marks } = tags.buddy;
  return tagWalks(tags, finder, links, marks, tags.lookup, createTagNeeds(tags), tags.hasShared);
}

/** Parameters, for speed: see block-lists.ts. */
function tagWalks(
  tags: TagStorage,
  finder: BlockFinder,
  links: Int32Array,
  marks: Uint8Array,
  lookup: TagLookup,
  needs: TagNeeds,
  hasShared: boolean,
): TagWalks {
  const { buddy, regions, rules, counts, stats } = tags;
  const { space } = buddy;
  const mover = createMover(tags, finder, release);

  function isReserved(block: number): boolean {
    return block >= 0 && (marks[2 * block + 1]! & IS_TAG_BLOCK) !== 0;
  }

  function reserve(page: number, order: number): number {
    if ((marks[2 * page + 1]! & HAS_TAG_STORAGE) !== 0) return IN_USE;
    const row = lookup.rowOf(page);
    if (row < 0) return passUnknown(page, order);
    const first = lookup.indexIn(page);
    const walked = lookup.walked(row, order, page);
    const result = walked === 1 ? reserveOne(row, first, order, page) : reserveMany(row, first, walked, order, page);
    if (result !== TAKEN) return rules.failsAllocation && result !== SIGNALLED ? FAILED : WITHOUT;
    setFlags(page, order, HAS_TAG_STORAGE | NEEDS_TAGS);
    if (order === 0 && !hasShared) {
      // one page in one row: it gets one reference, which every series has right
      needs.changeBlock(row, first, 1);
      return IN_USE;
    }
    checkReservation(tags, pfnOf(space, page), order, row, walked);
    needs.change(page, order, 1);
    return IN_USE;
  }

  /** A page for which the kernel finds no row: nothing is reserved. */
  function passUnknown(page: number, order: number): number {
    checkReservation(tags, pfnOf(space, page), order, -1, 0);
    if (!rules.passesUnknownPage) return WITHOUT;
    setFlags(page, order, NEEDS_TAGS);
    needs.change(page, order, 1);
    return IN_USE;
  }

  /** The walk where it is one block long. */
  function reserveOne(row: number, index: number, order: number, page: number): number {
    const block = lookup.blockPage(row, index);
    const references = lookup.references(row, order, page, 0);
    if (isReserved(block)) {
      links[2 * block] = links[2 * block]! + references;
      return TAKEN;
    }
    const result = takeBlock(row, index, block);
    if (result === TAKEN) links[2 * block] = references;
    return result;
  }

  function reserveMany(row: number, first: number, walked: number, order: number, page: number): number {
    // blocks that are there get their references first, so that no free takes them away meanwhile
    for (let step = 0; step < walked; step++) {
      const block = lookup.blockPage(row, first + step);
      if (isReserved(block)) links[2 * block] = links[2 * block]! + lookup.references(row, order, page, step);
    }
    for (let step = 0; step < walked; step++) {
      const block = lookup.blockPage(row, first + step);
      if (isReserved(block)) continue;
      const result = takeBlock(row, first + step, block);
      if (result === TAKEN) {
        links[2 * block] = lookup.references(row, order, page, step);
        continue;
      }
      undo(row, first, walked, order, page);
      checkRefusal(tags, pfnOf(space, page), order, row, first + step);
      return result;
    }
    return TAKEN;
  }

  /** `out_error`: also the blocks after the one that failed have their references taken off, where they are reserved. */
  function undo(row: number, first: number, walked: number, order: number, page: number): void {
    for (let step = 0; step < walked; step++) {
      const block = lookup.blockPage(row, first + step);
      if (!isReserved(block)) continue;
      const left = links[2 * block]! - lookup.references(row, order, page, step);
      links[2 * block] = left;
      if (left === 0) releaseBlock(row, first + step, block, PAGES_UNDONE, page, order);
    }
  }

  function setFlags(page: number, order: number, flag: number): void {
    if (order === 0) marks[2 * page + 1] = marks[2 * page + 1]! | flag;
    else for (let i = page; i < page + (1 << order); i++) marks[2 * i + 1] = marks[2 * i + 1]! | flag;
  }

  function clearFlags(page: number, order: number, flag: number): void {
    if (order === 0) marks[2 * page + 1] = marks[2 * page + 1]! & ~flag;
    else for (let i = page; i < page + (1 << order); i++) marks[2 * i + 1] = marks[2 * i + 1]! & ~flag;
  }

  function release(page: number, order: number): void {
    const found = marks[2 * page + 1]!;
    if ((found & IS_TAGGED) === 0) return;
    if ((found & TAGGED_BY_PAGE) === 0) releasePart(page, order);
    else for (let i = page; i < page + (1 << order); i++) releasePart(i, 0);
  }

  /** Gives back what was reserved by one walk. */
  function releasePart(page: number, order: number): void {
    const found = marks[2 * page + 1]!;
    const isStored = (found & HAS_TAG_STORAGE) !== 0;
    clearFlags(page, order, NEEDS_TAGS | HAS_TAG_STORAGE);
    if (!isStored) {
      if ((found & NEEDS_TAGS) !== 0) needs.change(page, order, -1);
      return;
    }
    const row = lookup.rowOf(page);
    const first = lookup.indexIn(page);
    if (order === 0 && !hasShared && row >= 0) needs.changeBlock(row, first, -1);
    else needs.change(page, order, -1);
    // a page of a split allocation that was reserved for by its first page alone: the kernel warns and leaves it at that
    if (row < 0) return;
    const walked = lookup.walked(row, order, page);
    for (let step = 0; step < walked; step++) {
      const block = lookup.blockPage(row, first + step);
      if (!isReserved(block)) {
        tell(UNRESERVED_FREE, row, first + step, page, order);
        continue;
      }
      const left = links[2 * block]! - lookup.references(row, order, page, step);
      links[2 * block] = left;
      if (left > 0) continue;
      if (left < 0) tell(NEGATIVE_COUNT, row, first + step, page, order);
      else releaseBlock(row, first + step, block, PAGES_RELEASED, page, order);
    }
  }

  function tell(kind: number, row: number, index: number, page: number, order: number): void {
    breach(tags, kind, pfnOf(space, page), order, blockPfn(row, index));
  }

  function blockPfn(row: number, index: number): number {
    const region = regions[row]!;
    return region.tags.start + index * region.blockPages;
  }

  /** Takes a block off the page allocator and stores it; `TAKEN`, or why not. */
  function takeBlock(row: number, index: number, block: number): number {
    const { blockPages } = regions[row]!;
    const result = tryTake(row, index, block);
    if (result !== TAKEN && result !== TAKEN_FREE) {
      counts[PAGES_FAILED] = counts[PAGES_FAILED]! + blockPages;
      return result;
    }
    if (nextFault(tags, POINT_STORE) === FAULT_NO_ENTRY) {
      if (result === TAKEN_FREE) lose(row, index, block);
      else for (let page = block; page < block + blockPages; page++) buddy.freeBlock(page, 0, false);
      counts[PAGES_NOT_STORED] = counts[PAGES_NOT_STORED]! + blockPages;
      return NOT_STORED;
    }
    for (let page = block; page < block + blockPages; page++) marks[2 * page + 1] = HOLDS_TAGS;
    marks[2 * block + 1] = HOLDS_TAGS | IS_TAG_BLOCK;
    counts[PAGES_RESERVED] = counts[PAGES_RESERVED]! + blockPages;
    stats.reservedPagesNow += blockPages;
    needs.countReserved(needs.slot(row, index));
    return TAKEN;
  }

  /**
   * `take_page_off_buddy` leaves a page without a reference, so that `put_page_back_buddy`, which drops one and frees the
   * page with the last, does nothing to it: nobody has the page from then on, and no later walk can have it.
   */
  function lose(row: number, index: number, block: number): void {
    marks[2 * block] = KEPT;
    marks[2 * block + 1] = 0;
    stats.lostPages++;
    breach(tags, LOST_BLOCK, blockPfn(row, index), 0, blockPfn(row, index));
  }

  /** `TAKEN`, `TAKEN_FREE` where the page was free and was taken at once, or why the block cannot be had. */
  function tryTake(row: number, index: number, block: number): number {
    const { blockPages, tags: range } = regions[row]!;
    if (rules.staysInArea) {
      const pfn = blockPfn(row, index);
      if (pfn + blockPages - 1 > range.end) return INVALID;
      // `order_per_bit`: the area counts in blocks where those are a power of two, else in pages
      const isPowerOfTwo = (blockPages & (blockPages - 1)) === 0;
      if (isPowerOfTwo && pfn % blockPages !== 0) return INVALID;
    }
    if (block < 0) return BUSY;
    if (rules.takesFreePage && blockPages === 1 && freeBlockOf(buddy, block) >= 0) {
      takeFreeRange(buddy, block, block + 1);
      return TAKEN_FREE;
    }
    let result = BUSY;
    for (let tries = 0; tries < rules.tries && result === BUSY; tries++) {
      result = takeRange(buddy, block, blockPages, mover);
    }
    return result;
  }

  /**
   * A block without references goes back to the page allocator, a page at a time (`free_contig_range`). Where rows with
   * blocks of different sizes share pages, it may have been taken as a smaller one: the kernel frees pages that are not
   * its own, which stops short of that here.
   */
  function releaseBlock(row: number, index: number, block: number, count: number, page: number, order: number): void {
    const { blockPages } = regions[row]!;
    counts[count] = counts[count]! + blockPages;
    for (let i = block; i < block + blockPages; i++) {
      const found = marks[2 * i + 1]!;
      if ((found & HOLDS_TAGS) === 0) continue;
      if ((found & IS_TAG_BLOCK) !== 0) {
        const slot = i === block ? needs.slot(row, index) : slotOf(tags, pfnOf(space, i));
        if (needs.countReleased(slot)) tell(EARLY_RELEASE, row, index, page, order);
      }
      marks[2 * i + 1] = 0;
      stats.reservedPagesNow--;
      buddy.freeBlock(i, 0, false);
    }
  }

  return { reserve, release };
}
