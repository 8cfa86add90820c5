/**
 * The hot loop of the sweep: one allocation made and freed whole, then made again and freed page by page, with the
 * series' own reference counts, the obligations checked at every step. Nothing is allocated here.
 *
 * One allocation lives at a time, so counts are kept for the blocks of its walk alone, by their position in the walk;
 * the count of any other block is 0, and so are these again when a round ends. Memory stays small for any machine.
 */
import type { TagRegion } from "../region.ts";
import { blocksWalked, pagesPerBlock, referencesAdded, wholeBlocks } from "../reservation.ts";
import type { Series } from "../series.ts";
import type { Random } from "./random.ts";

/** What a sweep has done so far, and the counts it works on. */
export interface SweepState {
  readonly random: Random;
  /** References of the blocks of the current walk, by position. */
  readonly counts: Int32Array;
  /** For each block that the allocation needs, in order: its position in the walk, -1 where freeing finds no count. */
  readonly positions: Int32Array;
  /** Pages of the allocation still live in each of those blocks. */
  readonly livePages: Int32Array;
  operations: number;
  pagesVisited: number;
  violations: number;
}

/** Allocations of one order in one region that the kernel looks up in one row: what their rounds have in common. */
export interface Lane {
  readonly region: TagRegion;
  /** The row found; null where the kernel finds none and reserves nothing. */
  readonly found: TagRegion | null;
  readonly series: Series;
  readonly order: number;
}

/**
 * State for rounds up to `maxOrder`; an allocation needs or walks at most `2^order / 32` blocks and two at its ends.
 */
export function newSweepState(random: Random, maxOrder: number): SweepState {
  const blocks = Math.ceil(2 ** maxOrder / 32) + 2;
  return {
    random,
    counts: new Int32Array(blocks),
    positions: new Int32Array(blocks),
    livePages: new Int32Array(blocks),
    operations: 0,
    pagesVisited: 0,
    violations: 0,
  };
}

/** Operations of a whole round: two allocations, one free in one piece, and a free for each page. */
export function roundOperations(order: number): number {
  return 2 ** order + 3;
}

/**
 * One round of the allocation of `lane.order` at `pfn`, cut short after `operationsLeft` (at least 1) operations. Each
 * kind of breach counts once: unprotected, over-reserved, out of region, leak, early release.
 */
export function runRound(state: SweepState, lane: Lane, pfn: number, operationsLeft: number): void {
  const { region, found, series, order } = lane;
  const { counts, positions, livePages } = state;
  const pages = 2 ** order;
  state.pagesVisited += pages;

  // Hardware's side: the blocks that the pages need, and how many of them each.
  const t0 = region.tags.start;
  const { blockPages } = region;
  const period = pagesPerBlock(region);
  const offset = pfn - region.memory.start;
  const firstIndex = Math.floor(offset / period);
  const firstPages = Math.min(period - (offset - firstIndex * period), pages);
  const needed = 1 + Math.ceil((pages - firstPages) / period);
  const whole = wholeBlocks(region);

  // The kernel's side: the walk, in its own region's blocks.
  const walked = found === null ? 0 : blocksWalked(series, found, order, pfn);
  const walkStart =
    found === null
      ? 0
      : found.tags.start + found.blockPages * Math.floor((pfn - found.memory.start) / pagesPerBlock(found));
  addReferences(counts, lane, pfn, walked, 1);

  let isUnprotected = false;
  let isReleasedEarly = false;
  let isLeaking = false;
  let useful = 0;
  for (let i = 0, left = pages; i < needed; i++) {
    const live = i === 0 ? firstPages : Math.min(period, left);
    left -= live;
    let position = i;
    if (found !== region) {
      position = found === null ? -1 : (t0 + blockPages * (firstIndex + i) - walkStart) / found.blockPages;
      if (position < 0 || position !== Math.floor(position)) position = -1;
    }
    if (position >= walked) position = -1;
    const isInside = firstIndex + i < whole;
    if (position < 0) isUnprotected = true;
    if (position >= 0) {
      useful++;
      // Its pages give nothing back, so that nothing later shows that it has fewer references than pages.
      if (!isInside && counts[position]! < live) isReleasedEarly = true;
    }
    positions[i] = isInside ? position : -1;
    livePages[i] = live;
  }
  state.operations++;
  if (isUnprotected) state.violations++;
  if (found !== null) {
    if (walked > useful) state.violations++;
    const walkEnd = walkStart + found.blockPages * walked - 1;
    if (walkStart < t0 || walkEnd > region.tags.end) state.violations++;
  }

  let operations = 1;
  if (operations < operationsLeft) {
    operations++;
    addReferences(counts, lane, pfn, walked, -1);
    if (clearCounts(counts, walked)) isLeaking = true;
  }
  if (operations < operationsLeft) {
    operations++;
    addReferences(counts, lane, pfn, walked, 1);
    const frees = Math.min(pages, operationsLeft - operations);
    const seen =
      needed === 1 ? freeFromOneBlock(state, frees) : freeFromBlocks(state, order, frees, firstPages, period);
    operations += frees;
    if ((seen & EARLY) !== 0) isReleasedEarly = true;
    if ((seen & LEAK) !== 0) isLeaking = true;
    // All pages are free: a block that is still reserved never comes back.
    if (clearCounts(counts, walked) && frees === pages) isLeaking = true;
  } else {
    clearCounts(counts, walked);
  }
  state.operations += operations - 1;
  if (isLeaking) state.violations++;
  if (isReleasedEarly) state.violations++;
}

