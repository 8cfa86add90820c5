/** The places in a pattern of blocks at which what happens to an allocation changes. */
import type { Pattern } from "./allocation-check.ts";

/**
 * First pages, modulo the period of the blocks that are shared, at which an allocation begins or ends to need a shared
 * block, to fill it, to reserve it, or to give it as many references as it has pages. Between two of them everything
 * stays the same, but for the unprotected pages, which change evenly. More edges than needed do no harm.
 */
export function stretchEdges(pattern: Pattern): number[] {
  const { region, found, shared, pages, regionPeriod, foundPeriod, walked } = pattern;
  const { periodPages, regionEdge, foundEdge } = shared;
  const edges = blockEdges(regionEdge, regionPeriod, pages);
  if (walked !== null) edges.push(foundEdge - foundPeriod * (walked - 1), foundEdge + foundPeriod);
  else if (region !== found) edges.push(...blockEdges(foundEdge, foundPeriod, pages));
  // Before, at and after the place where the two are equal, which may lie between two pages.
  if (region !== found) for (const place of meetings(pattern)) edges.push(Math.floor(place), Math.floor(place) + 1);
  return edges.map((edge) => modulo(edge, periodPages));
}

/**
 * Where a shared block gets as many references as the allocation has pages in it. In one and the same row that is where
 * it is filled or not touched, which are edges already.
 */
function meetings({ shared, pages, regionPeriod, foundPeriod, references }: Pattern): number[] {
  const { regionEdge, foundEdge, edgeDistance } = shared;
  if (references !== null) return meetingsWith(regionEdge, regionPeriod, pages, references);
  return [
    ...meetingsWith(regionEdge, regionPeriod, pages, Math.min(foundPeriod, pages)),
    ...meetingsWith(foundEdge, foundPeriod, pages, Math.min(regionPeriod, pages)),
    // With R and F the two edges, x the first page, 2^o the pages: one grows while the other shrinks. From
    // x + 2^o - R = F + 32 B' - x, and from R + 32 B - x = x + 2^o - F.
    regionEdge + (edgeDistance + foundPeriod - pages) / 2,
    regionEdge + (edgeDistance + regionPeriod - pages) / 2,
  ];
}

/**
 * Where the pages of an allocation that lie in `edge … edge + period - 1`, the memory that a block serves, begin to be
 * some, to be all that can be, to be fewer, and to be none.
 */
function blockEdges(edge: number, period: number, pages: number): number[] {
  const whole = edge + period - pages;
  return [edge - pages + 1, Math.min(edge, whole), Math.max(edge, whole) + 1, edge + period];
}

/** Where those pages are `wanted`: once while they grow, and once while they shrink. */
function meetingsWith(edge: number, period: number, pages: number, wanted: number): number[] {
  return [edge - pages + wanted, edge + period - wanted];
}

/** `value` modulo `modulus`, from 0 on; exact for whole numbers. */
export function modulo(value: number, modulus: number): number {
  const rest = value % modulus;
  return rest < 0 ? rest + modulus : rest;
}
