/** Memory that no walk can go through: exact all the same, up to 2^52 pages. */
import { describe, expect, it } from "vitest";
import type { OrderRow } from "../../../core/proof/proof.ts";
import { prove } from "../../../core/proof/prove.ts";
import type { TagRegion } from "../../../core/region.ts";
import { SERIES } from "../../../core/series.ts";
import { familyLayout } from "./layout-family.ts";
import { slowWalk } from "./slow-walk.ts";

const MAX_ORDER = 10;
const LAST_PFN = 2 ** 52 - 1;

/** For a machine with much else to do. */
const timeout = 60_000;

function region(m0: number, memoryPages: number, t0: number, blockPages: number, tagPages: number): TagRegion {
  return {
    node: "/tags",
    memoryNode: "/memory",
    memory: { start: m0, end: m0 + memoryPages - 1 },
    tags: { start: t0, end: t0 + tagPages - 1 },
    blockPages,
    numaNode: null,
  };
}

/** The counts of a row, named as they stand in the contract's JSON. */
function counts(row: OrderRow): Record<string, number> {
  return {
    allocations: row.allocations,
    "unprotected.allocations": row.unprotected.allocations,
    "unprotected.pages": row.unprotected.pages,
    "overReserved.allocations": row.overReserved.allocations,
    "overReserved.blocks": row.overReserved.blocks,
    "outOfRegion.allocations": row.outOfRegion.allocations,
    "leaks.allocations": row.leaks.allocations,
    "earlyReleases.allocations": row.earlyReleases.allocations,
  };
}

const firsts = (row: OrderRow) =>
  [row.unprotected, row.overReserved, row.outOfRegion, row.leaks, row.earlyReleases].map(({ first }) => first);

/** After how many pages everything repeats at every order: lcm(2^10, 32 * B), docs/domain.md. */
function periodPages(blockPages: number): number {
  let period = 32 * blockPages;
  while (period % 2 ** MAX_ORDER !== 0) period *= 2;
  return period;
}

describe("each count grows by as much with each period of memory, from what the slow walk counts to 2^52 pages", () => {
  for (const series of SERIES) {
    it.each([1, 2, 3, 5, 7])(`${series}, blocks of %i pages`, { timeout }, (blockPages) => {
      const period = periodPages(blockPages);
      // Two rows of much the same memory: the kernel finds the first, and the second's blocks, which start 32 tag pages
      // further on, are measured against the first one's.
      const table = (periods: number) => {
        const pages = periods * period;
        const t0 = LAST_PFN + 1 - pages / 16 - 1000;
        return [region(17, pages, t0, blockPages, pages / 32), region(17, pages + 5, t0 + 32, blockPages, pages / 32)];
      };
      const two = slowWalk(table(2), series, MAX_ORDER);
      const three = slowWalk(table(3), series, MAX_ORDER);
      const many = Math.floor((LAST_PFN * 0.93) / period);
      const large = prove(table(many), series, MAX_ORDER);
      expect(table(many)[0]!.memory.end).toBeGreaterThan(2 ** 51);
      large.orders.forEach((row, index) => {
        const [ofTwo, ofThree, ofMany] = [counts(two.orders[index]!), counts(three.orders[index]!), counts(row)];
        for (const [name, count] of Object.entries(ofMany)) {
          const growth = BigInt(ofThree[name]!) - BigInt(ofTwo[name]!);
          const wanted = BigInt(ofTwo[name]!) + growth * BigInt(many - 2);
          expect([row.region, row.order, name, BigInt(count)]).toEqual([row.region, row.order, name, wanted]);
          expect(Number.isSafeInteger(count)).toBe(true);
        }
      });
    });
  }
});

it("layouts moved up to the last PFN have the same rows, each first PFN moved as far", { timeout }, () => {
  for (let index = 0; index < 600; index++) {
    const { regions, series, maxOrder } = familyLayout(index, 1);
    const top = Math.max(...regions.flatMap(({ memory, tags }) => [memory.end, tags.end]));
    const distance = Math.floor((LAST_PFN - top) / 2 ** 13) * 2 ** 13;
    const moved = regions.map((from) => ({
      ...from,
      memory: { start: from.memory.start + distance, end: from.memory.end + distance },
      tags: { start: from.tags.start + distance, end: from.tags.end + distance },
    }));
    const low = prove(regions, series, maxOrder);
    const high = prove(moved, series, maxOrder);
    for (const [here, there] of [
      [low.orders, high.orders],
      [low.straddles, high.straddles],
    ] as const) {
      expect(there.map(counts)).toEqual(here.map(counts));
      expect(there.map(firsts)).toEqual(
        here.map((row) => firsts(row).map((first) => (first === null ? null : first + distance))),
      );
    }
    expect(high.obligations.map(({ counterexample }) => counterexample?.pfn ?? null)).toEqual(
      low.obligations.map(({ counterexample }) => (counterexample === null ? null : counterexample.pfn + distance)),
    );
  }
});

describe("sizes at which a slower proof would hang", () => {
  /** The same memory again and again, more of it in each row, so that the kernel finds every row in some of it. */
  function nested(blockPages: readonly number[]): TagRegion[] {
    return blockPages.map((pages, row) =>
      region(2 ** 50 - (row + 1) * 2 ** 44 + row * 7, (row + 1) * 2 ** 45, 2 ** 51 + row * 1_000_003, pages, 2 ** 40),
    );
  }

  it.each(SERIES)(
    "%s: 32 rows over the same memory, odd blocks that share no factor, orders up to 20",
    { timeout },
    (series) => {
      const primes = [1009, 1013, 1019, 1021, 1031, 1033, 1039, 1049, 1051, 1061, 1063, 1069, 1087, 1091, 1093, 1097];
      const blocks = [...primes, ...primes.map((prime) => 4 * prime - 3)];
      const { orders } = prove(nested(blocks), series, 20);
      expect(orders).toHaveLength(32 * 21);
    },
  );

  it.each(SERIES)("%s: blocks of 4194303 pages and of 2^32 - 1, orders up to 20", { timeout }, (series) => {
    for (const blockPages of [4_194_303, 2 ** 32 - 1]) {
      prove([region(12_345, 2 ** 51, 2 ** 51 + 2 ** 48, blockPages, 2 ** 46)], series, 20);
    }
  });
});
