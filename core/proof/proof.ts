/** What a proof says: a row of exact counts for each region and order, and the six obligations decided from them. */

/** Allocations that break one obligation. */
export interface Breach {
  readonly allocations: number;
  /** Lowest first page of such an allocation; null where there is none. */
  readonly first: number | null;
}

/**
 * All allocations of one order in one region. Field order and meaning as in the contract's JSON. No count passes the
 * pages of memory by more than their 32nd part, so with PFNs below 2^52 numbers hold them exactly.
 */
export interface OrderRow {
  /** Row of the region table. */
  readonly region: number;
  readonly order: number;
  /** PFNs at which a naturally aligned block of this order lies wholly in the region's memory. */
  readonly allocations: number;
  /** Some page's block is not reserved; `pages` counts such pages. */
  readonly unprotected: Breach & { readonly pages: number };
  /** A block is reserved that holds no tags of the allocation; `blocks` counts such blocks. */
  readonly overReserved: Breach & { readonly blocks: number };
  /** A reserved block does not lie wholly inside the tag range. */
  readonly outOfRegion: Breach;
  /** Some block has more references than its pages give back when they are freed one at a time. */
  readonly leaks: Breach;
  /** Some reserved block has fewer references than pages that need it. */
  readonly earlyReleases: Breach;
}

/** The obligations of docs/domain.md, in its order. */
export const OBLIGATIONS = ["containment", "disjointness", "coverage", "precision", "release", "retention"] as const;

export type ObligationName = (typeof OBLIGATIONS)[number];

/** Where an obligation breaks: the smallest order first, then the lowest PFN. What does not apply is null. */
export interface Counterexample {
  /** Row of the region table. */
  readonly region: number;
  readonly order: number | null;
  readonly pfn: number;
  /** First page of the lowest block that breaks it. */
  readonly block: number | null;
}

export interface Obligation {
  readonly name: ObligationName;
  readonly holds: boolean;
  readonly counterexample: Counterexample | null;
}

export interface Proof {
  /** One row for each region and each order from 0 to the largest; region by region, orders ascending. */
  readonly orders: readonly OrderRow[];
  /** All six, in the order of {@link OBLIGATIONS}. */
  readonly obligations: readonly Obligation[];
  /**
   * Allocations that lie across the memory of several regions, a case of their own: neither {@link orders} nor
   * {@link obligations} count them. A row for each region and order that has any; `region` is that of the first page,
   * the first in the table where several have it. A reserved block is out of region where it lies in no tag range of
   * the regions that the allocation lies in.
   */
  readonly straddles: readonly OrderRow[];
  /** True when all six obligations hold. */
  readonly safe: boolean;
}
