/** Sets of bytes as memblock keeps them: ascending, merged where they touch. */
import { maxBigint, minBigint, U64_MAX } from "../machine/units.ts";

export interface ByteRange {
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
}

/** A range that starts at an address. As in `memblock_cap_size`, nothing reaches past what an address can name. */
export function byteRange(address: bigint, size: bigint): ByteRange {
  return { start: address, end: minBigint(address + size, U64_MAX) };
}

/** The union of any ranges, in order. Empty ranges are left out. */
export function mergeRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const sorted = ranges
    .filter((range) => range.start < range.end)
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const merged: { start: bigint; end: bigint }[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last === undefined || range.start > last.end) merged.push({ ...range });
    else if (range.end > last.end) last.end = range.end;
  }
  return merged;
}

/** `ranges` without the bytes of `removed` (`memblock_remove`, `memblock_phys_free`). */
export function removeRange(ranges: readonly ByteRange[], removed: ByteRange): ByteRange[] {
  const kept: ByteRange[] = [];
  for (const range of ranges) {
    if (removed.end <= range.start || range.end <= removed.start) {
      kept.push(range);
      continue;
    }
    if (range.start < removed.start) kept.push({ start: range.start, end: removed.start });
    if (removed.end < range.end) kept.push({ start: removed.end, end: range.end });
  }
  return kept;
}

/** What `ranges` have in common with `kept`; empty ranges are left out. */
export function clipRanges(ranges: readonly ByteRange[], kept: ByteRange): ByteRange[] {
  return ranges
    .map(({ start, end }) => ({ start: maxBigint(start, kept.start), end: minBigint(end, kept.end) }))
    .filter(({ start, end }) => start < end);
}

/** True where one of the ranges, already merged, holds all of `wanted` (`memblock_is_region_reserved`). */
export function coversRange(merged: readonly ByteRange[], wanted: ByteRange): boolean {
  return merged.some((range) => range.start <= wanted.start && wanted.end <= range.end);
}
