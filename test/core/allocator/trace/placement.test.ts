/** Where a trace's allocations are put: at their PFN, as far as that can be. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMachineMemory } from "../../../../core/allocator/machine-memory.ts";
import { USE } from "../../../../core/allocator/machine-operations.ts";
import { IN_TAG_STORAGE, OCCUPIED, OUTSIDE, PLACED, REFUSED } from "../../../../core/allocator/outcome.ts";
import { recordingLine } from "../../../../core/allocator/trace/recording.ts";
import { createTraceReplay } from "../../../../core/allocator/trace/replay-trace.ts";
import { createTagRule } from "../../../../core/allocator/trace/tag-rule.ts";
import { findWorkload } from "../../../../core/allocator/workloads/catalogue.ts";
import type { ParameterValues } from "../../../../core/allocator/workloads/model.ts";
import { createWorkloadRun } from "../../../../core/allocator/workloads/run-workload.ts";
import { SERIES, type Series } from "../../../../core/series.ts";
import { machineOf, tagRegion } from "../machines.ts";

/** PFNs 0x400 to 0x5ff, whose tags lie in 0x800 to 0x80f. The zero page is 0x400, and its tags in 0x800. */
const small = (series: Series) => machineOf(series, [tagRegion(0x400, 512, 0x800, 16, 1)]);

function replay(options: ReturnType<typeof small>, text: string) {
  const run = createTraceReplay(options, createTagRule({ gfpFlags: null, command: null, sharePercent: null, seed: 1 }));
  run.write(text);
  return run.finish();
}

describe("a block at a place", () => {
  const { movable, tagged, unmovable } = USE;

  test("is had where it is free memory that the use may have", () => {
    const machine = createMachineMemory(small("rfc-v3"));
    const at = (pfn: number, order: number, use: number) => machine.allocateAt(machine.pageOf(pfn), order, use, 0);
    // no block of the page allocator starts there; nor can one of order 2; nor is there memory
    expect([at(0x400, 0, movable), at(0x481, 2, movable), at(0x900, 0, movable)]).toEqual([OUTSIDE, OUTSIDE, OUTSIDE]);
    expect([at(0x480, 2, movable), at(0x482, 0, movable), at(0x480, 3, unmovable)]).toEqual([
      PLACED,
      OCCUPIED,
      OCCUPIED,
    ]);
    // 0x420 is 32 pages in, so its tags are in the second page of tag storage
    expect([at(0x420, 0, tagged), at(0x801, 0, movable)]).toEqual([PLACED, OCCUPIED]);
    expect([at(0x802, 0, tagged), at(0x802, 0, unmovable), at(0x802, 0, movable)]).toEqual([
      IN_TAG_STORAGE,
      IN_TAG_STORAGE,
      PLACED,
    ]);
    // the pages that the order 2 block was cut out of are free, and merge again
    machine.free(machine.pageOf(0x480), 2);
    expect(at(0x480, 5, unmovable)).toBe(PLACED);
    expect(machine.audit().faults).toEqual([]);
  });

  test("is given back where its tag storage is full of data that has nowhere to go", () => {
    const machine = createMachineMemory({ ...small("rfc-v2"), isWatermarked: false });
    const pfns = [...Array(511).keys()].map((i) => 0x401 + i).concat([...Array(15).keys()].map((i) => 0x801 + i));
    for (const pfn of pfns) expect(machine.allocateAt(machine.pageOf(pfn), 0, movable, 0)).toBe(PLACED);
    expect(machine.freePages()).toBe(0);
    machine.free(machine.pageOf(0x440), 0);
    expect(machine.allocateAt(machine.pageOf(0x440), 0, tagged, 0)).toBe(REFUSED);
    expect(machine.freePages()).toBe(1);
    expect(machine.audit().faults).toEqual([]);
  });
});

test("a trace's allocations are at their PFN, or counted by why not", () => {
  const line = (pfn: number, order: number, type: number, flags: string) =>
    ` a-1 [000] ..... 1.0: mm_page_alloc: page=1 pfn=0x${pfn.toString(16)} order=${order} migratetype=${type} gfp_flags=${flags}\n`;
  const user = "GFP_HIGHUSER_MOVABLE";
  const text = [
    line(0x420, 0, 1, `${user}|__GFP_TAGGED`), // there; its tags in 0x801
    line(0x801, 0, 1, user), // taken by them
    line(0x802, 0, 1, `${user}|__GFP_TAGGED`), // tag storage
    line(0x803, 0, 0, "GFP_KERNEL"), // tag storage
    line(0x804, 0, 1, user), // there
    line(0x500, 4, 2, "GFP_KERNEL|__GFP_RECLAIMABLE"), // there
    line(0x400, 0, 0, "GFP_KERNEL"), // the zero page's: outside
    line(0x99999, 0, 0, "GFP_KERNEL"), // outside
  ].join("");
  const { trace, tagged, data, usage } = replay(small("rfc-v3"), text);
  expect(trace.placed).toEqual({ there: 3, taken: 1, tagStorage: 2, refused: 0, outside: 2 });
  expect(tagged).toEqual({ asked: 2, waited: 0, without: 0, failed: 0 });
  expect(data).toEqual({ asked: 6, failed: 0 });
  expect(usage.tagStoragePages).toBe(16);
});

describe("the lines of a recorded run, replayed on the same layout, place all where they were", () => {
  /** 4096 pages, as large as a workload needs. */
  const options = (series: Series) =>
    machineOf(series, [tagRegion(0x4000, 4096, 0x8000, 128, 1)], { maxOrder: 8, pageblockOrder: 6 });

  function recordedAndReplayed(series: Series, seed: number, parameters: ParameterValues) {
    const lines: string[] = [];
    let allocations = 0;
    const run = createWorkloadRun(options(series), {
      ...{ model: findWorkload("random")!, parameters, seed, operations: 1500, stopsAtBreach: false, isSafe: true },
      onOperation(operation) {
        if (operation.kind === "allocate" && operation.pfn !== null) allocations++;
        lines.push(recordingLine(operation, lines.length));
      },
    });
    while (run.advance(1500)) {
      // to its end
    }
    return { recorded: run.finish(), replayed: replay(options(series), lines.join("")), allocations };
  }

  const seeds = fc.integer({ min: 0, max: 2 ** 31 });

  test("data of every kind and order, freed whole and in parts", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(...SERIES), (seed, series) => {
        const { replayed, allocations } = recordedAndReplayed(series, seed, { tagged: 0, protect: 0, split: 30 });
        const { placed, unknownFrees, mismatchedFrees } = replayed.trace;
        expect(placed).toEqual({ there: allocations, taken: 0, tagStorage: 0, refused: 0, outside: 0 });
        expect({ unknownFrees, mismatchedFrees }).toEqual({ unknownFrees: 0, mismatchedFrees: 0 });
      }),
      { numRuns: 20 },
    );
  });

  test("tagged memory too, as long as nothing has to move, of which a trace says nothing", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        // rfc-v1 takes tag storage for data when nothing else is left, and a third of memory is not all
        const parameters = { tagged: 50, protect: 0, fill: 33 };
        const { recorded, replayed, allocations } = recordedAndReplayed("rfc-v1", seed, parameters);
        expect(recorded.stats.migrations).toBe(0);
        expect(replayed.trace.placed.there).toBe(allocations);
        expect(replayed.tagged).toEqual(recorded.tagged);
        expect(replayed.vmstat).toEqual(recorded.vmstat);
      }),
      { numRuns: 20 },
    );
  });
});
