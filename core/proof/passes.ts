/**
 * Aligned allocations in a stretch of a pattern that repeats: of the multiples of `pages`, those in
 * `start + period * j … start + period * j + length - 1`, for the passes `j = 0 … passes - 1`. Where the pattern's period
 * is no multiple of `pages`, each pass meets the alignment elsewhere; it comes round after `pages / gcd(period, pages)`
 * passes. No cost depends on the number of passes.
 *
 * `pages` is a power of two up to 2^20, `period` a multiple of 32 or so large that there is no pass; PFNs are below 2^53.
 */
import { floorSums } from "./floor-sums.ts";

/** How the multiples of `pages` lie to a pattern. */
export interface Alignment {
  readonly pages: number;
  readonly period: number;
  /** The greatest common divisor of the two. */
  readonly common: number;
}

/** A stretch of the pattern: `length` first pages, from `start` on in the first pass. */
export interface Stretch {
  readonly start: number;
  readonly length: number;
  readonly passes: number;
}

export function alignmentOf(pages: number, period: number): Alignment {
  let common = 1;
  while (common < pages && period % (common * 2) === 0) common *= 2;
  return { pages, period, common };
}

/** Multiples of `pages` in `start … end - 1`. */
export function alignedIn(start: number, end: number, pages: number): number {
  return Math.max(Math.ceil(end / pages) - Math.ceil(start / pages), 0);
}

export function alignUp(pfn: number, pages: number): number {
  return Math.ceil(pfn / pages) * pages;
}

/** How many there are. */
export function countInPasses({ start, length, passes }: Stretch, { pages, period, common }: Alignment): number {
  const round = pages / common;
  const rounds = Math.floor(passes / round);
  // In one round the passes start at every PFN that is start modulo `common`, modulo `pages`, once: each place of the
  // stretch that is a multiple of `common` is aligned once.
  const inRounds = rounds === 0 ? 0 : rounds * alignedIn(start, start + length, common);
  const rest = passes - rounds * round;
  if (rest === 0) return inRounds;
  const { before, step } = inPages(start, period, pages);
  const beforeEnd = floorSums(rest, step, before + length, pages).floors;
  return inRounds + beforeEnd - floorSums(rest, step, before, pages).floors;
}

/** The lowest of them; null where there is none. */
export function firstInPasses(stretch: Stretch, alignment: Alignment): number | null {
  const { start, passes } = stretch;
  const { pages, period, common } = alignment;
  // The fewest passes that have one: more have at least as many, and one round has all that there are.
  let none = 0;
  let some = Math.min(passes, pages / common);
  if (countInPasses({ ...stretch, passes: some }, alignment) === 0) return null;
  while (some - none > 1) {
    const middle = Math.floor((none + some) / 2);
    if (countInPasses({ ...stretch, passes: middle }, alignment) === 0) none = middle;
    else some = middle;
  }
  return alignUp(start + period * (some - 1), pages);
}

/**
 * The sum of their distances from the start of the stretch, each in its own pass. For stretches of at most `pages`, where
 * a pass has one at most.
 */
export function distancesInPasses({ start, length, passes }: Stretch, { pages, period, common }: Alignment): number {
  const round = pages / common;
  const rounds = Math.floor(passes / round);
  let sum = 0;
  if (rounds > 0) {
    const count = alignedIn(start, start + length, common);
    sum = rounds * (count * (alignUp(start, common) - start) + (common * count * (count - 1)) / 2);
  }
  const rest = passes - rounds * round;
  if (rest === 0) return sum;
  // With l(j) the multiples of `pages` before the stretch in pass j, and h(j) those before its end, h - l is 1 where
  // there is one and 0 where there is none. It lies at pages * h(j), the stretch starts at before + 1 + step * j. And
  // (h - l) * h = (h^2 - l^2 + h - l) / 2, as (h - l)^2 = h - l.
  const { before, step } = inPages(start, period, pages);
  const low = floorSums(rest, step, before, pages);
  const high = floorSums(rest, step, before + length, pages);
  const count = high.floors - low.floors;
  return (
    sum +
    (pages * (high.squares - low.squares + count)) / 2 -
    (before + 1) * count -
    step * (high.weighted - low.weighted)
  );
}

/** The page before the stretch and the period, both modulo `pages`: multiples of it change no difference of counts. */
function inPages(start: number, period: number, pages: number): { before: number; step: number } {
  return { before: (((start - 1) % pages) + pages) % pages, step: period % pages };
}
