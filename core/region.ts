/** A stretch of pages, both ends included, as in the kernel's `struct range`. */
export interface PfnRange {
  readonly start: number;
  readonly end: number;
}

/** One row of the kernel's `tag_regions` table. PFNs count pages of the kernel's page size. */
export interface TagRegion {
  /** Path of the tag storage node. */
  readonly node: string;
  /** Path of the node whose memory the tags are for. */
  readonly memoryNode: string;
  /** Tagged memory, `m0 … m1`. */
  readonly memory: PfnRange;
  /** Tag storage, `t0 … t1`. */
  readonly tags: PfnRange;
  /** `B`: the pages that are reserved as one. */
  readonly blockPages: number;
  readonly numaNode: number | null;
}

/** Pages in a range. */
export function rangePages(range: PfnRange): number {
  return range.end - range.start + 1;
}

/** True where two ranges share a page. */
export function rangesOverlap(a: PfnRange, b: PfnRange): boolean {
  return a.start <= b.end && b.start <= a.end;
}
