/**
 * Hardware's side of tag storage: how many live tagged pages need each block, by the mapping that hardware has, and
 * whether what the kernel reserved for an allocation fits it. It is the truth that a run is held against.
 */
import type { TagRegion } from "../region.ts";
import { blockIndex, blockOf, pagesPerBlock, referencesAdded, wholeBlocks } from "../reservation.ts";
import {
  breach,
  CONTAINMENT,
  COVERAGE,
  DISJOINTNESS,
  OUT_OF_REGION,
  PRECISION,
  RELEASE,
  RETENTION,
  STRADDLE,
} from "./breaches.ts";
import { pfnOf } from "./page-space.ts";
import { isReservedBlock, slotOf, type TagStats, type TagStorage } from "./tag-storage.ts";

export interface TagNeeds {
  /** `2^order` pages from a page number on become live tagged pages, or cease to be (`sign` is 1 or -1). */
  change(page: number, order: number, sign: number): void;
  /** The same for a single page whose block is known: where no two rows share anything, that is all it needs. */
  changeBlock(row: number, index: number, sign: number): void;
  /** Slot in `needs` of a block of a row, by index, also where it lies past the row's tags, in another's; -1 in none. */
  slot(row: number, index: number): number;
  /** The block of a slot is reserved from now on. */
  countReserved(slot: number): void;
  /** It is not reserved any more; true where live tagged pages needed it. */
  countReleased(slot: number): boolean;
}

export function createTagNeeds(tags: TagStorage): TagNeeds {
  const rows = tags.regions.flatMap(({ tags: range, blockPages }, row) => [
    range.start + tags.slotOffset[row]!,
    blockPages,
  ]);
  return tagNeeds(tags, tags.needs, Int32Array.from(rows), tags.stats);
}

/** Parameters, for speed: see block-lists.ts. `rows` has for each row the slot of its first block, and a block's pages. */
function tagNeeds(tags: TagStorage, needs: Int32Array, rows: Int32Array, stats: TagStats): TagNeeds {
  const { regions, lookup } = tags;

  function changeBlock(row: number, index: number, by: number): void {
    const slot = rows[2 * row]! + index * rows[2 * row + 1]!;
    const before = needs[slot]!;
    const after = before + by;
    needs[slot] = after;
    if (before === 0 || after === 0) crossZero(row, index, before === 0);
  }

  function crossZero(row: number, index: number, isNeeded: boolean): void {
    if (isReservedBlock(tags, lookup.blockPage(row, index))) stats.idleBlocksNow += isNeeded ? -1 : 1;
    else stats.unprotectedBlocksNow += isNeeded ? 1 : -1;
  }

  function change(page: number, order: number, sign: number): void {
    const pfn = pfnOf(tags.buddy.space, page);
    for (let row = 0; row < regions.length; row++) {
      const region = regions[row]!;
      const { start, end } = region.memory;
      const stop = Math.min(pfn + (1 << order), end + 1);
      let from = Math.max(pfn, start);
      if (from >= stop) continue;
      const period = pagesPerBlock(region);
      for (let index = blockIndex(region, from); from < stop; index++) {
        const next = Math.min(start + (index + 1) * period, stop);
        // past the end of its tags a page needs what nobody can count: a breach of containment, told at the allocation
        if (region.tags.start + index * region.blockPages <= region.tags.end) {
          changeBlock(row, index, sign * (next - from));
        }
        from = next;
      }
    }
  }

  function slot(row: number, index: number): number {
    const { tags: range, blockPages } = regions[row]!;
    const block = range.start + index * blockPages;
    return block <= range.end ? rows[2 * row]! + index * blockPages : slotOf(tags, block);
  }

  function countReserved(slot: number): void {
    stats.reservedBlocksNow++;
    if (slot < 0 || needs[slot] === 0) stats.idleBlocksNow++;
    else stats.unprotectedBlocksNow--;
  }

  function countReleased(slot: number): boolean {
    stats.reservedBlocksNow--;
    const isNeeded = slot >= 0 && needs[slot] !== 0;
    if (isNeeded) stats.unprotectedBlocksNow++;
    else stats.idleBlocksNow--;
    return isNeeded;
  }

  return { change, changeBlock, slot, countReserved, countReleased };
}

/**
 * Holds a reservation that went well against the obligations: `walked` blocks of row `found` (-1: the kernel found
 * none) for `2^order` pages at `pfn`. Each kind of breach counts once.
 */
