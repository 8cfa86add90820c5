/** Does a sequence of operations to a machine fresh from boot, each where it says, and tells what that shows. */
import type { BreachCount } from "../breaches.ts";
import { createMachineMemory, type MachineOptions } from "../machine-memory.ts";
import { applyOperation, type Operation } from "../operation.ts";
import { createTally, type Tally } from "../tally.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { createUsageMeter } from "./usage.ts";

/** Its figures are those at the end, of which nothing is freed. */
export interface ReplayResult extends Figures {
  readonly operations: number;
  /** Operations without effect: no such block, pages that are not free, an allocation that is refused its tag storage. */
  readonly withoutEffect: number;
  /** Pages of the allocations that were made. */
  readonly pagesVisited: number;
  readonly violations: number;
  readonly breaches: readonly BreachCount[];
  /** Blocks that are reserved at the end while no live tagged page needs them. */
  readonly idleBlocks: number;
}

/** Throws a RangeError where the machine is too large. */
export function replayOperations(options: MachineOptions, operations: readonly Operation[]): ReplayResult {
  const machine = createMachineMemory({ ...options, listener: { split: () => {} } });
  const tally = createTally(machine.stats);
  const meter = createUsageMeter(machine, options, operations.length);
  let withoutEffect = 0;
  let pagesVisited = 0;
  for (const operation of operations) {
    tally.begin();
    const isDone = applyOperation(machine, operation);
    countOperation(tally, operation, isDone);
    meter.sample();
    if (!isDone) withoutEffect++;
    else if (operation.kind === "allocate") pagesVisited += 2 ** operation.order;
  }
  const [fault] = machine.audit().faults;
  if (fault !== undefined) throw new Error(`after a replay of ${operations.length} operations: ${fault.what}`);
  return {
    operations: operations.length,
    withoutEffect,
    pagesVisited,
    violations: machine.breachTotal(),
    breaches: machine.breaches(),
    idleBlocks: machine.stats.idleBlocksNow,
    ...figuresOf(machine, tally, meter),
  };
}

/** Counts what an operation asked for; the tally was begun before it. */
export function countOperation(tally: Tally, operation: Operation, isDone: boolean): void {
  if (operation.kind === "protect" || (operation.kind === "allocate" && operation.use === "tagged")) {
    tally.endTagged(isDone);
  } else if (operation.kind === "allocate") tally.endData(isDone);
}
