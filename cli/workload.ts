import { sweep } from "../core/allocator/sweep.ts";
import type { InputReport } from "./report.ts";

/** What `check` and `run` exercised, as the contract's JSON has it. */
export interface Workload {
  readonly name: string;
  readonly seed: number;
  readonly operations: number;
  readonly pagesVisited: number;
  readonly violations: number;
}

export const WORKLOADS = ["sweep"] as const;

export interface WorkloadOptions {
  readonly seed: number;
  /** Null for as many as the workload has. */
  readonly operations: number | null;
  /** True for the short cut of the workload that `check` runs. */
  readonly isBounded: boolean;
  readonly showProgress: boolean;
}

/** Exercises the regions of a report under its kernel; the report as it is where nothing is managed. */
export function withWorkload(report: InputReport, options: WorkloadOptions): InputReport {
  const { boot, proof, input } = report;
  if (boot?.outcome !== "managed" || proof === null) return report;
  const { seed, operations, isBounded, showProgress } = options;
  const progress = showProgress ? progressLine(input) : null;
  const workload = sweep(boot.regions, boot.config.series, {
    maxOrder: boot.config.maxOrder,
    seed,
    operations,
    isBounded,
    ...(progress === null ? {} : { onProgress: progress.show }),
  });
  progress?.clear();
  // Both look at the same allocations, by different means: where they differ, one of them is wrong.
  if (proof.safe && workload.violations > 0) {
    throw new Error(`the workload met ${workload.violations} violations in a layout that is proved safe`);
  }
  return { ...report, workload };
}

/** A line on standard error that is written over as work goes on. */
function progressLine(input: string) {
  const start = performance.now();
  let width = 0;
  const write = (text: string) => {
    process.stderr.write(`\r${text.padEnd(width)}`);
    width = text.length;
  };
  return {
    show(done: number, total: number) {
      const left = ((performance.now() - start) / 1000) * (total / done - 1);
      write(`${input}: ${Math.floor((100 * done) / total)} % of the workload, ${Math.ceil(left)} s left`);
    },
    clear() {
      if (width > 0) write("");
      if (width > 0) process.stderr.write("\r");
    },
  };
}
