import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BOUNDED_OPERATIONS, type SweepOptions, sweep } from "../../../core/allocator/sweep.ts";
import type { Proof } from "../../../core/proof/proof.ts";
import { prove } from "../../../core/proof/prove.ts";
import { rangePages, type TagRegion } from "../../../core/region.ts";
import { SERIES } from "../../../core/series.ts";
import { layouts, overlappingLayouts } from "../proof/layouts.ts";

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

const full = { seed: 1, operations: null, isBounded: false };
const bounded = { seed: 1, operations: null, isBounded: true };

/** Allocations that break something, one for each kind of breach. */
function breaches(proof: Proof): number {
  return proof.orders.reduce(
    (sum, row) =>
      sum +
      row.unprotected.allocations +
      row.overReserved.allocations +
      row.outOfRegion.allocations +
      row.leaks.allocations +
      row.earlyReleases.allocations,
    0,
  );
}

describe("the full sweep", () => {
  it.each(SERIES)("meets no breach under %s where blocks are of one page and memory starts at a block", (series) => {
    // 1024 >> order allocations of each order 0 … 10, which visit 1024 pages each; 2^order + 3 operations a round.
    const orders = Array.from({ length: 11 }, (_, order) => order);
    const operations = orders.reduce((sum, order) => sum + (1024 / 2 ** order) * (2 ** order + 3), 0);
    expect(sweep([region(2048, 1024, 8192, 32, 1)], series, { ...full, maxOrder: 10 })).toEqual({
      name: "sweep",
      seed: 1,
      operations,
      pagesVisited: 11 * 1024,
      violations: 0,
    });
  });

  it("meets the breaches of the review's case: 8 KiB blocks under rfc-v2", () => {
    // 4096 pages from a block's start, order 6: 64 allocations, each over-reserves and leaks, the last leaves the
    // region.
    const regions = [region(4096, 4096, 16384, 128, 2)];
    expect(sweep(regions, "rfc-v2", { ...full, maxOrder: 5 }).violations).toBe(0);
    expect(sweep(regions, "rfc-v2", { ...full, maxOrder: 6 }).violations).toBe(64 + 64 + 1);
  });

  it("meets an early release where the kernel finds a row with smaller blocks", () => {
    // Row 1 has blocks of 2 pages over row 0's memory and tags. Order 6 at 0: its block of 64 pages gets 32 references.
    // Row 0's walk of two blocks also takes one that row 1 does not need (over-reserved, leak). Order 6 fits once.
    const regions = [region(0, 64, 10000, 2, 1), region(0, 64, 10000, 2, 2)];
    const proof = prove(regions, "rfc-v2", 6);
    const row = proof.orders.find(({ region, order }) => region === 1 && order === 6)!;
    expect(row.earlyReleases).toEqual({ allocations: 1, first: 0 });
    expect(sweep(regions, "rfc-v2", { ...full, maxOrder: 6 }).violations).toBe(breaches(proof));
  });

  it("meets as many breaches as the proof counts, on random layouts", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.oneof(layouts, overlappingLayouts), fc.nat(), ({ regions, series, maxOrder }, seed) => {
        const { violations } = sweep(regions, series, { ...full, maxOrder, seed });
        expect(violations).toBe(breaches(prove(regions, series, maxOrder)));
      }),
      { numRuns: 1500 },
    );
  });

  it("stops after exactly the operations asked for", () => {
    const regions = [region(100, 3000, 8192, 95, 1)];
    for (const operations of [1, 2, 3, 4, 17, 1000, 1027, 1028, 5000]) {
      expect(sweep(regions, "rfc-v2", { ...full, maxOrder: 10, operations }).operations).toBe(operations);
    }
  });

  it("tells its progress, and what the whole comes to", () => {
    // 2^20 pages at orders 0 … 10: 11 * 2^20 page frees and 3 operations for each of 2^21 - 2^10 allocations.
    const told: [number, number][] = [];
    const onProgress = (done: number, total: number) => told.push([done, total]);
    const { operations } = sweep([region(0, 2 ** 20, 2 ** 21, 2 ** 15, 1)], "rfc-v2", {
      ...full,
      maxOrder: 10,
      onProgress,
    });
    expect(operations).toBe(11 * 2 ** 20 + 3 * (2 ** 21 - 2 ** 10));
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(10);
    expect(told.every(([done, total]) => done <= total && total === operations)).toBe(true);
  });
});

