/** What a run meets, against what the proof says of the layout: every allocation of every order, on random layouts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BreachCount } from "../../../core/allocator/breaches.ts";
import { createMachineMemory, type MachineOptions } from "../../../core/allocator/machine-memory.ts";
import { USE } from "../../../core/allocator/machine-operations.ts";
import { OBLIGATIONS, type OrderRow, type Proof } from "../../../core/proof/proof.ts";
import { prove } from "../../../core/proof/prove.ts";
import type { PfnRange, TagRegion } from "../../../core/region.ts";
import { SERIES, type Series } from "../../../core/series.ts";
import { machineOf, tagRegion } from "./machines.ts";

interface Layout {
  readonly series: Series;
  readonly maxOrder: number;
  readonly pageblockOrder: number;
  readonly regions: readonly TagRegion[];
}

const shape = fc.record({
  blockPages: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 5 })),
  blocks: fc.integer({ min: 1, max: 12 }),
  // pages of memory more, or less, than tags for them
  excess: fc.oneof(fc.constant(0), fc.integer({ min: -70, max: 60 })),
  // negative: the memory begins in that of the region before
  gap: fc.oneof(fc.constant(0), fc.constant(2048), fc.integer({ min: -5, max: 300 })),
  tagGap: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 9 })),
});

/** One or two regions with tags one after the other, then CMA memory of a region whose own memory is not there. */
const layouts: fc.Arbitrary<Layout> = fc
  .record({
    series: fc.constantFrom(...SERIES),
    maxOrder: fc.integer({ min: 4, max: 8 }),
    pageblockOrder: fc.nat(1),
    base: fc.oneof(fc.constant(0), fc.nat(3000)),
    shapes: fc.array(shape, { minLength: 1, maxLength: 2 }),
  })
  .map(({ series, maxOrder, pageblockOrder, base, shapes }) => {
    // multiples of 8: of every pageblock, and of every block that is a power of two, as rfc-v3's CMA areas ask
    const align = (pages: number) => Math.ceil(pages / 8) * 8;
    const regions: TagRegion[] = [];
    let memoryStart = base;
    let tagStart = 2 ** 20;
    for (const { blockPages, blocks: some, excess, gap, tagGap } of shapes) {
      // whole pageblocks, as every series asks
      const blocks = some << pageblockOrder;
      const start = Math.max(memoryStart + (regions.length === 0 ? 0 : gap), 0);
      const memoryPages = Math.max(32 * blockPages * blocks + excess, 1);
      regions.push(tagRegion(start, memoryPages, tagStart, blockPages * blocks, blockPages));
      memoryStart = start + memoryPages;
      tagStart = align(tagStart + blockPages * blocks + tagGap);
    }
    return { series, maxOrder, pageblockOrder, regions: [...regions, tagRegion(2 ** 30, 32 * 64, tagStart, 64, 1)] };
  });

function mergeRanges(ranges: readonly PfnRange[]): PfnRange[] {
  const merged: PfnRange[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last.end + 1)
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    else merged.push({ start, end });
  }
  return merged;
}

function optionsOf({ series, maxOrder, pageblockOrder, regions }: Layout): MachineOptions {
  const present = regions.filter(({ memory }) => memory.start < 2 ** 30).map(({ memory }) => memory);
  const banks = mergeRanges([...present, ...regions.map(({ tags }) => tags)]);
  return machineOf(series, regions, { banks, maxOrder, pageblockOrder, zeroPage: null });
}

const HARMS: readonly [BreachCount["name"], (row: OrderRow) => number][] = [
  ["coverage", (row) => row.unprotected.allocations],
  ["precision", (row) => row.overReserved.allocations],
  ["out-of-region", (row) => row.outOfRegion.allocations],
  ["release", (row) => row.leaks.allocations],
  ["retention", (row) => row.earlyReleases.allocations],
];

/**
 * Every allocation of an order, each then split and freed page by page. What was met, what is left, and whether some
 * allocation was refused its tag storage.
 */
