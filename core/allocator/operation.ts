/**
 * What is done to a machine's memory, as data: what workloads record, shrinking cuts down and replay files hold. Pages go
 * by PFN, as in the kernel's trace events, and a block by that of its first page at the time.
 */
import type { MachineMemory } from "./machine-memory.ts";
import { USE } from "./machine-operations.ts";
import { PLACED } from "./outcome.ts";

export type Use = keyof typeof USE;

export type Operation =
  /** `2^order` pages at `pfn`; null where the page allocator chooses, or where it had none to give. */
  | { readonly kind: "allocate"; readonly pfn: number | null; readonly order: number; readonly use: Use }
  | { readonly kind: "free"; readonly pfn: number; readonly order: number }
  /** The block becomes blocks of `newOrder`. */
  | { readonly kind: "split"; readonly pfn: number; readonly order: number; readonly newOrder: number }
  /** `mprotect(PROT_MTE)` on the page at `pfn`, in whatever block. */
  | { readonly kind: "protect"; readonly pfn: number }
  /** An access to the tags of a block that was allocated as tagged and has no tag storage. */
  | { readonly kind: "retry"; readonly pfn: number; readonly order: number }
  /** Holds the data of a block in place, or lets it go. */
  | { readonly kind: "pin"; readonly pfn: number; readonly order: number; readonly isPinned: boolean };

/**
 * Does an operation to a machine; false where it does not apply: there is no such block, or the pages are not free. An
 * allocation is made where it says, whatever the page allocator would choose, so that each operation means the same where
 * others are left out. One without a place is tried, and what it gets is freed again.
 */
export function applyOperation(machine: MachineMemory, operation: Operation): boolean {
  if (operation.kind === "allocate")
    return applyAllocation(machine, operation.pfn, operation.order, USE[operation.use]);
  const page = machine.pageOf(operation.pfn);
  const block = page < 0 ? -1 : machine.dataBlockOf(page);
  if (block < 0) return false;
  if (operation.kind === "protect") return machine.isMovable(block) && machine.makeTagged(page) >= 0;
  if (block !== page || machine.orderOf(page) !== operation.order) return false;
  switch (operation.kind) {
    case "free":
      machine.free(page, operation.order);
      return true;
    case "split":
      if (operation.newOrder > operation.order) return false;
      machine.split(page, operation.order, operation.newOrder);
      return true;
    case "retry":
      return machine.lacksTagStorage(page) && machine.retryTags(page, operation.order);
    case "pin":
      machine.setPinned(page, operation.isPinned);
      return true;
  }
}

function applyAllocation(machine: MachineMemory, pfn: number | null, order: number, use: number): boolean {
  if (pfn !== null) return machine.allocateAt(machine.pageOf(pfn), order, use, 0) === PLACED;
  const page = machine.allocate(order, use, 0);
  if (page >= 0) machine.free(page, order);
  return page >= 0;
}
