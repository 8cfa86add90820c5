import { describe, expect, it } from "vitest";
import type { TagRegion } from "../../core/region.ts";
import {
  blockIndex,
  blockOf,
  blocksWalked,
  findRegion,
  lookupSegments,
  pagesInBlock,
  pagesPerBlock,
  referencesAdded,
  tagPage,
  wholeBlocks,
} from "../../core/reservation.ts";
import { SERIES } from "../../core/series.ts";

function region(m0: number, memoryPages: number, t0: number, tagPages: number, blockPages: number): TagRegion {
  return {
    node: "/tags",
    memoryNode: "/memory",
    memory: { start: m0, end: m0 + memoryPages - 1 },
    tags: { start: t0, end: t0 + tagPages - 1 },
    blockPages,
    numaNode: null,
  };
}

describe("what hardware fixes", () => {
  // B = 3: a block holds the tags of 96 pages, counted from m0 = 100.
  const odd = region(100, 960, 5000, 30, 3);

  it("a tag page holds the tags of 32 pages, counted from the start of memory", () => {
    expect(tagPage(odd, 100)).toBe(5000);
    expect(tagPage(odd, 131)).toBe(5000);
    expect(tagPage(odd, 132)).toBe(5001);
    expect(pagesPerBlock(odd)).toBe(96);
  });

  it("a page's block is its tag page rounded down to a multiple of B from t0", () => {
    for (let pfn = 100; pfn < 1060; pfn++) {
      expect(blockOf(odd, pfn)).toBe(5000 + 3 * Math.floor((tagPage(odd, pfn) - 5000) / 3));
    }
    expect(blockOf(odd, 195)).toBe(5000);
    expect(blockOf(odd, 196)).toBe(5003);
    expect(blockIndex(odd, 196)).toBe(1);
  });

  it("PFNs past 32 bits keep all their digits", () => {
    const m0 = 2 ** 40;
    const far = region(m0, 2 ** 36, m0 + 2 ** 37, 2 ** 31, 2 ** 20 + 1);
    const last = m0 + 2 ** 36 - 1;
    expect(tagPage(far, last)).toBe(m0 + 2 ** 37 + 2 ** 31 - 1);
    const index = (2n ** 31n - 1n) / (2n ** 20n + 1n);
    expect(blockOf(far, last)).toBe(Number(2n ** 40n + 2n ** 37n + index * (2n ** 20n + 1n)));
  });

  it("pages of an allocation are counted into the blocks that they map to", () => {
    // 64 pages at 128 = offsets 28 … 91: all in block 0. At 192 = offsets 92 … 155: 4 pages in block 0, 60 in block 1.
    expect(pagesInBlock(odd, 6, 128, 0)).toBe(64);
    expect(pagesInBlock(odd, 6, 192, 0)).toBe(4);
    expect(pagesInBlock(odd, 6, 192, 1)).toBe(60);
    expect(pagesInBlock(odd, 6, 192, 2)).toBe(0);
  });

  it("a block that the tag range cuts short is not a whole block", () => {
    expect(wholeBlocks(odd)).toBe(10);
    expect(wholeBlocks(region(100, 960, 5000, 29, 3))).toBe(9);
    expect(wholeBlocks(region(100, 960, 5000, 2, 3))).toBe(0);
  });
});

describe("the lookup of a page's region", () => {
  const first = region(0, 320, 1000, 10, 1);
  const second = region(320, 320, 2000, 5, 1);

  it("finds the row whose memory contains the page", () => {
    expect(findRegion([first, second], 0)).toBe(0);
    expect(findRegion([first, second], 319)).toBe(0);
    expect(findRegion([first, second], 320)).toBe(1);
    expect(findRegion([first, second], 640)).toBe(-1);
  });

  it("passes over a row whose tag range is too short for the page", () => {
    // The second region's 5 tag pages end at memory page 320 + 160.
    expect(findRegion([first, second], 479)).toBe(1);
    expect(findRegion([first, second], 480)).toBe(-1);
    expect(findRegion([first, second, region(400, 320, 3000, 10, 1)], 480)).toBe(2);
  });

  it("gives one answer between the edges of memory and the end of the tags", () => {
    expect(lookupSegments([first, second], second)).toEqual([
      { start: 320, end: 480, row: 1 },
      { start: 480, end: 640, row: -1 },
    ]);
    // Row 0 covers 0 … 319 of the same memory; from 320 on the row itself is found.
    const longer = region(0, 640, 3000, 20, 1);
    expect(lookupSegments([first, longer], longer)).toEqual([
      { start: 0, end: 320, row: 0 },
      { start: 320, end: 640, row: 1 },
    ]);
  });

  it("takes the first of two rows that both contain the page", () => {
    expect(findRegion([first, region(0, 320, 3000, 10, 1)], 5)).toBe(0);
  });
});

describe("the walk at each allocation", () => {
  const blocks = (series: (typeof SERIES)[number], order: number, blockPages: number, pfn = 0) =>
    blocksWalked(series, region(0, 2 ** 20, 2 ** 21, 2 ** 15, blockPages), order, pfn);

  it("with blocks of one page every series takes one block for each 32 pages", () => {
    for (const series of SERIES) {
      for (let order = 0; order <= 13; order++) expect(blocks(series, order, 1)).toBe(order < 5 ? 1 : 2 ** (order - 5));
    }
  });

  it("rfc-v1 and rfc-v2 take a whole block for each tag page", () => {
    for (const series of ["rfc-v1", "rfc-v2"] as const) {
      expect(blocks(series, 5, 2)).toBe(1);
      expect(blocks(series, 6, 2)).toBe(2);
      expect(blocks(series, 10, 512)).toBe(32);
    }
  });

  it("rfc-v3 divides by the block's pages once for the count and once more for the step", () => {
    // Order 7: 4 tag pages, ceil(4 / 2) = 2 pages from the block on, so one step of 2. Order 10: 32 -> 16 -> 8 blocks.
    expect(blocks("rfc-v3", 7, 2)).toBe(1);
    expect(blocks("rfc-v3", 10, 2)).toBe(8);
    // B = 3, order 10: ceil(32 / 3) = 11 pages, steps at 0, 3, 6, 9.
    expect(blocks("rfc-v3", 10, 3)).toBe(4);
  });

  it("exact takes the blocks between the first page's and the last page's", () => {
    // B = 3, period 96: pages 64 … 127 lie in blocks 0 and 1; pages 0 … 63 in block 0.
    expect(blocks("exact", 6, 3, 64)).toBe(2);
    expect(blocks("exact", 6, 3, 0)).toBe(1);
  });

  it("the kernels give each block the allocation's pages, or its fill where that is less", () => {
    const two = region(0, 2 ** 20, 2 ** 21, 2 ** 15, 2);
    expect(referencesAdded("rfc-v2", two, 5, 0, 0)).toBe(32);
    expect(referencesAdded("rfc-v2", two, 6, 0, 1)).toBe(64);
    expect(referencesAdded("rfc-v3", two, 10, 0, 3)).toBe(64);
  });

  it("exact gives each block a reference for each of its pages", () => {
    const three = region(0, 960, 2 ** 21, 30, 3);
    expect([0, 1].map((step) => referencesAdded("exact", three, 6, 64, step))).toEqual([32, 32]);
  });
});
