import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memoryBytes, type PlannedRegion } from "../../../core/plan/pair-regions.ts";
import { placeTags } from "../../../core/plan/place-tags.ts";
import type { Bank, PlacementRules, Stretch } from "../../../core/plan/stretch.ts";
import { mostMemory } from "./exhaustive.ts";

/** Units of one: a chunk is 32, and memory may start anywhere. */
const EXACT: PlacementRules = {
  unitBytes: 1,
  tagAlignBytes: 1,
  pageBytes: 1,
  memoryAlignBytes: 1,
  walks: [],
  mostSteps: 40_000,
  splitAlignBytes: 1,
  tagsAt: null,
  isExact: true,
};
const LOOSE: PlacementRules = { ...EXACT, isExact: false };

const bank = (start: number, end: number, spaces: readonly Stretch[] = [{ start, end }]): Bank => ({
  start,
  end,
  spaces,
  kept: [],
  isJoined: false,
});

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
    expect(region.memory.start % rules.memoryAlignBytes).toBe(0);
    if (rules.isExact) expect(length).toBe(served);
    else expect(length).toBeLessThanOrEqual(served);
    expect(region.tags.start % rules.tagAlignBytes).toBe(0);
    expect((region.tags.end - region.tags.start) % rules.unitBytes).toBe(0);
    for (const other of tags) expect(apart(region.memory, other)).toBe(true);
    for (const other of memory.slice(index + 1)) expect(apart(region.memory, other)).toBe(true);
    for (const other of tags.slice(index + 1)) expect(apart(region.tags, other)).toBe(true);
  }
  if (regions.length === 0) return;
  for (const { start, end } of banks.flatMap(({ kept }) => kept)) {
    const served = memory.reduce(
      (sum, part) => sum + Math.max(0, Math.min(end, part.end) - Math.max(start, part.start)),
      0,
    );
    expect(served).toBe(end - start);
  }
}

describe("tags at the top of a bank", () => {
  test("33 units of memory: one of tags for 32", () => {
    expect(placeTags([bank(0, 33)], EXACT, 32).regions).toEqual([
      { memory: { start: 0, end: 32 }, tags: { start: 32, end: 33 } },
    ]);
  });

  test("64 and 3 more: 2 * 33 = 66, and the last one is left over", () => {
    expect(placeTags([bank(0, 67)], EXACT, 32).regions).toEqual([
      { memory: { start: 0, end: 64 }, tags: { start: 65, end: 67 } },
    ]);
  });

  test("loose tags serve what is left too, where that is more than they take", () => {
    // 40 = 32 + 2 of tags + 6, where one unit alone would serve 32 of 39.
    expect(memoryBytes(placeTags([bank(0, 40)], LOOSE, 32).regions)).toBe(38);
    // 34: a second unit would serve nothing that it does not take.
    expect(memoryBytes(placeTags([bank(0, 34)], LOOSE, 32).regions)).toBe(32);
  });

  test("a bank without a space has none", () => {
    expect(placeTags([bank(0, 100, [])], EXACT, 32).regions).toEqual([]);
  });
});

test("two banks that share tags at the top of the second", () => {
  // The FVP's memory in units of 2 MiB: 1024 and 1024, tags in the upper: 32 chunks + 30, as 1024 - 62 = 962 = 30 * 32 + 2.
  const { regions } = placeTags([bank(0, 1024, []), bank(2048, 3072)], EXACT, 32);
  expect(memoryBytes(regions)).toBe(62 * 32);
  expect(regions).toEqual([
    { memory: { start: 0, end: 1024 }, tags: { start: 3010, end: 3042 } },
    { memory: { start: 2048, end: 3008 }, tags: { start: 3042, end: 3072 } },
  ]);
});

test("no more regions than the table has room for: the largest stay", () => {
  const banks = [bank(0, 33), bank(100, 199), bank(300, 333)];
  const regions = banks.flatMap((each) => placeTags([each], EXACT, 1).regions);
  expect(regions).toHaveLength(3);
  expect(memoryBytes(placeTags(banks, EXACT, 1).regions)).toBe(96);
});

