/**
 * One row of the proof: all allocations of one order in one region, counted without walking them.
 *
 * What happens to the allocation at PFN `p` depends on where `p` stands in the pattern of blocks, which repeats
 * after `32 * B` pages, and on a few thresholds: where the kernel's lookup changes its answer, where the walk leaves
 * the tag range, where the tags run out. Between thresholds (a *zone*) the edges of blocks cut one period of first pages
 * into *stretches* (stretch-edges.ts): in each, all allocations break the same obligations, and the pages that are left
 * unprotected change by the same number from each first page to the next. One first page of each stretch is checked,
 * and the aligned ones in all its repetitions are counted in closed form (passes.ts).
 *
 * So the cost depends on the number of thresholds and edges alone: not on the memory, nor on `B`, nor on the order.
 */
import type { TagRegion } from "../region.ts";
import type { Series } from "../series.ts";
import {
  type AllocationCheck,
  checkAllocation,
  newAllocationCheck,
  newPattern,
  type Pattern,
} from "./allocation-check.ts";
import {
  alignedIn,
  alignmentOf,
  alignUp,
  countInPasses,
  distancesInPasses,
  firstInPasses,
  type Stretch,
} from "./passes.ts";
import type { OrderRow } from "./proof.ts";
import { addBreach, newRow, type RowDraft } from "./row-draft.ts";
import type { SharedBlocks } from "./shared-blocks.ts";
import { modulo, stretchEdges } from "./stretch-edges.ts";

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
  const row = newRow(index, order, alignedIn(region.memory.start, region.memory.end + 2 - pages, pages));
  for (const segment of segments) {
    // First pages of allocations that end in the region's memory.
    const end = Math.min(segment.end, region.memory.end + 2 - pages);
    if (alignedIn(segment.start, end, pages) === 0) continue;
    if (segment.found === null) countUnreserved(row, segment.start, end);
    else countSegment(row, newPattern(region, segment.found, segment.shared, series, order), segment.start, end);
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

function countSegment(row: RowDraft, pattern: Pattern, start: number, end: number): void {
  let edges: number[] | null = null;
  for (const zone of zones(pattern, start, end)) {
    const count = alignedIn(zone.start, zone.end, pattern.pages);
    if (count === 0) continue;
    // Where the tags run out, no two places are alike, and one allocation stands there at most.
    if (count === 1) countOne(row, pattern, alignUp(zone.start, pattern.pages));
    else countByStretches(row, pattern, (edges ??= stretchEdges(pattern)), zone);
  }
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
function zones(pattern: Pattern, start: number, end: number): Zone[] {
  const { region, found, pages, regionPeriod, foundPeriod, whole, walked } = pattern;
  const foundStart = found.memory.start;
  const blocksBelowStart = Math.ceil((region.tags.start - found.tags.start) / found.blockPages);
  const blocksBelowEnd = Math.floor((region.tags.end + 1 - found.tags.start) / found.blockPages);
  const leavesAt =
    walked === null
      ? foundStart + foundPeriod * blocksBelowEnd - pages + 1
      : foundStart + foundPeriod * (blocksBelowEnd - walked + 1);
  const tagsEndAt = region.memory.start + regionPeriod * whole;
  const cuts = [foundStart + foundPeriod * blocksBelowStart, leavesAt, tagsEndAt - pages + 1, tagsEndAt]
    .filter((cut) => cut > start && cut < end)
    .sort((a, b) => a - b);
  return [...cuts, end].map((cut, index) => ({ start: cuts[index - 1] ?? start, end: cut }));
}

/** One object serves all proofs: {@link checkAllocation} fills it in anew each time. */
const check: AllocationCheck = newAllocationCheck();

function countOne(row: RowDraft, pattern: Pattern, pfn: number): void {
  checkAllocation(check, pattern, pfn);
  row.unprotected.pages += check.unprotectedPages;
  row.overReserved.blocks += check.walked - check.useful;
  for (const breach of broken(row)) addBreach(breach, 1, pfn);
}

/** What the allocation that was checked last breaks. */
function broken(row: RowDraft): RowDraft["leaks"][] {
  const breaches: RowDraft["leaks"][] = [];
  if (check.unprotectedPages > 0) breaches.push(row.unprotected);
  if (check.walked > check.useful) breaches.push(row.overReserved);
  if (check.isOutOfRegion) breaches.push(row.outOfRegion);
  if (check.isLeaking) breaches.push(row.leaks);
  if (check.isReleasedEarly) breaches.push(row.earlyReleases);
  return breaches;
}

function countByStretches(row: RowDraft, pattern: Pattern, edges: readonly number[], { start, end }: Zone): void {
  const { pages, found } = pattern;
  const period = pattern.shared.periodPages;
  const passes = Math.floor((end - start) / period);
  const alignment = alignmentOf(pages, period);
  // Where exact walks another row's blocks, how many it walks changes at edges of those, shared or not.
  const sumsWalkedApart = pattern.walked === null && found !== pattern.region;
  if (sumsWalkedApart) row.overReserved.blocks += exactBlocksWalked(pattern, start, end);

  // Places in the period, counted from the start of the zone.
  const places = edges.map((edge) => modulo(edge - start, period));
  places.push(0, period);
  places.sort((a, b) => a - b);
  for (let index = 1; index < places.length; index++) {
    const place = places[index - 1]!;
    const length = places[index]! - place;
    if (length === 0) continue;
    const stretch: Stretch = { start: start + place, length, passes };
    // What is left of the stretch after the last whole pass.
    const restStart = start + period * passes + place;
    const restEnd = Math.min(restStart + length, end);
    const inRest = alignedIn(restStart, restEnd, pages);
    const allocations = countInPasses(stretch, alignment) + inRest;
    if (allocations === 0) continue;

    checkAllocation(check, pattern, stretch.start);
    row.overReserved.blocks += allocations * ((sumsWalkedApart ? 0 : check.walked) - check.useful);
    const breaches = broken(row);
    const { unprotectedPages } = check;
    row.unprotected.pages += allocations * unprotectedPages;
    const change = length > 1 && stretch.start + 1 < end ? unprotectedChange(pattern, stretch.start) : 0;
    if (change !== 0) {
      const restDistance = inRest === 0 ? 0 : alignUp(restStart, pages) - restStart;
      row.unprotected.pages += change * (distancesInPasses(stretch, alignment) + restDistance);
    }
    if (breaches.every(({ first }) => first !== null && first <= stretch.start)) {
      for (const breach of breaches) breach.allocations += allocations;
    } else {
      const first = firstInPasses(stretch, alignment) ?? alignUp(restStart, pages);
      for (const breach of breaches) addBreach(breach, allocations, first);
    }
  }
}

/** By how much the pages left unprotected change from the first page `pfn`, checked before, to the next. */
function unprotectedChange(pattern: Pattern, pfn: number): number {
  const before = check.unprotectedPages;
  checkAllocation(check, pattern, pfn + 1);
  return check.unprotectedPages - before;
}

/**
 * Blocks that `exact` walks for all allocations that start in `start … end - 1`: one for each of them, and one more for
 * each edge between two blocks of the row found that one of them straddles. Those are all the edges between the start of
 * the first and the end of the last, less those that are aligned as the allocations are.
 */
function exactBlocksWalked({ found, foundPeriod, pages }: Pattern, start: number, end: number): number {
  const first = alignUp(start, pages);
  const allocations = alignedIn(start, end, pages);
  const lowest = first + foundPeriod - modulo(first - found.memory.start, foundPeriod);
  const edges = Math.max(Math.ceil((first + allocations * pages - lowest) / foundPeriod), 0);
  return (
    allocations + edges - countInPasses({ start: lowest, length: 1, passes: edges }, alignmentOf(pages, foundPeriod))
  );
}