describe("the bounded sweep", () => {
  const tebibyte = [region(2 ** 28, 2 ** 28, 2 ** 30, 2 ** 23, 2)];

  it("gives the same result for the same seed", () => {
    const once = sweep(tebibyte, "rfc-v2", { ...bounded, maxOrder: 10, seed: 7 });
    expect(sweep(tebibyte, "rfc-v2", { ...bounded, maxOrder: 10, seed: 7 })).toEqual(once);
  });

  it("stays within its limit on 32 regions of any size and order", () => {
    const regions = Array.from({ length: 32 }, (_, row) =>
      region(row * 2 ** 30 + row, 2 ** 29, row * 2 ** 30 + 2 ** 29 + row, 2 ** 24, 3 * row + 1),
    );
    for (const maxOrder of [0, 10, 13, 20]) {
      const { operations } = sweep(regions, "rfc-v2", { ...bounded, maxOrder });
      expect(operations).toBeGreaterThan(32);
      expect(operations).toBeLessThanOrEqual(BOUNDED_OPERATIONS);
    }
  });

  it("meets a breach that a single allocation at the end of 1 TiB has", () => {
    // Tags one page short: the last 32 pages find no block at order 0, and the last of order 10 takes one outside.
    const short = [region(2 ** 28, 2 ** 28, 2 ** 30, 2 ** 23 - 1, 1)];
    const proof = prove(short, "rfc-v3", 10);
    expect(proof.orders[10]!.outOfRegion.allocations).toBe(1);
    expect(sweep(short, "rfc-v3", { ...bounded, maxOrder: 10 }).violations).toBeGreaterThan(0);
  });

  it("meets the breach of the few allocations that straddle the edge of a large block", () => {
    // B = 2^20, memory from 1 on: blocks change every 2^25 pages, and 32 pages at 2^25 * q straddle there: 7 of 2^23.
    const regions = [region(1, 8 * 2 ** 25, 2 ** 30, 8 * 2 ** 20, 2 ** 20)];
    const proof = prove(regions, "rfc-v2", 5);
    expect(proof.orders[5]!.unprotected.allocations).toBe(7);
    expect(sweep(regions, "rfc-v2", { ...bounded, maxOrder: 5 }).violations).toBeGreaterThan(0);
  });

  it("meets no breach and no allocation twice, on random layouts", { timeout: 60_000 }, () => {
    const limits = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(layouts, limits, fc.nat(), ({ regions, series, maxOrder }, operations, seed) => {
        const options: SweepOptions = { maxOrder, seed, operations, isBounded: true };
        const result = sweep(regions, series, options);
        const proof = prove(regions, series, maxOrder);
        expect(result.violations).toBeLessThanOrEqual(breaches(proof));
        const pages = regions.reduce((sum, { memory }) => sum + rangePages(memory), 0);
        expect(result.pagesVisited).toBeLessThanOrEqual((maxOrder + 1) * pages);
        // The sample goes on until nothing is left: a round of 2^order + 3 operations for each allocation.
        const whole = proof.orders.reduce((sum, row) => sum + row.allocations * (2 ** row.order + 3), 0);
        expect(result.operations).toBe(Math.min(operations, whole));
      }),
      { numRuns: 500 },
    );
  });

  it("goes on sampling up to the operations asked for", () => {
    const operations = 1_000_000;
    expect(sweep(tebibyte, "rfc-v2", { ...bounded, maxOrder: 10, operations }).operations).toBe(operations);
  });
});
