/**
 * One row of the proof: all allocations of one order in one region, counted without walking them.
 *
 * What happens to the allocation at PFN `p` depends on where `p` stands in the pattern of blocks, which repeats
 * after `32 * B` pages, and on a few thresholds: where the kernel's lookup changes its answer, where the walk leaves
 * the tag range, where the tags run out. Between thresholds (a *zone*) allocations repeat after the least common
 * multiple of the pattern and `2^order`. In one such repetition the edges of blocks cut the first pages into
 * *stretches*: in each, either everything stays the same or only one aligned allocation fits. One allocation of each
 * stretch is checked, and counted as often as its stretch has allocations and the zone has repetitions.
 *
 * The cost: at most `2^order / 32` repetitions of the pattern are looked at, whatever `B` is and however large the
 * memory.
 */
import type { TagRegion } from "../region.ts";
import { blocksWalked, pagesPerBlock, wholeBlocks } from "../reservation.ts";
import type { Series } from "../series.ts";
import { checkAllocation, newAllocationCheck } from "./allocation-check.ts";
import { floorSum } from "./floor-sum.ts";
import type { OrderRow } from "./proof.ts";
import type { SharedBlocks } from "./shared-blocks.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends object ? Mutable<T[K]> : T[K] };

type RowDraft = Mutable<OrderRow>;

/** First pages `start … end - 1`, all of which the kernel looks up in the same row. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  /** The row found; null where the lookup finds none. */
  readonly found: TagRegion | null;
  /** Blocks of the region that the row found has too. */
  readonly shared: SharedBlocks;
}

/** Counts row `index` of `regions` at one order; `segments` are its first pages by what the lookup gives. */
export function orderRow(
  index: number,
  region: TagRegion,
  segments: readonly Segment[],
  series: Series,
  order: number,
): OrderRow {
  const pages = 2 ** order;
  const row: RowDraft = {
    region: index,
    order,
    allocations: alignedIn(region.memory.start, region.memory.end + 2 - pages, pages),
    unprotected: { allocations: 0, pages: 0, first: null },
    overReserved: { allocations: 0, blocks: 0, first: null },
    outOfRegion: { allocations: 0, first: null },
    leaks: { allocations: 0, first: null },
    earlyReleases: { allocations: 0, first: null },
  };
  for (const segment of segments) {
    // First pages of allocations that end in the region's memory.
    const end = Math.min(segment.end, region.memory.end + 2 - pages);
    if (alignedIn(segment.start, end, pages) === 0) continue;
    if (segment.found === null) countUnreserved(row, segment.start, end);
    else countSegment(row, { region, found: segment.found, shared: segment.shared, series, order }, segment.start, end);
  }
  return row;
}

/** Allocations that find no region: nothing is reserved, no page is protected. */
function countUnreserved(row: RowDraft, start: number, end: number): void {
  const pages = 2 ** row.order;
  const allocations = alignedIn(start, end, pages);
  addBreach(row.unprotected, allocations, alignUp(start, pages));
  row.unprotected.pages += allocations * pages;
}

/** Allocations of one order in one region that the kernel all looks up in the row `found`. */
interface Pattern {
  readonly region: TagRegion;
  readonly found: TagRegion;
  readonly shared: SharedBlocks;
  readonly series: Series;
  readonly order: number;
}

function countSegment(row: RowDraft, pattern: Pattern, start: number, end: number): void {
  const edges = stretchEdges(pattern);
  for (const zone of zones(pattern, start, end)) countZone(row, pattern, edges, zone.start, zone.end);
}

/** First pages `start … end - 1` with no threshold between them. */
interface Zone {
  readonly start: number;
  readonly end: number;
}

/**
 * Zones of a segment: cut where the walk starts before or ends behind the tag range, and around the end of the tag
 * range's whole blocks, where between the two cuts at most one aligned allocation stands.
 */
function zones({ region, found, series, order }: Pattern, start: number, end: number): Zone[] {
  const pages = 2 ** order;
  const foundStart = found.memory.start;
  const foundPeriod = pagesPerBlock(found);
  const blocksBelowStart = Math.ceil((region.tags.start - found.tags.start) / found.blockPages);
  const blocksBelowEnd = Math.floor((region.tags.end + 1 - found.tags.start) / found.blockPages);
  const leavesAt =
    series === "exact"
      ? foundStart + foundPeriod * blocksBelowEnd - pages + 1
      : foundStart + foundPeriod * (blocksBelowEnd - blocksWalked(series, found, order, foundStart) + 1);
  const tagsEndAt = region.memory.start + pagesPerBlock(region) * wholeBlocks(region);
  const cuts = [foundStart + foundPeriod * blocksBelowStart, leavesAt, tagsEndAt - pages + 1, tagsEndAt]
    .filter((cut) => cut > start && cut < end)
    .sort((a, b) => a - b);
  return [...cuts, end].map((cut, index) => ({ start: cuts[index - 1] ?? start, end: cut }));
}

