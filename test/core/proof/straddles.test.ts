import { describe, expect, it } from "vitest";
import { explainAllocation } from "../../../core/proof/counterexample.ts";
import { prove } from "../../../core/proof/prove.ts";
import type { TagRegion } from "../../../core/region.ts";
import { SERIES } from "../../../core/series.ts";

function region(m0: number, memoryPages: number, t0: number, numaNode: number | null = null): TagRegion {
  return {
    node: "/tags",
    memoryNode: "/memory",
    memory: { start: m0, end: m0 + memoryPages - 1 },
    tags: { start: t0, end: t0 + Math.ceil(memoryPages / 32) - 1 },
    blockPages: 1,
    numaNode,
  };
}

const none = { allocations: 0, first: null };

describe("an allocation across two regions with no gap between them", () => {
  // 96 pages each, so 64 pages at 64 lie half in the one and half in the other: tag pages 1002 and 2000.
  const apart = [region(0, 96, 1000), region(96, 96, 2000)];

  it("gets the blocks behind the first region's tags from rfc-v2, not those of the second", () => {
    const { straddles, safe } = prove(apart, "rfc-v2", 7);
    // Blocks 1002 and 1003 are walked. 128 pages at 0: 1000 to 1003; three of them are right, and again 32 pages are not.
    const harmed = (order: number, pfn: number) => ({
      region: 0,
      order,
      allocations: 1,
      unprotected: { allocations: 1, pages: 32, first: pfn },
      overReserved: { allocations: 1, blocks: 1, first: pfn },
      outOfRegion: { allocations: 1, first: pfn },
      leaks: { allocations: 1, first: pfn },
      earlyReleases: none,
    });
    expect(straddles).toEqual([harmed(6, 64), harmed(7, 0)]);
    // The obligations are about allocations that lie in one region.
    expect(safe).toBe(true);
  });

  it("is explained block by block", () => {
    const { blocks, found } = explainAllocation(apart, "rfc-v2", 0, 6, 64);
    expect(found).toBe(0);
    expect(blocks.map(({ block, pages, references }) => [block, pages, references])).toEqual([
      [1002, 32, 32],
      [1003, 0, 32],
      [2000, 32, 0],
    ]);
    expect(blocks.map(({ isMissing, isExtra, isOutside }) => [isMissing, isExtra, isOutside])).toEqual([
      [false, false, false],
      [false, true, true],
      [true, false, false],
    ]);
  });

  it.each(SERIES)("is served right by %s where the second's tags follow the first's", (series) => {
    // The walk runs on from 1002 to 1003, which is the second region's first block.
    const { straddles } = prove([region(0, 96, 1000), region(96, 96, 1003)], series, 6);
    const clean = { allocations: 1, unprotected: { ...none, pages: 0 }, overReserved: { ...none, blocks: 0 } };
    expect(straddles).toEqual([{ region: 0, order: 6, ...clean, outOfRegion: none, leaks: none, earlyReleases: none }]);
  });

  it("is none where a page between them is missing, or where they end at a multiple of the largest allocation", () => {
    expect(prove([region(0, 95, 1000), region(96, 96, 2000)], "rfc-v3", 6).straddles).toEqual([]);
    expect(prove([region(0, 128, 1000), region(128, 96, 2000)], "rfc-v3", 7).straddles).toEqual([]);
  });

  it("is none where the two are of different NUMA nodes, which share no free pages", () => {
    const nodes = (one: number | null, other: number | null) =>
      prove([region(0, 96, 1000, one), region(96, 96, 2000, other)], "rfc-v3", 6).straddles.length;
    expect([nodes(0, 1), nodes(1, 1), nodes(null, null)]).toEqual([0, 1, 1]);
    // A memory node without a number makes the kernel put all memory into node 0.
    expect(nodes(null, 1)).toBe(1);
  });
});

it("an allocation across three regions is one, told of the first page's", () => {
  const regions = [region(100, 92, 3000), region(0, 70, 1000), region(70, 30, 2000)];
  const row = prove(regions, "rfc-v3", 6).straddles.find(({ order }) => order === 6)!;
  // 64 … 127: 6 pages with tags in 1002, 30 in 2000, 28 in 3000. The walk takes 1002 and 1003, 32 references each.
  expect(row).toMatchObject({
    ...{ region: 1, allocations: 1, unprotected: { allocations: 1, pages: 58, first: 64 } },
    ...{ overReserved: { blocks: 1 }, outOfRegion: { allocations: 1 }, leaks: { allocations: 1 } },
  });
  // 70 is a multiple of 2 and 100 of 4, so from order 2 on the one is straddled, at 68, and from order 3 on the other, at
  // 96, which is the second region's.
  const places = prove(regions, "rfc-v3", 5).straddles.map(({ region: row, order, leaks }) => [
    row,
    order,
    leaks.first,
  ]);
  expect(places).toEqual([
    [1, 2, 68],
    [1, 3, 64],
    [1, 4, 64],
    [1, 5, 64],
    [2, 3, 96],
    [2, 4, 96],
    [2, 5, 96],
  ]);
});

it("the rows that rfc-v3 makes of a tag range across a zone boundary leave an odd page to straddle from order 1 on", () => {
  // docs/kernels.md: tags 1000 … 1007, cut after t = 1003: the first memory ends at 0 + 3 * 32 = 96, that page included.
  const regions = [
    { ...region(0, 97, 1000), tags: { start: 1000, end: 1003 } },
    { ...region(97, 159, 1004), tags: { start: 1004, end: 1007 } },
  ];
  const { straddles } = prove(regions, "rfc-v3", 5);
  expect(straddles.map(({ order }) => order)).toEqual([1, 2, 3, 4, 5]);
  // Pages 96 and 97: tags in 1003 and 1004, and one block is walked.
  expect(straddles[0]).toMatchObject({
    region: 0,
    allocations: 1,
    unprotected: { allocations: 1, pages: 1, first: 96 },
  });
});
