import { describe, expect, it } from "vitest";
import {
  FAULT_NO_ENTRY,
  FAULTS_AT,
  type FaultPlan,
  faultAt,
  POINT_STORE,
  randomFaults,
} from "../../../core/allocator/fault-plan.ts";
import { createMachineMemory, type MachineMemory } from "../../../core/allocator/machine-memory.ts";
import { USE } from "../../../core/allocator/machine-operations.ts";
import { randomBelow, seededRandom } from "../../../core/allocator/random.ts";
import { SERIES, type Series } from "../../../core/series.ts";
import { machineOf, tagRegion } from "./machines.ts";

/**
 * A machine of 512 pages and their 16 tag pages, full of data; then half of the data goes, and tagged blocks and more data
 * come and go. In the end everything is freed. `checkpoint` is called after each operation.
 */
function runFull(
  series: Series,
  blockPages: number,
  seed: number,
  faults: FaultPlan,
  checkpoint: (m: MachineMemory) => void,
) {
  const live = new Map<number, number>();
  const machine = createMachineMemory(
    machineOf(series, [tagRegion(4096, 512, 8192, 16, blockPages)], {
      maxOrder: 7,
      faults,
      listener: {
        moved(_owner, from, to, order) {
          if (live.get(from) !== order || live.has(to)) throw new Error(`page ${from} moved to ${to}`);
          live.delete(from);
          live.set(to, order);
        },
      },
    }),
  );
  const bootPoints = machine.stats.faultPoints;
  // 128 pages have the tags of four blocks of one page; up to order 5 the kernels are right for any block size
  const most = series === "exact" || blockPages === 1 ? 7 : 5;
  const random = seededRandom(seed);
  const hold = (page: number, order: number) => {
    if (page >= 0) live.set(page, order);
    checkpoint(machine);
  };
  const drop = (page: number) => {
    const order = live.get(page)!;
    live.delete(page);
    machine.free(page, order);
    checkpoint(machine);
  };
  while (machine.freePages() > 0) hold(machine.allocate(0, USE.movable, 0), 0);
  for (const page of [...live.keys()]) if (!machine.isCma(page) && machine.pfnOf(page) % 256 >= 128) drop(page);
  for (let step = 0; step < 160; step++) {
    const what = randomBelow(random, 8);
    if (what < 3) {
      const order = randomBelow(random, most + 1);
      hold(machine.allocate(order, USE.tagged, 0), order);
    } else if (what < 7) {
      const pages = [...live.keys()];
      drop(pages[randomBelow(random, pages.length)]!);
    } else for (let i = 0; i < 16; i++) hold(machine.allocate(0, USE.movable, 0), 0);
  }
  for (const page of [...live.keys()]) drop(page);
  return { machine, bootPoints };
}

function checkAlways(machine: MachineMemory): void {
  const { unprotectedBlocksNow, idleBlocksNow } = machine.stats;
  // `expect` is slow for every operation of every run
  if (unprotectedBlocksNow !== 0 || idleBlocksNow !== 0) expect({ unprotectedBlocksNow, idleBlocksNow }).toBeNull();
}

/**
 * Everything is back, and the counters say so: what was reserved less what was released is the zero page's block. But
 * rfc-v2 loses a block of one page that was free and cannot be stored. Gives how many are lost.
 */
function checkEnd(machine: MachineMemory, series: Series, blockPages: number): number {
  const breaches = machine.breaches();
  const lost = series === "rfc-v2" && blockPages === 1 ? (breaches[0]?.count ?? 0) : 0;
  expect(breaches.map(({ name, count }) => [name, count])).toEqual(lost === 0 ? [] : [["lost-block", lost]]);
  expect(machine.audit()).toMatchObject({
    freePages: 512 + 16 - 1 - blockPages - lost,
    keptPages: 1 + lost,
    dataPages: 0,
    tagPages: blockPages,
    reservedBlocks: 1,
    blocksWithSurplus: 0,
    blocksWithDeficit: 0,
    pagesWithTagStorage: 1,
    faults: [],
  });
  const lines = machine.vmstat();
  if (series === "rfc-v3" || series === "exact") {
    expect(lines.cma_alloc_success! - lines.cma_release_success!).toBe(blockPages);
  }
  return lost;
}

/** What failures leave behind: moves that failed, reservations that did, allocations without tag storage. */
function traces(machine: MachineMemory): number {
  const lines = machine.vmstat();
  const { failedMigrations, withoutStorage } = machine.stats;
  return failedMigrations + withoutStorage + (lines.cma_alloc_fail ?? lines.metadata_reserve_fail)!;
}

