/** What a run can show to be wrong with a layout under a series' arithmetic. Data, not exceptions: a layout's, not ours. */
import { FIRST_BREACH_FIELDS, type TagStorage } from "./tag-storage.ts";

/** A page of the allocation has no block wholly inside its region's tag range. */
export const CONTAINMENT = 0;
/** The allocation, or a block that it needs, lies in another row's tags or memory too. */
export const DISJOINTNESS = 1;
/** A block that the allocation needs gets no references. */
export const COVERAGE = 2;
/** A block that it does not need gets references. */
export const PRECISION = 3;
/**
 * A block that does not lie wholly inside the tag range gets references, `precision` too: these are somebody else's pages.
 * Or it was to get them and could not be had: then each attempt counts.
 */
export const OUT_OF_REGION = 4;
/** A block gets more references than its pages will give back. */
export const RELEASE = 5;
/** A block gets references, but fewer than pages that need it. */
export const RETENTION = 6;
/** A block went back to the page allocator while a live tagged page needed it. */
export const EARLY_RELEASE = 7;
/** A free took more references off a block than it had. */
export const NEGATIVE_COUNT = 8;
/** A free came to a block that was not reserved (the kernel warns once: "Block … is not reserved"). */
export const UNRESERVED_FREE = 9;
/**
 * An allocation that lies in the memory of several rows, or past an edge of a row's memory, is not reserved for as its
 * pages need: the kernel looks up its first page alone. The obligations are about allocations in one row's memory, so
 * this is told instead of the five that are about blocks and references.
 */
export const STRADDLE = 10;
/** A block was taken off the page allocator, could not be stored, and belongs to nobody since: see docs/findings.md, 8. */
export const LOST_BLOCK = 11;

/** By number. The first seven are about one allocation and are the proof's; the next three need a sequence. */
const BREACH_NAMES = [
  "containment",
  "disjointness",
  "coverage",
  "precision",
  "out-of-region",
  "release",
  "retention",
  "early-release",
  "negative-count",
  "unreserved-free",
  "straddle",
  "lost-block",
] as const;

export interface BreachCount {
  readonly name: (typeof BREACH_NAMES)[number];
  /** Allocations or frees that showed it, each counted once. */
  readonly count: number;
  /** The first of them. `operation` counts from 1; `pfn` and `order` are those of the allocation or free. */
  readonly first: { readonly operation: number; readonly pfn: number; readonly order: number; readonly block: number };
}

/** Counts a breach, and keeps the first of its kind. `block` is the PFN of the block at fault. */
export function breach(tags: TagStorage, kind: number, pfn: number, order: number, block: number): void {
  const { breaches, firstBreaches } = tags;
  if (breaches[kind] === 0) {
    const at = kind * FIRST_BREACH_FIELDS;
    firstBreaches[at] = tags.stats.operations;
    firstBreaches[at + 1] = pfn;
    firstBreaches[at + 2] = order;
    firstBreaches[at + 3] = block;
  }
  breaches[kind] = breaches[kind]! + 1;
}

/** The kinds that were met. */
export function breachCounts(tags: TagStorage): BreachCount[] {
  return BREACH_NAMES.flatMap((name, kind) => {
    const count = tags.breaches[kind]!;
    if (count === 0) return [];
    const at = kind * FIRST_BREACH_FIELDS;
    const [operation, pfn, order, block] = tags.firstBreaches.subarray(at, at + FIRST_BREACH_FIELDS);
    return [{ name, count, first: { operation: operation!, pfn: pfn!, order: order!, block: block! } }];
  });
}
