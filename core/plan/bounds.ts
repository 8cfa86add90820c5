/** How much memory could have tags at most, whatever the places: what no search has to look for. */
import { alignUp, type Bank, chunkBytes, lengthOf, mostBytesFrom, type PlacementRules } from "./stretch.ts";

export interface Bound {
  readonly units: number;
  readonly bytes: number;
}

/**
 * The most bytes that so many units serve, whichever number of units is best. Memory loses at least what tags take, but
 * for a bank's start that is off memory's alignment; and a unit serves a chunk, or the part that is left of a bank.
 */
export function upperBound(banks: readonly Bank[], rules: PlacementRules): Bound {
  const { unitBytes, isExact } = rules;
  const chunk = chunkBytes(rules);
  const room = banks.reduce(
    (units, { spaces }) => units + spaces.reduce((sum, s) => sum + Math.floor(lengthOf(s) / unitBytes), 0),
    0,
  );
  const lengths = banks.map((bank) => ownLength(bank, rules));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const wholes = lengths.reduce((sum, length) => sum + Math.floor(length / chunk), 0);
  // Tags that cost no chunk: as many as fit beside the whole chunks of a bank.
  const spare = lengths.map((length) => length % chunk);
  const free = banks.reduce(
    (sum, { spaces }, at) => sum + (spaces.length === 0 ? 0 : Math.floor(spare[at]! / unitBytes)),
    0,
  );
  const rests = isExact ? [] : spare.filter((rest) => rest > 0).sort((a, b) => b - a);
  const bytesOf = (units: number) => {
    const chunksLeft = wholes - Math.ceil(Math.max(0, units - free) / 32);
    if (isExact) return Math.min(units, chunksLeft) * chunk;
    const served = Math.min(units, wholes) * chunk + sum(rests.slice(0, Math.max(0, units - wholes)));
    return Math.min(served, total - units * unitBytes);
  };
  // It rises up to where units have as many chunks, and falls from there.
  const middle = Math.floor(total / (chunk + unitBytes));
  let best: Bound = { units: 0, bytes: 0 };
  for (let units = Math.max(1, middle - 40); units <= middle + banks.length + 2; units++) {
    const bytes = bytesOf(Math.min(units, room));
    if (bytes > best.bytes) best = { units: Math.min(units, room), bytes };
  }
  return best;
}

/** Of a bank without the start that no tagged memory can have, where that has no room for tags. */
function ownLength(bank: Bank, rules: PlacementRules): number {
  if (mostBytesFrom(bank.start, rules) > 0) return lengthOf(bank);
  const head = alignUp(bank.start, rules.memoryAlignBytes) - bank.start;
  return head < rules.unitBytes ? Math.max(0, lengthOf(bank) - head) : lengthOf(bank);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
