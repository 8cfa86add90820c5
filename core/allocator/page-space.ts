/**
 * Page numbers for a machine's memory: PFNs have holes of terabytes between them, typed arrays cannot. Memory is laid
 * out in chunks, each aligned as the largest block is and in one zone alone, so that `page ^ 2^order` is the buddy of
 * `page` as it is for PFNs. Where a zone ends inside a chunk, each zone has the chunk for itself, and the other's pages
 * are absent from it: no block can cross a zone boundary, which is what the kernel's `page_is_buddy` asks.
 */
import type { PfnRange } from "../region.ts";

/** Pages that a machine can have here: 4 TiB of 4 KiB pages, in 10 GiB of arrays. */
export const MAX_PAGES = 2 ** 30;

/** Chunks are no smaller, so that what is kept for each of them is small for a page. */
const LEAST_CHUNK_ORDER = 9;

/** A zone's span of PFNs, holes included. */
export interface ZoneSpan extends PfnRange {
  readonly name: string;
  /** Zones of one NUMA node have the same number; node 0 where it is left out. */
  readonly node?: number;
}

/** Memory without a hole in one zone: page number = PFN + `offset`. */
export interface PageSegment extends PfnRange {
  readonly offset: number;
  readonly zone: number;
}

export interface PageSpace {
  /** Page numbers are below this. */
  readonly pages: number;
  readonly chunkOrder: number;
  /** Ascending. */
  readonly segments: readonly PageSegment[];
  readonly zones: readonly ZoneSpan[];
  /** For each chunk, the index of its zone. */
  readonly chunkZone: Uint8Array;
  /** For each chunk, the PFN of its first page. */
  readonly chunkPfn: Float64Array;
}

/**
 * Numbers the pages of `banks` that lie in `zones` (both ascending and without overlap). `blockOrder` is the order of
 * the largest block or pageblock. Throws a RangeError past {@link MAX_PAGES}.
 */
export function createPageSpace(banks: readonly PfnRange[], zones: readonly ZoneSpan[], blockOrder: number): PageSpace {
  const chunkOrder = Math.max(blockOrder, LEAST_CHUNK_ORDER);
  const chunkPages = 2 ** chunkOrder;
  const segments: PageSegment[] = [];
  let pages = 0;
  zones.forEach((zone, index) => {
    let offset = 0;
    let chunksEnd = Number.NEGATIVE_INFINITY;
    for (const bank of banks) {
      const start = Math.max(bank.start, zone.start);
      const end = Math.min(bank.end, zone.end);
      if (start > end) continue;
      const first = Math.floor(start / chunkPages) * chunkPages;
      const last = (Math.floor(end / chunkPages) + 1) * chunkPages;
      if (first > chunksEnd) offset = pages - first;
      pages += last - Math.max(first, chunksEnd);
      chunksEnd = last;
      segments.push({ start, end, offset, zone: index });
    }
  });
  if (pages > MAX_PAGES) {
    throw new RangeError(`the machine has ${pages} pages with its padding; at most ${MAX_PAGES} can be exercised`);
  }
  const chunkZone = new Uint8Array(pages / chunkPages);
  const chunkPfn = new Float64Array(pages / chunkPages);
  for (const { start, end, offset, zone } of segments) {
    const first = Math.floor((start + offset) / chunkPages);
    const last = Math.floor((end + offset) / chunkPages);
    for (let chunk = first; chunk <= last; chunk++) {
      chunkZone[chunk] = zone;
      chunkPfn[chunk] = chunk * chunkPages - offset;
    }
  }
  return { pages, chunkOrder, segments, zones, chunkZone, chunkPfn };
}

/** The page number of `pfn`; -1 where the machine has no such page. */
export function pageOf(space: PageSpace, pfn: number): number {
  const segment = segmentOf(space, pfn);
  return segment === null ? -1 : pfn + segment.offset;
}

/** The page number of the first of `count` pages from `pfn` on; -1 where they are not all there, in one zone. */
export function pagesOf(space: PageSpace, pfn: number, count: number): number {
  const segment = segmentOf(space, pfn);
  return segment !== null && pfn + count - 1 <= segment.end ? pfn + segment.offset : -1;
}

/** The memory without a hole, in one zone, that a PFN lies in. */
function segmentOf({ segments }: PageSpace, pfn: number): PageSegment | null {
  // the first that does not end before it
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segments[middle]!.end < pfn) low = middle + 1;
    else high = middle;
  }
  const found = segments[low];
  return found !== undefined && pfn >= found.start ? found : null;
}

/** The PFN of a page number. */
export function pfnOf(space: PageSpace, page: number): number {
  const { chunkOrder } = space;
  return space.chunkPfn[page >>> chunkOrder]! + (page & ((1 << chunkOrder) - 1));
}
