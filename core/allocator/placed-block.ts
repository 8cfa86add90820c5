/** A block of free pages taken at a given place, as the page allocator would take it where it came to it. */
import { type Buddy, freeBlockOf, freeTypeOf } from "./buddy.ts";
import { takeFreeRange } from "./buddy-range.ts";
import { CMA } from "./migrate-type.ts";
import { ORDER_MASK, TAIL, USED } from "./page-state.ts";

/**
 * Takes `2^order` pages from `page` on as an allocated block; false, and nothing changed, where no block of this order can
 * start there, where a page is not free, or where one is CMA memory and `allowCma` is not set.
 */
export function takeFreeBlock(buddy: Buddy, page: number, order: number, allowCma: boolean): boolean {
  const { marks, maxOrder, space } = buddy;
  if (order > maxOrder || page < 0 || page >= space.pages || (page & ((1 << order) - 1)) !== 0) return false;
  const end = page + (1 << order);
  for (let at = page; at < end; ) {
    const block = freeBlockOf(buddy, at);
    if (block < 0 || (!allowCma && freeTypeOf(buddy, block) === CMA)) return false;
    at = block + (1 << (marks[2 * block]! & ORDER_MASK));
  }
  takeFreeRange(buddy, page, end);
  marks[2 * page] = USED | order;
  for (let tail = page + 1; tail < end; tail++) marks[2 * tail] = TAIL;
  return true;
}