export function checkReservation(tags: TagStorage, pfn: number, order: number, found: number, walked: number): void {
  const { regions } = tags;
  const stop = pfn + (1 << order);
  const isStraddling = order > 0 && !liesInOneRow(regions, pfn, stop);
  let seen = 0;
  for (let row = 0; row < regions.length; row++) {
    const region = regions[row]!;
    const { start, end } = region.memory;
    if (stop <= start || pfn > end) continue;
    const last = blockIndex(region, Math.min(stop - 1, end));
    for (let index = blockIndex(region, Math.max(pfn, start)); index <= last; index++) {
      const block = region.tags.start + index * region.blockPages;
      const from = Math.max(pfn, start + index * pagesPerBlock(region));
      const to = Math.min(stop, end + 1, start + (index + 1) * pagesPerBlock(region));
      const pages = to - from;
      const references = referencesTo(tags, pfn, order, found, walked, block);
      const isWhole = index < wholeBlocks(region);
      if (!isWhole) seen = tell(tags, seen, CONTAINMENT, pfn, order, block);
      if (references === 0) seen = tell(tags, seen, isStraddling ? STRADDLE : COVERAGE, pfn, order, block);
      if (references > 0 && references < pages) {
        seen = tell(tags, seen, isStraddling ? STRADDLE : RETENTION, pfn, order, block);
      }
      // a page whose block is not whole gives nothing back: the kernel finds no block for it
      if (references > (isWhole ? pages : 0)) {
        seen = tell(tags, seen, isStraddling ? STRADDLE : RELEASE, pfn, order, block);
      }
      if (tags.isShared[row] && isSharedHere(tags, row, from, to, block)) {
        seen = tell(tags, seen, DISJOINTNESS, pfn, order, block);
      }
    }
  }
  if (found >= 0) checkWalk(tags, seen, pfn, order, regions[found]!, walked, isStraddling);
}

/** Tells that a block of row `found`, by index, could not be had for `2^order` pages at `pfn`, where it lies past its tags. */
export function checkRefusal(tags: TagStorage, pfn: number, order: number, found: number, index: number): void {
  const region = tags.regions[found]!;
  if (index < wholeBlocks(region)) return;
  const isStraddling = !liesInOneRow(tags.regions, pfn, pfn + (1 << order));
  tell(tags, 0, isStraddling ? STRADDLE : OUT_OF_REGION, pfn, order, region.tags.start + index * region.blockPages);
}

/** Whether some row's memory has all pages of an allocation, or none has any. */
function liesInOneRow(regions: readonly TagRegion[], pfn: number, stop: number): boolean {
  let isTagged = false;
  for (let row = 0; row < regions.length; row++) {
    const { start, end } = regions[row]!.memory;
    if (pfn >= start && stop - 1 <= end) return true;
    if (pfn <= end && stop > start) isTagged = true;
  }
  return !isTagged;
}

/** The blocks that were walked, each against what the allocation needs. */
function checkWalk(
  tags: TagStorage,
  seen: number,
  pfn: number,
  order: number,
  region: TagRegion,
  walked: number,
  isStraddling: boolean,
): void {
  const first = blockIndex(region, pfn);
  for (let step = 0; step < walked; step++) {
    const block = region.tags.start + (first + step) * region.blockPages;
    if (!isNeeded(tags, pfn, order, block)) {
      seen = tell(tags, seen, isStraddling ? STRADDLE : PRECISION, pfn, order, block);
      seen = tell(tags, seen, isStraddling ? STRADDLE : RELEASE, pfn, order, block);
    }
    // a straddling allocation may need blocks past the tags of the row found: they are in another's
    if (!isStraddling && first + step >= wholeBlocks(region)) seen = tell(tags, seen, OUT_OF_REGION, pfn, order, block);
  }
}

/** Whether some page of the allocation has its tags in this block. */
function isNeeded(tags: TagStorage, pfn: number, order: number, block: number): boolean {
  for (const region of tags.regions) {
    const first = Math.max(pfn, region.memory.start);
    const last = Math.min(pfn + (1 << order) - 1, region.memory.end);
    if (first <= last && block >= blockOf(region, first) && block <= blockOf(region, last)) {
      if ((block - region.tags.start) % region.blockPages === 0) return true;
    }
  }
  return false;
}

/** `c(b)`. */
function referencesTo(
  tags: TagStorage,
  pfn: number,
  order: number,
  found: number,
  walked: number,
  block: number,
): number {
  if (found < 0) return 0;
  const region = tags.regions[found]!;
  const step = (block - blockOf(region, pfn)) / region.blockPages;
  if (step < 0 || step >= walked || step !== Math.floor(step)) return 0;
  return referencesAdded(tags.series, region, order, pfn, step);
}

/** Whether these pages of a row, or their block, belong to another row too, or pages that are tagged hold tags. */
function isSharedHere(tags: TagStorage, row: number, from: number, to: number, block: number): boolean {
  const { regions } = tags;
  const blockEnd = block + regions[row]!.blockPages;
  for (let other = 0; other < regions.length; other++) {
    const { memory, tags: range } = regions[other]!;
    if (block <= memory.end && blockEnd > memory.start) return true;
    if (from <= range.end && to > range.start) return true;
    if (other === row) continue;
    if (block <= range.end && blockEnd > range.start) return true;
    if (from <= memory.end && to > memory.start) return true;
  }
  return false;
}

/** Counts a breach unless this allocation has shown its kind already; `seen` has a bit for each kind that it has. */
function tell(tags: TagStorage, seen: number, kind: number, pfn: number, order: number, block: number): number {
  if ((seen & (1 << kind)) === 0) breach(tags, kind, pfn, order, block);
  return seen | (1 << kind);
}
