/** Walks that leave their region, and allocations that lie across several. */
import { describe, expect, it } from "vitest";
import { createMachineMemory, type MachineMemory } from "../../../core/allocator/machine-memory.ts";
import { USE } from "../../../core/allocator/machine-operations.ts";
import { nodeZones } from "../../../core/allocator/node-zones.ts";
import type { TagRegion } from "../../../core/region.ts";
import type { Series } from "../../../core/series.ts";
import { machineOf, tagRegion } from "./machines.ts";

function allocateAll(machine: MachineMemory, order: number, use: number): number[] {
  const pages: number[] = [];
  for (let page = machine.allocate(order, use, 0); page >= 0; page = machine.allocate(order, use, 0)) pages.push(page);
  return pages;
}

const names = (machine: MachineMemory) => machine.breaches().map(({ name }) => name);

describe("a walk past the end of its tags", () => {
  it("fails where the block would lie in two zones", () => {
    // Four blocks of 3 pages, 8179 … 8190; 128 pages make rfc-v2 walk four blocks where two are needed. From the second on
    // that leaves the region, and the block 8191 … 8193 lies across the zones' boundary at 8192.
    const region = tagRegion(0, 384, 8179, 12, 3);
    const machine = createMachineMemory(
      machineOf("rfc-v2", [region], {
        banks: [region.memory, { start: 8179, end: 8193 }],
        zones: [
          { name: "DMA32", start: 0, end: 8191 },
          { name: "Normal", start: 8192, end: 9000 },
        ],
        maxOrder: 7,
        pageblockOrder: 0,
        zeroPage: null,
      }),
    );
    const pages = Array.from({ length: 4 }, () => machine.allocate(7, USE.tagged, 0)).filter((page) => page >= 0);
    expect(pages.map((page) => machine.pfnOf(page))).toEqual([0]);
    expect(machine.vmstat().cma_alloc_fail).toBeGreaterThan(0);
    expect(machine.breaches().find(({ name }) => name === "out-of-region")!.first).toMatchObject({
      order: 7,
      block: 8191,
    });
    machine.free(pages[0]!, 7);
    expect(machine.audit()).toMatchObject({ tagPages: 0, faults: [] });
  });

  it("takes somebody else's pages under rfc-v2, and is refused by rfc-v3's CMA area", () => {
    const outcome = (series: Series) => {
      // rfc-v3 takes memory that is longer than the tags: two blocks of one page for 128 pages
      const region = tagRegion(0, series === "rfc-v3" ? 128 : 64, 8192, 2, series === "rfc-v3" ? 1 : 2);
      const after = { start: 8194, end: 8255 };
      const machine = createMachineMemory(
        machineOf(series, [region], {
          banks: [region.memory, { start: 8192, end: 8255 }],
          maxOrder: 7,
          pageblockOrder: 1,
          zeroPage: null,
        }),
      );
      const [page] = allocateAll(machine, series === "rfc-v3" ? 7 : 6, USE.tagged).filter(
        (found) => machine.pfnOf(found) < 128,
      );
      return { machine, page: page!, isTaken: machine.orderOf(machine.pageOf(after.start)) === 0 };
    };
    const v2 = outcome("rfc-v2");
    // 64 pages need one block of two, and rfc-v2 walks two
    expect(v2.isTaken).toBe(true);
    expect(names(v2.machine)).toEqual(["precision", "out-of-region", "release"]);
    expect(v2.machine.hasTagStorage(v2.page)).toBe(true);
    const v3 = outcome("rfc-v3");
    expect(v3.isTaken).toBe(false);
    expect(v3.machine.hasTagStorage(v3.page)).toBe(false);
    expect(names(v3.machine)).toEqual(["out-of-region"]);
    expect(v3.machine.stats.reservedBlocksNow).toBe(0);
  });

  it("leaves a pageblock of ordinary memory CMA, whose tagged pages then move", () => {
    // the tags of the first region end where the memory of the second begins
    const regions = [tagRegion(0, 128, 4092, 4, 2), tagRegion(4096, 128, 8192, 4, 1)];
    const machine = createMachineMemory(machineOf("rfc-v2", regions, { pageblockOrder: 2, zeroPage: null }));
    const pairs = allocateAll(machine, 1, USE.movable);
    const pair = machine.pageOf(4096);
    expect(pairs).toContain(pair);
    for (const page of pairs) if (page !== pair) machine.free(page, 1);
    machine.makeTagged(pair);
    machine.setPinned(pair, true);
    expect(machine.stats.reservedBlocksNow).toBe(1);
    // 64 … 127 need the block 4094, and 4096 besides as rfc-v2 has it: pinned, which makes its pageblock CMA all the same
    const pages = allocateAll(machine, 6, USE.tagged).map((page) => machine.pfnOf(page));
    expect(pages).not.toContain(64);
    expect(machine.isCma(pair)).toBe(true);
    machine.setPinned(pair, false);
    for (const pfn of pages) machine.free(machine.pageOf(pfn), 6);
    const moved = machine.makeTagged(pair + 1);
    expect(machine.isCma(moved)).toBe(false);
    expect(machine.hasTagStorage(moved)).toBe(true);
    expect(machine.audit()).toMatchObject({ pagesThatNeedTags: 2, pagesWithTagStorage: 2, faults: [] });
    machine.free(moved - 1, 1);
    expect(machine.audit()).toMatchObject({ pagesThatNeedTags: 0, tagPages: 0, faults: [] });
  });
});

