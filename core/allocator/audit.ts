/**
 * The full audit: walks all pages and lists once, counts everything anew and holds it against the running counts. What it
 * calls a fault is a bug of ours; what is wrong with a layout is a breach, see breaches.ts.
 */
import { blockIndex } from "../reservation.ts";
import { type Buddy, blockCount, freeTypeOf, listHead, zoneOf } from "./buddy.ts";
import { CMA, ISOLATE, MIGRATE_TYPES } from "./migrate-type.ts";
import { pageOf, pfnOf } from "./page-space.ts";
import {
  ABSENT,
  FREE,
  HAS_TAG_STORAGE,
  HOLDS_TAGS,
  IS_TAG_BLOCK,
  KEPT,
  NEEDS_TAGS,
  ORDER_MASK,
  TAIL,
  USED,
} from "./page-state.ts";
import type { TagStorage } from "./tag-storage.ts";

export interface AuditResult {
  readonly freePages: number;
  /** Pages of allocated blocks. */
  readonly dataPages: number;
  /** Pages of tag storage that are reserved. */
  readonly tagPages: number;
  /** Pages that the page allocator does not have: reserved memory, the zero page. */
  readonly keptPages: number;
  /** Pages whose tags are in use, and pages that tag storage was reserved for. */
  readonly pagesThatNeedTags: number;
  readonly pagesWithTagStorage: number;
  readonly reservedBlocks: number;
  /** Reserved, while no live tagged page needs them. With nothing tagged left, blocks that never come back. */
  readonly idleBlocks: number;
  /** Needed by live tagged pages, and not reserved. */
  readonly unprotectedBlocks: number;
  /** Blocks with more, or fewer, references than live tagged pages that need them. */
  readonly blocksWithSurplus: number;
  readonly blocksWithDeficit: number;
  /** Our own books do not balance: what, and how often. Empty, or there is a bug in this program. */
  readonly faults: readonly AuditFault[];
}

export interface AuditFault {
  readonly what: string;
  readonly count: number;
  /** The lowest page number that shows it. */
  readonly page: number;
}

/** Audits the machine as it stands between two operations. */
export function auditMemory(tags: TagStorage): AuditResult {
  const { buddy } = tags;
  const faults = new Map<string, { count: number; page: number }>();
  const fault = (what: string, page: number) => {
    const known = faults.get(what);
    if (known === undefined) faults.set(what, { count: 1, page });
    else known.count++;
  };
  const pages = auditPages(tags, fault);
  const listedBlocks = auditLists(buddy, fault);
  if (listedBlocks !== pages.freeBlocks) fault("free blocks and blocks on lists differ in number", 0);
  const blocks = auditBlocks(tags, fault);
  const { stats } = tags;
  if (stats.reservedPagesNow !== pages.tagPages) fault("the count of reserved pages is off", 0);
  if (stats.reservedBlocksNow !== pages.reservedBlocks) fault("the count of reserved blocks is off", 0);
  if (stats.idleBlocksNow !== blocks.idleBlocks) fault("the count of idle blocks is off", 0);
  if (stats.unprotectedBlocksNow !== blocks.unprotectedBlocks) fault("the count of unprotected blocks is off", 0);
  return { ...pages, ...blocks, faults: [...faults].map(([what, { count, page }]) => ({ what, count, page })) };
}

type Fault = (what: string, page: number) => void;

/** Blocks from the first page to the last: whole, aligned, no page in two, free ones merged and on a list. */
function auditPages(tags: TagStorage, fault: Fault) {
  const { buddy } = tags;
  const { marks, links, maxOrder, space } = buddy;
  const found = {
    freePages: 0,
    freeBlocks: 0,
    dataPages: 0,
    tagPages: 0,
    keptPages: 0,
    pagesThatNeedTags: 0,
    pagesWithTagStorage: 0,
    reservedBlocks: 0,
  };
  for (let page = 0; page < space.pages; ) {
    const what = marks[2 * page]!;
    if (what === ABSENT || what === KEPT) {
      if (what === KEPT) {
        found.keptPages++;
        if ((marks[2 * page + 1]! & NEEDS_TAGS) !== 0) found.pagesThatNeedTags++;
        if ((marks[2 * page + 1]! & HAS_TAG_STORAGE) !== 0) found.pagesWithTagStorage++;
      }
      page++;
      continue;
    }
    const order = what & ORDER_MASK;
    const kind = what - order;
    if ((kind !== FREE && kind !== USED) || order > maxOrder) {
      fault("a page is in no block", page);
      page++;
      continue;
    }
    const end = page + 2 ** order;
    if (page % 2 ** order !== 0 || end > space.pages) fault("a block is not aligned", page);
    for (let tail = page + 1; tail < end; tail++) if (marks[2 * tail] !== TAIL) fault("a page is in two blocks", tail);
    if (kind === FREE) {
      found.freeBlocks++;
      found.freePages += end - page;
      if (links[2 * links[2 * page + 1]!] !== page || links[2 * links[2 * page]! + 1] !== page)
        fault("a free block is on no list", page);
      if (order < maxOrder && isMissedMerge(buddy, page, order)) fault("two free buddies are not merged", page);
      for (let i = page; i < end; i++) if (marks[2 * i + 1] !== 0) fault("a free page has flags", i);
    } else if ((marks[2 * page + 1]! & HOLDS_TAGS) !== 0) {
      found.tagPages += end - page;
      if ((marks[2 * page + 1]! & IS_TAG_BLOCK) !== 0) found.reservedBlocks++;
    } else {
      found.dataPages += end - page;
      for (let i = page; i < end; i++) {
        if ((marks[2 * i + 1]! & NEEDS_TAGS) !== 0) found.pagesThatNeedTags++;
        if ((marks[2 * i + 1]! & HAS_TAG_STORAGE) !== 0) found.pagesWithTagStorage++;
      }
    }
    page = end;
  }
  return found;
}

