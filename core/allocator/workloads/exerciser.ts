/**
 * The blocks that a workload holds: a slot for each, by which its owner is told when its data moves, in groups of which a
 * random one can be picked. Every operation of a workload goes through here, and can be listened to.
 */
import { createMachineMemory, type MachineMemory, type MachineOptions } from "../machine-memory.ts";
import { USE } from "../machine-operations.ts";
import type { Operation, Use } from "../operation.ts";
import { type Random, randomBelow } from "../random.ts";
import { createTally, type Tally } from "../tally.ts";
import { GROUPS } from "./model.ts";

export interface Exerciser {
  readonly machine: MachineMemory;
  readonly random: Random;
  readonly tally: Tally;
  /** Pages of all allocations that were made. */
  pagesAllocated(): number;
  /** Pages that are held. */
  pagesHeld(): number;
  /** A block for a group; its slot, or -1 where there is no memory for it. */
  allocate(order: number, use: Use, group: number): number;
  free(slot: number): void;
  /** Makes a block into blocks of a smaller order, which belong to `group` from then on. */
  split(slot: number, newOrder: number, group: number): void;
  /** `mprotect(PROT_MTE)` on a page of a movable block; false where the block stays as it was. */
  protect(slot: number, offset: number): boolean;
  /** An access to the tags of a block that was allocated as tagged and lacks tag storage; true where it has now. */
  retry(slot: number): boolean;
  lacksTagStorage(slot: number): boolean;
  setPinned(slot: number, isPinned: boolean): void;
  /** Blocks in a group. */
  count(group: number): number;
  /** Slot of the `index`-th block of a group; and of a random one. The group is not empty. */
  at(group: number, index: number): number;
  pick(group: number): number;
  regroup(slot: number, group: number): void;
  orderOf(slot: number): number;
  groupOf(slot: number): number;
  /** Frees all that is held, which no listener is told of. */
  freeAll(): void;
}

/** Starts with room for so many blocks; doubles. */
const FIRST_SLOTS = 4096;

