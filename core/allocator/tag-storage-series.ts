/**
 * What each series does at a reservation besides its arithmetic, which is in reservation.ts: how often it tries, what
 * becomes of the allocation where it fails, and what it counts for `/proc/vmstat`.
 */
import type { Series } from "../series.ts";

/** Pages, counted where the series' own code counts them; see {@link SeriesRules.vmstat}. */
export const PAGES_RESERVED = 0;
/** One block for each reservation that failed. */
export const PAGES_FAILED = 1;
/** Blocks let go when tagged pages were freed. */
export const PAGES_RELEASED = 2;
/** Blocks let go by a reservation that failed later on. */
export const PAGES_UNDONE = 3;
/** Blocks taken for which the entry in `tag_blocks_reserved` could not be stored. */
export const PAGES_NOT_STORED = 4;
export const RESERVATION_COUNTS = 5;

export interface SeriesRules {
  /** Calls of `alloc_contig_range` for a block, as long as it is busy. */
  readonly tries: number;
  /** A block of one page that is free is taken at once (`take_page_off_buddy`), which no fatal signal stops. */
  readonly takesFreePage: boolean;
  /** `cma_alloc_range`: the block must lie in the region's own area, and on a multiple of its size (a power of two). */
  readonly staysInArea: boolean;
  /** Where tag storage cannot be had: true, the allocation fails; false, it goes ahead without. */
  readonly failsAllocation: boolean;
  /** A page for which the table has no row: true, that is taken for success and the page is used as tagged. */
  readonly passesUnknownPage: boolean;
  /** The line of `/proc/vmstat` for free pages of tag storage: rfc-v1's have a migrate type of their own. */
  readonly freeLine: "nr_free_metadata" | "nr_free_cma";
  /** Its other lines, each the sum of some of the counts above. */
  readonly vmstat: Readonly<Record<string, readonly number[]>>;
}

/**
 * rfc-v1: `reserve_metadata_storage`; rfc-v2, rfc-v3: `reserve_tag_storage`. rfc-v1 and rfc-v2 count a block once it is
 * stored, rfc-v3 in `cma_alloc_range` and `cma_release`. rfc-v3's shortcut for free blocks (`cma_alloc_pages_fastpath`)
 * takes end from start where it means start from end, and is never taken.
 */
const RULES: Readonly<Record<Series, SeriesRules>> = {
  "rfc-v1": {
    tries: 5,
    takesFreePage: false,
    staysInArea: false,
    failsAllocation: true,
    passesUnknownPage: true,
    freeLine: "nr_free_metadata",
    vmstat: {
      metadata_reserve_success: [PAGES_RESERVED],
      metadata_reserve_fail: [PAGES_FAILED, PAGES_NOT_STORED],
      metadata_reserve_free: [PAGES_RELEASED],
    },
  },
  "rfc-v2": {
    tries: 3,
    takesFreePage: true,
    staysInArea: false,
    failsAllocation: true,
    passesUnknownPage: true,
    freeLine: "nr_free_cma",
    vmstat: { cma_alloc_success: [PAGES_RESERVED], cma_alloc_fail: [PAGES_FAILED, PAGES_NOT_STORED] },
  },
  "rfc-v3": {
    tries: 3,
    takesFreePage: false,
    staysInArea: true,
    failsAllocation: false,
    passesUnknownPage: false,
    freeLine: "nr_free_cma",
    vmstat: {
      cma_alloc_success: [PAGES_RESERVED, PAGES_NOT_STORED],
      cma_alloc_fail: [PAGES_FAILED],
      cma_release_success: [PAGES_RELEASED, PAGES_UNDONE, PAGES_NOT_STORED],
      cma_release_fail: [],
    },
  },
  // no kernel: rfc-v3's ways with failure, and its names
  exact: {
    tries: 3,
    takesFreePage: false,
    staysInArea: false,
    failsAllocation: false,
    passesUnknownPage: false,
    freeLine: "nr_free_cma",
    vmstat: {
      cma_alloc_success: [PAGES_RESERVED, PAGES_NOT_STORED],
      cma_alloc_fail: [PAGES_FAILED],
      cma_release_success: [PAGES_RELEASED, PAGES_UNDONE, PAGES_NOT_STORED],
      cma_release_fail: [],
    },
  },
};

/** The rules of a series. */
export function seriesRules(series: Series): SeriesRules {
  return RULES[series];
}
