/** Exercising the regions of a report under its kernel: the sweep, which is arithmetic, or a workload on its whole memory. */
import { totalmem } from "node:os";
import type { MachineOptions } from "../core/allocator/machine-memory.ts";
import { sweepSlices } from "../core/allocator/sweep.ts";
import type { TraceCounts } from "../core/allocator/trace/replay-trace.ts";
import { findWorkload, WORKLOAD_MODELS } from "../core/allocator/workloads/catalogue.ts";
import type { ShownBreach } from "../core/allocator/workloads/find-breach.ts";
import type { ParameterValues } from "../core/allocator/workloads/model.ts";
import type { ReplayResult } from "../core/allocator/workloads/replay-operations.ts";
import type { WorkloadResult } from "../core/allocator/workloads/run-workload.ts";
import type { ManagedBoot } from "../core/kernel/boot.ts";
import type { Proof } from "../core/proof/proof.ts";
import { nearest } from "../dts/nearest.ts";
import { Failure } from "./failure.ts";
import { type Interruption, progressLine } from "./progress.ts";
import type { InputReport } from "./report.ts";

/** What `check` and `run` exercised, as the contract's JSON has it. */
export interface Workload {
  readonly name: string;
  readonly seed: number;
  readonly operations: number;
  readonly pagesVisited: number;
  readonly violations: number;
  /** Ended by the user before its time. */
  readonly isInterrupted: boolean;
  /** Null for the sweep, which needs no page allocator. */
  readonly exercise: Exercise | null;
  /** What a file had in place of a workload; null where none was given. */
  readonly replayed: (ReplayResult & { readonly trace?: TraceCounts }) | null;
}

/** A workload on the machine's whole memory. */
export interface Exercise {
  readonly result: WorkloadResult;
  /** What the run was stopped for, in as few operations as show it; null where it was not stopped. */
  readonly shown: ShownBreach | null;
  /** Where {@link shown} was written, and the command that shows it again; null where it was not. */
  readonly replay: { readonly path: string; readonly command: string } | null;
}

export const WORKLOADS: readonly string[] = ["sweep", ...WORKLOAD_MODELS.map(({ name }) => name)];

export interface WorkloadOptions {
  readonly name: string;
  readonly parameters: ParameterValues;
  readonly seed: number;
  /** Null for as many as the workload has. */
  readonly operations: number | null;
  /** True for the short cut of the workload that `check` runs. */
  readonly isBounded: boolean;
  /** Whether the first breach ends the run, and is shrunk. */
  readonly stopsAtBreach: boolean;
  readonly showProgress: boolean;
  readonly interruption: Interruption;
}

/** Where no number of operations is given. */
const USUAL_OPERATIONS = 1_000_000;
const BOUNDED_OPERATIONS = 20_000;

/** Bytes that a page takes at most; what a workload keeps of its blocks comes to little beside it. */
const BYTES_A_PAGE = 12;

/** Throws a `Failure` where the workload has no such parameter; what a value may be is known with the machine. */
export function checkParameters(name: string, parameters: ParameterValues): void {
  const known = findWorkload(name)?.parameters.map((parameter) => parameter.name) ?? [];
  for (const given of Object.keys(parameters)) {
    if (known.includes(given)) continue;
    if (known.length === 0) throw new Failure(`workload ${name} has no parameters`);
    const near = nearest(given, known);
    const hint = near === null ? `it has ${known.join(", ")}` : `did you mean ${near}?`;
    throw new Failure(`workload ${name} has no parameter ${given}; ${hint}`);
  }
}

/** The report with what was exercised; as it is where nothing is managed, or where the user has stopped before. */
export async function withWorkload(report: InputReport, options: WorkloadOptions): Promise<InputReport> {
  const { boot, proof } = report;
  if (boot?.outcome !== "managed" || proof === null || options.interruption.isInterrupted()) return report;
  const workload =
    options.name === "sweep"
      ? await runSweep(report, boot, proof, options)
      : await runModel(report, boot, proof, options);
  return { ...report, workload };
}

