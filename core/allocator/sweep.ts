/**
 * The workload `sweep`: tagged memory allocated and freed through every page of every region at every order, one
 * allocation at a time, under one series' arithmetic. See sweep-round.ts for what is done to each allocation.
 */
import type { TagRegion } from "../region.ts";
import { lookupSegments } from "../reservation.ts";
import type { Series } from "../series.ts";
import { seededRandom } from "./random.ts";
import { newSweepState, roundOperations, runRound, type SweepState } from "./sweep-round.ts";
import { type SweepCell, sweepSample } from "./sweep-sample.ts";

export interface SweepOptions {
  /** The largest order of the page allocator, itself included; 0 to 20. */
  readonly maxOrder: number;
  /** Chooses the order of page frees, and the sample of a bounded sweep; a whole number from 0 to 2^53 - 1. */
  readonly seed: number;
  /** Stop after so many operations; null for no limit ({@link BOUNDED_OPERATIONS} where bounded). */
  readonly operations: number | null;
  /** True: the allocations at edges and a sample, a few milliseconds. False: every allocation. */
  readonly isBounded: boolean;
  /** Told seldom, in operations; `total` is what the whole job comes to. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface SweepResult {
  readonly name: "sweep";
  readonly seed: number;
  /** Allocate and free calls, the free of a single page being one. */
  readonly operations: number;
  /** Pages of the allocations that were exercised, each as often as an allocation through it was. */
  readonly pagesVisited: number;
  /**
   * Breaches met: one for each allocation and kind (unprotected, over-reserved, out of region, leak, early release).
   * For a full sweep, the sum of those allocations over all rows of the proof.
   */
  readonly violations: number;
}

/** Where a bounded sweep ends at the latest, unless told otherwise. */
export const BOUNDED_OPERATIONS = 400_000;

/** Progress is told after about so many operations: some ten times a second. */
const PROGRESS_STEP = 2 ** 23;

/** Sweeps `regions`, the table in the kernel's order. The same arguments give the same result on every machine. */
export function sweep(regions: readonly TagRegion[], series: Series, options: SweepOptions): SweepResult {
  const slices = sweepSlices(regions, series, options);
  for (;;) {
    const { done, value } = slices.next();
    if (done === true) return value;
    options.onProgress?.(value.soFar.operations, value.total);
  }
}

/** The same with a pause now and then, for a caller that may want to do something else meanwhile, or stop. */
export function* sweepSlices(
  regions: readonly TagRegion[],
  series: Series,
  options: SweepOptions,
): Generator<{ readonly soFar: SweepResult; readonly total: number }, SweepResult> {
  const { maxOrder, seed } = options;
  const state = newSweepState(seededRandom(seed), maxOrder);
  const cells = sweepCells(regions, maxOrder);
  const wholeJob = cells.reduce((sum, cell) => sum + cell.allocations * roundOperations(cell.order), 0);
  const limit = options.operations ?? (options.isBounded ? BOUNDED_OPERATIONS : Number.POSITIVE_INFINITY);
  const total = Math.min(limit, wholeJob);

  if (options.isBounded && limit < wholeJob) {
    sweepSample(state, regions, series, cells, limit, options.operations !== null);
  } else {
    let toldAt = 0;
    for (const { row, order, segments } of cells) {
      const region = regions[row]!;
      const pages = 2 ** order;
      for (const segment of segments) {
        const lane = { region, found: regions[segment.row] ?? null, series, order };
        const end = Math.min(segment.end, region.memory.end + 2 - pages);
        for (let pfn = Math.ceil(segment.start / pages) * pages; pfn < end; pfn += pages) {
          if (state.operations >= limit) break;
          runRound(state, lane, pfn, limit - state.operations);
          if (state.operations - toldAt >= PROGRESS_STEP) {
            toldAt = state.operations;
            yield { soFar: sweepResult(state, seed), total };
          }
        }
      }
    }
  }
  return sweepResult(state, seed);
}

function sweepResult({ operations, pagesVisited, violations }: SweepState, seed: number): SweepResult {
  return { name: "sweep", seed, operations, pagesVisited, violations };
}

/** Regions by orders, the largest order first: where a limit cuts a sweep short, that has shown the most by then. */
function sweepCells(regions: readonly TagRegion[], maxOrder: number): SweepCell[] {
  const segments = regions.map((region) => lookupSegments(regions, region));
  const cells: SweepCell[] = [];
  for (let order = maxOrder; order >= 0; order--) {
    regions.forEach((region, row) => {
      const pages = 2 ** order;
      const first = Math.ceil(region.memory.start / pages);
      const allocations = Math.floor((region.memory.end + 1) / pages) - first;
      if (allocations > 0) cells.push({ row, order, segments: segments[row]!, first: first * pages, allocations });
    });
  }
  return cells;
}
