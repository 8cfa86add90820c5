/**
 * What a trace has allocated and not freed yet: by the PFN that the traced machine gave it, the block of the model that
 * stands for it. The two part ways where that place is not to be had, and where the model moves data.
 */
/** Stands for an allocation that the model had no memory for. */
export const NO_PAGE = -1;

export interface LiveBlocks {
  /** Slot of the block that starts at a traced PFN; -1 where none does. */
  find(pfn: number): number;
  /** Slot of the block that a traced PFN lies in. */
  findAround(pfn: number): number;
  /** A new block; its slot. None starts at this PFN. */
  add(pfn: number, page: number, order: number): number;
  remove(slot: number): void;
  /** Cuts a block into blocks of a smaller order: the slot keeps the first, `onPart` is told of each other. */
  cut(slot: number, newOrder: number, onPart: (slot: number) => void): void;
  pageOf(slot: number): number;
  setPage(slot: number, page: number): void;
  orderOf(slot: number): number;
}

/** A `Map` holds 2^24 entries at most. */
const SHARDS = 64;
const FIRST_SLOTS = 4096;

/** No block has an order above `maxOrder`. */
export function createLiveBlocks(maxOrder: number): LiveBlocks {
  const shards = Array.from({ length: SHARDS }, () => new Map<number, number>());
  /** For a slot that is not in use, the next such. */
  let pfnAt = new Float64Array(FIRST_SLOTS);
  let pageAt = new Int32Array(FIRST_SLOTS);
  let orderAt = new Uint8Array(FIRST_SLOTS);
  let slots = 0;
  let firstUnused = -1;

  function shardOf(pfn: number): Map<number, number> {
    return shards[pfn % SHARDS]!;
  }

  function grow(): void {
    const grown = <Numbers extends Float64Array | Int32Array | Uint8Array>(from: Numbers, to: Numbers): Numbers => {
      to.set(from);
      return to;
    };
    pfnAt = grown(pfnAt, new Float64Array(2 * slots));
    pageAt = grown(pageAt, new Int32Array(2 * slots));
    orderAt = grown(orderAt, new Uint8Array(2 * slots));
  }

  const find = (pfn: number) => shardOf(pfn).get(pfn) ?? -1;

  function add(pfn: number, page: number, order: number): number {
    let slot = firstUnused;
    if (slot >= 0) firstUnused = pfnAt[slot]!;
    else {
      slot = slots;
      if (slot === pageAt.length) grow();
      slots++;
    }
    pfnAt[slot] = pfn;
    pageAt[slot] = page;
    orderAt[slot] = order;
    shardOf(pfn).set(pfn, slot);
    return slot;
  }

  return {
    find,
    findAround(pfn) {
      for (let order = 0; order <= maxOrder; order++) {
        const slot = find(pfn - (pfn % 2 ** order));
        if (slot >= 0 && orderAt[slot]! >= order) return slot;
      }
      return -1;
    },
    add,
    remove(slot) {
      const pfn = pfnAt[slot]!;
      shardOf(pfn).delete(pfn);
      pfnAt[slot] = firstUnused;
      firstUnused = slot;
    },
    cut(slot, newOrder, onPart) {
      const pages = 2 ** orderAt[slot]!;
      const [pfn, page] = [pfnAt[slot]!, pageAt[slot]!];
      orderAt[slot] = newOrder;
      for (let offset = 2 ** newOrder; offset < pages; offset += 2 ** newOrder) {
        onPart(add(pfn + offset, page === NO_PAGE ? NO_PAGE : page + offset, newOrder));
      }
    },
    pageOf: (slot) => pageAt[slot]!,
    setPage(slot, page) {
      pageAt[slot] = page;
    },
    orderOf: (slot) => orderAt[slot]!,
  };
}
