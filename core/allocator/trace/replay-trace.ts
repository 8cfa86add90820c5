/**
 * Does to a model of a machine what a trace says was done to a real one. The model's own page allocator chooses where an
 * allocation goes; the PFN in the trace only says which free belongs to it. So a trace of any machine can be replayed on
 * any layout: what it brings is who asks for what, and when it is let go.
 */
import { createMachineMemory, type MachineOptions } from "../machine-memory.ts";
import { USE } from "../machine-operations.ts";
import type { ReplayResult } from "../workloads/replay-operations.ts";
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
  /** Frees of a block by another order than it has. */
  readonly mismatchedFrees: number;
  /** Blocks that were freed in parts, and so were split. */
  readonly splits: number;
  readonly tagged: {
    /** Allocations that were to be tagged. */
    readonly asked: number;
    /** Of these: had to wait until data was migrated out of their tag storage. */
    readonly waited: number;
    /** Made, but without tag storage. */
    readonly without: number;
    /** Not made. */
    readonly failed: number;
  };
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

export interface TraceReplayResult extends ReplayResult {
  readonly trace: TraceCounts;
}

export interface TraceReplay {
  /** The next piece of the text. */
  write(piece: string): void;
  /** What came of it all. Nothing is written after. */
  finish(): TraceReplayResult;
}

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
  const allocations = new Float64Array(ORDERS);
  const frees = new Float64Array(ORDERS);
  const tagged = { asked: 0, waited: 0, without: 0, failed: 0 };
  let [lines, failedThere, failedHere, lostEvents, malformedLines] = [0, 0, 0, 0, 0];
  let [unknownFrees, unknownFreePages, missedFrees, mismatchedFrees, splits] = [0, 0, 0, 0, 0];
  let [operations, pagesVisited, liveBlocks, livePages, peakDataPages] = [0, 0, 0, 0, 0];
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
    const [migrations, without] = [stats.migrations, stats.withoutStorage];
    const page = machine.allocate(order, use, 0);
    operations++;
    if (use === USE.tagged) {
      tagged.asked++;
      if (stats.migrations !== migrations) tagged.waited++;
      if (page < 0) tagged.failed++;
      else if (stats.withoutStorage !== without) tagged.without++;
    }
    if (page < 0) {
      failedHere++;
      if (pagelessBlocks === machine.pages) return;
      pagelessBlocks++;
      live.add(pfn, NO_PAGE, order);
      return;
    }
    machine.setOwner(page, live.add(pfn, page, order));
    pagesVisited += 2 ** order;
    livePages += 2 ** order;
    liveBlocks++;
    peakDataPages = Math.max(peakDataPages, machine.tagStorageDataPages());
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
    if (order > has || pfn % 2 ** order !== 0) {
      mismatchedFrees++;
      if (order > has) drop(slot);
      return;
    }
    if (order === has) drop(slot);
    else {
      splits++;
      if (divide(slot, order)) drop(live.find(pfn));
    }
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
      operations++;
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
    operations++;
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
      return {
        operations,
        withoutEffect: 0,
        pagesVisited,
        violations: machine.breachTotal(),
        breaches: machine.breaches(),
        idleBlocks: stats.idleBlocksNow,
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
          tagged,
          liveBlocks,
          livePages,
          peakDataPages,
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
