import { describe, expect, it } from "vitest";
import { OBLIGATIONS, type OrderRow, type Proof } from "../../../core/proof/proof.ts";
import { prove } from "../../../core/proof/prove.ts";
import type { TagRegion } from "../../../core/region.ts";
import { SERIES } from "../../../core/series.ts";

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

/** A row in which nothing is wrong. */
function cleanRow(row: number, order: number, allocations: number): OrderRow {
  return {
    region: row,
    order,
    allocations,
    unprotected: { allocations: 0, pages: 0, first: null },
    overReserved: { allocations: 0, blocks: 0, first: null },
    outOfRegion: { allocations: 0, first: null },
    leaks: { allocations: 0, first: null },
    earlyReleases: { allocations: 0, first: null },
  };
}

function rowOf(proof: Proof, row: number, order: number): OrderRow {
  return proof.orders.find((candidate) => candidate.region === row && candidate.order === order)!;
}

function obligation(proof: Proof, name: string) {
  return proof.obligations.find((candidate) => candidate.name === name)!;
}

/** The layout of the series' own cover letter, as issue 2 gives it; 4 KiB pages. */
function fvp(blockPages: number): TagRegion[] {
  return [region(524288, 524288, 9404416, 16384, blockPages), region(8912896, 491520, 9420800, 15360, blockPages)];
}

describe("the FVP layout of the series' cover letter", () => {
  it.each(SERIES)("with blocks of one page is safe under %s, every row clean", (series) => {
    const proof = prove(fvp(1), series, 10);
    // Both start at multiples of 1024 and hold whole ones: 524288 >> order and 491520 >> order allocations.
    const rows = [524288, 491520].flatMap((pages, row) =>
      Array.from({ length: 11 }, (_, order) => cleanRow(row, order, pages / 2 ** order)),
    );
    expect(proof.orders).toEqual(rows);
    expect(proof.obligations).toEqual(OBLIGATIONS.map((name) => ({ name, holds: true, counterexample: null })));
    expect(proof.safe).toBe(true);
  });

  it("with blocks of 8 KiB over-reserves and leaks under rfc-v2 from order 6 on, as the review found", () => {
    const proof = prove(fvp(2).slice(0, 1), "rfc-v2", 10);
    for (let order = 0; order <= 5; order++) {
      expect(rowOf(proof, 0, order)).toEqual(cleanRow(0, order, 524288 / 2 ** order));
    }
    // Two blocks taken where 64 pages need one. The last allocation starts at 1048576 - 64.
    expect(rowOf(proof, 0, 6)).toEqual({
      ...cleanRow(0, 6, 8192),
      overReserved: { allocations: 8192, blocks: 8192, first: 524288 },
      outOfRegion: { allocations: 1, first: 1048512 },
      leaks: { allocations: 8192, first: 524288 },
    });
    expect(proof.safe).toBe(false);
    const counterexample = { region: 0, order: 6, pfn: 524288, block: 9404418 };
    expect(proof.obligations.filter(({ holds }) => !holds)).toEqual([
      { name: "precision", holds: false, counterexample },
      { name: "release", holds: false, counterexample },
    ]);
  });

  it("with blocks of 8 KiB leaves the second half of each order 7 allocation unprotected under rfc-v3", () => {
    const proof = prove(fvp(2).slice(0, 1), "rfc-v3", 10);
    for (let order = 0; order <= 6; order++) {
      expect(rowOf(proof, 0, order)).toEqual(cleanRow(0, order, 524288 / 2 ** order));
    }
    // 4 tag pages, ceil(4 / 2) = 2 pages from the block on: one step of 2. 128 pages need two blocks of 64.
    expect(rowOf(proof, 0, 7)).toEqual({
      ...cleanRow(0, 7, 4096),
      unprotected: { allocations: 4096, pages: 4096 * 64, first: 524288 },
    });
    expect(obligation(proof, "coverage").counterexample).toEqual({ region: 0, order: 7, pfn: 524288, block: 9404418 });
    expect(proof.obligations.filter(({ holds }) => !holds).map(({ name }) => name)).toEqual(["coverage"]);
  });

  it("with blocks of any size is safe under exact where the tags are whole blocks", () => {
    for (const blockPages of [1, 2, 3, 8, 512]) {
      // 3 blocks of memory more than a power of two, from a start that no block divides.
      const memory = 32 * blockPages * 35;
      expect(prove([region(4097, memory, 2 ** 30, 35 * blockPages, blockPages)], "exact", 13).safe).toBe(true);
    }
  });
});

