import { describe, expect, it } from "vitest";
import type { Operation } from "../../../../core/allocator/operation.ts";
import { findBreach } from "../../../../core/allocator/workloads/find-breach.ts";
import type { WorkloadModel } from "../../../../core/allocator/workloads/model.ts";
import { shrinkOperations } from "../../../../core/allocator/workloads/shrink.ts";
import { machineOf, tagRegion } from "../machines.ts";
import { runInSlices } from "./exercise-layout.ts";

/** Twice the memory that 64 pages of tags are for: the upper half has none. */
const SHORT_OF_TAGS = machineOf("rfc-v3", [tagRegion(4096, 4096, 16384, 64, 1)]);
const WITHOUT_TAGS = 4096 + 2048;

const noise = (count: number, from: number): Operation[] =>
  Array.from({ length: count }, (_, i) => ({ kind: "allocate", pfn: from + i, order: 0, use: "movable" }));

describe("a breach among many operations", () => {
  it("is shrunk to the one allocation that shows it, of the lowest order that does", () => {
    const operations: Operation[] = [
      ...noise(200, 4200),
      { kind: "allocate", pfn: WITHOUT_TAGS + 512, order: 6, use: "tagged" },
      ...noise(150, 4400),
    ];
    expect(shrinkOperations(SHORT_OF_TAGS, operations, "containment", 1000)).toEqual([
      { kind: "allocate", pfn: WITHOUT_TAGS + 512, order: 0, use: "tagged" },
    ]);
  });

  it("is shrunk to both operations where it takes two", () => {
    const pfn = WITHOUT_TAGS + 40;
    const operations: Operation[] = [
      ...noise(50, 4200),
      { kind: "allocate", pfn: pfn - 8, order: 4, use: "movable" },
      ...noise(70, 4300),
      { kind: "split", pfn: pfn - 8, order: 4, newOrder: 4 },
      { kind: "protect", pfn },
      ...noise(30, 4400),
    ];
    expect(shrinkOperations(SHORT_OF_TAGS, operations, "containment", 1000)).toEqual([
      // 6184 - 8 is a multiple of 16, and page 8 of it is the one
      { kind: "allocate", pfn: pfn - 8, order: 4, use: "movable" },
      { kind: "protect", pfn },
    ]);
  });

  it("stays as long as it is where there are no machines left to try on", () => {
    const operations: Operation[] = [
      ...noise(20, 4200),
      { kind: "allocate", pfn: WITHOUT_TAGS, order: 0, use: "tagged" },
    ];
    expect(shrinkOperations(SHORT_OF_TAGS, operations, "containment", 0)).toBe(operations);
  });
});

describe("what a run was stopped for", () => {
  it("is nothing where it came to its end", () => {
    const { run, result } = tagPages(2047);
    expect(findBreach(SHORT_OF_TAGS, run, result)).toBeNull();
  });

  it("is shown by the allocation alone, wherever in memory it was", () => {
    const { run, result } = tagPages(4000);
    expect(result).toMatchObject({ isStopped: true, operations: 2048 });
    expect(findBreach(SHORT_OF_TAGS, run, result)).toMatchObject({
      breach: { name: "containment", first: { operation: 1, order: 0, pfn: WITHOUT_TAGS } },
      operations: [{ kind: "allocate", pfn: WITHOUT_TAGS, order: 0, use: "tagged" }],
    });
  });

  it("is found in a recording of the run where the allocation alone does not show it", () => {
    const { run, result } = tagPages(4000);
    // as if a page that has tags were to blame
    const breaches = result.breaches.map((breach) => ({ ...breach, first: { ...breach.first, pfn: 4100 } }));
    expect(findBreach(SHORT_OF_TAGS, run, { ...result, breaches })?.operations).toEqual([
      { kind: "allocate", pfn: WITHOUT_TAGS, order: 0, use: "tagged" },
    ]);
  });

  it("is shown by no operation where the zero page breaks it at boot", () => {
    // two rows that name one memory, in which the zero page lies
    const options = machineOf("exact", [tagRegion(4096, 2048, 8192, 64, 1), tagRegion(4096, 2048, 8256, 64, 1)], {
      banks: [
        { start: 4096, end: 6143 },
        { start: 8192, end: 8319 },
      ],
    });
    const { run, result } = tagPages(10, options);
    expect(findBreach(options, run, result)).toMatchObject({ breach: { name: "disjointness" }, operations: [] });
  });
});

/** A run that tags page after page, upwards from the second: the first is the zero page. */
function tagPages(operations: number, options = SHORT_OF_TAGS) {
  const model: WorkloadModel = {
    name: "tag-pages",
    summary: "",
    parameters: [],
    start: (exerciser) => () => exerciser.allocate(0, "tagged", 0),
  };
  const run = { model, parameters: {}, seed: 1, operations, stopsAtBreach: true, isSafe: false };
  return { run, result: runInSlices(options, run, 700) };
}
