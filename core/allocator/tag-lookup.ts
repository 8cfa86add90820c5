/**
 * The kernel's look-up of a page's row and block (`tag_storage_find_block`), worked out beforehand for stretches of
 * pages, and its walks for each row and order. What is right is said by reservation.ts alone.
 */
import type { TagRegion } from "../region.ts";
import { blocksWalked, findRegion, pagesPerBlock, referencesAdded, wholeBlocks } from "../reservation.ts";
import type { Series } from "../series.ts";
import { type PageSpace, pagesOf, pfnOf } from "./page-space.ts";

export interface TagLookup {
  /** Row that the kernel finds for a page number; -1 where there is none. */
  rowOf(page: number): number;
  /** Index of the page's block in the row that the kernel finds for it. The page is the one last given to `rowOf`. */
  indexIn(page: number): number;
  /** Page number of the block with this index in a row's tag range or beyond it; -1 where its pages are not there. */
  blockPage(row: number, index: number): number;
  /** Blocks that are walked for an allocation at a page of a row. */
  walked(row: number, order: number, page: number): number;
  /** References that the block at a step of that walk gets. */
  references(row: number, order: number, page: number, step: number): number;
}

export function createTagLookup(
  space: PageSpace,
  regions: readonly TagRegion[],
  series: Series,
  maxOrder: number,
): TagLookup {
  const stretches = findStretches(space, regions).map(({ end, row, offset }) => {
    const region = row < 0 ? null : regions[row]!;
    // the page number that the first page of the row's memory has, or would have
    const origin = region === null ? 0 : region.memory.start + offset;
    const period = region === null ? 1 : pagesPerBlock(region);
    // where both are small, a shift does what a division does
    const shift = Math.abs(origin) < 2 ** 30 ? exactShift(period) : -1;
    return { end, row, origin, period, shift };
  });
  const orders = Array.from({ length: maxOrder + 1 }, (_, order) => order);
  // the kernels' walks do not depend on where an allocation starts, and a single page gets one reference in every series
  const walks = regions.flatMap((region) =>
    orders.flatMap((order) => [
      blocksWalked(series, region, order, region.memory.start),
      referencesAdded(series, region, order, region.memory.start, 0),
    ]),
  );
  const table = Int32Array.from([
    ...stretches.flatMap(({ end, row, shift, origin }) => [end, row, shift, shift < 0 ? 0 : origin]),
    ...regions.flatMap((region) => {
      const { start, end } = region.tags;
      return [pagesOf(space, start, end - start + 1), region.blockPages, wholeBlocks(region)];
    }),
    ...walks,
  ]);
  const rowsAt = STRETCH_FIELDS * stretches.length;
  return tagLookup(
    table,
    rowsAt,
    rowsAt + ROW_FIELDS * regions.length,
    orders.length,
    series !== "exact",
    Float64Array.from(stretches, ({ origin }) => origin),
    Float64Array.from(stretches, ({ period }) => period),
    (row, index) => {
      const { tags, blockPages } = regions[row]!;
      return pagesOf(space, tags.start + index * blockPages, blockPages);
    },
    (row, order, page) => blocksWalked(series, regions[row]!, order, pfnOf(space, page)),
    (row, order, page, step) => referencesAdded(series, regions[row]!, order, pfnOf(space, page), step),
  );
}

/** Of a stretch: its last page, its row, the shift from pages to blocks (-1: none) and the row's first page. */
const STRETCH_FIELDS = 4;
/** So many are looked through from the first on. */
const FEW_STRETCHES = 8;
/** Of a row: the first page of its tags (-1: they are not in one piece), pages of a block, whole blocks. */
const ROW_FIELDS = 3;

/** Parameters, and all numbers in one array, for speed: see block-lists.ts. The last three are for what is seldom. */
function tagLookup(
  table: Int32Array,
  rowsAt: number,
  walksAt: number,
  orders: number,
  isTabled: boolean,
  origins: Float64Array,
  periods: Float64Array,
  findBlock: TagLookup["blockPage"],
  countWalk: TagLookup["walked"],
  countReferences: TagLookup["references"],
): TagLookup {
  let stretch = 0;

  function rowOf(page: number): number {
    stretch = 0;
    if (rowsAt > FEW_STRETCHES * STRETCH_FIELDS) halve(page);
    else while (stretch < rowsAt && page > table[stretch]!) stretch += STRETCH_FIELDS;
    return stretch < rowsAt ? table[stretch + 1]! : -1;
  }

  /** The same where there are many: a tree may have its memory in thousands of pieces. */
  function halve(page: number): void {
    let end = rowsAt / STRETCH_FIELDS;
    for (let first = 0; first < end; ) {
      const middle = (first + end) >> 1;
      if (page > table[middle * STRETCH_FIELDS]!) first = middle + 1;
      else end = middle;
    }
    stretch = end * STRETCH_FIELDS;
  }

  function indexIn(page: number): number {
    const shift = table[stretch + 2]!;
    return shift >= 0 ? (page - table[stretch + 3]!) >> shift : divide(page, stretch / STRETCH_FIELDS);
  }

  function divide(page: number, which: number): number {
    return Math.floor((page - origins[which]!) / periods[which]!);
  }

  function blockPage(row: number, index: number): number {
    const at = rowsAt + ROW_FIELDS * row;
    const first = table[at]!;
    return first >= 0 && index < table[at + 2]! ? first + index * table[at + 1]! : findBlock(row, index);
  }

  function walked(row: number, order: number, page: number): number {
    if (isTabled || order === 0) return table[walksAt + 2 * (row * orders + order)]!;
    return countWalk(row, order, page);
  }

  function references(row: number, order: number, page: number, step: number): number {
    if (isTabled || order === 0) return table[walksAt + 2 * (row * orders + order) + 1]!;
    return countReferences(row, order, page, step);
  }

  return { rowOf, indexIn, blockPage, walked, references };
}

/** How far 1 is shifted to make a number; -1 where it is no power of two. Counted: the last bit of a logarithm is an engine's own. */
function exactShift(number: number): number {
  let shift = 0;
  while (2 ** shift < number) shift++;
  return 2 ** shift === number ? shift : -1;
}

interface Stretch {
  /** The last page number. */
  readonly end: number;
  readonly row: number;
  /** Page number less PFN. */
  readonly offset: number;
}

/** All page numbers up to the last of memory, ascending, cut wherever the row that the kernel finds may change. */
function findStretches(space: PageSpace, regions: readonly TagRegion[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const segment of space.segments) {
    const cuts = regions
      .flatMap((region) => {
        const { start, end } = region.memory;
        return [start, end + 1, start + pagesPerBlock(region) * wholeBlocks(region)];
      })
      .filter((cut) => cut > segment.start && cut <= segment.end)
      .sort((a, b) => a - b);
    let from = segment.start;
    for (const next of [...new Set(cuts), segment.end + 1]) {
      stretches.push({ end: next - 1 + segment.offset, row: findRegion(regions, from), offset: segment.offset });
      from = next;
    }
  }
  return stretches;
}