describe("memory that starts off a block", () => {
  it("makes an allocation straddle two blocks, of which rfc-v2 counts too much for both", () => {
    // B = 2: blocks of 64 pages from 32 on. 64 pages at 64 put 32 into block 0 and 32 into block 1; both get 64.
    const proof = prove([region(32, 640, 10000, 20, 2)], "rfc-v2", 6);
    // Aligned in 32 … 671: 64, 128 … 576, at 608 = 640 - 32 no more room, so 9; the tenth would end at 703.
    expect(rowOf(proof, 0, 6)).toEqual({ ...cleanRow(0, 6, 9), leaks: { allocations: 9, first: 64 } });
    expect(rowOf(proof, 0, 5)).toEqual(cleanRow(0, 5, 20));
    expect(obligation(proof, "release").counterexample).toEqual({ region: 0, order: 6, pfn: 64, block: 10000 });
  });

  it("leaves the pages behind the edge unprotected where the walk is one block short", () => {
    // B = 1, memory from 16 on: 32 pages at 32 put 16 into block 0 and 16 into block 1; the walk takes one block.
    const proof = prove([region(16, 320, 10000, 10, 1)], "rfc-v3", 5);
    // Aligned in 16 … 335: 32, 64 … 288, and 320 would end at 351: 9.
    expect(rowOf(proof, 0, 5)).toEqual({
      ...cleanRow(0, 5, 9),
      unprotected: { allocations: 9, pages: 9 * 16, first: 32 },
      leaks: { allocations: 9, first: 32 },
    });
    expect(obligation(proof, "coverage").counterexample).toEqual({ region: 0, order: 5, pfn: 32, block: 10001 });
  });
});

describe("tags short of memory under rfc-v3", () => {
  // 320 pages of memory, tags for 160.
  const proof = prove([region(0, 320, 10000, 5, 1)], "rfc-v3", 6);

  it("pages beyond find no block", () => {
    expect(obligation(proof, "containment")).toEqual({
      name: "containment",
      holds: false,
      counterexample: { region: 0, order: 0, pfn: 160, block: 10005 },
    });
    expect(rowOf(proof, 0, 0)).toEqual({
      ...cleanRow(0, 0, 320),
      unprotected: { allocations: 160, pages: 160, first: 160 },
    });
  });

  it("an allocation across the end takes a block outside, whose pages give nothing back", () => {
    // 128 … 191: tag pages 4 (inside) and 5 (outside), both walked, so both reserved: protected, at another's cost. 192
    // and 256 find no block: 64 pages each.
    expect(rowOf(proof, 0, 6)).toEqual({
      ...cleanRow(0, 6, 5),
      unprotected: { allocations: 2, pages: 64 + 64, first: 192 },
      outOfRegion: { allocations: 1, first: 128 },
      leaks: { allocations: 1, first: 128 },
    });
  });
});

describe("memory smaller than what it is measured by", () => {
  it("memory smaller than one block is safe while its block is whole", () => {
    const proof = prove([region(0, 100, 10000, 4, 4)], "exact", 10);
    expect(proof.safe).toBe(true);
    expect(rowOf(proof, 0, 6).allocations).toBe(1);
    expect(rowOf(proof, 0, 7)).toEqual(cleanRow(0, 7, 0));
  });

  it("a tag range smaller than one block has no block at all", () => {
    const proof = prove([region(64, 100, 10000, 3, 4)], "rfc-v3", 0);
    expect(obligation(proof, "containment").counterexample).toEqual({ region: 0, order: 0, pfn: 64, block: 10000 });
    expect(rowOf(proof, 0, 0).unprotected).toEqual({ allocations: 100, pages: 100, first: 64 });
  });
});

