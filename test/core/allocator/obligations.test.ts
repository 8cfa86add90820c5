import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMachineMemory, type MachineMemory } from "../../../core/allocator/machine-memory.ts";
import { USE } from "../../../core/allocator/machine-operations.ts";
import { randomBelow, seededRandom } from "../../../core/allocator/random.ts";
import { SERIES } from "../../../core/series.ts";
import { machineOf, tagRegion } from "./machines.ts";

/** Breaches by name; 0 where a kind was not met. */
function breachCount(machine: MachineMemory, name: string): number {
  return machine.breaches().find((breach) => breach.name === name)?.count ?? 0;
}

describe("breaches met by a run", () => {
  it("name the tag range that lies in tagged memory, and the memory that two rows share", () => {
    const inside = tagRegion(4096, 512, 4096 + 256, 16, 1);
    const machine = createMachineMemory(machineOf("rfc-v2", [inside], { banks: [inside.memory], zeroPage: null }));
    machine.allocate(0, USE.tagged, 0);
    expect(machine.breaches().map(({ name }) => name)).toEqual(["disjointness"]);

    const rows = [tagRegion(4096, 512, 8192, 16, 1), tagRegion(4096, 512, 8208, 16, 1)];
    const shared = createMachineMemory(
      machineOf("rfc-v2", rows, { banks: [rows[0]!.memory, { start: 8192, end: 8223 }], zeroPage: null }),
    );
    shared.allocate(0, USE.tagged, 0);
    // the kernel reserves in the first row alone
    expect(shared.breaches().map(({ name }) => name)).toEqual(["disjointness", "coverage"]);
    expect(shared.stats.unprotectedBlocksNow).toBe(1);
  });

  it("show blocks that go back while they are needed, once frees take off more than was added", () => {
    // rfc-v3 with a block of 2 pages counts tag pages for blocks: 128 pages need two blocks and get one, with 64
    // references. Freed page by page, the second 64 pages come to a block that is not reserved.
    const machine = createMachineMemory(
      machineOf("rfc-v3", [tagRegion(4096, 1024, 8192, 32, 2)], { maxOrder: 7, zeroPage: null }),
    );
    const page = machine.allocate(7, USE.tagged, 0);
    expect(machine.stats).toMatchObject({ reservedBlocksNow: 1, unprotectedBlocksNow: 1 });
    machine.split(page, 7, 0);
    for (let i = 127; i >= 0; i--) machine.free(page + i, 0);
    expect(breachCount(machine, "unreserved-free")).toBe(64);
    expect(breachCount(machine, "early-release")).toBe(0);
    // two rows over the same memory: the first's blocks are half as large, and get half the references
    const rows = [tagRegion(4096, 64, 8192, 2, 1), tagRegion(4096, 64, 8192, 2, 2)];
    const shared = createMachineMemory(
      machineOf("rfc-v2", rows, {
        banks: [rows[0]!.memory, rows[0]!.tags],
        pageblockOrder: 1,
        zeroPage: null,
      }),
    );
    shared.free(shared.allocate(5, USE.tagged, 0), 5);
    const first = shared.allocate(5, USE.tagged, 0);
    const second = shared.allocate(5, USE.tagged, 0);
    shared.free(Math.min(first, second), 5);
    expect(breachCount(shared, "early-release")).toBe(1);
    expect(shared.stats.unprotectedBlocksNow).toBe(1);
    expect(shared.audit()).toMatchObject({ unprotectedBlocks: 1, faults: [] });
  });
});

describe("random operations on layouts whose arithmetic is right", () => {
  it("break nothing, keep a block exactly while it is needed, and give everything back", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SERIES),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(),
        fc.nat(200),
        (series, blockPages, seed, keptPages) => {
          // memory starts at a block; the kernels are right up to order 5 for any block, and at any order for one page
          const most = series === "exact" || blockPages === 1 ? 6 : 5;
          const region = tagRegion(32 * blockPages * 20, 32 * blockPages * 16, 2 ** 16, 16 * blockPages, blockPages);
          const live = new Map<number, number>();
          const machine = createMachineMemory(
            machineOf(series, [region], {
              reserved: [{ start: region.memory.end - keptPages, end: region.memory.end }],
              listener: {
                moved(owner, from, to, order) {
                  expect(live.get(from)).toBe(order);
                  expect(owner).toBe(7);
                  live.delete(from);
                  live.set(to, order);
                },
                split(_owner, page, order) {
                  live.delete(page);
                  for (let i = page; i < page + 2 ** order; i++) live.set(i, 0);
                },
              },
            }),
          );
          const random = seededRandom(seed);
          const free = machine.freePages();
          for (let step = 0; step < 300; step++) {
            const [page, order] = [...live][randomBelow(random, Math.max(live.size, 1))] ?? [-1, 0];
            const what = randomBelow(random, 10);
            if (what < 5) {
              const wanted = Math.min(randomBelow(random, 9), most);
              const got = machine.allocate(wanted, randomBelow(random, 4), 7);
              if (got >= 0) live.set(got, wanted);
            } else if (page >= 0 && what < 8) {
              live.delete(page);
              machine.free(page, order);
            } else if (page >= 0 && what === 8 && order > 0) {
              const newOrder = randomBelow(random, order);
              machine.split(page, order, newOrder);
              for (let i = page; i < page + 2 ** order; i += 2 ** newOrder) live.set(i, newOrder);
            } else if (page >= 0 && machine.isMovable(page)) {
              machine.makeTagged(page + randomBelow(random, 2 ** order));
            }
            expect(machine.stats).toMatchObject({ unprotectedBlocksNow: 0, idleBlocksNow: 0 });
          }
          expect(machine.breaches()).toEqual([]);
          expect(machine.audit()).toMatchObject({
            unprotectedBlocks: 0,
            idleBlocks: 0,
            blocksWithSurplus: 0,
            blocksWithDeficit: 0,
            faults: [],
          });
          for (const [page, order] of live) machine.free(page, order);
          expect(machine.audit()).toMatchObject({ dataPages: 0, reservedBlocks: 1, faults: [] });
          expect(machine.freePages()).toBe(free);
        },
      ),
      { numRuns: 400 },
    );
  });
});
