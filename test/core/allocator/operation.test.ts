import { beforeEach, describe, expect, it } from "vitest";
import { createMachineMemory, type MachineMemory } from "../../../core/allocator/machine-memory.ts";
import { applyOperation, type Operation } from "../../../core/allocator/operation.ts";
import { machineOf, tagRegion } from "./machines.ts";

/** 2048 pages at PFN 4096, the first of them the zero page; their 64 tag pages at 8192. */
let machine: MachineMemory;

beforeEach(() => {
  machine = createMachineMemory(machineOf("rfc-v3", [tagRegion(4096, 2048, 8192, 64, 1)]));
});

const allocate = (pfn: number | null, order: number, use: "movable" | "tagged" | "unmovable"): Operation => ({
  kind: "allocate",
  pfn,
  order,
  use,
});

function apply(...operations: Operation[]): boolean[] {
  const done = operations.map((operation) => applyOperation(machine, operation));
  expect(machine.audit().faults).toEqual([]);
  return done;
}

describe("an allocation at a place", () => {
  it("is made there, and can be freed again", () => {
    const free = machine.freePages();
    expect(apply(allocate(5120, 6, "tagged"))).toEqual([true]);
    expect(machine.orderOf(machine.pageOf(5120))).toBe(6);
    expect(machine.hasTagStorage(machine.pageOf(5183))).toBe(true);
    // 64 pages and the two of tag storage that they need
    expect(machine.freePages()).toBe(free - 66);
    expect(apply({ kind: "free", pfn: 5120, order: 6 })).toEqual([true]);
    expect(machine.freePages()).toBe(free);
  });

  it("joins what was free there in parts", () => {
    apply(allocate(5120, 0, "movable"), allocate(5121, 0, "movable"));
    apply({ kind: "free", pfn: 5120, order: 0 }, { kind: "free", pfn: 5121, order: 0 });
    expect(apply(allocate(5120, 4, "unmovable"))).toEqual([true]);
  });

  it.each([
    ["that is taken", 5120, 0, "movable"],
    ["part of which is taken", 5120 - 32, 6, "movable"],
    ["off its order", 5200, 5, "movable"],
    ["where no memory is", 7000, 0, "movable"],
    ["of tag storage, for tagged memory", 8200, 0, "tagged"],
    ["of tag storage, for what cannot be moved", 8200, 0, "unmovable"],
    ["of the zero page", 4096, 0, "movable"],
    ["of a larger order than there is", 5632, 7, "movable"],
  ] as const)("is not made at a place %s", (_what, pfn, order, use) => {
    apply(allocate(5120, 2, "movable"));
    const free = machine.freePages();
    expect(apply(allocate(pfn, order, use))).toEqual([false]);
    expect(machine.freePages()).toBe(free);
  });

  it("may be data in tag storage", () => {
    expect(apply(allocate(8200, 2, "movable"))).toEqual([true]);
    expect(machine.tagStorageDataPages()).toBe(4);
    // PFN 4352 is page 256 of the region, of which page 8 holds the tags: the data moves
    expect(apply(allocate(4352, 0, "tagged"))).toEqual([true]);
    expect(machine.stats.migratedPages).toBe(4);
  });
});

describe("operations on a block", () => {
  it("do nothing where there is no such block", () => {
    apply(allocate(5120, 3, "movable"));
    expect(
      apply(
        { kind: "free", pfn: 5120, order: 2 },
        { kind: "free", pfn: 5121, order: 0 },
        { kind: "free", pfn: 5128, order: 3 },
        { kind: "free", pfn: 4096, order: 0 },
        { kind: "free", pfn: 8192, order: 0 },
        { kind: "split", pfn: 5120, order: 3, newOrder: 4 },
        { kind: "retry", pfn: 5120, order: 3 },
        { kind: "pin", pfn: 5128, order: 0, isPinned: true },
        { kind: "protect", pfn: 5128 },
      ),
    ).toEqual(Array.from({ length: 9 }, () => false));
    apply(allocate(5200, 0, "unmovable"));
    expect(apply({ kind: "protect", pfn: 5200 })).toEqual([false]);
  });

  it("split it, and tag single pages of it", () => {
    apply(allocate(5120, 3, "movable"));
    expect(apply({ kind: "split", pfn: 5120, order: 3, newOrder: 1 }, { kind: "protect", pfn: 5123 })).toEqual([
      true,
      true,
    ]);
    expect(machine.hasTagStorage(machine.pageOf(5123))).toBe(true);
    expect(machine.hasTagStorage(machine.pageOf(5122))).toBe(false);
    expect(apply({ kind: "free", pfn: 5122, order: 1 })).toEqual([true]);
  });

  it("pin what is in the way of tags, which a later access gets", () => {
    apply(allocate(8200, 0, "movable"));
    apply({ kind: "pin", pfn: 8200, order: 0, isPinned: true });
    expect(apply(allocate(4352, 0, "tagged"))).toEqual([true]);
    expect(machine.lacksTagStorage(machine.pageOf(4352))).toBe(true);
    expect(apply({ kind: "retry", pfn: 4352, order: 0 })).toEqual([false]);
    apply({ kind: "pin", pfn: 8200, order: 0, isPinned: false });
    expect(apply({ kind: "retry", pfn: 4352, order: 0 })).toEqual([true]);
    expect(machine.lacksTagStorage(machine.pageOf(4352))).toBe(false);
  });
});

it("an allocation anywhere is made and freed again", () => {
  const free = machine.freePages();
  expect(apply(allocate(null, 3, "tagged"))).toEqual([true]);
  expect(machine.freePages()).toBe(free);
  expect(apply(allocate(null, 7, "tagged"))).toEqual([false]);
});
