/** Every workload on one layout under one series, held against what the proof says. */
import { expect } from "vitest";
import type { MachineOptions } from "../../../../core/allocator/machine-memory.ts";
import { isOperationsText, operationsText, parseOperations } from "../../../../core/allocator/operations-text.ts";
import { WORKLOAD_MODELS } from "../../../../core/allocator/workloads/catalogue.ts";
import { findBreach } from "../../../../core/allocator/workloads/find-breach.ts";
import { replayOperations } from "../../../../core/allocator/workloads/replay-operations.ts";
import {
  createWorkloadRun,
  type WorkloadResult,
  type WorkloadRunOptions,
} from "../../../../core/allocator/workloads/run-workload.ts";

/** A whole run, in slices of so many operations. */
export function runInSlices(options: MachineOptions, run: WorkloadRunOptions, slice: number): WorkloadResult {
  const started = createWorkloadRun(options, run);
  while (started.advance(slice));
  return started.finish();
}

/**
 * Runs workloads. On a safe layout they do all their operations: a breach, or a page that does not come back, throws. On
 * another the first breach ends a run, and is shown again by at most three operations, read back from a replay file. True
 * where some workload met one. Where `isTwice`, each runs a second time, in slices of another length, to the same result.
 */
export function exerciseLayout(
  options: MachineOptions,
  isSafe: boolean,
  operations: number,
  { isTwice = false, models = WORKLOAD_MODELS } = {},
): boolean {
  let isBroken = false;
  for (const model of models) {
    const run = { model, parameters: {}, seed: 7, operations, stopsAtBreach: true, isSafe };
    const result = runInSlices(options, run, 10_007);
    if (isTwice) expect(JSON.stringify(runInSlices(options, run, 65_536))).toBe(JSON.stringify(result));
    if (isSafe) {
      expect(result).toMatchObject({ operations, violations: 0, breaches: [], idleBlocks: 0 });
      expect(result.after).toMatchObject({ lostBlocks: 0, lostPages: 0 });
    }
    if (!result.isStopped) continue;
    isBroken = true;
    checkShown(options, run, result);
  }
  return isBroken;
}

function checkShown(options: MachineOptions, run: WorkloadRunOptions, result: WorkloadResult): void {
  const shown = findBreach(options, run, result)!;
  expect(shown.operations.length).toBeLessThanOrEqual(3);
  expect(result.breaches.map(({ name }) => name)).toContain(shown.breach.name);
  const text = operationsText(shown.operations, ["a comment"]);
  expect(isOperationsText(text)).toBe(true);
  const read = parseOperations(text);
  expect(read).toEqual({ operations: shown.operations, problems: [] });
  expect(replayOperations(options, read.operations).breaches).toContainEqual(shown.breach);
}
