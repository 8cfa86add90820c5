/**
 * What is done to a machine's memory: allocate, free, split, tag. The invariants that are cheap hold after each: a freed
 * block was allocated, and with that order; every page is free, holds data or holds tags.
 */
import { freeUsedBlock, usedBlockOf } from "./buddy.ts";
import type { BlockFinder } from "./buddy-zonelist.ts";
import { CMA, MOVABLE, RECLAIMABLE, TYPE_MASK, UNMOVABLE } from "./migrate-type.ts";
import { FAILED, IN_USE, PLACED, REFUSED } from "./outcome.ts";
import {
  HAS_TAG_STORAGE,
  HOLDS_TAGS,
  IS_MOVABLE,
  IS_PINNED,
  IS_TAGGED,
  NEEDS_TAGS,
  ORDER_MASK,
  TAGGED_BY_PAGE,
  USED,
} from "./page-state.ts";
import { takeFreeBlock } from "./placed-block.ts";
import { moveBlock, splitBlock } from "./tag-migration.ts";
import type { TagStats, TagStorage } from "./tag-storage.ts";
import type { TagWalks } from "./tag-storage-walk.ts";

/** What an allocation is for: a migrate type, or movable memory that is tagged. */
export const USE = { unmovable: UNMOVABLE, movable: MOVABLE, reclaimable: RECLAIMABLE, tagged: 3 } as const;
const TAGGED = 3;

export interface MachineOperations {
  /**
   * Allocates `2^order` pages for a use ({@link USE}) and an owner (any number of 31 bits); their first, or -1. A tagged
   * allocation may come without tag storage: ask `hasTagStorage`.
   */
  allocate(order: number, use: number, owner: number): number;
  /**
   * The same at a page, which starts a block of this order: as if the page allocator had come to it, whatever it would
   * choose. Gives how that ended, `PLACED` where it did; see outcome.ts.
   */
  allocateAt(page: number, order: number, use: number, owner: number): number;
  /** At that page if it can be; otherwise as `allocate`. Gives the first page, or -1; how the former ended, `lastPlacement`. */
  allocateNear(page: number, order: number, use: number, owner: number): number;
  lastPlacement(): number;
  /** Frees an allocated block, its tag storage first. Throws where there is no such block: that is a caller's bug. */
  free(page: number, order: number): void;
  /** Makes an allocated block into blocks of a smaller order, of the same owner. */
  split(page: number, order: number, newOrder: number): void;
  /**
   * `mprotect(PROT_MTE)` on one page of a movable block, which is then reserved for alone. A block that lies in tag
   * storage moves out of it whole, and is then tagged whole, perhaps without tag storage, as any tagged allocation. The
   * page's number afterwards; -1 where the block stays as it was, and the caller may try again.
   */
  makeTagged(page: number): number;
  /** Tries again for a block that was allocated as tagged and has no tag storage; true where it has now. */
  retryTags(page: number, order: number): boolean;
}

/** Operations on a machine of which all memory is free or reserved for tags. */
export function createOperations(tags: TagStorage, walks: TagWalks, finder: BlockFinder): MachineOperations {
  const { buddy, stats } = tags;
  const { links, marks, zonesAt, freePages, pageblockOrder, isolatedPages, freeBlock } = buddy;
  const managedPages = freePages.reduce((sum, pages) => sum + pages, stats.reservedPagesNow);
  return machineOperations(
    tags,
    walks,
    stats,
    links,
    marks,
    zonesAt,
    freePages.length,
    isolatedPages,
    managedPages,
    pageblockOrder,
    finder.find,
    freeBlock,
    walks.release,
    finder.lastAttempt,
  );
}

