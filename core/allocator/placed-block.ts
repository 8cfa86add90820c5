/** A block of free pages taken at a given place, as the page allocator would take it where it came to it. */
import { type Buddy, freeBlockOf } from "./buddy.ts";
import { takeFreeRange } from "./buddy-range.ts";
import { CMA, TYPE_MASK } from "./migrate-type.ts";
import { IN_TAG_STORAGE, OCCUPIED, OUTSIDE, PLACED } from "./outcome.ts";
import { ABSENT, KEPT, ORDER_MASK, TAIL, USED } from "./page-state.ts";

/**
 * Takes `2^order` pages from `page` on as an allocated block. Gives how that ended, `PLACED` where it did; see outcome.ts.
 * In all other cases nothing is changed. CMA memory, which is tag storage, is taken only where `allowCma` is set.
 */
export function takeFreeBlock(buddy: Buddy, page: number, order: number, allowCma: boolean): number {
  const { marks, maxOrder, space } = buddy;
  if (order > maxOrder || page < 0 || page >= space.pages || (page & ((1 << order) - 1)) !== 0) return OUTSIDE;
  const end = page + (1 << order);
  let result = PLACED;
  for (let at = page; at < end; ) {
    const block = freeBlockOf(buddy, at);
    const state = marks[2 * at]!;
    if (state === ABSENT || state === KEPT) return OUTSIDE;
    if (!allowCma && isCma(buddy, at)) result = IN_TAG_STORAGE;
    else if (block < 0 && result === PLACED) result = OCCUPIED;
    at = block < 0 ? at + 1 : block + (1 << (marks[2 * block]! & ORDER_MASK));
  }
  if (result !== PLACED) return result;
  takeFreeRange(buddy, page, end);
  marks[2 * page] = USED | order;
  for (let tail = page + 1; tail < end; tail++) marks[2 * tail] = TAIL;
  return PLACED;
}

function isCma({ pageblockType, pageblockOrder }: Buddy, page: number): boolean {
  return (pageblockType[page >>> pageblockOrder]! & TYPE_MASK) === CMA;
}
