/**
 * From which zone a block comes (`get_page_from_freelist` of v6.8): the highest zone first, each while it stays above its
 * watermark. Three passes: above the low mark without mixing types in a pageblock, above the low mark, above the min
 * mark. There the kernel would reclaim and compact memory; here the allocation fails.
 */
import { type Buddy, blockCount, listHead } from "./buddy.ts";
import { stealFallback } from "./buddy-fallback.ts";
import { CMA, RECLAIMABLE } from "./migrate-type.ts";

export interface BlockFinder {
  /**
   * A block of `2^order` pages from the first zone that gives one; -1 where none does. `allowCma` asks for CMA memory too,
   * which goes to movable allocations alone. The search starts at attempt `from`: 0 for a new allocation, one more than
   * the last where a block was found and given back.
   */
  find(order: number, type: number, allowCma: boolean, from: number): number;
  /** The attempt at which the last search found its block. */
  lastAttempt(): number;
}

export function createBlockFinder(buddy: Buddy): BlockFinder {
  const { links, maxOrder, pageblockOrder, isCmaBalanced, takeSmallest, zonesAt, freePages } = buddy;
  return blockFinder(buddy, links, zonesAt, freePages.length, maxOrder, pageblockOrder, isCmaBalanced, takeSmallest);
}

/** Parameters, for speed: see block-lists.ts. */
function blockFinder(
  buddy: Buddy,
  links: Int32Array,
  freeAt: number,
  zones: number,
  maxOrder: number,
  pageblockOrder: number,
  isCmaBalanced: boolean,
  takeSmallest: Buddy["takeSmallest"],
): BlockFinder {
  let found = 0;

  function find(order: number, type: number, allowCma: boolean, from: number): number {
    if (order > maxOrder) return -1;
    for (let attempt = from; attempt < 3 * zones; attempt++) {
      const page = tryZone(order, type, allowCma, attempt);
      if (page < 0) continue;
      found = attempt;
      return page;
    }
    return -1;
  }

  function tryZone(order: number, type: number, allowCma: boolean, attempt: number): number {
    const pass = attempt < zones ? 0 : attempt < 2 * zones ? 1 : 2;
    const zone = (pass + 1) * zones - 1 - attempt;
    const at = freeAt + zone;
    const freePages = links[at]!;
    const cmaPages = links[at + zones]!;
    const mark = links[at + (pass === 2 ? 3 : 2) * zones]!;
    if (freePages - (allowCma ? 0 : cmaPages) - ((1 << order) - 1) <= mark) return -1;
    if (order > 0 && !hasBlock(buddy, zone, order, allowCma)) return -1;
    // `__rmqueue`
    if (allowCma && isCmaBalanced && cmaPages > freePages >> 1) {
      const page = takeSmallest(zone, order, CMA);
      if (page >= 0) return page;
    }
    const page = takeSmallest(zone, order, type);
    return page >= 0 ? page : takeElsewhere(zone, order, type, allowCma, pass);
  }

  /** No block of this type is left: CMA memory, where that will do, then what can be stolen. */
  function takeElsewhere(zone: number, order: number, type: number, allowCma: boolean, pass: number): number {
    const leastOrder = pass === 0 && order < pageblockOrder ? pageblockOrder : order;
    for (;;) {
      const page = allowCma ? takeSmallest(zone, order, CMA) : -1;
      if (page >= 0) return page;
      if (!stealFallback(buddy, zone, order, type, leastOrder)) return -1;
      const stolen = takeSmallest(zone, order, type);
      if (stolen >= 0) return stolen;
    }
  }

  return { find, lastAttempt: () => found };
}

/** The second half of `__zone_watermark_ok`: whether some block is large enough. */
function hasBlock(buddy: Buddy, zone: number, order: number, allowCma: boolean): boolean {
  const { links, maxOrder } = buddy;
  const lastType = allowCma ? CMA : RECLAIMABLE;
  for (let found = order; found <= maxOrder; found++) {
    if (blockCount(buddy, zone, found) === 0) continue;
    for (let type = 0; type <= lastType; type++) {
      const head = listHead(buddy, zone, found, type);
      if (links[2 * head] !== head) return true;
    }
  }
  return false;
}
