/**
 * The best places for so many units of tags in one bank, for every number of units.
 *
 * Tags split a bank into segments of memory, and a segment of `len` bytes has `floor(len / chunk)` whole chunks. Let `s`
 * be where the current segment starts and `c` the chunks of the segments before it. By address `x` there are
 * `c + floor((x - s) / chunk) = floor((x - w) / chunk)` chunks, where `w = s - c * chunk`: so one number says all about
 * what was placed so far, and less is better, wherever the rest goes. Tags of `n` units at `x` make it
 * `w + n * unit + (x - w) mod chunk`: what they lose beside their own length is the rest of a chunk before them. Within
 * one space, two tag ranges are never better than one at the place of the first: the second would only add its own
 * loss. That leaves one choice for each space: how many units.
 */
import { alignUp, type Bank, chunkBytes, lengthOf, type PlacementRules, type Stretch } from "./stretch.ts";

/** More units than this in one bank are not tried one by one: see {@link fewOptions}. */
const MOST_UNITS = 400;

/** Nor are more steps taken, which go with the spaces and the square of the units. */
const MOST_STEPS = 20_000_000;

/** The tag ranges for `n` units, ascending, at index `n`; null where so many have no room. */
export type BankOptions = (units: number) => readonly Stretch[] | null;

/** Units that a bank has room for, and that can be of use: one more than whole chunks fit beside their tags. */
export function mostUnits(bank: Bank, rules: PlacementRules, outsideChunks: number): number {
  const room = bank.spaces.reduce((units, space) => units + Math.floor(lengthOf(space) / rules.unitBytes), 0);
  const ownChunks = Math.floor(lengthOf(bank) / (chunkBytes(rules) + rules.unitBytes)) + bank.spaces.length + 1;
  return Math.min(room, ownChunks + outsideChunks);
}

export function bankOptions(bank: Bank, rules: PlacementRules, most: number): BankOptions {
  const isMuch = most > MOST_UNITS || bank.spaces.length * most * most > MOST_STEPS;
  return isMuch ? fewOptions(bank, rules) : allOptions(bank, rules, most);
}

interface Step {
  readonly before: number;
  readonly start: number;
}

function allOptions(bank: Bank, rules: PlacementRules, most: number): BankOptions {
  const { unitBytes, memoryAlignBytes } = rules;
  let best = new Float64Array(most + 1).fill(Number.POSITIVE_INFINITY);
  best[0] = alignUp(bank.start, memoryAlignBytes);
  const steps: (Step | null)[][] = [];
  for (const space of bank.spaces) {
    const next = best.slice();
    const taken: (Step | null)[] = new Array(most + 1).fill(null);
    const room = Math.floor(lengthOf(space) / unitBytes);
    for (let before = 0; before < most; before++) {
      const w = best[before]!;
      if (w === Number.POSITIVE_INFINITY) continue;
      for (let units = 1; units <= room && before + units <= most; units++) {
        const start = leastLoss(space, units * unitBytes, w, rules);
        const loss = modulo(start - w, chunkBytes(rules)) + alignmentLoss(start + units * unitBytes, memoryAlignBytes);
        const after = w + units * unitBytes + loss;
        if (after >= next[before + units]!) continue;
        next[before + units] = after;
        taken[before + units] = { before, start };
      }
    }
    best = next;
    steps.push(taken);
  }
  return (units) => {
    if (units > most || best[units] === Number.POSITIVE_INFINITY) return null;
    const ranges: Stretch[] = [];
    let left = units;
    for (let at = steps.length - 1; at >= 0; at--) {
      const step = steps[at]![left];
      if (step === null || step === undefined) continue;
      ranges.unshift({ start: step.start, end: step.start + (left - step.before) * unitBytes });
      left = step.before;
    }
    return ranges;
  };
}

/** The tag ranges for so many units in each space of a bank, each where it loses least. */
export function rangesOfShares(bank: Bank, unitsOfSpaces: readonly number[], rules: PlacementRules): Stretch[] {
  const { unitBytes, memoryAlignBytes } = rules;
  const ranges: Stretch[] = [];
  let w = alignUp(bank.start, memoryAlignBytes);
  bank.spaces.forEach((space, index) => {
    const bytes = unitsOfSpaces[index]! * unitBytes;
    if (bytes === 0) return;
    const start = leastLoss(space, bytes, w, rules);
    ranges.push({ start, end: start + bytes });
    w += bytes + modulo(start - w, chunkBytes(rules)) + alignmentLoss(start + bytes, memoryAlignBytes);
  });
  return ranges;
}

/** For banks of very many units: the topmost space that has room for all, else spaces filled from the top down. */
function fewOptions(bank: Bank, { unitBytes }: PlacementRules): BankOptions {
  const topDown = [...bank.spaces].reverse();
  return (units) => {
    const bytes = units * unitBytes;
    const whole = topDown.find((space) => lengthOf(space) >= bytes);
    if (whole !== undefined) return units === 0 ? [] : [{ start: whole.end - bytes, end: whole.end }];
    const ranges: Stretch[] = [];
    let left = units;
    for (const space of topDown) {
      const here = Math.min(left, Math.floor(lengthOf(space) / unitBytes));
      if (here > 0) ranges.unshift({ start: space.end - here * unitBytes, end: space.end });
      left -= here;
    }
    return left > 0 ? null : ranges;
  };
}

/** The highest start in a space at which tags of `bytes` lose least of a chunk before them. */
function leastLoss(space: Stretch, bytes: number, w: number, { tagAlignBytes, unitBytes }: PlacementRules): number {
  const chunk = 32 * unitBytes;
  const highest = space.end - bytes;
  const least = modulo(alignUp(w, tagAlignBytes) - w, chunk);
  const start = highest - modulo(highest - w - least, chunk);
  return Math.max(start, space.start);
}

function alignmentLoss(address: number, alignBytes: number): number {
  return alignUp(address, alignBytes) - address;
}

function modulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}
