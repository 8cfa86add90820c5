/** A workload as the contract's JSON has it, with what it adds: nothing for the sweep, which has no page allocator. */
import type { BreachCount } from "../../core/allocator/breaches.ts";
import type { Exercise, Workload } from "../workload.ts";

export function jsonWorkload({ name, seed, operations, pagesVisited, violations, exercise, ...more }: Workload) {
  return {
    name,
    seed,
    operations,
    pagesVisited,
    violations,
    ...(more.isInterrupted ? { interrupted: true } : {}),
    ...(exercise === null ? {} : jsonExercise(exercise)),
    ...(more.replayed === null
      ? {}
      : {
          withoutEffect: more.replayed.withoutEffect,
          idleBlocks: more.replayed.idleBlocks,
          breaches: more.replayed.breaches.map(jsonBreach),
          ...(more.replayed.trace === undefined ? {} : { trace: more.replayed.trace }),
        }),
  };
}

function jsonBreach({ name, count, first: { operation, pfn, order, block } }: BreachCount) {
  return { name, count, first: { operation, pfn, order, block } };
}

function jsonExercise({ result, shown, replay }: Exercise) {
  const { parameters, breaches, isStopped, idleBlocks, tagged, data, stats, vmstat, usage, after } = result;
  return {
    parameters,
    stopped: isStopped,
    breaches: breaches.map(jsonBreach),
    shortest: shown === null ? null : { breach: shown.breach.name, operations: shown.operations },
    replayFile: replay?.path ?? null,
    replayCommand: replay?.command ?? null,
    idleBlocks,
    lostBlocks: after.lostBlocks,
    lostPages: after.lostPages,
    tagged: { asked: tagged.asked, waited: tagged.waited, without: tagged.without, failed: tagged.failed },
    data: { asked: data.asked, failed: data.failed },
    migrations: {
      blocks: stats.migrations,
      pages: stats.migratedPages,
      failed: stats.failedMigrations,
      split: stats.splitMigrations,
    },
    tagStorage: {
      pages: usage.tagStoragePages,
      data: { mean: usage.meanDataPages, peak: usage.peakDataPages },
      tags: { mean: usage.meanTagPages, peak: usage.peakTagPages },
      overTime: usage.stretches.map((stretch) => ({
        operations: stretch.operations,
        data: { mean: stretch.meanDataPages, peak: stretch.peakDataPages },
        tags: { mean: stretch.meanTagPages },
      })),
    },
    vmstat,
  };
}
