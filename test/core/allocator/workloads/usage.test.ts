import { expect, it } from "vitest";
import { createMachineMemory } from "../../../../core/allocator/machine-memory.ts";
import { USE } from "../../../../core/allocator/machine-operations.ts";
import type { WorkloadModel } from "../../../../core/allocator/workloads/model.ts";
import { createUsageMeter, USAGE_STRETCHES } from "../../../../core/allocator/workloads/usage.ts";
import { machineOf, tagRegion } from "../machines.ts";
import { runInSlices } from "./exercise-layout.ts";

/** Fills memory with single pages of data, frees the last 256 outside tag storage, then asks for tagged blocks of 32. */
const fillThenTag: WorkloadModel = {
  name: "fill-then-tag",
  summary: "",
  parameters: [],
  start(exerciser) {
    let done = 0;
    return () => {
      done++;
      if (done <= 2112) exerciser.allocate(0, "movable", done <= 2048 ? 0 : 1);
      else if (done <= 2112 + 256) exerciser.free(exerciser.at(0, exerciser.count(0) - 1));
      else exerciser.allocate(5, "tagged", 2);
    };
  },
};

/** 2048 pages with 64 tag pages, nothing tagged at boot. rfc-v1 uses tag storage when nothing else is left. */
const OPTIONS = machineOf("rfc-v1", [tagRegion(4096, 2048, 8192, 64, 1)], { zeroPage: null });

function run(operations: number) {
  return runInSlices(
    OPTIONS,
    { model: fillThenTag, parameters: {}, seed: 1, operations, stopsAtBreach: true, isSafe: true },
    100,
  );
}

it("counts the pages of tag storage that hold data after every operation", () => {
  const { usage, data } = run(2112);
  // operation 2048 + k leaves k pages of tag storage in use: 1 + 2 + … + 64 = 2080, over 2112 operations: 0.98
  expect(usage).toMatchObject({
    tagStoragePages: 64,
    peakDataPages: 64,
    meanDataPages: 1,
    peakTagPages: 0,
    meanTagPages: 0,
  });
  expect(data).toEqual({ asked: 2112, failed: 0 });
  // stretches of ceil(2112 / 60) = 36 operations: 58 of them and one of 24
  expect(usage.stretches.map(({ operations }) => operations)).toEqual([...Array.from({ length: 58 }, () => 36), 24]);
  // the last has k = 41 … 64: 1260 / 24 = 52.5
  expect(usage.stretches.at(-1)).toMatchObject({ meanDataPages: 53, peakDataPages: 64, meanTagPages: 0 });
  expect(usage.stretches.length).toBeLessThanOrEqual(USAGE_STRETCHES);
});

it("tells tagged allocations that waited for data to be migrated", () => {
  const { tagged, stats, usage } = run(2112 + 256 + 3);
  // each needs one page of tag storage, which is full of data
  expect(tagged.asked).toBe(3);
  expect(tagged.failed).toBe(0);
  expect(tagged.waited).toBe(3);
  expect(stats.migratedPages).toBe(3);
  expect(usage.peakTagPages).toBe(3);
});

it("counts those that fail, and fails no data for them", () => {
  const { tagged, data } = run(2112 + 3);
  expect(tagged).toEqual({ asked: 0, waited: 0, without: 0, failed: 0 });
  expect(data.failed).toBe(0);
});

it("where nobody knows how long a run will be, stretches double, and nothing is lost", () => {
  const machine = createMachineMemory(OPTIONS);
  const meter = createUsageMeter(machine, OPTIONS, null);
  // 2048 pages elsewhere, which are used up first, then one page of tag storage for each operation: 1 + 2 + … + 64
  for (let i = 0; i < 2112; i++) {
    machine.allocate(0, USE.movable, 0);
    meter.sample();
  }
  const { stretches, ...whole } = meter.usage();
  expect(whole).toMatchObject({ peakDataPages: 64, meanDataPages: 1, peakTagPages: 0 });
  // 60 of 1, of 2, … of 32 are too short: 1920; 60 of 64 are enough: 33 of them
  expect(stretches.map(({ operations }) => operations)).toEqual(Array.from({ length: 33 }, () => 64));
  // the last has k = 1 … 64: 2080 / 64 = 32.5
  expect(stretches.at(-1)).toMatchObject({ meanDataPages: 33, peakDataPages: 64 });
});
