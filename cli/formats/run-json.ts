/**
 * A workload as the contract's JSON has it. What was done to memory, by a workload or a replay, has all the fields that
 * follow too, null where it does not know; the sweep, which allocates nothing, has none of them.
 */
import type { BreachCount } from "../../core/allocator/breaches.ts";
import type { Figures } from "../../core/allocator/workloads/figures.ts";
import type { Usage } from "../../core/allocator/workloads/usage.ts";
import type { Exercise, Workload } from "../workload.ts";

export function jsonWorkload({ name, seed, operations, pagesVisited, violations, ...more }: Workload) {
  const { exercise, replayed, isInterrupted } = more;
  const told = { name, seed, operations, pagesVisited, violations };
  const measured = exercise?.result ?? replayed;
  if (measured === null) return isInterrupted ? { ...told, interrupted: true } : told;
  return {
    ...told,
    interrupted: isInterrupted,
    parameters: exercise?.result.parameters ?? null,
    stopped: exercise?.result.isStopped ?? null,
    breaches: measured.breaches.map(jsonBreach),
    shortest: jsonShortest(exercise),
    replayFile: exercise?.replay?.path ?? null,
    replayCommand: exercise?.replay?.command ?? null,
    idleBlocks: measured.idleBlocks,
    lostBlocks: exercise?.result.after.lostBlocks ?? null,
    lostPages: exercise?.result.after.lostPages ?? null,
    ...jsonFigures(measured),
    withoutEffect: replayed?.withoutEffect ?? null,
    trace: replayed?.trace ?? null,
  };
}

function jsonShortest(exercise: Exercise | null) {
  const shown = exercise?.shown ?? null;
  return shown === null ? null : { breach: shown.breach.name, operations: shown.operations };
}

function jsonBreach({ name, count, first: { operation, pfn, order, block } }: BreachCount) {
  return { name, count, first: { operation, pfn, order, block } };
}

function jsonFigures({ tagged, data, stats, usage, vmstat }: Figures) {
  return {
    tagged: { asked: tagged.asked, waited: tagged.waited, without: tagged.without, failed: tagged.failed },
    data: { asked: data.asked, failed: data.failed },
    migrations: {
      blocks: stats.migrations,
      pages: stats.migratedPages,
      failed: stats.failedMigrations,
      split: stats.splitMigrations,
    },
    tagStorage: jsonUsage(usage),
    vmstat,
  };
}

function jsonUsage(usage: Usage) {
  return {
    pages: usage.tagStoragePages,
    data: { mean: usage.meanDataPages, peak: usage.peakDataPages },
    tags: { mean: usage.meanTagPages, peak: usage.peakTagPages },
    overTime: usage.stretches.map((stretch) => ({
      operations: stretch.operations,
      data: { mean: stretch.meanDataPages, peak: stretch.peakDataPages },
      tags: { mean: stretch.meanTagPages },
    })),
  };
}