describe("memory of several regions without a gap", () => {
  // 96 pages each, tags of three pages each; blocks of 64 pages lie across
  const regions = (nodes: readonly [number | null, number | null]): TagRegion[] => [
    { ...tagRegion(0, 96, 8192, 3, 1), numaNode: nodes[0] },
    { ...tagRegion(96, 96, 8196, 3, 1), numaNode: nodes[1] },
  ];
  const machineWith = (nodes: readonly [number | null, number | null], maxOrder: number) =>
    createMachineMemory(
      machineOf("rfc-v2", regions(nodes), {
        banks: [
          { start: 0, end: 191 },
          { start: 8192, end: 8198 },
        ],
        maxOrder,
        pageblockOrder: 0,
        zeroPage: null,
      }),
    );

  it("is allocated across, and reserved for by the first page alone: told as a straddle", () => {
    const machine = machineWith([null, null], 6);
    const pages = allocateAll(machine, 6, USE.tagged);
    expect(pages.map((page) => machine.pfnOf(page)).sort((a, b) => a - b)).toEqual([0, 64, 128]);
    // 64 … 127 need block 8194, and 8196 of the second region; rfc-v2 reserves 8194 and 8195
    expect(machine.breaches()).toEqual([
      { name: "straddle", count: 1, first: { operation: expect.any(Number), pfn: 64, order: 6, block: 8196 } },
    ]);
    expect(machine.stats.unprotectedBlocksNow).toBe(1);
  });

  it("is not allocated across where it belongs to two NUMA nodes", () => {
    const machine = machineWith([0, 1], 6);
    expect(
      allocateAll(machine, 6, USE.tagged)
        .map((page) => machine.pfnOf(page))
        .sort((a, b) => a - b),
    ).toEqual([0, 128]);
    expect(names(machine)).toEqual([]);
  });

  it("makes a zone of each node's part", () => {
    const zones = [
      { name: "DMA32", start: 0, end: 99 },
      { name: "Normal", start: 100, end: 9000 },
    ];
    expect(nodeZones(zones, regions([0, 1]))).toEqual([
      { name: "DMA32", start: 0, end: 95, node: 0 },
      { name: "DMA32", start: 96, end: 99, node: 1 },
      { name: "Normal", start: 100, end: 9000, node: 1 },
    ]);
    expect(nodeZones(zones, regions([1, 1])).map(({ start, end }) => [start, end])).toEqual([
      [0, 99],
      [100, 9000],
    ]);
    // one memory node without `numa-node-id`: the kernel puts all memory into node 0
    expect(nodeZones(zones, regions([0, null]))).toEqual(zones);
  });
});