/**
 * First pages, modulo the period and ascending, at which an allocation begins or ends to touch a shared block, to
 * straddle one of its edges, or to reserve it. More edges than needed do no harm.
 */
function stretchEdges({ region, found, shared, series, order }: Pattern): number[] {
  const { periodPages, regionEdge, foundEdge } = shared;
  const reach = 2 ** order - 1;
  const regionEnd = regionEdge + pagesPerBlock(region);
  const foundEnd = foundEdge + pagesPerBlock(found);
  const edges = [regionEdge, regionEdge - reach, regionEnd, regionEnd - reach, foundEdge, foundEnd];
  if (series === "exact") edges.push(foundEdge - reach, foundEnd - reach);
  else edges.push(foundEdge - pagesPerBlock(found) * (blocksWalked(series, found, order, found.memory.start) - 1));
  return [...new Set(edges.map((edge) => modulo(edge, periodPages)))].sort((a, b) => a - b);
}

function countZone(row: RowDraft, pattern: Pattern, edges: readonly number[], start: number, end: number): void {
  const { region, found, shared, series, order } = pattern;
  const pages = 2 ** order;
  const period = shared.periodPages;
  const repetition = (pages / Math.min(pages, powerOfTwoIn(period))) * period;
  const repetitions = Math.floor((end - start) / repetition);
  /** What is left over after the last whole repetition looks like the beginning of the first. */
  const restEnd = end - repetitions * repetition;
  const walkedEnd = repetitions > 0 ? start + repetition : end;
  const sumsBlocksApart = series === "exact" && found !== region;
  if (sumsBlocksApart) row.overReserved.blocks += exactBlocksWalked(found, start, end, pages);

  const check = newAllocationCheck();
  for (let pfn = alignUp(start, pages); pfn < walkedEnd; ) {
    const place = pfn % period;
    const edge = edges.find((candidate) => candidate > place) ?? edges[0]! + period;
    const stretchEnd = Math.min(pfn - place + edge, walkedEnd);
    const inStretch = alignedIn(pfn, stretchEnd, pages);
    const allocations =
      repetitions > 0 ? inStretch * repetitions + alignedIn(pfn, Math.min(stretchEnd, restEnd), pages) : inStretch;
    checkAllocation(check, region, found, shared, series, order, pfn);
    if (check.unprotectedPages > 0) {
      addBreach(row.unprotected, allocations, pfn);
      row.unprotected.pages += allocations * check.unprotectedPages;
    }
    if (check.isOverReserved) addBreach(row.overReserved, allocations, pfn);
    const walked = sumsBlocksApart ? 0 : blocksWalked(series, found, order, pfn);
    row.overReserved.blocks += allocations * (walked - check.usefulBlocks);
    if (check.isOutOfRegion) addBreach(row.outOfRegion, allocations, pfn);
    if (check.isLeaking) addBreach(row.leaks, allocations, pfn);
    if (check.isReleasedEarly) addBreach(row.earlyReleases, allocations, pfn);
    pfn += inStretch * pages;
  }
}

/**
 * Blocks that `exact` walks for all allocations that start in `start … end - 1`. Its walk grows by one where an
 * allocation straddles a block of the region that the kernel found, which has its own rhythm where that is another
 * region: so they are summed in closed form, `block(last page) - block(first page) + 1` over an arithmetic progression.
 */
function exactBlocksWalked(found: TagRegion, start: number, end: number, pages: number): number {
  const count = alignedIn(start, end, pages);
  const offset = alignUp(start, pages) - found.memory.start;
  const period = pagesPerBlock(found);
  const added = floorSum(count, pages, offset + pages - 1, period) - floorSum(count, pages, offset, period);
  return Number(added) + count;
}

function addBreach(breach: Mutable<OrderRow["leaks"]>, allocations: number, first: number): void {
  breach.allocations += allocations;
  if (breach.first === null || first < breach.first) breach.first = first;
}

/** Multiples of `pages` in `start … end - 1`. */
function alignedIn(start: number, end: number, pages: number): number {
  return Math.max(Math.ceil(end / pages) - Math.ceil(start / pages), 0);
}

function alignUp(pfn: number, pages: number): number {
  return Math.ceil(pfn / pages) * pages;
}

/** The largest power of two that divides `value`. */
function powerOfTwoIn(value: number): number {
  let power = 1;
  while (value % (power * 2) === 0) power *= 2;
  return power;
}

/** `value` modulo `modulus`, from 0 on; exact for whole numbers. */
function modulo(value: number, modulus: number): number {
  const rest = value % modulus;
  return rest < 0 ? rest + modulus : rest;
}
