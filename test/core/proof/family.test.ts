import { describe, expect, it } from "vitest";
import { SERIES } from "../../../core/series.ts";
import { expectSameAsSlowWalk } from "./expect-same.ts";
import { COMBINATIONS, familyLayout } from "./layout-family.ts";

/** Every series, block size and start of memory, twice over with everything else changed. */
const LAYOUTS = 2 * COMBINATIONS;

const NODES = { node: "/tag-storage", memoryNode: "/memory", numaNode: null };

/** For a machine with much else to do. */
const timeout = 120_000;

describe("the family of layouts", () => {
  it("gives the same rows, obligations and straddles by proof and by the slow walk", { timeout }, () => {
    expect(LAYOUTS).toBeGreaterThanOrEqual(5000);
    for (let index = 0; index < LAYOUTS; index++) expectSameAsSlowWalk(familyLayout(index, 1));
  });

  it("has every choice, and every two that any layout has to make together in some layout", { timeout }, () => {
    const valuesOf = new Map<string, Set<string>>();
    const pairs = new Set<string>();
    for (let index = 0; index < LAYOUTS; index++) {
      const choices = Object.entries(familyLayout(index, 1).choices);
      for (const [what, value] of choices) {
        if (!valuesOf.has(what)) valuesOf.set(what, new Set());
        valuesOf.get(what)!.add(value);
        for (const other of choices) pairs.add([what, value, ...other].join());
      }
    }
    expect(Object.fromEntries([...valuesOf].map(([what, values]) => [what, values.size]))).toMatchObject({
      ...{ series: 4, block: 31, "memory start": 24, page: 3, shape: 11, base: 5, "NUMA nodes": 4, table: 2 },
      ...{ "end of row 0": 10, "tags of row 0": 10, "tag start of row 0": 10 },
      ...{ "end of row 1": 10, "tags of row 1": 10, "tag start of row 1": 10, "block of row 1": 6 },
      ...{ "end of row 2": 10, "tags of row 2": 10, "tag start of row 2": 10, "block of row 2": 6 },
    });
    // Shapes have one to three rows; what concerns the second and the third is not for every layout to choose.
    const common = [...valuesOf].filter(([what]) => !/row [12]|table/.test(what));
    const missing: string[] = [];
    for (const [a, valuesOfA] of common) {
      for (const [b, valuesOfB] of common) {
        if (a === b) continue;
        const wanted = [...valuesOfA].flatMap((x) => [...valuesOfB].map((y) => [a, x, b, y].join()));
        missing.push(...wanted.filter((pair) => !pairs.has(pair)));
      }
    }
    expect(missing).toEqual([]);
  });
});

it("memory that starts at every page of a large allocation, with blocks of 1, 2 and 3 pages", { timeout }, () => {
  for (const series of SERIES) {
    for (const blockPages of [1, 2, 3]) {
      for (let m0 = 0; m0 < 128; m0++) {
        // Two blocks and a half, its end off its start by anything; tags in whole blocks.
        const pages = 80 * blockPages + 64 + ((m0 * 7) % 64);
        const tagPages = Math.ceil(pages / 32 / blockPages) * blockPages;
        const memory = { start: m0, end: m0 + pages - 1 };
        const tags = { start: 5000, end: 5000 + tagPages - 1 };
        expectSameAsSlowWalk({ regions: [{ ...NODES, memory, tags, blockPages }], series, maxOrder: 7 });
      }
    }
  }
});

/** Blocks of two rows. */
const TWO_BLOCKS = [
  ...[
    [1, 1],
    [2, 2],
    [3, 3],
    [5, 5],
  ],
  ...[
    [1, 3],
    [4, 1],
    [1, 9],
    [9, 1],
    [2, 3],
    [2, 5],
    [5, 2],
    [3, 6],
    [4, 6],
    [6, 4],
  ],
] as const;

it("two rows over much the same memory and tags, their blocks at many distances from one another", { timeout }, () => {
  // Memory that starts at many residues of 128 pages, tags that start a few pages apart; 1100 pages need 35 tag pages.
  const row = (m0: number, t0: number, blockPages: number) => ({
    ...NODES,
    ...{ memory: { start: m0, end: 1099 }, tags: { start: t0, end: t0 + 35 }, blockPages },
  });
  for (const series of SERIES) {
    for (const [one, other] of TWO_BLOCKS) {
      for (let step = 0; step < 16; step++) {
        const regions = [
          row((step * 7) % 128, 5000 + (step % 5), one!),
          row((step * 29) % 128, 5000 + (step % 3), other!),
        ];
        expectSameAsSlowWalk({ regions, series, maxOrder: 9 });
      }
    }
  }
});