/** Free buddies below the largest order merge, except across pageblocks of which one is CMA and the other is not. */
function isMissedMerge(buddy: Buddy, page: number, order: number): boolean {
  const other = page ^ (1 << order);
  if (buddy.marks[2 * other] !== (FREE | order)) return false;
  const types = [page, other].map((first) => freeTypeOf(buddy, first));
  return order < buddy.pageblockOrder || types[0] === types[1] || types.every((type) => type < CMA);
}

/** Every list, against the counts kept of it; how many blocks are on all of them. */
function auditLists(buddy: Buddy, fault: Fault): number {
  const { links, marks, maxOrder, freePages, freeCmaPages } = buddy;
  let blocks = 0;
  for (let zone = 0; zone < freePages.length; zone++) {
    let zonePages = 0;
    let cmaPages = 0;
    for (let order = 0; order <= maxOrder; order++) {
      let ofOrder = 0;
      for (let type = 0; type < MIGRATE_TYPES; type++) {
        const head = listHead(buddy, zone, order, type);
        let before = head;
        for (let page = links[2 * head]!; page !== head; page = links[2 * page]!) {
          if (page >= buddy.space.pages || marks[2 * page] !== (FREE | order) || zoneOf(buddy, page) !== zone) {
            fault("a list holds what is no free block of its order and zone", page);
            break;
          }
          if (links[2 * page + 1] !== before || ofOrder > buddy.space.pages) {
            fault("a list is torn", page);
            break;
          }
          if ((type === CMA) !== (freeTypeOf(buddy, page) === CMA)) fault("CMA memory is on another list", page);
          if (type === ISOLATE) fault("a block is still isolated", page);
          before = page;
          ofOrder++;
          if (type === CMA) cmaPages += 2 ** order;
        }
      }
      if (ofOrder !== blockCount(buddy, zone, order)) fault(`the count of blocks of order ${order} is off`, 0);
      blocks += ofOrder;
      zonePages += ofOrder * 2 ** order;
    }
    if (zonePages !== freePages[zone]) fault("the count of free pages is off", 0);
    if (cmaPages !== freeCmaPages[zone]) fault("the count of free CMA pages is off", 0);
  }
  return blocks;
}

/** Hardware's needs counted anew from the pages' flags, against the running counts and the kernel's references. */
function auditBlocks(tags: TagStorage, fault: Fault) {
  const { buddy, regions } = tags;
  const { marks, links, space } = buddy;
  const needs = new Int32Array(tags.needs.length);
  for (let page = 0; page < space.pages; page++) {
    if ((marks[2 * page + 1]! & NEEDS_TAGS) === 0) continue;
    const pfn = pfnOf(space, page);
    regions.forEach((region, row) => {
      const { memory, tags: range } = region;
      if (pfn < memory.start || pfn > memory.end) return;
      const block = range.start + region.blockPages * blockIndex(region, pfn);
      if (block > range.end) return;
      const slot = block + tags.slotOffset[row]!;
      needs[slot] = needs[slot]! + 1;
    });
  }
  const found = { idleBlocks: 0, unprotectedBlocks: 0, blocksWithSurplus: 0, blocksWithDeficit: 0 };
  for (let page = 0; page < space.pages; page++) {
    if ((marks[2 * page + 1]! & IS_TAG_BLOCK) === 0) continue;
    const need = needAt(tags, needs, pfnOf(space, page));
    if (need === 0) found.idleBlocks++;
    if (links[2 * page]! > need) found.blocksWithSurplus++;
    if (links[2 * page]! < need) found.blocksWithDeficit++;
  }
  const seen = new Uint8Array(needs.length);
  regions.forEach(({ tags: range }, row) => {
    for (let pfn = range.start; pfn <= range.end; pfn++) {
      const slot = pfn + tags.slotOffset[row]!;
      if (seen[slot] === 1) continue;
      seen[slot] = 1;
      const page = pageOf(space, pfn);
      if (needs[slot] !== tags.needs[slot]) fault("the count of pages that need a block is off", page);
      if (needs[slot]! > 0 && (page < 0 || (marks[2 * page + 1]! & IS_TAG_BLOCK) === 0)) found.unprotectedBlocks++;
    }
  });
  return found;
}

function needAt(tags: TagStorage, needs: Int32Array, pfn: number): number {
  const row = tags.regions.findIndex(({ tags: range }) => pfn >= range.start && pfn <= range.end);
  return row < 0 ? 0 : needs[pfn + tags.slotOffset[row]!]!;
}
