/**
 * Does to a model of a machine what a trace says was done to a real one. An allocation takes the block that the trace names,
 * as the page allocator would take it, where that is memory of this layout, free, and none that this use is denied. Where
 * it is not, the model's own lists choose, and the PFN in the trace only says which free belongs to it. So a trace of any
 * machine can be replayed on any layout.
 */
import { createMachineMemory, type MachineOptions } from "../machine-memory.ts";
import { USE } from "../machine-operations.ts";
import { IN_TAG_STORAGE, OCCUPIED, OUTSIDE, PLACED, REFUSED } from "../outcome.ts";
import { createTally, type TaggedCounts } from "../tally.ts";
import { figuresOf } from "../workloads/figures.ts";
import type { ReplayResult } from "../workloads/replay-operations.ts";
import { createUsageMeter } from "../workloads/usage.ts";
import { createLineSplitter, MAX_LINE_LENGTH } from "./line-splitter.ts";
import { createLiveBlocks, NO_PAGE } from "./live-blocks.ts";
import type { TagRule } from "./tag-rule.ts";
import { readTraceLine, type TraceLine } from "./trace-line.ts";

/** What a trace had, and what became of it. Blocks are allocations, or the parts that they were freed in. */
export interface TraceCounts {
  readonly lines: number;
  /** `mm_page_alloc` with a page, by order from 0 to the largest there was; and `mm_page_free`. */
  readonly allocationsByOrder: readonly number[];
  readonly freesByOrder: readonly number[];
  /** `mm_page_alloc` without a page: the traced kernel had none to give. */
  readonly failedThere: number;
  /** Allocations that the model had no memory for. */
  readonly failedHere: number;
  /** Events that were lost before they were printed, as far as the trace says. */
  readonly lostEvents: number;
  /** Frees of what was allocated before the trace began, or while events were lost; and their pages. */
  readonly unknownFrees: number;
  readonly unknownFreePages: number;
  /** Blocks that were allocated again, or that a larger allocation covered, without having been freed. */
  readonly missedFrees: number;
  /** Frees that do not fit what is allocated: off its alignment, or of more than is there. */
  readonly mismatchedFrees: number;
  /** Blocks that were freed in parts, and so were split. */
  readonly splits: number;
  /** Where the allocations are that the model had memory for, all of them together. */
  readonly placed: PlacedCounts;
  readonly tagged: Readonly<TaggedCounts>;
  /** Still allocated at the end. */
  readonly liveBlocks: number;
  readonly livePages: number;
  /** Pages of tag storage that hold data, at most at one time and at the end. */
  readonly peakDataPages: number;
  readonly dataPages: number;
  /** Lines of one of the two events that are cut short or garbled, and the first of them; null where there is none. */
  readonly malformedLines: number;
  readonly firstMalformedLine: number | null;
}

/** Of allocations; all but the first were made where the model's own lists have memory. */
export interface PlacedCounts {
  /** Where the trace has them. */
  readonly there: number;
  /** Their place was in use here. */
  readonly taken: number;
  /** It is tag storage, which only untagged, movable memory gets. */
  readonly tagStorage: number;
  /** It was free, but data could not be moved out of its tag storage (rfc-v1, rfc-v2). */
  readonly refused: number;
  /** The page allocator of this layout has no such memory. */
  readonly outside: number;
}

export interface TraceReplayResult extends ReplayResult {
  readonly trace: TraceCounts;
}

export interface TraceReplay {
  /** The next piece of the text. */
  write(piece: string): void;
  /** What came of it all. Nothing is written after. */
  finish(): TraceReplayResult;
}

/** Ends of an attempt to allocate at a place, numbered as in outcome.ts. */
const PLACES = 5;
/** Orders that a line can have are below this. */
const ORDERS = 31;

