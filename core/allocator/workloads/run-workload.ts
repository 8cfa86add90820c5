/** Runs a workload on a machine, an operation at a time, and holds it against the invariants as it goes. */
import type { AuditResult } from "../audit.ts";
import type { BreachCount } from "../breaches.ts";
import type { MachineOptions } from "../machine-memory.ts";
import type { Operation } from "../operation.ts";
import { seededRandom } from "../random.ts";
import { createExerciser } from "./exerciser.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { type ParameterValues, parameterValues, type WorkloadModel } from "./model.ts";
import { createUsageMeter } from "./usage.ts";

export interface WorkloadRunOptions {
  readonly model: WorkloadModel;
  /** Those that are not to have their default. */
  readonly parameters: ParameterValues;
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  readonly operations: number;
  /** Whether the first breach ends the run. */
  readonly stopsAtBreach: boolean;
  /**
   * Whether the layout is proved safe, and no allocation crosses from one region to another: then a breach, or a block
   * that is reserved without need, is a bug of ours, and an error is thrown.
   */
  readonly isSafe: boolean;
  readonly onOperation?: (operation: Operation) => void;
}

export interface WorkloadRun {
  /** Does up to so many more operations; false where that was the end. */
  advance(operations: number): boolean;
  /** Done so far. */
  operations(): number;
  /** Where the run stands; frees everything first, so that nothing comes after. */
  finish(): WorkloadResult;
}

/** What became of blocks once all that the workload held was freed. */
export interface AfterAll {
  /** Blocks that are reserved though nothing tagged is left, and their pages: they never come back. */
  readonly lostBlocks: number;
  readonly lostPages: number;
  /** Pages free now and after boot. */
  readonly freePages: number;
  readonly freePagesAtBoot: number;
}

/** Its figures are those of the time when the workload ended. */
export interface WorkloadResult extends Figures {
  readonly name: string;
  readonly seed: number;
  readonly parameters: ParameterValues;
  readonly operations: number;
  /** Pages of all allocations. */
  readonly pagesVisited: number;
  /** All breaches met while it ran. */
  readonly violations: number;
  readonly breaches: readonly BreachCount[];
  readonly isStopped: boolean;
  /** Blocks that were reserved without need when the workload ended, before all was freed. */
  readonly idleBlocks: number;
  readonly after: AfterAll;
}

/** Full audits come about as often as one costs no more than the operations between them. */
const AUDIT_PAGES_PER_OPERATION = 8;
const LEAST_AUDIT_INTERVAL = 100_000;

/** Throws a RangeError where a parameter is out of range, or the machine too large. */
export function createWorkloadRun(options: MachineOptions, run: WorkloadRunOptions): WorkloadRun {
  const { model, seed, isSafe } = run;
  const exerciser = createExerciser(options, seededRandom(seed), run.onOperation ?? null);
  const { machine } = exerciser;
  const { stats } = machine;
  const freePagesAtBoot = machine.freePages();
  const reservedAtBoot = stats.reservedBlocksNow;
  const { maxOrder } = options;
  const shape = {
    pages: freePagesAtBoot,
    maxOrder,
    pageblockOrder: Math.min(options.pageblockOrder, maxOrder),
  };
  const parameters = parameterValues(model, run.parameters, shape);
  const step = model.start(exerciser, parameters, shape);
  const meter = createUsageMeter(machine, options, run.operations);
  const auditInterval = Math.max(Math.ceil(machine.pages / AUDIT_PAGES_PER_OPERATION), LEAST_AUDIT_INTERVAL);
  let done = 0;
  let isStopped = false;

  /** What the layout cannot be blamed for. */
  function refuse(what: string): never {
    throw new Error(`workload ${model.name}, seed ${seed}, operation ${done}: ${what}`);
  }

  function audit(): AuditResult {
    const result = machine.audit();
    const [fault] = result.faults;
    if (fault !== undefined) refuse(`${fault.what} (page ${fault.page}, ${fault.count} in all)`);
    return result;
  }

  function checkSafe(): void {
    const [breach] = machine.breaches();
    if (breach !== undefined) {
      const { pfn, order, block } = breach.first;
      refuse(`${breach.name} broken in a layout that is proved safe, by order ${order} at PFN ${pfn}, block ${block}`);
    }
    if (stats.idleBlocksNow !== 0) refuse("a block is reserved while no live tagged page needs it");
    if (stats.unprotectedBlocksNow !== 0) refuse("a block that a live tagged page needs is not reserved");
  }

  function advance(operations: number): boolean {
    const end = Math.min(done + operations, run.operations);
    while (done < end && !isStopped) {
      step();
      done++;
      meter.sample();
      if (isSafe) {
        if (stats.idleBlocksNow !== 0 || stats.unprotectedBlocksNow !== 0 || machine.breachTotal() !== 0) checkSafe();
      } else if (run.stopsAtBreach && machine.breachTotal() !== 0) isStopped = true;
      if (done % auditInterval === 0) audit();
    }
    return done < run.operations && !isStopped;
  }

  function finish(): WorkloadResult {
    audit();
    const breaches = machine.breaches();
    const atEnd = {
      name: model.name,
      seed,
      parameters,
      operations: done,
      pagesVisited: exerciser.pagesAllocated(),
      violations: machine.breachTotal(),
      breaches,
      isStopped,
      idleBlocks: stats.idleBlocksNow,
      ...figuresOf(machine, exerciser.tally, meter),
    };
    exerciser.freeAll();
    const left = audit();
    if (left.dataPages !== 0) refuse(`${left.dataPages} pages are still in use after all was freed`);
    const freePages = machine.freePages();
    if (isSafe) {
      checkSafe();
      if (left.reservedBlocks !== reservedAtBoot || freePages !== freePagesAtBoot) {
        refuse(`${freePages} of ${freePagesAtBoot} pages came back`);
      }
    }
    const lostPages = freePagesAtBoot - freePages;
    return { ...atEnd, after: { lostBlocks: left.idleBlocks, lostPages, freePages, freePagesAtBoot } };
  }

  return { advance, operations: () => done, finish };
}
