/** The six obligations decided: two from the ranges themselves, four from the rows. */
import { type PfnRange, rangesOverlap, type TagRegion } from "../region.ts";
import { pagesPerBlock, wholeBlocks } from "../reservation.ts";
import type { Series } from "../series.ts";
import { type AllocationBlock, allocationBlocks } from "./allocation-blocks.ts";
import {
  type Breach,
  type Counterexample,
  OBLIGATIONS,
  type Obligation,
  type ObligationName,
  type OrderRow,
} from "./proof.ts";

type Decide = (regions: readonly TagRegion[], series: Series, rows: readonly OrderRow[]) => Counterexample | null;

/** The smallest counterexample to each obligation, null where it holds. */
const DECIDE: Readonly<Record<ObligationName, Decide>> = {
  containment: outsideTags,
  disjointness: sharedPage,
  coverage: brokenRow(
    (row) => [row.unprotected],
    (block) => block.isMissing,
  ),
  precision: brokenRow(
    (row) => [row.overReserved, row.outOfRegion],
    (block) => block.isExtra || block.isOutside,
  ),
  release: brokenRow(
    (row) => [row.leaks],
    (block) => block.isLeaking,
  ),
  retention: brokenRow(
    (row) => [row.earlyReleases],
    (block) => block.isEarly,
  ),
};

/** All six, in the order of docs/domain.md; `rows` are those of the proof. */
export function decideObligations(
  regions: readonly TagRegion[],
  series: Series,
  rows: readonly OrderRow[],
): Obligation[] {
  return OBLIGATIONS.map((name) => {
    const counterexample = DECIDE[name](regions, series, rows);
    return { name, holds: counterexample === null, counterexample };
  });
}

/**
 * The lowest page of memory whose block is not wholly inside the tag range: the page after those of the last whole
 * block.
 */
function outsideTags(regions: readonly TagRegion[]): Counterexample | null {
  let smallest: Counterexample | null = null;
  regions.forEach((region, row) => {
    const whole = wholeBlocks(region);
    const pfn = region.memory.start + pagesPerBlock(region) * whole;
    if (pfn > region.memory.end) return;
    const block = region.tags.start + region.blockPages * whole;
    smallest = smaller(smallest, { region: row, order: 0, pfn, block });
  });
  return smallest;
}

/** The lowest page with two uses, told of the later row. A region's own tags may not lie in its own memory either. */
function sharedPage(regions: readonly TagRegion[]): Counterexample | null {
  let smallest: Counterexample | null = null;
  const consider = (region: number, a: PfnRange, b: PfnRange) => {
    if (!rangesOverlap(a, b)) return;
    smallest = smaller(smallest, { region, order: null, pfn: Math.max(a.start, b.start), block: null });
  };
  regions.forEach((later, row) => {
    for (let earlierRow = 0; earlierRow <= row; earlierRow++) {
      const earlier = regions[earlierRow]!;
      consider(row, earlier.memory, later.tags);
      consider(row, earlier.tags, later.memory);
      if (earlierRow === row) continue;
      consider(row, earlier.memory, later.memory);
      consider(row, earlier.tags, later.tags);
    }
  });
  return smallest;
}

/** Decides from the rows: the smallest allocation that any of `breaches` has, and its lowest block that `isBroken`. */
function brokenRow(breaches: (row: OrderRow) => Breach[], isBroken: (block: AllocationBlock) => boolean): Decide {
  return (regions, series, rows) => {
    let smallest: Counterexample | null = null;
    for (const row of rows) {
      for (const { first } of breaches(row)) {
        if (first === null) continue;
        smallest = smaller(smallest, { region: row.region, order: row.order, pfn: first, block: null });
      }
    }
    if (smallest === null) return null;
    const { region, order, pfn } = smallest;
    const broken = allocationBlocks(regions, series, region, order ?? 0, pfn).find(isBroken);
    return { region, order, pfn, block: broken?.block ?? null };
  };
}

/** The smallest order first, then the lowest PFN, then the first row. */
function smaller(a: Counterexample | null, b: Counterexample): Counterexample {
  if (a === null) return b;
  const difference = (b.order ?? 0) - (a.order ?? 0) || b.pfn - a.pfn || b.region - a.region;
  return difference < 0 ? b : a;
}