/** Throws a RangeError where the machine is too large. */
export function createTraceReplay(options: MachineOptions, isTagged: TagRule): TraceReplay {
  const live = createLiveBlocks(ORDERS - 1);
  const machine = createMachineMemory({
    ...options,
    listener: {
      moved: (slot, _from, to) => live.setPage(slot, to),
      split: (slot) => cut(slot, 0),
    },
  });
  const { stats } = machine;
  const tally = createTally(stats);
  const meter = createUsageMeter(machine, options, null);
  const placed = new Float64Array(PLACES);
  const allocations = new Float64Array(ORDERS);
  const frees = new Float64Array(ORDERS);
  let [lines, failedThere, failedHere, lostEvents, malformedLines] = [0, 0, 0, 0, 0];
  let [unknownFrees, unknownFreePages, missedFrees, mismatchedFrees, splits] = [0, 0, 0, 0, 0];
  let [operations, pagesVisited, liveBlocks, livePages] = [0, 0, 0, 0];
  let firstMalformedLine: number | null = null;
  /** Allocations without a page are remembered for their frees; as many as the machine could have, so not without end. */
  let pagelessBlocks = 0;
  const splitter = createLineSplitter(onLine);

  function onLine(line: string): void {
    lines++;
    const read: TraceLine = line.length < MAX_LINE_LENGTH ? readTraceLine(line) : { kind: "other" };
    switch (read.kind) {
      case "allocate": {
        allocations[read.order] = allocations[read.order]! + 1;
        forgetOld(read.pfn, read.order);
        const isToBeTagged = read.migrateType === USE.movable && isTagged(read.gfpFlags, line);
        allocate(read.pfn, read.order, isToBeTagged ? USE.tagged : read.migrateType);
        break;
      }
      case "free":
        frees[read.order] = frees[read.order]! + 1;
        free(read.pfn, read.order);
        break;
      case "failed":
        failedThere++;
        break;
      case "lost":
        lostEvents += read.events;
        break;
      case "malformed":
        malformedLines++;
        firstMalformedLine ??= lines;
    }
  }

  function allocate(pfn: number, order: number, use: number): void {
    tally.begin();
    const page = machine.allocateNear(machine.pageOf(pfn), order, use, 0);
    if (use === USE.tagged) tally.endTagged(page >= 0);
    else tally.endData(page >= 0);
    countOperation();
    if (page < 0) {
      failedHere++;
      if (pagelessBlocks === machine.pages) return;
      pagelessBlocks++;
      live.add(pfn, NO_PAGE, order);
      return;
    }
    const placement = machine.lastPlacement();
    placed[placement] = placed[placement]! + 1;
    machine.setOwner(page, live.add(pfn, page, order));
    pagesVisited += 2 ** order;
    livePages += 2 ** order;
    liveBlocks++;
  }

  function countOperation(): void {
    operations++;
    meter.sample();
  }

  /** What the trace has at these pages was freed without its saying so. */
  function forgetOld(pfn: number, order: number): void {
    const around = live.findAround(pfn);
    if (around >= 0) forget(around);
    // where nothing is lost, nothing lies inside
    if (lostEvents === 0 || order > options.maxOrder) return;
    for (let inside = pfn + 1; inside < pfn + 2 ** order; inside++) {
      const slot = live.find(inside);
      if (slot >= 0) forget(slot);
    }
  }

  function forget(slot: number): void {
    missedFrees++;
    drop(slot);
  }

  function free(pfn: number, order: number): void {
    const slot = live.findAround(pfn);
    if (slot < 0) {
      unknownFrees++;
      unknownFreePages += 2 ** order;
      return;
    }
    const has = live.orderOf(slot);
    if (pfn % 2 ** order !== 0 || (order > has && order > options.maxOrder)) {
      mismatchedFrees++;
      if (order > has) drop(slot);
      return;
    }
    if (order > has) freeParts(pfn, order);
    else if (order === has) drop(slot);
    else {
      splits++;
      if (divide(slot, order)) drop(live.find(pfn));
    }
  }

  /** Blocks that were taken for smaller than they are: another part of what they were cut out of was freed by less. */
  function freeParts(pfn: number, order: number): void {
    let pages = 0;
    for (let inside = pfn; inside < pfn + 2 ** order; inside++) {
      const slot = live.find(inside);
      if (slot < 0) continue;
      pages += 2 ** live.orderOf(slot);
      drop(slot);
    }
    if (pages !== 2 ** order) mismatchedFrees++;
  }

  /** A block freed in parts; false where it had no page, and its parts are too many to remember. */
  function divide(slot: number, newOrder: number): boolean {
    const page = live.pageOf(slot);
    const order = live.orderOf(slot);
    if (page === NO_PAGE) {
      const parts = 2 ** (order - newOrder) - 1;
      if (pagelessBlocks + parts > machine.pages) {
        drop(slot);
        return false;
      }
      pagelessBlocks += parts;
    } else {
      machine.split(page, order, newOrder);
      countOperation();
    }
    cut(slot, newOrder);
    return true;
  }

  function cut(slot: number, newOrder: number): void {
    live.cut(slot, newOrder, (part) => {
      const page = live.pageOf(part);
      if (page === NO_PAGE) return;
      machine.setOwner(page, part);
      liveBlocks++;
    });
  }

  function drop(slot: number): void {
    const page = live.pageOf(slot);
    const order = live.orderOf(slot);
    live.remove(slot);
    if (page === NO_PAGE) {
      pagelessBlocks--;
      return;
    }
    machine.free(page, order);
    countOperation();
    livePages -= 2 ** order;
    liveBlocks--;
  }

  return {
    write: splitter.write,
    finish() {
      splitter.end();
      const audit = machine.audit();
      const [fault] = audit.faults;
      if (fault !== undefined) throw new Error(`after line ${lines} of a trace: ${fault.what} (page ${fault.page})`);
      if (audit.dataPages !== livePages) throw new Error(`${livePages} pages are live, ${audit.dataPages} in use`);
      const figures = figuresOf(machine, tally, meter);
      return {
        operations,
        withoutEffect: 0,
        pagesVisited,
        violations: machine.breachTotal(),
        breaches: machine.breaches(),
        idleBlocks: stats.idleBlocksNow,
        ...figures,
        trace: {
          lines,
          allocationsByOrder: upToLargest(allocations),
          freesByOrder: upToLargest(frees),
          failedThere,
          failedHere,
          lostEvents,
          unknownFrees,
          unknownFreePages,
          missedFrees,
          mismatchedFrees,
          splits,
          placed: {
            there: placed[PLACED]!,
            taken: placed[OCCUPIED]!,
            tagStorage: placed[IN_TAG_STORAGE]!,
            refused: placed[REFUSED]!,
            outside: placed[OUTSIDE]!,
          },
          tagged: figures.tagged,
          liveBlocks,
          livePages,
          peakDataPages: figures.usage.peakDataPages,
          dataPages: Math.max(machine.tagStorageDataPages(), 0),
          malformedLines,
          firstMalformedLine,
        },
      };
    },
  };
}

function upToLargest(counts: Float64Array): number[] {
  let length = counts.length;
  while (length > 0 && counts[length - 1] === 0) length--;
  return Array.from(counts.subarray(0, length));
}
