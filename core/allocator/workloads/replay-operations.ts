/** Does a sequence of operations to a machine fresh from boot, each where it says, and tells what that shows. */
import type { BreachCount } from "../breaches.ts";
import { createMachineMemory, type MachineOptions } from "../machine-memory.ts";
import { applyOperation, type Operation } from "../operation.ts";

export interface ReplayResult {
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
  let withoutEffect = 0;
  let pagesVisited = 0;
  for (const operation of operations) {
    if (!applyOperation(machine, operation)) withoutEffect++;
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
  };
}