describe("failing reservations", () => {
  it("lose no block, reserve none twice and leave the counts right, one failure at each possible point", {
    timeout: 120_000,
  }, () => {
    let runs = 0;
    for (let scene = 0; scene < 32; scene++) {
      const series = SERIES[scene % SERIES.length]!;
      const blockPages = 1 + (scene >> 4);
      const points: number[] = [];
      const record: FaultPlan = (point) => {
        points.push(point);
        return 0;
      };
      const { machine, bootPoints } = runFull(series, blockPages, scene, record, checkAlways);
      checkEnd(machine, series, blockPages);
      for (let index = bootPoints; index < points.length; index++) {
        for (const fault of FAULTS_AT[points[index]!]!) {
          const { machine } = runFull(series, blockPages, scene, faultAt(index, fault, 1), checkAlways);
          const lost = checkEnd(machine, series, blockPages);
          expect(lost).toBeLessThanOrEqual(fault === FAULT_NO_ENTRY ? 1 : 0);
          expect(traces(machine)).toBeGreaterThan(0);
          runs++;
        }
      }
    }
    expect(runs).toBeGreaterThanOrEqual(1000);
  });

  it("lose no block, reserve none twice and leave the counts right, 1000 seeded runs at random", {
    timeout: 120_000,
  }, () => {
    let lost = 0;
    let failed = 0;
    let without = 0;
    for (let seed = 0; seed < 1000; seed++) {
      const series = SERIES[seed % SERIES.length]!;
      const blockPages = 1 + (seed % 3 === 0 ? 1 : 0);
      const faults = randomFaults(seededRandom(seed + 1_000_000), 2 + (seed % 7));
      const bootIsSpared: FaultPlan = (point, index) => (index < 3 ? 0 : faults(point, index));
      const { machine } = runFull(series, blockPages, seed, bootIsSpared, checkAlways);
      lost += checkEnd(machine, series, blockPages);
      failed += machine.stats.failedMigrations;
      without += machine.stats.withoutStorage;
    }
    expect(lost).toBeGreaterThan(10);
    expect(failed).toBeGreaterThan(1000);
    expect(without).toBeGreaterThan(100);
  });
});

describe("a block of one page that cannot be stored", () => {
  /** The zero page's block is the first; then 512 pages and their other 15 tag pages, all free or all full of data. */
  function reserveUnstored(series: Series, isFull: boolean): MachineMemory {
    let armed = false;
    const faults: FaultPlan = (point) => {
      if (!armed || point !== POINT_STORE) return 0;
      armed = false;
      return FAULT_NO_ENTRY;
    };
    const machine = createMachineMemory(
      machineOf(series, [tagRegion(4096, 512, 8192, 16, 1)], { maxOrder: 7, faults, listener: { moved() {} } }),
    );
    const full: number[] = [];
    if (isFull) {
      while (machine.freePages() > 0) full.push(machine.allocate(0, USE.movable, 0));
      for (const page of full.splice(0)) {
        if (machine.isCma(page)) full.push(page);
        else machine.free(page, 0);
      }
    }
    armed = true;
    const page = machine.allocate(5, USE.tagged, 0);
    expect(armed).toBe(false);
    if (page >= 0) machine.free(page, 5);
    return machine;
  }

  it("is nobody's under rfc-v2 where it was free: the kernel drops a reference that it never took", () => {
    const machine = reserveUnstored("rfc-v2", false);
    // 512 + 16 pages, the zero page, its block, and the one that is lost
    expect(machine.freePages()).toBe(512 + 16 - 1 - 1 - 1);
    expect(machine.stats.lostPages).toBe(1);
    expect(machine.breaches()).toMatchObject([{ name: "lost-block", count: 1 }]);
    // each later attempt at it fails: it is neither free nor data that could be moved
    expect(machine.audit()).toMatchObject({ tagPages: 1, keptPages: 2, faults: [] });
  });

  it.each([
    ["rfc-v1", false],
    ["rfc-v3", false],
    ["exact", false],
    ["rfc-v2", true],
  ] as const)("goes back to the page allocator under %s, full of data: %s", (series, isFull) => {
    const machine = reserveUnstored(series, isFull);
    expect(machine.stats.lostPages).toBe(0);
    expect(machine.breaches()).toEqual([]);
    expect(machine.audit()).toMatchObject({ tagPages: 1, keptPages: 1, faults: [] });
  });
});
