/**
 * What the page allocator does when the lists of a migrate type are empty: it takes free pages of another type, with
 * as much of their pageblock as it can, so that types stay apart (`__rmqueue_fallback` of v6.8). Stealing boosts no
 * watermark here, as there is no kswapd to bring it down again.
 */
import { type Buddy, blockCount, linkLast, listHead, unlinkBlock, zoneOf } from "./buddy.ts";
import { MOVABLE, RECLAIMABLE, UNMOVABLE } from "./migrate-type.ts";
import { pfnOf } from "./page-space.ts";
import { FREE, IS_MOVABLE, ORDER_MASK, USED } from "./page-state.ts";

/** `fallbacks`: for each type, the others in the order in which they are robbed. CMA is never among them. */
const FALLBACKS = new Uint8Array([RECLAIMABLE, MOVABLE, RECLAIMABLE, UNMOVABLE, UNMOVABLE, MOVABLE]);

/**
 * Moves a free block, or the free pages of its whole pageblock, of another type to the lists of `type`; false where no
 * block is large enough. `leastOrder` is the smallest block to rob: `order`, or the pageblock's under
 * `ALLOC_NOFRAGMENT`.
 */
export function stealFallback(buddy: Buddy, zone: number, order: number, type: number, leastOrder: number): boolean {
  for (let found = buddy.maxOrder; found >= leastOrder; found--) {
    const victim = fallbackType(buddy, zone, found, type);
    if (victim < 0) continue;
    const isWhole = canSteal(buddy, found, type);
    // a movable page that cannot have the pageblock: rather split the smallest block than the largest
    if (!isWhole && type === MOVABLE && found > order) {
      stealSmallest(buddy, zone, order, type);
      return true;
    }
    steal(buddy, zone, found, victim, type, isWhole);
    return true;
  }
  return false;
}

/** `find_smallest`. There is a block: {@link stealFallback} has seen one. */
function stealSmallest(buddy: Buddy, zone: number, order: number, type: number): void {
  for (let found = order; found <= buddy.maxOrder; found++) {
    const victim = fallbackType(buddy, zone, found, type);
    if (victim < 0) continue;
    steal(buddy, zone, found, victim, type, canSteal(buddy, found, type));
    return;
  }
}

/** `find_suitable_fallback`: the first type to rob that has a block of this order; -1 where none has. */
function fallbackType(buddy: Buddy, zone: number, order: number, type: number): number {
  if (blockCount(buddy, zone, order) === 0) return -1;
  for (let i = 0; i < 2; i++) {
    const victim = FALLBACKS[2 * type + i]!;
    const head = listHead(buddy, zone, order, victim);
    if (buddy.links[2 * head] !== head) return victim;
  }
  return -1;
}

/** `can_steal_fallback`: whether all free pages of the pageblock may be taken, not the block alone. */
function canSteal(buddy: Buddy, order: number, type: number): boolean {
  return order >= buddy.pageblockOrder >> 1 || type === RECLAIMABLE || type === UNMOVABLE;
}

/** `steal_suitable_fallback`. */
function steal(buddy: Buddy, zone: number, order: number, victim: number, type: number, isWhole: boolean): void {
  const page = buddy.links[2 * listHead(buddy, zone, order, victim)]!;
  const { pageblockOrder, pageblockType } = buddy;
  const pageblock = page >>> pageblockOrder;
  if (order >= pageblockOrder) {
    pageblockType.fill(type, pageblock, pageblock + (1 << (order - pageblockOrder)));
  } else if (isWhole && pageblockEndsInZone(buddy, zone, pageblock)) {
    const oldType = pageblockType[pageblock]!;
    const start = pageblock << pageblockOrder;
    const freePages = moveFreePages(buddy, start, type);
    const movablePages = countMovable(buddy, start);
    // pages in use that fit the new type: known for movable ones, guessed to be all others where the block was movable
    const pages = 1 << pageblockOrder;
    const alikePages = type === MOVABLE ? movablePages : oldType === MOVABLE ? pages - (freePages + movablePages) : 0;
    if (freePages + alikePages >= pages >> 1) pageblockType[pageblock] = type;
    return;
  }
  unlinkBlock(buddy, page);
  linkLast(buddy, page, listHead(buddy, zone, order, type));
}

/** `move_freepages_block` moves nothing where the pageblock goes on past the zone's end. */
function pageblockEndsInZone(buddy: Buddy, zone: number, pageblock: number): boolean {
  const lastPage = ((pageblock + 1) << buddy.pageblockOrder) - 1;
  return pfnOf(buddy.space, lastPage) <= buddy.space.zones[zone]!.end;
}

/** Moves the free blocks of a pageblock to the lists of `type`; how many pages they are. */
export function moveFreePages(buddy: Buddy, start: number, type: number): number {
  const { marks, pageblockOrder } = buddy;
  const end = start + (1 << pageblockOrder);
  const zone = zoneOf(buddy, start);
  let moved = 0;
  for (let page = start; page < end; ) {
    const found = marks[2 * page]!;
    if (found < FREE) {
      page += found >= USED ? 1 << (found & ORDER_MASK) : 1;
      continue;
    }
    const order = found & ORDER_MASK;
    unlinkBlock(buddy, page);
    linkLast(buddy, page, listHead(buddy, zone, order, type));
    moved += 1 << order;
    page += 1 << order;
  }
  return moved;
}

/** Pages of a pageblock in use for data that can be migrated. */
function countMovable(buddy: Buddy, start: number): number {
  const { marks, pageblockOrder } = buddy;
  const end = start + (1 << pageblockOrder);
  let movable = 0;
  for (let page = start; page < end; ) {
    const found = marks[2 * page]!;
    const pages = found >= USED ? 1 << (found & ORDER_MASK) : 1;
    if (found >= USED && found < FREE && (marks[2 * page + 1]! & IS_MOVABLE) !== 0) movable += pages;
    page += pages;
  }
  return movable;
}
