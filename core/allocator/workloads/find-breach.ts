/** The shortest sequence of operations that shows what a run was stopped for. */
import type { BreachCount } from "../breaches.ts";
import type { MachineOptions } from "../machine-memory.ts";
import type { Operation } from "../operation.ts";
import { createWorkloadRun, type WorkloadResult, type WorkloadRunOptions } from "./run-workload.ts";
import { replayForBreach, shrinkOperations } from "./shrink.ts";

export interface ShownBreach {
  /** As the sequence shows it. */
  readonly breach: BreachCount;
  /** Empty where the machine shows it as it comes from boot: its zero page is tagged. */
  readonly operations: readonly Operation[];
}

/** Machines that are made anew at most, for machines of a million pages; fewer for larger ones. */
const REPLAYS_OF_A_MILLION_PAGES = 2000;
const LEAST_REPLAYS = 60;

/** Null where nothing was broken. `result` is that of a run of these options. */
export function findBreach(
  options: MachineOptions,
  run: WorkloadRunOptions,
  result: WorkloadResult,
): ShownBreach | null {
  const first = firstBreach(result.breaches);
  if (first === null) return null;
  const pages = options.banks.reduce((sum, { start, end }) => sum + end - start + 1, 0);
  const maxReplays = Math.max(Math.floor((REPLAYS_OF_A_MILLION_PAGES * 2 ** 20) / pages), LEAST_REPLAYS);
  const shrunk = (operations: readonly Operation[]): ShownBreach | null => {
    if (replayForBreach(options, operations, first.name) === null) return null;
    const least = shrinkOperations(options, operations, first.name, maxReplays);
    return { breach: replayForBreach(options, least, first.name)!, operations: least };
  };
  for (const guess of guesses(first)) {
    const shown = shrunk(guess);
    if (shown !== null) return shown;
  }
  return fromRecording(options, run, result.operations, shrunk);
}

/** The earliest; of several in one operation, the one that tells most about it. */
function firstBreach(breaches: readonly BreachCount[]): BreachCount | null {
  return breaches.reduce<BreachCount | null>(
    (first, breach) => (first === null || breach.first.operation < first.first.operation ? breach : first),
    null,
  );
}

/** The allocation that showed it, by itself: what an obligation says of one allocation needs no more. */
function guesses({ first: { pfn, order } }: BreachCount): Operation[][] {
  return [
    [],
    [{ kind: "allocate", pfn, order, use: "tagged" }],
    [
      { kind: "allocate", pfn, order: 0, use: "movable" },
      { kind: "protect", pfn },
    ],
  ];
}

/** The run once more, recorded: the last operations first, then twice as many, until they show it without the others. */
function fromRecording(
  options: MachineOptions,
  run: WorkloadRunOptions,
  operations: number,
  shrunk: (operations: readonly Operation[]) => ShownBreach | null,
): ShownBreach | null {
  const recorded: Operation[] = [];
  const again = createWorkloadRun(options, {
    ...run,
    operations: run.operations,
    onOperation: (operation) => {
      recorded.push(operation);
    },
  });
  again.advance(operations);
  for (let count = 1; ; count *= 2) {
    const shown = shrunk(recorded.slice(-count));
    if (shown !== null) return shown;
    if (count >= recorded.length) return null;
  }
}
