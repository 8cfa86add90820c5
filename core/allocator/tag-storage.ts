/**
 * Tag storage as a kernel keeps it: which blocks are reserved, with how many references, and beside it what hardware
 * needs. A block is named by the page number of its first page. While it is reserved its pages are off the page
 * allocator's lists, so its references live in `next` of that page, where the kernel has them in the page's refcount:
 * nothing is spent on them, and a block outside its region is counted like any other.
 */
import type { TagRegion } from "../region.ts";
import { rangesOverlap } from "../region.ts";
import type { Series } from "../series.ts";
import type { Buddy } from "./buddy.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { IS_TAG_BLOCK } from "./page-state.ts";
import { createTagLookup, type TagLookup } from "./tag-lookup.ts";
import { RESERVATION_COUNTS, type SeriesRules, seriesRules } from "./tag-storage-series.ts";

/** Told what becomes of a block of data under its owner, whose number it was allocated with. */
export interface DataListener {
  /** The block's data moved to another of the same order. */
  readonly moved?: (owner: number, from: number, to: number, order: number) => void;
  /** The block is single pages now, each of the same owner. Without this, huge blocks are never split. */
  readonly split?: (owner: number, page: number, order: number) => void;
}

export interface TagStorage {
  readonly buddy: Buddy;
  readonly regions: readonly TagRegion[];
  readonly series: Series;
  readonly rules: SeriesRules;
  readonly faults: FaultPlan | null;
  readonly listener: DataListener | null;
  readonly lookup: TagLookup;
  /** By row: what to add to a PFN of its tag range for its slot in `needs`. */
  readonly slotOffset: Float64Array;
  /** By row: the range shares pages with another row's tags or memory. */
  readonly isShared: readonly boolean[];
  readonly hasShared: boolean;
  /** Live tagged pages that need the block which starts at this page of tag storage. Ranges that overlap share slots. */
  readonly needs: Int32Array;
  /** By kind of page count; see tag-storage-series.ts. */
  readonly counts: Float64Array;
  /** By kind; see breaches.ts. */
  readonly breaches: Float64Array;
  /** The first breach of each kind: operation, PFN, order, block. */
  readonly firstBreaches: Float64Array;
  readonly stats: TagStats;
}

/** Running totals; those that end in `Now` go down again. */
export interface TagStats {
  /** Operations on the machine so far. */
  operations: number;
  reservedBlocksNow: number;
  reservedPagesNow: number;
  /** Blocks that are reserved while no live tagged page needs them. */
  idleBlocksNow: number;
  /** Blocks that live tagged pages need and that are not reserved: tags are written over whatever is there. */
  unprotectedBlocksNow: number;
  /** Blocks of data migrated out of tag storage, and their pages. */
  migrations: number;
  migratedPages: number;
  failedMigrations: number;
  /** Huge blocks split because there was no other to migrate them to. */
  splitMigrations: number;
  /** Tagged allocations that went ahead without tag storage. */
  withoutStorage: number;
  /** Pages that belong to nobody since a block of one could not be stored (rfc-v2). */
  lostPages: number;
  /** Points of the fault plan passed. */
  faultPoints: number;
}

export interface TagStorageOptions {
  readonly regions: readonly TagRegion[];
  readonly series: Series;
  readonly faults: FaultPlan | null;
  readonly listener: DataListener | null;
}

/** Kinds of breach, and numbers kept of the first of each; breaches.ts gives them names. */
export const BREACH_KINDS = 12;
export const FIRST_BREACH_FIELDS = 4;

export function createTagStorage(buddy: Buddy, options: TagStorageOptions): TagStorage {
  const { regions, series } = options;
  const slots = layOutSlots(regions);
  const isShared = regions.map((region, row) =>
    regions.some(
      (other, otherRow) =>
        rangesOverlap(region.tags, other.memory) ||
        rangesOverlap(other.tags, region.memory) ||
        (otherRow !== row && (rangesOverlap(region.tags, other.tags) || rangesOverlap(region.memory, other.memory))),
    ),
  );
  return {
    buddy,
    regions,
    series,
    rules: seriesRules(series),
    faults: options.faults,
    listener: options.listener,
    lookup: createTagLookup(buddy.space, regions, series, buddy.maxOrder),
    slotOffset: slots.offsets,
    isShared,
    hasShared: isShared.includes(true),
    needs: new Int32Array(slots.count),
    counts: new Float64Array(RESERVATION_COUNTS),
    breaches: new Float64Array(BREACH_KINDS),
    firstBreaches: new Float64Array(BREACH_KINDS * FIRST_BREACH_FIELDS).fill(Number.NaN),
    stats: {
      operations: 0,
      reservedBlocksNow: 0,
      reservedPagesNow: 0,
      idleBlocksNow: 0,
      unprotectedBlocksNow: 0,
      migrations: 0,
      migratedPages: 0,
      failedMigrations: 0,
      splitMigrations: 0,
      withoutStorage: 0,
      lostPages: 0,
      faultPoints: 0,
    },
  };
}

/** One slot for each page that is in some tag range. */
function layOutSlots(regions: readonly TagRegion[]): { offsets: Float64Array; count: number } {
  const offsets = new Float64Array(regions.length);
  const rows = regions.map((_, row) => row).sort((a, b) => regions[a]!.tags.start - regions[b]!.tags.start);
  let count = 0;
  let offset = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    const { tags } = regions[row]!;
    if (tags.start > end) offset = count - tags.start;
    end = Math.max(end, tags.end);
    count = end + 1 + offset;
    offsets[row] = offset;
  }
  return { offsets, count };
}

/** True where the block that starts at this page number is reserved; -1 is no block. */
export function isReservedBlock(tags: TagStorage, page: number): boolean {
  return page >= 0 && (tags.buddy.marks[2 * page + 1]! & IS_TAG_BLOCK) !== 0;
}

/** Slot in `needs` of the block that starts at a PFN; -1 where that is in no tag range. */
export function slotOf(tags: TagStorage, block: number): number {
  for (let row = 0; row < tags.regions.length; row++) {
    const range = tags.regions[row]!.tags;
    if (block >= range.start && block <= range.end) return block + tags.slotOffset[row]!;
  }
  return -1;
}

/** The fault that the plan has for this point; 0 for none. */
export function nextFault(tags: TagStorage, point: number): number {
  if (tags.faults === null) return 0;
  return tags.faults(point, tags.stats.faultPoints++);
}