describe("sizes beyond any walk", () => {
  it("counts the review's case over 1 TiB", () => {
    const proof = prove([region(2 ** 28, 2 ** 28, 2 ** 30, 2 ** 23, 2)], "rfc-v2", 6);
    expect(rowOf(proof, 0, 6)).toEqual({
      ...cleanRow(0, 6, 2 ** 22),
      overReserved: { allocations: 2 ** 22, blocks: 2 ** 22, first: 2 ** 28 },
      outOfRegion: { allocations: 1, first: 2 ** 29 - 64 },
      leaks: { allocations: 2 ** 22, first: 2 ** 28 },
    });
  });

  it("takes the largest and oddest block that a u32 of bytes can give", () => {
    // block-size = 2^32 - 1 bytes, which shares no factor with the page size: B = 2^32 - 1 pages, 32 B = 2^37 - 32 of
    // memory.
    const blockPages = 2 ** 32 - 1;
    const period = 32 * blockPages;
    const regions = [region(1, 8 * period, 2 ** 45, 8 * blockPages, blockPages)];
    expect(prove(regions, "exact", 20).safe).toBe(true);
    // 32 pages at q * period, q = 1 … 7: one in block q - 1, 31 in block q, of which the walk takes only the first.
    // Aligned in 1 … 8 * period: 32 … 8 * period - 32, so 8 * period / 32 - 1.
    const row = rowOf(prove(regions, "rfc-v2", 5), 0, 5);
    expect(row).toEqual({
      ...cleanRow(0, 5, 8 * blockPages - 1),
      unprotected: { allocations: 7, pages: 7 * 31, first: period },
      leaks: { allocations: 7, first: period },
    });
  });

  it("sums what exact reserves by another region's blocks, whatever the two periods have in common", () => {
    // Row 1 shares its memory with row 0, which the kernel finds first; their tags lie apart, so all its blocks are
    // extra. Memory is 3 * 2^36 pages, blocks of 32 * 3 * 2^8 pages: 2^23 of them, none cut. An allocation of 2^10
    // pages straddles an edge where 3 * 2^13 * q is no multiple of 2^10: never. So one block for each allocation.
    const memory = 3 * 2 ** 36;
    const regions = [
      region(0, memory, 2 ** 40, memory / 32, 3 * 2 ** 8),
      region(0, memory, 2 ** 41, memory / 32 + 5, 2 ** 32 - 5),
    ];
    const row = rowOf(prove(regions, "exact", 10), 1, 10);
    const allocations = memory / 2 ** 10;
    expect(row.overReserved).toEqual({ allocations, blocks: allocations, first: 0 });
    expect(row.unprotected).toEqual({ allocations, pages: memory, first: 0 });
  });
});

describe("disjointness", () => {
  const broken = (regions: TagRegion[]) => obligation(prove(regions, "exact", 0), "disjointness").counterexample;

  it("holds for ranges that touch", () => {
    expect(broken([region(0, 320, 320, 10, 1), region(330, 320, 650, 10, 1)])).toBeNull();
  });

  it("breaks where a tag range lies in its own memory", () => {
    expect(broken([region(0, 320, 310, 10, 1)])).toEqual({ region: 0, order: null, pfn: 310, block: null });
  });

  it("breaks where a tag range lies in another row's memory, told of the later row", () => {
    const wanted = { region: 1, order: null, pfn: 1000, block: null };
    expect(broken([region(0, 320, 1000, 10, 1), region(1000, 320, 2000, 10, 1)])).toEqual(wanted);
    expect(broken([region(1000, 320, 2000, 10, 1), region(0, 320, 1000, 10, 1)])).toEqual(wanted);
  });

  it("breaks where two tag ranges or two memories share a page, at the lowest one", () => {
    expect(broken([region(0, 320, 1000, 10, 1), region(320, 320, 1009, 10, 1)])).toMatchObject({
      region: 1,
      pfn: 1009,
    });
    expect(broken([region(0, 320, 1000, 10, 1), region(319, 320, 1010, 10, 1)])).toMatchObject({ region: 1, pfn: 319 });
  });
});

it("an allocation across two adjacent regions belongs to neither row", () => {
  const proof = prove([region(0, 96, 1000, 3, 1), region(96, 96, 2000, 3, 1)], "rfc-v3", 6);
  // 64 pages at 0 and at 128 lie in one region each; those at 64 lie in both.
  expect([rowOf(proof, 0, 6).allocations, rowOf(proof, 1, 6).allocations]).toEqual([1, 1]);
  expect(proof.safe).toBe(true);
});