/** Parameters, for speed: see block-lists.ts. */
function machineOperations(
  tags: TagStorage,
  walks: TagWalks,
  stats: TagStats,
  links: Int32Array,
  marks: Uint8Array,
  freeAt: number,
  zones: number,
  isolatedPages: Int32Array,
  managedPages: number,
  pageblockOrder: number,
  find: BlockFinder["find"],
  freeBlock: (page: number, order: number, isLast: boolean) => void,
  release: TagWalks["release"],
  lastAttempt: BlockFinder["lastAttempt"],
): MachineOperations {
  let dataPages = 0;
  let placement = PLACED;

  function checkTotal(): void {
    let total = dataPages + stats.reservedPagesNow + links[freeAt]!;
    for (let zone = 1; zone < zones; zone++) total += links[freeAt + zone]!;
    if (total !== managedPages) checkIsolated(total);
  }

  function checkIsolated(total: number): void {
    total += isolatedPages[0]! + stats.lostPages;
    if (total !== managedPages) throw new Error(`${managedPages} pages became ${total}`);
  }

  function checkUsed(page: number, order: number): void {
    if (marks[2 * page] !== (USED | order) || (marks[2 * page + 1]! & HOLDS_TAGS) !== 0) refuse(page, order);
  }

  function refuse(page: number, order: number): never {
    throw new Error(`no block of order ${order} is allocated at page ${page}`);
  }

  function giveBack(page: number, order: number, isLast: boolean): void {
    if (order > pageblockOrder) freeUsedBlock(tags.buddy, page, order, isLast);
    else freeBlock(page, order, isLast);
  }

  function allocate(order: number, use: number, owner: number): number {
    stats.operations++;
    return allocateAnywhere(order, use, owner);
  }

  function allocateAnywhere(order: number, use: number, owner: number): number {
    const page = use === TAGGED ? allocateTagged(order) : find(order, use, use === MOVABLE, 0);
    if (page < 0) return -1;
    if (use === MOVABLE) marks[2 * page + 1] = IS_MOVABLE;
    links[2 * page] = owner;
    dataPages += 1 << order;
    checkTotal();
    return page;
  }

  function allocateAt(page: number, order: number, use: number, owner: number): number {
    stats.operations++;
    return placeAt(page, order, use, owner);
  }

  function allocateNear(page: number, order: number, use: number, owner: number): number {
    stats.operations++;
    placement = placeAt(page, order, use, owner);
    return placement === PLACED ? page : allocateAnywhere(order, use, owner);
  }

  function placeAt(page: number, order: number, use: number, owner: number): number {
    const placed = takeFreeBlock(tags.buddy, page, order, use === MOVABLE);
    if (placed !== PLACED) return placed;
    const result = use === TAGGED ? walks.reserve(page, order) : IN_USE;
    if (result === FAILED) {
      giveBack(page, order, true);
      return REFUSED;
    }
    if (result !== IN_USE) stats.withoutStorage++;
    if (use === MOVABLE) marks[2 * page + 1] = IS_MOVABLE;
    else if (use === TAGGED) marks[2 * page + 1] = marks[2 * page + 1]! | IS_MOVABLE | IS_TAGGED;
    links[2 * page] = owner;
    dataPages += 1 << order;
    checkTotal();
    return PLACED;
  }

  /** `get_page_from_freelist` with the series' hook: a page that is refused goes back, and the next zone is asked. */
  function allocateTagged(order: number): number {
    let page = find(order, MOVABLE, false, 0);
    while (page >= 0) {
      const attempt = lastAttempt();
      const result = walks.reserve(page, order);
      if (result !== FAILED) {
        marks[2 * page + 1] = marks[2 * page + 1]! | IS_MOVABLE | IS_TAGGED;
        if (result !== IN_USE) stats.withoutStorage++;
        return page;
      }
      giveBack(page, order, true);
      page = find(order, MOVABLE, false, attempt + 1);
    }
    return -1;
  }

  function free(page: number, order: number): void {
    stats.operations++;
    checkUsed(page, order);
    if ((marks[2 * page + 1]! & IS_TAGGED) !== 0) release(page, order);
    marks[2 * page + 1] = 0;
    dataPages -= 1 << order;
    giveBack(page, order, false);
    checkTotal();
  }

  function split(page: number, order: number, newOrder: number): void {
    stats.operations++;
    checkUsed(page, order);
    splitBlock(tags.buddy, page, order, newOrder);
  }

  function makeTagged(page: number): number {
    stats.operations++;
    const block = usedBlockOf(tags.buddy, page);
    const found = block < 0 ? 0 : marks[2 * block + 1]!;
    if ((found & IS_MOVABLE) === 0) throw new Error(`no movable block is allocated at page ${page}`);
    if ((marks[2 * page + 1]! & NEEDS_TAGS) !== 0) return page;
    const order = marks[2 * block]! & ORDER_MASK;
    const type = tags.buddy.pageblockType[block >>> pageblockOrder]! & TYPE_MASK;
    const tagged = type === CMA ? replaceTagged(block, order) + page - block : reserveFor(block, order, page);
    checkTotal();
    return tagged < 0 ? -1 : tagged;
  }

  /** `replace_folio_with_tagged`: the new place of a block that lies in tag storage; far below 0 where there is none. */
  function replaceTagged(block: number, order: number): number {
    const found = marks[2 * block + 1]!;
    if ((found & IS_PINNED) !== 0) return NOWHERE;
    // off the LRU lists meanwhile: should its own page be the tag storage that is needed, that is busy
    marks[2 * block + 1] = found | IS_PINNED;
    const target = allocateTagged(order);
    marks[2 * block + 1] = found;
    if (target < 0) return NOWHERE;
    // where a walk has made its memory CMA since, pages of it may have tag storage
    release(block, order);
    moveBlock(tags, block, target, order);
    return target;
  }

  /** Reserves for a single page of a block. */
  function reserveFor(block: number, order: number, page: number): number {
    if (reserveHeld(block, page, 0) !== IN_USE) return -1;
    marks[2 * block + 1] = marks[2 * block + 1]! | IS_TAGGED | (order > 0 ? TAGGED_BY_PAGE : 0);
    return page;
  }

  function retryTags(page: number, order: number): boolean {
    stats.operations++;
    checkUsed(page, order);
    if ((marks[2 * page + 1]! & (IS_TAGGED | TAGGED_BY_PAGE)) !== IS_TAGGED) {
      throw new Error(`the block at page ${page} was not allocated as tagged, or its pages were tagged since`);
    }
    reserveHeld(page, page, order);
    checkTotal();
    return (marks[2 * page + 1]! & HAS_TAG_STORAGE) !== 0;
  }

  /** Reserves for pages of a block in use, which nothing migrates meanwhile. */
  function reserveHeld(block: number, page: number, order: number): number {
    const pinned = marks[2 * block + 1]! & IS_PINNED;
    marks[2 * block + 1] = marks[2 * block + 1]! | IS_PINNED;
    const result = (marks[2 * page + 1]! & NEEDS_TAGS) !== 0 ? IN_USE : walks.reserve(page, order);
    marks[2 * block + 1] = (marks[2 * block + 1]! & ~IS_PINNED) | pinned;
    return result;
  }

  return {
    allocate,
    allocateAt,
    allocateNear,
    lastPlacement: () => placement,
    free,
    split,
    makeTagged,
    retryTags,
  };
}

/** No page number, whatever is added to it. */
const NOWHERE = -(2 ** 31);