/** A machine after boot, of which nothing is held. `onOperation` is told of each operation once it is done. */
export function createExerciser(
  options: MachineOptions,
  random: Random,
  onOperation: ((operation: Operation) => void) | null,
): Exerciser {
  let pageAt = new Int32Array(FIRST_SLOTS);
  let orderAt = new Uint8Array(FIRST_SLOTS);
  let groupAt = new Uint8Array(FIRST_SLOTS);
  /** Place in its group; for a slot that is not in use, the next such. */
  let placeAt = new Int32Array(FIRST_SLOTS);
  let slots = 0;
  let firstUnused = -1;
  const members = Array.from({ length: GROUPS }, () => ({ slots: new Int32Array(16), count: 0 }));
  let pagesAllocated = 0;
  let pagesHeld = 0;

  const machine = createMachineMemory({
    ...options,
    listener: {
      moved(slot, _from, to) {
        pageAt[slot] = to;
      },
      split(slot, page, order) {
        divide(slot, page, order, 0, groupAt[slot]!);
      },
    },
  });
  const tally = createTally(machine.stats);

  function newSlot(page: number, order: number, group: number): number {
    let slot = firstUnused;
    if (slot >= 0) firstUnused = placeAt[slot]!;
    else {
      slot = slots++;
      if (slot === pageAt.length) grow();
    }
    pageAt[slot] = page;
    orderAt[slot] = order;
    join(slot, group);
    return slot;
  }

  function grow(): void {
    const grown = <Numbers extends Int32Array | Uint8Array>(from: Numbers, to: Numbers): Numbers => {
      to.set(from);
      return to;
    };
    const length = 2 * pageAt.length;
    pageAt = grown(pageAt, new Int32Array(length));
    orderAt = grown(orderAt, new Uint8Array(length));
    groupAt = grown(groupAt, new Uint8Array(length));
    placeAt = grown(placeAt, new Int32Array(length));
  }

  function join(slot: number, group: number): void {
    const list = members[group]!;
    if (list.count === list.slots.length) {
      const longer = new Int32Array(2 * list.count);
      longer.set(list.slots);
      list.slots = longer;
    }
    list.slots[list.count] = slot;
    groupAt[slot] = group;
    placeAt[slot] = list.count++;
  }

  function leave(slot: number): void {
    const list = members[groupAt[slot]!]!;
    const last = list.slots[--list.count]!;
    const place = placeAt[slot]!;
    list.slots[place] = last;
    placeAt[last] = place;
  }

  function dropSlot(slot: number): void {
    leave(slot);
    placeAt[slot] = firstUnused;
    firstUnused = slot;
  }

  /** The slot keeps the first part; the others get slots of their own. */
  function divide(slot: number, page: number, order: number, newOrder: number, group: number): void {
    orderAt[slot] = newOrder;
    if (groupAt[slot] !== group) regroup(slot, group);
    for (let part = page + (1 << newOrder); part < page + (1 << order); part += 1 << newOrder) {
      machine.setOwner(part, newSlot(part, newOrder, group));
    }
  }

  function regroup(slot: number, group: number): void {
    leave(slot);
    join(slot, group);
  }

  function allocate(order: number, use: Use, group: number): number {
    const slot = newSlot(0, order, group);
    tally.begin();
    const page = machine.allocate(order, USE[use], slot);
    if (use === "tagged") tally.endTagged(page >= 0);
    else tally.endData(page >= 0);
    onOperation?.({ kind: "allocate", pfn: page < 0 ? null : machine.pfnOf(page), order, use });
    if (page < 0) {
      dropSlot(slot);
      return -1;
    }
    pageAt[slot] = page;
    pagesAllocated += 1 << order;
    pagesHeld += 1 << order;
    return slot;
  }

  function free(slot: number): void {
    const page = pageAt[slot]!;
    const order = orderAt[slot]!;
    machine.free(page, order);
    pagesHeld -= 1 << order;
    dropSlot(slot);
    onOperation?.({ kind: "free", pfn: machine.pfnOf(page), order });
  }

  function split(slot: number, newOrder: number, group: number): void {
    const page = pageAt[slot]!;
    const order = orderAt[slot]!;
    machine.split(page, order, newOrder);
    divide(slot, page, order, newOrder, group);
    onOperation?.({ kind: "split", pfn: machine.pfnOf(page), order, newOrder });
  }

  function protect(slot: number, offset: number): boolean {
    const page = pageAt[slot]! + offset;
    tally.begin();
    const isDone = machine.makeTagged(page) >= 0;
    tally.endTagged(isDone);
    onOperation?.({ kind: "protect", pfn: machine.pfnOf(page) });
    return isDone;
  }

  function retry(slot: number): boolean {
    const page = pageAt[slot]!;
    const isDone = machine.retryTags(page, orderAt[slot]!);
    onOperation?.({ kind: "retry", pfn: machine.pfnOf(page), order: orderAt[slot]! });
    return isDone;
  }

  function setPinned(slot: number, isPinned: boolean): void {
    machine.setPinned(pageAt[slot]!, isPinned);
    onOperation?.({ kind: "pin", pfn: machine.pfnOf(pageAt[slot]!), order: orderAt[slot]!, isPinned });
  }

  function freeAll(): void {
    for (const list of members) {
      while (list.count > 0) {
        const slot = list.slots[list.count - 1]!;
        machine.free(pageAt[slot]!, orderAt[slot]!);
        dropSlot(slot);
      }
    }
    pagesHeld = 0;
  }

  return {
    machine,
    random,
    tally,
    pagesAllocated: () => pagesAllocated,
    pagesHeld: () => pagesHeld,
    allocate,
    free,
    split,
    protect,
    retry,
    lacksTagStorage: (slot) => machine.lacksTagStorage(pageAt[slot]!),
    setPinned,
    count: (group) => members[group]!.count,
    at: (group, index) => members[group]!.slots[index]!,
    pick: (group) => members[group]!.slots[randomBelow(random, members[group]!.count)]!,
    regroup,
    orderOf: (slot) => orderAt[slot]!,
    groupOf: (slot) => groupAt[slot]!,
    freeAll,
  };
}