/** Banks of at most so many bytes in all, with few places for tags, and now and then something that has to have tags. */
const layout = (mostBytes: number, alignBytes: number) =>
  fc
    .array(
      fc.record({
        gap: fc.nat(5),
        length: fc.integer({ min: 1, max: 100 }),
        spaces: fc.array(fc.record({ at: fc.nat(60), length: fc.integer({ min: 1, max: 6 }) }), { maxLength: 3 }),
        kept: fc.option(fc.record({ at: fc.nat(90), length: fc.integer({ min: 1, max: 4 }) }), { freq: 5 }),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map((shapes) => {
      let address = 0;
      let left = mostBytes;
      return shapes.flatMap(({ gap, length, spaces, kept }): Bank[] => {
        const start = address + gap;
        const end = start + Math.min(length, left);
        if (end === start) return [];
        left -= end - start;
        address = end + 1;
        const sorted: Stretch[] = [];
        for (const space of [...spaces].sort((a, b) => a.at - b.at)) {
          const first = Math.max(start + space.at, (sorted.at(-1)?.end ?? start - 1) + 1);
          const from = Math.ceil(first / alignBytes) * alignBytes;
          const to = Math.floor(Math.min(from + space.length, end) / alignBytes) * alignBytes;
          if (from < to) sorted.push({ start: from, end: to });
        }
        const stays =
          kept === null ? null : { start: start + kept.at, end: Math.min(end, start + kept.at + kept.length) };
        const isFree = stays !== null && sorted.every((space) => stays.end <= space.start || space.end <= stays.start);
        return [
          { start, end, spaces: sorted, kept: isFree && stays.start < stays.end ? [stays] : [], isJoined: false },
        ];
      });
    });

const anyRules = fc
  .record({
    unitBytes: fc.constantFrom(1, 2),
    isTagAligned: fc.boolean(),
    memoryAlignBytes: fc.constantFrom(1, 2, 4, 8, 32),
    isExact: fc.boolean(),
  })
  .map(
    ({ unitBytes, isTagAligned, memoryAlignBytes, isExact }): PlacementRules => ({
      unitBytes,
      tagAlignBytes: isTagAligned ? unitBytes : 1,
      pageBytes: 1,
      memoryAlignBytes,
      walks: [],
      mostSteps: 40_000,
      splitAlignBytes: 1,
      tagsAt: null,
      isExact,
    }),
  );

test("no layout of an exhaustive search has more memory, whatever the alignments, the number of rows, and what has to stay", () => {
  const cases = anyRules.chain((rules) =>
    fc.tuple(
      layout(75 * rules.unitBytes, rules.tagAlignBytes),
      fc.constant(rules),
      fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
    ),
  );
  fc.assert(
    fc.property(cases, ([banks, rules, mostRows]) => {
      const hasKept = banks.some(({ kept }) => kept.length > 0);
      const bytes = banks.flatMap(({ spaces }) => spaces).reduce((sum, { start, end }) => sum + end - start, 0);
      fc.pre(banks.length > 0 && bytes <= (hasKept ? 8 : 12));
      const { regions, isBest } = placeTags(banks, rules, mostRows);
      expectWellFormed(banks, regions, rules);
      expect(regions.length).toBeLessThanOrEqual(mostRows);
      const most = Math.max(0, mostMemory(banks, rules, mostRows));
      expect({ bytes: memoryBytes(regions), isBest }).toEqual({ bytes: most, isBest: true });
    }),
    { numRuns: 400, seed: 6 },
  );
});

describe("alignment of memory that is coarser than that of tags", () => {
  test("tags that end at a multiple of it lose nothing", () => {
    // Tags at 3: memory from 4 to 36 would need one byte more than there is. At 1: memory from 2 to 34.
    const rules = { ...EXACT, memoryAlignBytes: 2 };
    expect(placeTags([bank(1, 35, [{ start: 1, end: 3 }])], rules, 32)).toEqual({
      regions: [{ memory: { start: 2, end: 34 }, tags: { start: 1, end: 2 } }],
      isBest: true,
    });
  });
});

describe("what the quick search would miss", () => {
  test("two tag ranges in a space, where memory's alignment leaves room for units", () => {
    // Chunks at 3, 105 and 204, multiples of 3; beside the first there is room for two units below and one above.
    const rules = { ...EXACT, memoryAlignBytes: 3 };
    const banks = [bank(1, 36), bank(105, 137, []), bank(204, 236, [])];
    const { regions, isBest } = placeTags(banks, rules, 32);
    expect(regions.map(({ memory }) => memory.start)).toEqual([3, 105, 204]);
    const tags = regions.map((region) => region.tags.start).sort((a, b) => a - b);
    expect(tags).toEqual([1, 2, 35]);
    expect(isBest).toBe(true);
  });

  test("banks that touch where an allocation can lie across: a byte between their rows", () => {
    const rules = { ...EXACT, splitAlignBytes: 8 };
    const joined = { ...bank(33, 67), isJoined: true };
    const { regions, isBest } = placeTags([bank(0, 33, []), joined], rules, 32);
    // 67 bytes, two chunks and two units: one byte is over, and it is needed between the two.
    expect(memoryBytes(regions)).toBe(64);
    expect(regions[1]!.memory.start).toBeGreaterThan(regions[0]!.memory.end);
    expect(isBest).toBe(true);
  });
});

describe("what has to have tags", () => {
  const kept = (start: number, end: number, spaces: readonly Stretch[], stays: Stretch): Bank => ({
    ...bank(start, end, spaces),
    kept: [stays],
  });

  test("memory is shifted so that what is left over lies elsewhere", () => {
    // 40 bytes and tags in front of them: one chunk is served, and what stays are the last bytes.
    const { regions } = placeTags([kept(0, 41, [{ start: 0, end: 1 }], { start: 39, end: 41 })], EXACT, 32);
    expect(regions).toEqual([{ memory: { start: 9, end: 41 }, tags: { start: 0, end: 1 } }]);
  });

  test("a bank that cannot have tags leaves no layout", () => {
    const banks = [kept(0, 20, [], { start: 3, end: 4 }), bank(100, 133)];
    expect(placeTags(banks, EXACT, 32).regions).toEqual([]);
    expect(memoryBytes(placeTags(banks, LOOSE, 32).regions)).toBe(20 + 31);
  });
});

test("one row: the tags that serve the memory on one side of them", () => {
  // 22 below the space and 38 above: one unit at 22, 23 or 24 leaves a chunk above; as one of two rows there is no more.
  expect(memoryBytes(placeTags([bank(0, 63, [{ start: 22, end: 25 }])], EXACT, 1).regions)).toBe(32);
  // Two units at 1, and all behind them in one row; at the top of the space they would serve 28 bytes in front alone.
  expect(memoryBytes(placeTags([bank(0, 67, [{ start: 1, end: 30 }])], EXACT, 1).regions)).toBe(64);
});

test("20,000 units in a bank: what they are off a chunk is made up for as where they are few", () => {
  // 40 GiB in units of 2 MiB, and reserved from the 1,098th unit before the end: 620 units of tags, 620 chunks of 32 units
  // and 20 units over, as 20480 = 33 * 620 + 20.
  const banks = [bank(2048, 22528, [{ start: 2080, end: 21986 }])];
  const { regions, isBest } = placeTags(banks, EXACT, 32);
  expect(memoryBytes(regions)).toBe(620 * 32);
  expect(isBest).toBe(true);
});

test("a pebibyte in a moment", () => {
  const MIB = 2 ** 20;
  const rules = {
    unitBytes: 2 * MIB,
    tagAlignBytes: 2 * MIB,
    pageBytes: 4096,
    memoryAlignBytes: 2 ** 17,
    walks: [],
    mostSteps: 40_000,
    splitAlignBytes: 1,
    tagsAt: null,
    isExact: true,
  };
  const [region] = placeTags([bank(2 ** 40, 2 ** 40 + 2 ** 50)], rules, 32).regions;
  // floor(2^50 / (33 * 2 MiB)) units.
  expect(region!.tags.end - region!.tags.start).toBe(Math.floor(2 ** 50 / (33 * 2 * MIB)) * 2 * MIB);
});
