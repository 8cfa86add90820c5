/**
 * A machine's memory under one kernel, to be exercised: the page allocator, tag storage in front of and behind it, and
 * the invariants that hold at every operation. Millions of operations allocate nothing.
 *
 * Pages go by page number, from 0 and without holes of terabytes; `pageOf` and `pfnOf` translate.
 */
import type { PfnRange, TagRegion } from "../region.ts";
import type { Series } from "../series.ts";
import { type AuditResult, auditMemory } from "./audit.ts";
import { type BreachCount, breachCounts } from "./breaches.ts";
import { usedBlockOf } from "./buddy.ts";
import { createBuddy } from "./buddy-create.ts";
import { takeFreeRange } from "./buddy-range.ts";
import { createBlockFinder } from "./buddy-zonelist.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { createOperations, type MachineOperations } from "./machine-operations.ts";
import { CMA, TYPE_MASK } from "./migrate-type.ts";
import { nodeZones } from "./node-zones.ts";
import { IN_USE } from "./outcome.ts";
import { pageOf, pfnOf, type ZoneSpan } from "./page-space.ts";
import {
  HAS_TAG_STORAGE,
  HOLDS_TAGS,
  IS_MOVABLE,
  IS_PINNED,
  IS_TAGGED,
  KEPT,
  ORDER_MASK,
  TAGGED_BY_PAGE,
  USED,
} from "./page-state.ts";
import { createTagStorage, type DataListener, slotOf, type TagStats } from "./tag-storage.ts";
import { createTagWalks } from "./tag-storage-walk.ts";

export interface MachineOptions {
  readonly pageSize: number;
  /** The largest order of the page allocator, itself included; at most 20. */
  readonly maxOrder: number;
  readonly pageblockOrder: number;
  /** The memory that the kernel has, ascending and merged where it touches. */
  readonly banks: readonly PfnRange[];
  /** Ascending, without overlap. Where regions of different NUMA nodes touch, they are cut. */
  readonly zones: readonly ZoneSpan[];
  /** Memory that the page allocator never gets. Tag ranges may be among it or not. */
  readonly reserved: readonly PfnRange[];
  /** `tag_regions`. Tag ranges are whole pageblocks and in `banks`, as every series asks. */
  readonly regions: readonly TagRegion[];
  readonly series: Series;
  /** PFN of the zero page; the first page of memory that is not tag storage where nothing is given, null for none. */
  readonly zeroPage?: number | null;
  /** False: no zone keeps pages back. */
  readonly isWatermarked?: boolean;
  readonly faults?: FaultPlan;
  readonly listener?: DataListener;
}

export interface MachineMemory extends MachineOperations {
  /** Pages are numbered below this. */
  readonly pages: number;
  hasTagStorage(page: number): boolean;
  /** True where the block that starts here is movable data, tagged or not. */
  isMovable(page: number): boolean;
  /** Owner of an allocated block, by its first page. */
  ownerOf(page: number): number;
  setOwner(page: number, owner: number): void;
  /** Order of the allocated block that starts at a page; -1 where none does. */
  orderOf(page: number): number;
  /** First page of the block of data that a page lies in; -1 where it is free, kept or holds tags. */
  dataBlockOf(page: number): number;
  /** True where the block that starts here was allocated as tagged and has no tag storage. */
  lacksTagStorage(page: number): boolean;
  /** Holds the data of the block that starts here in place, or lets it go. */
  setPinned(page: number, isPinned: boolean): void;
  /** Page number of a PFN, -1 where the machine has no such page; and back. */
  pageOf(pfn: number): number;
  pfnOf(page: number): number;
  /** True where the page lies in a CMA pageblock. */
  isCma(page: number): boolean;
  readonly stats: Readonly<TagStats>;
  /** Free pages of all zones, and those of them in CMA pageblocks. */
  freePages(): number;
  freeCmaPages(): number;
  /** Pages of tag storage that hold data. Exact as long as no walk has left its region. */
  tagStorageDataPages(): number;
  /** The lines of `/proc/vmstat` that the series has for this, in pages. */
  vmstat(): Record<string, number>;
  /** What the run has shown to be wrong with the layout. */
  breaches(): BreachCount[];
  /** All of them added up: cheap enough to ask after every operation. */
  breachTotal(): number;
  /** Everything, counted anew. Takes a walk over all pages. */
  audit(): AuditResult;
  /** Bytes of typed arrays for each page of memory. */
  bytesPerPage(): number;
}

