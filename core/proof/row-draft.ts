/** A row of the proof in the making. */
import type { OrderRow } from "./proof.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends object ? Mutable<T[K]> : T[K] };

export type RowDraft = Mutable<OrderRow>;

/** A row in which nothing is broken so far. */
export function newRow(region: number, order: number, allocations: number): RowDraft {
  return {
    region,
    order,
    allocations,
    unprotected: { allocations: 0, pages: 0, first: null },
    overReserved: { allocations: 0, blocks: 0, first: null },
    outOfRegion: { allocations: 0, first: null },
    leaks: { allocations: 0, first: null },
    earlyReleases: { allocations: 0, first: null },
  };
}

/** Counts `allocations` that break an obligation, the lowest of them at `first`. */
export function addBreach(breach: RowDraft["leaks"], allocations: number, first: number): void {
  breach.allocations += allocations;
  if (breach.first === null || first < breach.first) breach.first = first;
}