const LEAK = 1;
const EARLY = 2;

/** Reserves (`sign` 1) or frees in one piece (-1): every block of the walk has its references added or taken off. */
function addReferences(counts: Int32Array, lane: Lane, pfn: number, walked: number, sign: number): void {
  const { found, series, order } = lane;
  if (found === null) return;
  if (series !== "exact") {
    // The kernels give every block of a walk the same.
    const references = sign * referencesAdded(series, found, order, pfn, 0);
    for (let step = 0; step < walked; step++) counts[step] = counts[step]! + references;
    return;
  }
  for (let step = 0; step < walked; step++) {
    counts[step] = counts[step]! + sign * referencesAdded(series, found, order, pfn, step);
  }
}

/** Puts the counts of a walk back to 0; true where one was not. */
function clearCounts(counts: Int32Array, walked: number): boolean {
  let wasLeft = false;
  for (let step = 0; step < walked; step++) {
    if (counts[step] !== 0) {
      wasLeft = true;
      counts[step] = 0;
    }
  }
  return wasLeft;
}

/** Frees `frees` single pages that share one block; which of them comes first makes no difference to its count. */
function freeFromOneBlock(state: SweepState, frees: number): number {
  const position = state.positions[0]!;
  if (position < 0) return 0;
  let count = state.counts[position]!;
  let live = state.livePages[0]!;
  let seen = 0;
  for (let i = 0; i < frees; i++) {
    live--;
    if (count > 0) count--;
    // Reserved exactly while a live page needs it.
    if (count === 0 && live > 0) seen |= EARLY;
    else if (count > 0 && live === 0) seen |= LEAK;
  }
  state.counts[position] = count;
  return seen;
}

/**
 * Frees `frees` single pages of an allocation of several blocks: upwards, downwards, or scattered by an odd stride,
 * which visits every page of a power of two once. `firstPages` lie in the first block, `period` in each after it.
 */
function freeFromBlocks(state: SweepState, order: number, frees: number, firstPages: number, period: number): number {
  const { counts, positions, livePages } = state;
  const mask = 2 ** order - 1;
  const draw = state.random();
  const kind = draw & 3;
  const stride = kind === 0 ? 1 : kind === 1 ? -1 : draw | 1;
  const start = kind === 0 ? 0 : kind === 1 ? mask : (draw >>> 8) & mask;
  // A period longer than the allocation is as good as one of its length, and keeps the division within 32 bits.
  const pagesInLater = Math.min(period, mask + 1);
  let seen = 0;
  for (let i = 0; i < frees; i++) {
    const page = (start + Math.imul(i, stride)) & mask;
    const block = page < firstPages ? 0 : 1 + (((page - firstPages) / pagesInLater) | 0);
    const live = livePages[block]! - 1;
    livePages[block] = live;
    const position = positions[block]!;
    if (position < 0) continue;
    let count = counts[position]!;
    if (count > 0) counts[position] = --count;
    if (count === 0 && live > 0) seen |= EARLY;
    else if (count > 0 && live === 0) seen |= LEAK;
  }
  return seen;
}
