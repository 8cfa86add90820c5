/** The bounded cut of the sweep: allocations at edges, where layouts go wrong, then a seeded sample of the rest. */
import type { TagRegion } from "../region.ts";
import { blocksWalked, type LookupSegment, pagesPerBlock, wholeBlocks } from "../reservation.ts";
import type { Series } from "../series.ts";
import { type Random, randomBelow } from "./random.ts";
import { runRound, type SweepState } from "./sweep-round.ts";

/** All allocations of one order in one region; there is at least one. */
export interface SweepCell {
  readonly row: number;
  readonly order: number;
  /** The region's first pages by what the kernel's lookup gives. */
  readonly segments: readonly LookupSegment[];
  /** The lowest first page. */
  readonly first: number;
  readonly allocations: number;
}

/** Allocations sampled from each cell where no number of operations is asked for. */
const SAMPLES = 8;

/**
 * Runs rounds cell by cell: the first allocation of each, then the last of each, and so on through the edges, so that
 * a tight limit still reaches every cell; then a sample, no allocation twice. Stops
 * at `limit` operations. Where `isLimitAsked`, the sample goes on until it.
 */
export function sweepSample(
  state: SweepState,
  regions: readonly TagRegion[],
  series: Series,
  cells: readonly SweepCell[],
  limit: number,
  isLimitAsked: boolean,
): void {
  const run = ({ row, order, first, segments }: SweepCell, index: number) => {
    const pfn = first + index * 2 ** order;
    const found = regions[segments.find(({ end }) => pfn < end)?.row ?? -1] ?? null;
    runRound(state, { region: regions[row]!, found, series, order }, pfn, limit - state.operations);
  };
  // Small orders first: a round costs 2^order.
  const plans = cells.toReversed().map((cell) => ({
    cell,
    edges: edgeAllocations(cell, regions, series),
    next: randomBelow(state.random, cell.allocations),
    stride: coprimeStride(cell.allocations, state.random),
  }));

  const mostEdges = Math.max(...plans.map(({ edges }) => edges.length), 0);
  for (let turn = 0; turn < mostEdges; turn++) {
    for (const { cell, edges } of plans) {
      if (state.operations >= limit) return;
      const index = edges[turn];
      if (index !== undefined) run(cell, index);
    }
  }
  let isExhausted = false;
  for (let turn = 0; !isExhausted && (isLimitAsked || turn < SAMPLES); turn++) {
    isExhausted = true;
    for (const plan of plans) {
      const { cell, edges, next, stride } = plan;
      if (state.operations >= limit) return;
      if (turn >= cell.allocations) continue;
      isExhausted = false;
      plan.next = (next + stride) % cell.allocations;
      if (!edges.includes(next)) run(cell, next);
    }
  }
}

/** A stride that visits each of `0 … count - 1` once, wherever it starts. */
function coprimeStride(count: number, random: Random): number {
  let stride = 1 + randomBelow(random, count);
  while (greatestCommonDivisor(stride, count) !== 1) stride++;
  return stride;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/**
 * Numbers, counted from the cell's first, of the allocations around: both ends of the memory, the first and last edges
 * between blocks (`32 * B` pages), the end of the tag range, the place from which the walk crosses it, and
 * where the kernel's lookup changes. Those that matter most first, each once.
 */
function edgeAllocations(cell: SweepCell, regions: readonly TagRegion[], series: Series): number[] {
  const { row, order, first, allocations, segments } = cell;
  const region = regions[row]!;
  const pages = 2 ** order;
  const { start, end } = region.memory;
  const period = pagesPerBlock(region);
  const whole = wholeBlocks(region);
  const indices = new Set([0, allocations - 1]);
  const addAround = (pfn: number) => {
    for (const page of [pfn - 1, pfn]) {
      const index = Math.floor((page - first) / pages);
      if (index >= 0 && index < allocations) indices.add(index);
    }
  };
  addAround(start + period * whole);
  addAround(start + period * (whole - blocksWalked(series, region, order, start) + 1));
  addAround(start + period);
  addAround(start + period * Math.floor((end - start) / period));
  for (const segment of segments) addAround(segment.start);
  return [...indices];
}
