/**
 * The kernel's page allocator as of v6.8, for one CPU: free blocks of `2^order` pages on lists by zone, order and
 * migrate type, split where a smaller block is asked for and merged with their buddies when freed. A list is a ring
 * through `next` and `prev`, with its head after the pages, so that a block leaves its list without knowing which it
 * is on. An allocated block is on no list: its `next` is its owner's to use.
 *
 * Not modelled: the per-CPU lists in front of it, high-order atomic reserves, reclaim, compaction, shuffling, and the
 * order in which the zones of several NUMA nodes are asked.
 */
import type { BlockLists } from "./block-lists.ts";
import { CMA, ISOLATE, ISOLATED, LIST_ROW, MIGRATE_TYPES } from "./migrate-type.ts";
import type { PageSpace } from "./page-space.ts";
import { FREE, TAIL, USED } from "./page-state.ts";

/**
 * The arrays and numbers of a page allocator. Two arrays hold all that a block's coming and going touches, pages first:
 * fewer arrays make for shorter machine code, and a page's numbers share a cache line.
 */
export interface BuddyState {
  readonly space: PageSpace;
  /** The largest order, itself included. */
  readonly maxOrder: number;
  /** At most `maxOrder`. */
  readonly pageblockOrder: number;
  /**
   * By page number: `links[2 * page]` is the next block on the list, or what the owner of an allocated block keeps
   * there; `links[2 * page + 1]` is the block before. After the pages come the heads of lists, numbered like pages (see
   * {@link listHead}), with the count of each order's blocks, then the numbers of zones.
   */
  readonly links: Int32Array;
  /**
   * By page number: `marks[2 * page]` is its state, `marks[2 * page + 1]` its flags; see page-state.ts. After the pages
   * come the migrate types of pageblocks, then the zones of chunks.
   */
  readonly marks: Uint8Array;
  /** Where in `links` the numbers of zones begin: those of `freePages`, then the next three. */
  readonly zonesAt: number;
  /** Views of `links`, by zone: free pages, and those of them in CMA pageblocks. Isolated pages are in neither. */
  readonly freePages: Int32Array;
  readonly freeCmaPages: Int32Array;
  /** Watermarks and `lowmem_reserve` together, in pages. */
  readonly lowMark: Int32Array;
  readonly minMark: Int32Array;
  /** Free pages of all zones that are isolated: one number. */
  readonly isolatedPages: Int32Array;
  /** View of `marks`: migrate type of each pageblock. */
  readonly pageblockType: Uint8Array;
  /** By zone: pages that the page allocator was ever given. */
  readonly managedPages: Int32Array;
  /**
   * `__rmqueue`: CMA memory goes first once it is more than half of what is free. rfc-v1's metadata pages are taken only
   * when nothing else is left.
   */
  readonly isCmaBalanced: boolean;
}

/** A page allocator. What is called for every page is a function of its own, so that its arrays are constants to it. */
export interface Buddy extends BuddyState, BlockLists {}

/** The head of a list, numbered as if it were a page. */
export function listHead(buddy: BuddyState, zone: number, order: number, type: number): number {
  return buddy.space.pages + (zone * (buddy.maxOrder + 1) + order) * LIST_ROW + type;
}

/** `nr_free`: free blocks of an order in a zone, of every type. */
export function blockCount(buddy: BuddyState, zone: number, order: number): number {
  return buddy.links[2 * listHead(buddy, zone, order, MIGRATE_TYPES)]!;
}

/** Adds blocks (or takes them, where negative) to that count. */
export function countBlocks(buddy: BuddyState, zone: number, order: number, by: number): void {
  const at = 2 * listHead(buddy, zone, order, MIGRATE_TYPES);
  buddy.links[at] = buddy.links[at]! + by;
}

/** The list type on which free pages of this page's pageblock go. */
export function freeTypeOf(buddy: BuddyState, page: number): number {
  const type = buddy.pageblockType[page >>> buddy.pageblockOrder]!;
  return type >= ISOLATED ? ISOLATE : type;
}

/** The zone that a page is in. */
export function zoneOf(buddy: BuddyState, page: number): number {
  return buddy.space.chunkZone[page >>> buddy.space.chunkOrder]!;
}

/** Takes a block off whatever list it is on; the counts are the caller's. */
export function unlinkBlock(buddy: BuddyState, page: number): void {
  const { links } = buddy;
  const after = links[2 * page]!;
  const before = links[2 * page + 1]!;
  links[2 * before] = after;
  links[2 * after + 1] = before;
}

/** Puts a block at the front of a list. */
export function linkFirst(buddy: BuddyState, page: number, head: number): void {
  linkAfter(buddy, page, head);
}

/** Puts a block at the end of a list. */
export function linkLast(buddy: BuddyState, page: number, head: number): void {
  linkAfter(buddy, page, buddy.links[2 * head + 1]!);
}

function linkAfter(buddy: BuddyState, page: number, before: number): void {
  const { links } = buddy;
  const after = links[2 * before]!;
  links[2 * before] = page;
  links[2 * page + 1] = before;
  links[2 * page] = after;
  links[2 * after + 1] = page;
}

/** Adds pages (or takes them, where negative) to what is free of a type in a zone. */
export function countFree(buddy: BuddyState, zone: number, type: number, pages: number): void {
  if (type === ISOLATE) {
    buddy.isolatedPages[0] = buddy.isolatedPages[0]! + pages;
    return;
  }
  buddy.freePages[zone] = buddy.freePages[zone]! + pages;
  if (type === CMA) buddy.freeCmaPages[zone] = buddy.freeCmaPages[zone]! + pages;
}

/**
 * Frees an allocated block. One that is larger than a pageblock goes back a pageblock at a time where its pageblocks have
 * different types (somebody took part of it as tag storage and left that pageblock CMA), so that CMA pages stay CMA.
 */
export function freeUsedBlock(buddy: Buddy, page: number, order: number, isLast: boolean): void {
  const { pageblockOrder, pageblockType } = buddy;
  if (order > pageblockOrder) {
    const first = page >>> pageblockOrder;
    const end = first + (1 << (order - pageblockOrder));
    for (let pageblock = first + 1; pageblock < end; pageblock++) {
      if (pageblockType[pageblock] === pageblockType[first]) continue;
      for (let part = first; part < end; part++) buddy.freeBlock(part << pageblockOrder, pageblockOrder, isLast);
      return;
    }
  }
  buddy.freeBlock(page, order, isLast);
}

/** The first page of the free block that a page lies in; -1 where it is not free. */
export function freeBlockOf(buddy: BuddyState, page: number): number {
  return blockOf(buddy, page, FREE);
}

/** The first page of the allocated block that a page lies in; -1 where it is in none. */
export function usedBlockOf(buddy: BuddyState, page: number): number {
  return blockOf(buddy, page, USED);
}

function blockOf(buddy: BuddyState, page: number, kind: number): number {
  const { marks, maxOrder } = buddy;
  for (let order = 0; order <= maxOrder; order++) {
    const first = page & -(1 << order);
    const found = marks[2 * first]!;
    // the state of a smaller block's first page tells of that block, not of one that this page lies in
    if (found === TAIL) continue;
    return found >= kind + order && found <= kind + maxOrder ? first : -1;
  }
  return -1;
}
