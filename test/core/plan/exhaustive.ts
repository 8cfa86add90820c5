/**
 * The most memory that tags can serve, found the slow way: every set of places for tags, every way to make rows of them,
 * and every way to lay the rows' memory out. For machines of very few units of tags.
 */
import type { Bank, PlacementRules, Stretch } from "../../../core/plan/stretch.ts";

export function mostMemory(banks: readonly Bank[], rules: PlacementRules, mostRows: number): number {
  const { unitBytes, tagAlignBytes } = rules;
  const total = banks.reduce((sum, { start, end }) => sum + end - start, 0);
  const mostUnits = Math.floor(total / (32 * unitBytes)) + (rules.isExact ? 0 : banks.length + 1);
  const places = banks
    .flatMap(({ spaces }) => spaces)
    .flatMap((space) => {
      const starts: Stretch[] = [];
      for (let at = roundUp(space.start, tagAlignBytes); at + unitBytes <= space.end; at += tagAlignBytes) {
        starts.push({ start: at, end: at + unitBytes });
      }
      return starts;
    });
  const isJoined = (a: Stretch, b: Stretch) =>
    a.end === b.start && banks.some(({ spaces }) => spaces.some((s) => s.start <= a.start && b.end <= s.end));
  let best = banks.every(({ kept }) => kept.length === 0) ? 0 : -1;
  const choose = (from: number, tags: readonly Stretch[]): void => {
    if (tags.length > 0) {
      const runs = banks.flatMap((bank) => runsOf(bank, tags));
      for (const rows of rowsOf(tags, isJoined)) {
        if (rows.length > mostRows) continue;
        best = Math.max(best, mostServed(rows, runs, banks, rules, 0, 0, []));
      }
    }
    if (tags.length === mostUnits) return;
    for (let at = from; at < places.length; at++) {
      if (tags.length === 0 || places[at]!.start >= tags.at(-1)!.end) choose(at + 1, [...tags, places[at]!]);
    }
  };
  choose(0, []);
  return best;
}

/** The ways to cut tags, ascending, into rows of one piece each; as numbers of units. */
function rowsOf(tags: readonly Stretch[], isJoined: (a: Stretch, b: Stretch) => boolean): number[][] {
  let ways: number[][] = [[1]];
  for (let at = 1; at < tags.length; at++) {
    ways = ways.flatMap((way) => [
      [...way, 1],
      ...(isJoined(tags[at - 1]!, tags[at]!) ? [[...way.slice(0, -1), way.at(-1)! + 1]] : []),
    ]);
  }
  return [...new Map(ways.map((way) => [way.toSorted().join(), way])).values()];
}

/** What the rows serve from a run's address on: each of them next, at any start that it may have, or none any more. */
function mostServed(
  rows: readonly number[],
  runs: readonly Stretch[],
  banks: readonly Bank[],
  rules: PlacementRules,
  run: number,
  from: number,
  served: readonly Stretch[],
): number {
  const kept = banks.flatMap((bank) => bank.kept);
  const isKept = kept.every(({ start, end }) => coversAll(served, start, end));
  let best = isKept ? served.reduce((sum, { start, end }) => sum + end - start, 0) : -1;
  for (const units of new Set(rows)) {
    const rest = rows.toSpliced(rows.indexOf(units), 1);
    const chunk = units * 32 * rules.unitBytes;
    for (let at = run; at < runs.length; at++) {
      const { start, end } = runs[at]!;
      let first = roundUp(Math.max(start, at === run ? from : 0), rules.memoryAlignBytes);
      for (; first < end; first += rules.memoryAlignBytes) {
        const last = Math.min(first + chunk, end);
        if (rules.isExact && last < first + chunk) break;
        best = Math.max(best, mostServed(rest, runs, banks, rules, at, last, [...served, { start: first, end: last }]));
        // Without anything to be kept, the lowest start leaves the most.
        if (kept.length === 0) break;
      }
    }
  }
  return best;
}

function coversAll(served: readonly Stretch[], start: number, end: number): boolean {
  let at = start;
  for (const part of [...served].sort((a, b) => a.start - b.start)) if (part.start <= at) at = Math.max(at, part.end);
  return at >= end;
}

function runsOf(bank: Bank, tags: readonly Stretch[]): Stretch[] {
  const runs: Stretch[] = [];
  let from = bank.start;
  for (const { start, end } of [...tags, { start: bank.end, end: bank.end }]) {
    if (start < bank.start || start > bank.end) continue;
    if (from < start) runs.push({ start: from, end: start });
    from = end;
  }
  return runs;
}

function roundUp(address: number, step: number): number {
  return Math.ceil(address / step) * step;
}
