/**
 * Shrinks what broke an obligation to the shortest sequence of operations that still breaks it: delta debugging over the
 * operations, then each of them made simpler. Whether a sequence breaks it is found out on a machine fresh from boot.
 */
import type { BreachCount } from "../breaches.ts";
import { createMachineMemory, type MachineOptions } from "../machine-memory.ts";
import { applyOperation, type Operation } from "../operation.ts";

/** The first breach of its kind that a sequence of operations shows; null where it shows none. */
export function replayForBreach(
  options: MachineOptions,
  operations: readonly Operation[],
  name: BreachCount["name"],
): BreachCount | null {
  const machine = createMachineMemory({ ...options, listener: SPLITTING });
  const shown = () =>
    machine.breachTotal() === 0 ? undefined : machine.breaches().find((breach) => breach.name === name);
  let found = shown();
  for (let i = 0; i < operations.length && found === undefined; i++) {
    applyOperation(machine, operations[i]!);
    found = shown();
  }
  return found ?? null;
}

/** Owners that let their huge blocks be split, as those of a workload do. */
const SPLITTING = { split: () => {} };

/**
 * The shortest sequence found, at most `maxReplays` machines later. `operations` shows the breach; it is given as it is
 * where nothing shorter does.
 */
export function shrinkOperations(
  options: MachineOptions,
  operations: readonly Operation[],
  name: BreachCount["name"],
  maxReplays: number,
): readonly Operation[] {
  let replays = 0;
  const shows = (candidate: readonly Operation[]): boolean => {
    if (replays >= maxReplays) return false;
    replays++;
    return replayForBreach(options, candidate, name) !== null;
  };
  return simplify(dropMost(operations, shows), shows);
}

/** `ddmin` (Zeller and Hildebrandt, 2002), its complements alone: parts go as long as the rest still shows the breach. */
function dropMost(
  operations: readonly Operation[],
  shows: (rest: readonly Operation[]) => boolean,
): readonly Operation[] {
  let left = operations;
  for (let parts = 2; left.length > 1; ) {
    const length = Math.ceil(left.length / parts);
    let isDropped = false;
    // from the end: what comes after the breach goes first
    for (let start = (Math.ceil(left.length / length) - 1) * length; start >= 0; start -= length) {
      const rest = [...left.slice(0, start), ...left.slice(start + length)];
      if (rest.length === 0 || !shows(rest)) continue;
      left = rest;
      isDropped = true;
    }
    if (isDropped) parts = Math.max(parts - 1, 2);
    else if (length === 1) break;
    else parts = Math.min(2 * parts, left.length);
  }
  return left;
}

/** Each operation with the lowest order that still shows the breach, at the first place of its block that does. */
function simplify(
  operations: readonly Operation[],
  shows: (rest: readonly Operation[]) => boolean,
): readonly Operation[] {
  let left = operations;
  left.forEach((operation, index) => {
    if (operation.kind !== "allocate" || operation.pfn === null) return;
    for (let order = 0; order < operation.order; order++) {
      const simpler = left.with(index, { ...operation, order });
      if (!shows(simpler)) continue;
      left = simpler;
      break;
    }
  });
  return left;
}