/** A machine after boot. Throws a RangeError where it is too large; see `MAX_PAGES`. */
export function createMachineMemory(options: MachineOptions): MachineMemory {
  const { regions, series } = options;
  const buddy = createBuddy({
    ...options,
    zones: nodeZones(options.zones, regions),
    cma: regions.map(({ tags }) => tags),
    isWatermarked: options.isWatermarked ?? true,
    isCmaBalanced: series !== "rfc-v1",
  });
  const tags = createTagStorage(buddy, {
    regions,
    series,
    faults: options.faults ?? null,
    listener: options.listener ?? null,
  });
  const finder = createBlockFinder(buddy);
  const walks = createTagWalks(tags, finder);
  const { marks, links, space, freePages, freeCmaPages, pageblockType, pageblockOrder } = buddy;
  const { stats, rules } = tags;
  const cmaPages = sum(freeCmaPages);

  function isCma(page: number): boolean {
    return (pageblockType[page >>> pageblockOrder]! & TYPE_MASK) === CMA;
  }

  /** Part of the kernel's image, tagged at boot and never freed: its block stays reserved. */
  function keepZeroPage(pfn: number | null): void {
    const page = pfn === null ? -1 : pageOf(space, pfn);
    if (page < 0) return;
    if (marks[2 * page] !== KEPT) takeFreeRange(buddy, page, page + 1);
    marks[2 * page] = KEPT;
    if (walks.reserve(page, 0) !== IN_USE) stats.withoutStorage++;
    marks[2 * page + 1] = marks[2 * page + 1]! | IS_TAGGED;
  }

  /** The kernel's image, and the zero page in it, is taken to lie at the start of memory. */
  function defaultZeroPage(): number | null {
    for (const { start, end } of space.segments) {
      for (let pfn = start; pfn <= end; pfn++) if (slotOf(tags, pfn) < 0) return pfn;
    }
    return null;
  }

  keepZeroPage(options.zeroPage === undefined ? defaultZeroPage() : options.zeroPage);

  return {
    pages: space.pages,
    ...createOperations(tags, walks, finder),
    hasTagStorage: (page) => (marks[2 * page + 1]! & HAS_TAG_STORAGE) !== 0,
    isMovable: (page) => (marks[2 * page + 1]! & IS_MOVABLE) !== 0,
    ownerOf: (page) => links[2 * page]!,
    setOwner(page, owner) {
      links[2 * page] = owner;
    },
    orderOf: (page) => ((marks[2 * page]! & ~ORDER_MASK) === USED ? marks[2 * page]! & ORDER_MASK : -1),
    dataBlockOf(page) {
      const block = usedBlockOf(buddy, page);
      return block < 0 || (marks[2 * block + 1]! & HOLDS_TAGS) !== 0 ? -1 : block;
    },
    lacksTagStorage: (page) =>
      (marks[2 * page + 1]! & (IS_TAGGED | TAGGED_BY_PAGE | HAS_TAG_STORAGE)) === IS_TAGGED && marks[2 * page] !== KEPT,
    setPinned(page, isPinned) {
      marks[2 * page + 1] = isPinned ? marks[2 * page + 1]! | IS_PINNED : marks[2 * page + 1]! & ~IS_PINNED;
    },
    pageOf: (pfn) => pageOf(space, pfn),
    pfnOf: (page) => pfnOf(space, page),
    isCma,
    stats,
    freePages: () => sum(freePages),
    freeCmaPages: () => sum(freeCmaPages),
    tagStorageDataPages: () => cmaPages - sum(freeCmaPages) - stats.reservedPagesNow,
    vmstat() {
      const lines = Object.entries(rules.vmstat).map(([line, counts]) => [
        line,
        counts.reduce((total, count) => total + tags.counts[count]!, 0),
      ]);
      return { nr_free_pages: sum(freePages), [rules.freeLine]: sum(freeCmaPages), ...Object.fromEntries(lines) };
    },
    breaches: () => breachCounts(tags),
    breachTotal() {
      let total = 0;
      for (const count of tags.breaches) total += count;
      return total;
    },
    audit: () => auditMemory(tags),
    bytesPerPage() {
      const arrays = [links, marks, space.chunkPfn, space.chunkZone, tags.needs];
      return arrays.reduce((bytes, array) => bytes + array.byteLength, 0) / space.pages;
    },
  };
}

function sum(numbers: Int32Array): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