async function runSweep(
  { input }: InputReport,
  boot: ManagedBoot,
  proof: Proof,
  { seed, operations, isBounded, showProgress, interruption }: WorkloadOptions,
): Promise<Workload> {
  const progress = showProgress ? progressLine(input) : null;
  const { regions, config } = boot;
  const slices = sweepSlices(regions, config.series, { maxOrder: config.maxOrder, seed, operations, isBounded });
  const step = await interruption.during(async () => {
    let last = slices.next();
    while (last.done !== true && !interruption.isInterrupted()) {
      progress?.show(last.value.soFar.operations, last.value.total);
      await interruption.pause();
      last = slices.next();
    }
    return last;
  });
  progress?.clear();
  const result = step.done === true ? step.value : step.value.soFar;
  // Both look at the same allocations, by different means: where they differ, one of them is wrong.
  if (proof.safe && result.violations > 0) {
    throw new Error(`the workload met ${result.violations} violations in a layout that is proved safe`);
  }
  return { ...result, isInterrupted: step.done !== true, exercise: null, replayed: null };
}

async function runModel(
  report: InputReport,
  boot: ManagedBoot,
  proof: Proof,
  { name, parameters, seed, operations, isBounded, stopsAtBreach, showProgress, interruption }: WorkloadOptions,
): Promise<Workload> {
  // what exercises memory is loaded by those who ask for it
  const { createWorkloadRun, findBreach, bootMemory, readMachine } = await import("./exercise.ts");
  const memory = bootMemory(readMachine(report.tree!), boot);
  refuseLargeMachine(report, memory);
  const total = operations ?? (isBounded ? BOUNDED_OPERATIONS : USUAL_OPERATIONS);
  const runOptions = {
    model: findWorkload(name)!,
    parameters,
    seed,
    operations: total,
    stopsAtBreach,
    // allocations across two regions are none of the obligations'
    isSafe: proof.safe && proof.straddles.length === 0,
  };
  const run = userErrors(report, () => createWorkloadRun(memory, runOptions));
  const progress = showProgress ? progressLine(report.input) : null;
  await interruption.during(async () => {
    let slice = FIRST_SLICE;
    let start = performance.now();
    // how long a slice is makes no difference to what is done
    while (run.advance(slice)) {
      await interruption.pause();
      if (interruption.isInterrupted()) break;
      if (performance.now() - start < SLICE_MILLISECONDS) slice *= 2;
      progress?.show(run.operations(), total);
      start = performance.now();
    }
  });
  progress?.clear();
  const result = run.finish();
  const { operations: done, pagesVisited, violations, isStopped } = result;
  const shown = isStopped ? findBreach(memory, runOptions, result) : null;
  const isInterrupted = done < total && !isStopped;
  return {
    name,
    seed,
    operations: done,
    pagesVisited,
    violations,
    isInterrupted,
    exercise: { result, shown, replay: null },
    replayed: null,
  };
}

const FIRST_SLICE = 1000;
const SLICE_MILLISECONDS = 50;

/** Throws a `Failure` where this computer has too little memory to exercise a machine. */
export function refuseLargeMachine({ input }: InputReport, { banks }: MachineOptions): void {
  const pages = banks.reduce((sum, { start, end }) => sum + end - start + 1, 0);
  const needed = pages * BYTES_A_PAGE;
  if (needed <= totalmem()) return;
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  throw new Failure(
    `${input}: a workload on ${pages} pages takes up to ${gib(needed)} of memory, and there are ${gib(totalmem())}; --mem leaves the kernel less, and --workload sweep needs none`,
  );
}

/** What `make` gives. A machine that is too large, or a parameter's value out of range, is the user's to mend. */
export function userErrors<Result>({ input }: InputReport, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw new Failure(`${input}: ${error.message}`);
    throw error;
  }
}
