import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memoryBytes, type PlannedRegion, placeTags } from "../../../core/plan/place-tags.ts";
import type { Bank, PlacementRules, Stretch } from "../../../core/plan/stretch.ts";

/** Units of one: a chunk is 32, and memory may start anywhere. */
const EXACT: PlacementRules = { unitBytes: 1, tagAlignBytes: 1, memoryAlignBytes: 1, isExact: true };
const LOOSE: PlacementRules = { ...EXACT, isExact: false };

const bank = (start: number, end: number, spaces: readonly Stretch[] = [{ start, end }]): Bank => ({
  start,
  end,
  spaces,
});

/**
 * All ways to lay tags into the spaces, each address tried as tag or not: the most memory that they can serve. What is
 * tagged lies between tags; each run of it takes whole units, and a unit serves 32 addresses of one run.
 */
function exhaustive(banks: readonly Bank[], { isExact }: PlacementRules): number {
  const places = banks.flatMap((each) =>
    each.spaces.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at)),
  );
  let best = 0;
  for (let chosen = 0; chosen < 2 ** places.length; chosen++) {
    const tags = new Set(places.filter((_, at) => (chosen >> at) & 1));
    const runs: number[] = [];
    for (const { start, end } of banks) {
      let run = 0;
      for (let at = start; at <= end; at++) {
        if (at < end && !tags.has(at)) run++;
        else {
          runs.push(run);
          run = 0;
        }
      }
    }
    let left = tags.size;
    let served = 0;
    for (const run of runs) {
      const units = Math.min(left, Math.floor(run / 32));
      served += units * 32;
      left -= units;
    }
    if (!isExact) {
      const rests = runs.map((run) => run % 32).sort((a, b) => b - a);
      for (const rest of rests.slice(0, left)) served += rest;
    }
    best = Math.max(best, served);
  }
  return best;
}

function expectWellFormed(banks: readonly Bank[], regions: readonly PlannedRegion[], rules: PlacementRules): void {
  const inside = (part: Stretch, whole: Stretch) => whole.start <= part.start && part.end <= whole.end;
  const apart = (a: Stretch, b: Stretch) => a.end <= b.start || b.end <= a.start;
  const tags = regions.map((region) => region.tags);
  const memory = regions.map((region) => region.memory);
  for (const [index, region] of regions.entries()) {
    const length = region.memory.end - region.memory.start;
    expect(length).toBeGreaterThan(0);
    expect(banks.some((each) => inside(region.memory, each))).toBe(true);
    expect(banks.some((each) => each.spaces.some((space) => inside(region.tags, space)))).toBe(true);
    const served = 32 * (region.tags.end - region.tags.start);
    if (rules.isExact) expect(length).toBe(served);
    else expect(length).toBeLessThanOrEqual(served);
    expect(region.tags.start % rules.tagAlignBytes).toBe(0);
    expect((region.tags.end - region.tags.start) % rules.unitBytes).toBe(0);
    for (const other of tags) expect(apart(region.memory, other)).toBe(true);
    for (const other of memory.slice(index + 1)) expect(apart(region.memory, other)).toBe(true);
    for (const other of tags.slice(index + 1)) expect(apart(region.tags, other)).toBe(true);
  }
}

describe("tags at the top of a bank", () => {
  test("33 units of memory: one of tags for 32", () => {
    expect(placeTags([bank(0, 33)], EXACT, 32)).toEqual([
      { memory: { start: 0, end: 32 }, tags: { start: 32, end: 33 } },
    ]);
  });

  test("64 and 3 more: 2 * 33 = 66, and the last one is left over", () => {
    expect(placeTags([bank(0, 67)], EXACT, 32)).toEqual([
      { memory: { start: 0, end: 64 }, tags: { start: 65, end: 67 } },
    ]);
  });

  test("loose tags serve what is left too, where that is more than they take", () => {
    // 40 = 32 + 2 of tags + 6, where one unit alone would serve 32 of 39.
    expect(memoryBytes(placeTags([bank(0, 40)], LOOSE, 32))).toBe(38);
    // 34: a second unit would serve nothing that it does not take.
    expect(memoryBytes(placeTags([bank(0, 34)], LOOSE, 32))).toBe(32);
  });

  test("a bank without a space has none", () => {
    expect(placeTags([bank(0, 100, [])], EXACT, 32)).toEqual([]);
  });
});

test("two banks that share tags at the top of the second", () => {
  // The FVP's memory in units of 2 MiB: 1024 and 1024, tags in the upper: 32 chunks + 30, as 1024 - 62 = 962 = 30 * 32 + 2.
  const regions = placeTags([bank(0, 1024, []), bank(2048, 3072)], EXACT, 32);
  expect(memoryBytes(regions)).toBe(62 * 32);
  expect(regions).toEqual([
    { memory: { start: 0, end: 1024 }, tags: { start: 3010, end: 3042 } },
    { memory: { start: 2048, end: 3008 }, tags: { start: 3042, end: 3072 } },
  ]);
});

test("no more regions than the table has room for: the largest stay", () => {
  const banks = [bank(0, 33), bank(100, 199), bank(300, 333)];
  const regions = banks.flatMap((each) => placeTags([each], EXACT, 1));
  expect(regions).toHaveLength(3);
  expect(memoryBytes(placeTags(banks, EXACT, 1))).toBe(96);
});

const layout = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 5 }),
      length: fc.integer({ min: 1, max: 110 }),
      spaces: fc.array(fc.record({ at: fc.nat(109), length: fc.integer({ min: 1, max: 4 }) }), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((shapes) => {
    let address = 0;
    return shapes.map(({ gap, length, spaces }) => {
      const start = address + gap;
      const end = start + length;
      address = end;
      const sorted: Stretch[] = [];
      for (const space of [...spaces].sort((a, b) => a.at - b.at)) {
        const from = Math.max(start + space.at, (sorted.at(-1)?.end ?? start - 1) + 1);
        const to = Math.min(from + space.length, end);
        if (from < to) sorted.push({ start: from, end: to });
      }
      return bank(start, end, sorted);
    });
  });

for (const rules of [EXACT, LOOSE]) {
  const kind = rules.isExact ? "exactly 1/32" : "1/32 or more";
  test(`tags of ${kind}: no layout of an exhaustive search serves more memory`, () => {
    fc.assert(
      fc.property(layout, (banks) => {
        const spaces = banks.flatMap((each) => each.spaces).reduce((sum, { start, end }) => sum + end - start, 0);
        fc.pre(spaces <= 12);
        const regions = placeTags(banks, rules, 32);
        expectWellFormed(banks, regions, rules);
        expect(memoryBytes(regions)).toBe(exhaustive(banks, rules));
      }),
      { numRuns: 400 },
    );
  });
}

test("a pebibyte in a moment", () => {
  const MIB = 2 ** 20;
  const rules = { unitBytes: 2 * MIB, tagAlignBytes: 2 * MIB, memoryAlignBytes: 2 ** 17, isExact: true };
  const [region] = placeTags([bank(2 ** 40, 2 ** 40 + 2 ** 50)], rules, 32);
  // floor(2^50 / (33 * 2 MiB)) units.
  expect(region!.tags.end - region!.tags.start).toBe(Math.floor(2 ** 50 / (33 * 2 * MIB)) * 2 * MIB);
});
