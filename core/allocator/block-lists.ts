/**
 * The two halves of the page allocator that run for every block: off a list and split, back on a list and merged.
 *
 * Written for speed, which it owes to three things. The arrays are parameters of the function around: no lookup in an
 * object, and none of the checks that a `const` of an outer function costs. They are few. And what most blocks need is
 * short, what few need is apart, so that the engine can inline the former. Nothing is allocated.
 */
import type { BuddyState } from "./buddy.ts";
import { CMA, ISOLATE, ISOLATED, LIST_ROW, MERGEABLE_TYPES, MIGRATE_TYPES } from "./migrate-type.ts";
import { FREE, TAIL, USED } from "./page-state.ts";

export interface BlockLists {
  /**
   * `__rmqueue_smallest`: takes the smallest block of a type in a zone that is large enough, splits it, and gives its
   * first page; -1 where there is none.
   */
  takeSmallest(zone: number, order: number, type: number): number;
  /**
   * `__free_one_page`: frees a block, merged with its buddies as far as they are free. It goes to the front of its list, or
   * to the end where `isLast`, or where its merged buddy's buddy is free (`buddy_merge_likely`): it may soon merge further.
   */
  freeBlock(page: number, order: number, isLast: boolean): void;
}

export function createBlockLists(buddy: BuddyState): BlockLists {
  const { links, marks, maxOrder, pageblockOrder, zonesAt, isolatedPages, space } = buddy;
  const typesAt = 2 * space.pages;
  const chunksAt = typesAt + buddy.pageblockType.length;
  const zones = buddy.freePages.length;
  return blockLists(
    links,
    marks,
    space.pages,
    maxOrder,
    pageblockOrder,
    space.chunkOrder,
    zones,
    zonesAt,
    typesAt,
    chunksAt,
    isolatedPages,
  );
}

function blockLists(
  links: Int32Array,
  marks: Uint8Array,
  pages: number,
  maxOrder: number,
  pageblockOrder: number,
  chunkOrder: number,
  zones: number,
  zonesAt: number,
  typesAt: number,
  chunksAt: number,
  isolatedPages: Int32Array,
): BlockLists {
  /** The first head of an order's lists in a zone. */
  function listRow(zone: number, order: number): number {
    return pages + (zone * (maxOrder + 1) + order) * LIST_ROW;
  }

  function takeSmallest(zone: number, order: number, type: number): number {
    const row = listRow(zone, order);
    const head = row + type;
    const page = links[2 * head]!;
    if (page === head) return order < maxOrder ? splitLarger(zone, order, type) : -1;
    const second = links[2 * page]!;
    links[2 * head] = second;
    links[2 * second + 1] = head;
    marks[2 * page] = USED | order;
    links[2 * (row + MIGRATE_TYPES)] = links[2 * (row + MIGRATE_TYPES)]! - 1;
    links[zonesAt + zone] = links[zonesAt + zone]! - (1 << order);
    if (type === CMA) countCma(zone, -(1 << order));
    return page;
  }

  /** `expand`: halves the next larger block; its upper half stays free, at the front of its list. */
  function splitLarger(zone: number, order: number, type: number): number {
    const page = takeSmallest(zone, order + 1, type);
    if (page < 0) return -1;
    const half = page + (1 << order);
    const row = listRow(zone, order);
    link(half, row + type);
    marks[2 * half] = FREE | order;
    marks[2 * page] = USED | order;
    links[2 * (row + MIGRATE_TYPES)] = links[2 * (row + MIGRATE_TYPES)]! + 1;
    links[zonesAt + zone] = links[zonesAt + zone]! + (1 << order);
    if (type === CMA) countCma(zone, 1 << order);
    return page;
  }

  function freeBlock(page: number, order: number, isLast: boolean): void {
    const zone = zones === 1 ? 0 : marks[chunksAt + (page >>> chunkOrder)]!;
    const type = marks[typesAt + (page >>> pageblockOrder)]!;
    if (type < CMA) links[zonesAt + zone] = links[zonesAt + zone]! + (1 << order);
    else countUncommon(zone, type, 1 << order);
    marks[2 * page] = TAIL;
    if (order < maxOrder && marks[2 * (page ^ (1 << order))] === (FREE | order)) merge(zone, page, order, type, isLast);
    else insert(zone, page, order, type, isLast);
  }

  function merge(zone: number, page: number, order: number, type: number, isLast: boolean): void {
    while (order < maxOrder) {
      const other = page ^ (1 << order);
      if (marks[2 * other] !== (FREE | order)) break;
      if (order >= pageblockOrder) {
        const otherType = marks[typesAt + (other >>> pageblockOrder)]!;
        if (otherType !== type && (type >= MERGEABLE_TYPES || otherType >= MERGEABLE_TYPES)) break;
      }
      const after = links[2 * other]!;
      const before = links[2 * other + 1]!;
      links[2 * before] = after;
      links[2 * after + 1] = before;
      const count = 2 * (listRow(zone, order) + MIGRATE_TYPES);
      links[count] = links[count]! - 1;
      marks[2 * other] = TAIL;
      page &= other;
      order++;
    }
    insert(zone, page, order, type, isLast);
  }

  /** Puts a free block on its list. */
  function insert(zone: number, page: number, order: number, type: number, isLast: boolean): void {
    const row = listRow(zone, order);
    const head = row + (type < ISOLATED ? type : ISOLATE);
    marks[2 * page] = FREE | order;
    links[2 * (row + MIGRATE_TYPES)] = links[2 * (row + MIGRATE_TYPES)]! + 1;
    const higher = (page & ~(1 << order)) ^ (1 << (order + 1));
    if (isLast || (order < maxOrder - 1 && marks[2 * higher] === (FREE | (order + 1))))
      link(page, links[2 * head + 1]!);
    else link(page, head);
  }

  /** Puts a block after another, or after a list's head. */
  function link(page: number, before: number): void {
    const after = links[2 * before]!;
    links[2 * before] = page;
    links[2 * page + 1] = before;
    links[2 * page] = after;
    links[2 * after + 1] = page;
  }

  function countUncommon(zone: number, type: number, count: number): void {
    if (type >= ISOLATED) {
      isolatedPages[0] = isolatedPages[0]! + count;
      return;
    }
    links[zonesAt + zone] = links[zonesAt + zone]! + count;
    countCma(zone, count);
  }

  function countCma(zone: number, count: number): void {
    links[zonesAt + zones + zone] = links[zonesAt + zones + zone]! + count;
  }

  return { takeSmallest, freeBlock };
}
