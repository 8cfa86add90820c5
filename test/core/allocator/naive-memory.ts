/** A page allocator that keeps a set of pages, to hold the real one against: slow, plain, and without lists. */
import type { ZoneSpan } from "../../../core/allocator/page-space.ts";
import type { PfnRange } from "../../../core/region.ts";

export interface NaiveMachine {
  readonly maxOrder: number;
  readonly pageblockOrder: number;
  readonly banks: readonly PfnRange[];
  readonly zones: readonly ZoneSpan[];
  readonly reserved: readonly PfnRange[];
  readonly cma: readonly PfnRange[];
}

/** A free block that the real allocator must hold: free pages, as many as are aligned together. */
export interface NaiveBlock {
  readonly pfn: number;
  readonly order: number;
}

export interface NaiveMemory {
  readonly free: ReadonlySet<number>;
  /** Why `2^order` pages at `pfn` may not be given out; null where they may. */
  refuse(pfn: number, order: number, allowCma: boolean): string | null;
  /** Whether an allocation can be met at all. */
  canAllocate(order: number, allowCma: boolean): boolean;
  take(pfn: number, order: number): void;
  give(pfn: number, order: number): void;
  isCma(pfn: number): boolean;
  zoneOf(pfn: number): number;
  /** Free pages as blocks, each as large as can be. */
  blocks(): NaiveBlock[];
}

export function createNaiveMemory(machine: NaiveMachine): NaiveMemory {
  const { maxOrder, zones, reserved, cma, banks } = machine;
  const pageblockPages = 2 ** Math.min(machine.pageblockOrder, maxOrder);
  const holds = (ranges: readonly PfnRange[], pfn: number) =>
    ranges.some(({ start, end }) => pfn >= start && pfn <= end);
  const zoneOf = (pfn: number) => zones.findIndex(({ start, end }) => pfn >= start && pfn <= end);

  /** CMA is what fills a pageblock that the machine has, in one zone. */
  const isCmaPageblock = (first: number) => {
    for (let pfn = first; pfn < first + pageblockPages; pfn++) {
      if (!holds(cma, pfn) || !holds(banks, pfn) || zoneOf(pfn) !== zoneOf(first)) return false;
    }
    return cma.some(({ start, end }) => first >= start && first + pageblockPages - 1 <= end);
  };
  const cmaPages = new Set<number>();
  const free = new Set<number>();
  for (const { start, end } of banks) {
    for (let pfn = start; pfn <= end; pfn++) {
      if (zoneOf(pfn) < 0) continue;
      const isCma = isCmaPageblock(pfn - (pfn % pageblockPages));
      if (isCma) cmaPages.add(pfn);
      if (isCma || !(holds(reserved, pfn) || holds(cma, pfn))) free.add(pfn);
    }
  }

  /** Whether these pages are free, in one zone, and all of one kind. */
  const isRun = (pfn: number, order: number) => {
    if (!free.has(pfn)) return false;
    for (let i = pfn; i < pfn + 2 ** order; i++) {
      if (!free.has(i) || zoneOf(i) !== zoneOf(pfn) || cmaPages.has(i) !== cmaPages.has(pfn)) return false;
    }
    return true;
  };

  return {
    free,
    refuse(pfn, order, allowCma) {
      if (pfn % 2 ** order !== 0) return "not aligned";
      for (let i = pfn; i < pfn + 2 ** order; i++) {
        if (!free.has(i)) return `page ${i} is not free`;
        if (cmaPages.has(i) && !allowCma) return `page ${i} is CMA`;
        if (zoneOf(i) !== zoneOf(pfn)) return `page ${i} is in another zone`;
      }
      return null;
    },
    canAllocate(order, allowCma) {
      if (order > maxOrder) return false;
      for (const pfn of free) {
        if (pfn % 2 ** order === 0 && (allowCma || !cmaPages.has(pfn)) && isRun(pfn, order)) return true;
      }
      return false;
    },
    take(pfn, order) {
      for (let i = pfn; i < pfn + 2 ** order; i++) free.delete(i);
    },
    give(pfn, order) {
      for (let i = pfn; i < pfn + 2 ** order; i++) free.add(i);
    },
    isCma: (pfn) => cmaPages.has(pfn),
    zoneOf,
    blocks() {
      const blocks: NaiveBlock[] = [];
      for (const pfn of [...free].sort((a, b) => a - b)) {
        const last = blocks.at(-1);
        if (last !== undefined && pfn < last.pfn + 2 ** last.order) continue;
        let order = maxOrder;
        while (pfn % 2 ** order !== 0 || !isRun(pfn, order)) order--;
        blocks.push({ pfn, order });
      }
      return blocks;
    },
  };
}