function exhaust(layout: Layout, order: number) {
  const machine = createMachineMemory(optionsOf(layout));
  const pages: number[] = [];
  for (let page = machine.allocate(order, USE.tagged, 0); page >= 0; page = machine.allocate(order, USE.tagged, 0)) {
    pages.push(page);
  }
  const lines = machine.vmstat();
  const isRefused = (lines.cma_alloc_fail ?? lines.metadata_reserve_fail)! > 0;
  const counts = new Map<string, number>(machine.breaches().map(({ name, count }) => [name, count]));
  for (const page of pages) {
    machine.split(page, order, 0);
    for (let i = page; i < page + 2 ** order; i++) machine.free(i, 0);
  }
  const { dataPages, reservedBlocks, unprotectedBlocks, pagesThatNeedTags, faults } = machine.audit();
  expect({ dataPages, unprotectedBlocks, pagesThatNeedTags, faults }).toEqual({
    dataPages: 0,
    unprotectedBlocks: 0,
    pagesThatNeedTags: 0,
    faults: [],
  });
  return { counts, isRefused, names: machine.breaches().map(({ name }) => name), left: reservedBlocks };
}

function isDisjoint({ regions, series }: Layout): boolean {
  return prove(regions, series, 0).obligations.find(({ name }) => name === "disjointness")!.holds;
}

/** The region at the end has no memory to allocate. */
function rowsOf({ orders }: Proof, { regions }: Layout): OrderRow[] {
  return orders.filter(({ region }) => region < regions.length - 1);
}

describe("a run over every allocation", () => {
  it("meets as many breaches as the proof counts, order by order", { timeout: 60_000 }, () => {
    let compared = 0;
    fc.assert(
      fc.property(layouts.filter(isDisjoint), (layout) => {
        const rows = rowsOf(prove(layout.regions, layout.series, layout.maxOrder), layout);
        for (let order = 0; order <= layout.maxOrder; order++) {
          const { counts, isRefused } = exhaust(layout, order);
          // a refused allocation is made again elsewhere, or goes without, where the proof takes it to succeed
          if (isRefused) continue;
          compared++;
          const met = HARMS.map(([name]) => [name, counts.get(name) ?? 0]);
          const proved = HARMS.map(([name, count]) => [
            name,
            rows.reduce((sum, row) => sum + (row.order === order ? count(row) : 0), 0),
          ]);
          expect(met).toEqual(proved);
        }
      }),
      { numRuns: 250 },
    );
    expect(compared).toBeGreaterThan(400);
  });

  it("breaks nothing where the proof says safe, and meets each breach that it says there is", {
    timeout: 60_000,
  }, () => {
    const seen = { safe: 0, unsafe: 0 };
    fc.assert(
      fc.property(layouts, (layout) => {
        const proof = prove(layout.regions, layout.series, layout.maxOrder);
        const runs = Array.from({ length: layout.maxOrder + 1 }, (_, order) => exhaust(layout, order));
        // a block out of its region is a breach of precision
        const names = new Set<string>(
          runs.flatMap((run) => run.names.map((name) => (name === "out-of-region" ? "precision" : name))),
        );
        const broken: string[] = proof.obligations.filter(({ holds }) => !holds).map(({ name }) => name);
        // allocations across two regions are none of the obligations'
        if (proof.safe && proof.straddles.length === 0) {
          seen.safe++;
          expect([...names]).toEqual([]);
          expect(runs.every(({ left }) => left === 0)).toBe(true);
        } else if (!proof.safe) {
          seen.unsafe++;
          expect(names.size).toBeGreaterThan(0);
        }
        // a page that two regions have is reserved for in one, which is right or wrong as either sees it
        if (broken.includes("disjointness")) expect(names).toContain("disjointness");
        else {
          for (const name of OBLIGATIONS) if (names.has(name)) expect(broken).toContain(name);
          if (!runs.some(({ isRefused }) => isRefused)) for (const name of broken) expect(names).toContain(name);
        }
      }),
      { numRuns: 250 },
    );
    expect(seen.safe).toBeGreaterThan(30);
    expect(seen.unsafe).toBeGreaterThan(80);
  });
});
