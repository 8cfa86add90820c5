import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Buddy, freeUsedBlock, listHead } from "../../../core/allocator/buddy.ts";
import { createBuddy } from "../../../core/allocator/buddy-create.ts";
import { createBlockFinder } from "../../../core/allocator/buddy-zonelist.ts";
import { MIGRATE_TYPES, MOVABLE, RECLAIMABLE, UNMOVABLE } from "../../../core/allocator/migrate-type.ts";
import { pageOf, pfnOf, type ZoneSpan } from "../../../core/allocator/page-space.ts";
import { IS_MOVABLE } from "../../../core/allocator/page-state.ts";
import { createNaiveMemory, type NaiveBlock, type NaiveMachine, type NaiveMemory } from "./naive-memory.ts";

/** Cuts `0 … pages - 1` at random places. */
const cuts = (pages: number, most: number) =>
  fc.uniqueArray(fc.integer({ min: 1, max: pages - 1 }), { maxLength: most }).map((places) =>
    [0, ...places.sort((a, b) => a - b)].map((start, i, starts) => ({
      start,
      end: (starts[i + 1] ?? pages) - 1,
    })),
  );

/** Up to 256 pages from any PFN on, with holes, zones, reserved memory and CMA that begin and end anywhere. */
const machines: fc.Arbitrary<NaiveMachine> = fc
  .record({ base: fc.nat(2 ** 36), pages: fc.integer({ min: 2, max: 256 }), maxOrder: fc.nat(7) })
  .chain(({ base, pages, maxOrder }) =>
    fc
      .record({
        pageblockOrder: fc.nat(Math.min(maxOrder + 1, 5)),
        banks: cuts(pages, 6),
        zones: cuts(pages, 2),
        reserved: cuts(pages, 8),
        cma: cuts(pages, 6),
      })
      .map(({ pageblockOrder, banks, zones, reserved, cma }) => {
        const shift = ({ start, end }: { start: number; end: number }) => ({ start: base + start, end: base + end });
        const isOdd = (_: unknown, i: number) => i % 2 === 1;
        const isEven = (_: unknown, i: number) => i % 2 === 0;
        return {
          maxOrder,
          pageblockOrder,
          banks: banks.filter(isEven).map(shift),
          zones: zones.map((zone, i): ZoneSpan => ({ ...shift(zone), name: `zone ${i}` })),
          reserved: reserved.filter(isOdd).map(shift),
          cma: cma.filter(isOdd).map(shift),
        };
      }),
  );

/** An allocation of an order and use, or the free of one of those that live. */
const operations = fc.array(
  fc.record({ isFree: fc.boolean(), order: fc.nat(8), use: fc.nat(3), which: fc.nat(1000) }),
  { minLength: 1, maxLength: 60 },
);
const TAGGED = 3;

/** Every block on every list. */
function listedBlocks(buddy: Buddy): NaiveBlock[] {
  const blocks: NaiveBlock[] = [];
  buddy.space.zones.forEach((_, zone) => {
    for (let order = 0; order <= buddy.maxOrder; order++) {
      for (let type = 0; type < MIGRATE_TYPES; type++) {
        const head = listHead(buddy, zone, order, type);
        for (let page = buddy.links[2 * head]!; page !== head; page = buddy.links[2 * page]!) {
          blocks.push({ pfn: pfnOf(buddy.space, page), order });
        }
      }
    }
  });
  return blocks.sort((a, b) => a.pfn - b.pfn);
}

function checkCounts(buddy: Buddy, naive: NaiveMemory): void {
  const zones = buddy.space.zones.map((_, zone) => [...naive.free].filter((pfn) => naive.zoneOf(pfn) === zone));
  expect([...buddy.freePages]).toEqual(zones.map((pages) => pages.length));
  expect([...buddy.freeCmaPages]).toEqual(zones.map((pages) => pages.filter((pfn) => naive.isCma(pfn)).length));
}

describe("the page allocator against a set of pages", () => {
  it("gives out free, aligned blocks of one zone while there are any, keeps CMA for movable untagged data, and merges all that is freed", {
    timeout: 120_000,
  }, () => {
    fc.assert(
      fc.property(machines, operations, (machine, steps) => {
        const buddy = createBuddy({ ...machine, pageSize: 4096, isWatermarked: false, isCmaBalanced: true });
        const finder = createBlockFinder(buddy);
        const naive = createNaiveMemory(machine);
        expect(listedBlocks(buddy)).toEqual(naive.blocks());
        const live: NaiveBlock[] = [];
        for (const { isFree, order, use, which } of steps) {
          if (isFree) {
            if (live.length === 0) continue;
            const [block] = live.splice(which % live.length, 1);
            const page = pageOf(buddy.space, block!.pfn);
            buddy.marks[2 * page + 1] = 0;
            freeUsedBlock(buddy, page, block!.order, which % 2 === 0);
            naive.give(block!.pfn, block!.order);
            continue;
          }
          const type = use === TAGGED ? MOVABLE : [UNMOVABLE, MOVABLE, RECLAIMABLE][use]!;
          const allowCma = use === 1;
          const page = finder.find(order, type, allowCma, 0);
          if (page < 0) {
            expect(naive.canAllocate(order, allowCma)).toBe(false);
            continue;
          }
          const pfn = pfnOf(buddy.space, page);
          expect(pageOf(buddy.space, pfn)).toBe(page);
          expect(naive.refuse(pfn, order, allowCma)).toBeNull();
          naive.take(pfn, order);
          if (type === MOVABLE) buddy.marks[2 * page + 1] = IS_MOVABLE;
          live.push({ pfn, order });
        }
        expect(listedBlocks(buddy)).toEqual(naive.blocks());
        checkCounts(buddy, naive);
        for (const { pfn, order } of live) {
          const page = pageOf(buddy.space, pfn);
          buddy.marks[2 * page + 1] = 0;
          freeUsedBlock(buddy, page, order, false);
          naive.give(pfn, order);
        }
        expect(listedBlocks(buddy)).toEqual(naive.blocks());
        checkCounts(buddy, naive);
        expect([...buddy.freePages]).toEqual([...buddy.managedPages]);
      }),
      { numRuns: 10_000 },
    );
  });
});
