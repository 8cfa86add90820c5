import { describe, expect, it } from "vitest";
import type { Buddy } from "../../../core/allocator/buddy.ts";
import { type BuddyOptions, createBuddy } from "../../../core/allocator/buddy-create.ts";
import { createBlockFinder } from "../../../core/allocator/buddy-zonelist.ts";
import { MOVABLE, RECLAIMABLE, UNMOVABLE } from "../../../core/allocator/migrate-type.ts";
import { MAX_PAGES } from "../../../core/allocator/page-space.ts";
import { IS_MOVABLE } from "../../../core/allocator/page-state.ts";
import { kernelWatermarks } from "../../../core/allocator/watermarks.ts";

/** 64 pages from PFN 0 in pageblocks of 16; blocks of up to 32. */
function buddyOf(options: Partial<BuddyOptions> = {}): Buddy {
  return createBuddy({
    pageSize: 4096,
    maxOrder: 5,
    pageblockOrder: 4,
    banks: [{ start: 0, end: 63 }],
    zones: [{ name: "Normal", start: 0, end: 63 }],
    reserved: [],
    cma: [],
    isWatermarked: false,
    isCmaBalanced: true,
    ...options,
  });
}

function take(buddy: Buddy, order: number, type: number, allowCma = false): number {
  const page = createBlockFinder(buddy).find(order, type, allowCma, 0);
  if (page >= 0 && type === MOVABLE) buddy.marks[2 * page + 1] = IS_MOVABLE;
  return page;
}

function takeMany(buddy: Buddy, count: number, type: number, allowCma = false): number[] {
  return Array.from({ length: count }, () => take(buddy, 0, type, allowCma));
}

const upper = { cma: [{ start: 32, end: 63 }] };

describe("CMA memory", () => {
  it("is taken first once it is more than half of what is free", () => {
    const buddy = buddyOf(upper);
    // 32 of 64 free pages are CMA: not more than half. Then 32 of 63 are, then 31 of 62 are not, and so on in turn.
    const isCma = takeMany(buddy, 8, MOVABLE, true).map((page) => page >= 32);
    expect(isCma).toEqual([false, true, false, true, false, true, false, true]);
  });

  it("is the last resort alone where the series keeps it so", () => {
    const buddy = buddyOf({ ...upper, isCmaBalanced: false });
    const isCma = takeMany(buddy, 64, MOVABLE, true).map((page) => page >= 32);
    expect(isCma).toEqual([...Array(32).fill(false), ...Array(32).fill(true)]);
  });

  it("comes before memory of another type is stolen", () => {
    const buddy = buddyOf({ ...upper, isCmaBalanced: false });
    expect(take(buddy, 0, UNMOVABLE)).toBeLessThan(32);
    // the one block below 32 is unmovable now
    expect(take(buddy, 0, MOVABLE, true)).toBeGreaterThanOrEqual(32);
  });

  it.each([UNMOVABLE, RECLAIMABLE, MOVABLE])("is not for allocations of type %i that do not ask for it", (type) => {
    const buddy = buddyOf(upper);
    expect(takeMany(buddy, 33, type).filter((page) => page >= 0)).toHaveLength(32);
    expect(buddy.freeCmaPages[0]).toBe(32);
  });
});

describe("stealing from another migrate type", () => {
  it("takes the largest block, and all pageblocks in it", () => {
    const buddy = buddyOf();
    expect(take(buddy, 0, UNMOVABLE)).toBe(0);
    expect([...buddy.pageblockType.subarray(0, 4)]).toEqual([UNMOVABLE, UNMOVABLE, MOVABLE, MOVABLE]);
  });

  it("robs reclaimable memory before movable memory for an unmovable page", () => {
    const buddy = buddyOf();
    // an order-5 block each: reclaimable gets pageblocks 0 and 1, and leaves 16 … 31 free
    expect(take(buddy, 4, RECLAIMABLE)).toBe(0);
    expect(take(buddy, 5, MOVABLE)).toBe(32);
    expect(take(buddy, 0, UNMOVABLE)).toBe(16);
    expect([...buddy.pageblockType.subarray(0, 4)]).toEqual([RECLAIMABLE, UNMOVABLE, MOVABLE, MOVABLE]);
  });

  it("claims a pageblock of which half is free, and moves its other free pages too", () => {
    const buddy = buddyOf({ banks: [{ start: 0, end: 15 }] });
    takeMany(buddy, 8, MOVABLE);
    // 8 … 15 are free: 8 free pages and no unmovable ones, half of 16
    expect(take(buddy, 0, UNMOVABLE)).toBe(8);
    expect(buddy.pageblockType[0]).toBe(UNMOVABLE);
    expect(takeMany(buddy, 7, UNMOVABLE).every((page) => page > 8)).toBe(true);
  });

  it("leaves a pageblock its type where less is free and the rest is movable data", () => {
    const buddy = buddyOf({ banks: [{ start: 0, end: 15 }] });
    takeMany(buddy, 9, MOVABLE);
    // 7 free pages, 9 movable ones: 16 - 7 - 9 = 0 may be unmovable, 7 + 0 < 8
    expect(take(buddy, 0, UNMOVABLE)).toBeGreaterThan(8);
    expect(buddy.pageblockType[0]).toBe(MOVABLE);
  });

  it("takes the smallest block for a movable page where the pageblock cannot be had", () => {
    const buddy = buddyOf({ banks: [{ start: 0, end: 15 }] });
    takeMany(buddy, 16, UNMOVABLE);
    for (const page of [3, 8, 9]) buddy.freeBlock(page, 0, false);
    // order 1 at 8, order 0 at 3; both are below half the pageblock's order
    expect(take(buddy, 0, MOVABLE)).toBe(3);
    expect(buddy.pageblockType[0]).toBe(UNMOVABLE);
  });

  it("moves no whole pageblock that goes on past the end of its zone", () => {
    // the zone ends at page 7, in its pageblock: the block of 8 pages is taken, the type stays
    const buddy = buddyOf({ banks: [{ start: 0, end: 7 }], zones: [{ name: "Normal", start: 0, end: 7 }] });
    expect(take(buddy, 0, UNMOVABLE)).toBe(0);
    expect(buddy.pageblockType[0]).toBe(MOVABLE);
  });
});

describe("watermarks", () => {
  it("are the kernel's for 4 GiB: 8192 KiB kept", () => {
    // sqrt(4194304 KiB * 16) = 8192 KiB = 2048 pages; low is max(2048 / 4, 1048576 / 1000) = 1048 above
    const { min, low } = kernelWatermarks(new Int32Array([1048576]), 4096, [0]);
    expect([min[0], low[0]]).toEqual([2048, 3096]);
  });

  it("keep a part of the lower zone from allocations that could use the upper", () => {
    // 524288 pages each: 1024 pages each to keep, 256 or 524 above for low; 524288 / 256 = 2048 of the lower zone besides
    const { min, low } = kernelWatermarks(new Int32Array([524288, 524288]), 4096, [0, 0]);
    expect([...min]).toEqual([1024 + 2048, 1024]);
    expect([...low]).toEqual([1024 + 524 + 2048, 1024 + 524]);
  });

  it("keep nothing for the zones of another NUMA node", () => {
    // three zones of 524288 pages: sqrt(6291456 KiB * 16) = 10033 KiB, 2508 pages, 836 each; 2048 for the zone above alone
    const { min } = kernelWatermarks(new Int32Array([524288, 524288, 524288]), 4096, [0, 0, 1]);
    expect([...min]).toEqual([836 + 2048, 836, 836]);
  });

  it("are passed by no allocation, and empty the upper zone to its low mark first, then to its min mark", () => {
    // two zones of 8 MiB: sqrt(16384 * 16) = 512 KiB, 128 pages, 64 each; low 16 above; 2048 / 256 = 8 more below
    const buddy = buddyOf({
      maxOrder: 10,
      pageblockOrder: 9,
      banks: [{ start: 0, end: 4095 }],
      zones: [
        { name: "DMA32", start: 0, end: 2047 },
        { name: "Normal", start: 2048, end: 4095 },
      ],
      isWatermarked: true,
    });
    const pages = takeMany(buddy, 4096, MOVABLE);
    const got = pages.filter((page) => page >= 0);
    expect(got.slice(0, 2048 - 80).every((page) => page >= 2048)).toBe(true);
    expect(got.slice(2048 - 80, 2048 - 80 + 2048 - 88).every((page) => page < 2048)).toBe(true);
    expect(got.slice(2 * 2048 - 168).map((page) => page >= 2048)).toEqual([
      ...Array(16).fill(true),
      ...Array(16).fill(false),
    ]);
    expect([...buddy.freePages]).toEqual([64 + 8, 64]);
  });
});

describe("the size of a machine", () => {
  it("is limited, and a larger one refused", () => {
    const range = { start: 0, end: MAX_PAGES };
    expect(() => buddyOf({ banks: [range], zones: [{ name: "Normal", ...range }] })).toThrow(RangeError);
  });
});
