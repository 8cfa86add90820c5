/** Twenty layouts, good and bad, in units of a pageblock of tag storage: each can be had at every page size. */
import type { MachineOptions } from "../../../../core/allocator/machine-memory.ts";
import { prove } from "../../../../core/proof/prove.ts";
import type { PfnRange, TagRegion } from "../../../../core/region.ts";
import type { Series } from "../../../../core/series.ts";
import { tagRegion } from "../machines.ts";

/** Page sizes with the orders that a kernel has for them; see docs/kernels.md. */
export const PAGE_SIZES = [
  { pageSize: 4096, maxOrder: 10, pageblockOrder: 9 },
  { pageSize: 16384, maxOrder: 11, pageblockOrder: 11 },
  { pageSize: 65536, maxOrder: 13, pageblockOrder: 13 },
] as const;

export type Pages = (typeof PAGE_SIZES)[number];

interface Layout {
  readonly regions: readonly TagRegion[];
  /** Memory besides that of the regions and their tags. */
  readonly more?: readonly PfnRange[];
  readonly reserved?: readonly PfnRange[];
  /** Memory that is not there after all. */
  readonly hole?: PfnRange;
  /** Where the second zone starts. */
  readonly zoneAt?: number;
}

/** `u` pages of tag storage are a pageblock; `32 * u` pages of memory have as many tags. */
type LayoutOf = (u: number) => Layout;

/** Memory of a region from `m0` on, its tags far above, in blocks of `blockPages`. */
function oneRegion(u: number, blockPages: number, { shift = 0, excess = 0 } = {}): Layout {
  // whole pageblocks, whole blocks
  const tags = blockPages % 2 === 1 ? u * blockPages : u;
  return { regions: [tagRegion(64 * u + shift, 32 * tags + excess, 512 * u, tags, blockPages)] };
}

export const LAYOUTS: Readonly<Record<string, LayoutOf>> = {
  "blocks of a page": (u) => oneRegion(u, 1),
  "blocks of two pages": (u) => oneRegion(u, 2),
  "blocks of three pages": (u) => oneRegion(u, 3),
  "blocks of four pages": (u) => oneRegion(u, 4),
  "blocks of 64 pages": (u) => oneRegion(u, 64),
  "a block that is all of tag storage": (u) => oneRegion(u, u),
  "memory half a tag page off": (u) => oneRegion(u, 1, { shift: 16 }),
  "memory a tag page off": (u) => oneRegion(u, 1, { shift: 32 }),
  "memory half a block off": (u) => oneRegion(u, 2, { shift: 32 }),
  "memory seven pages off, blocks of five": (u) => oneRegion(u, 5, { shift: 7 }),
  "more memory than tags": (u) => oneRegion(u, 1, { excess: 1000 }),
  "more tags than memory": (u) => oneRegion(u, 2, { excess: -1000 }),
  "two regions with a gap between": (u) => ({
    regions: [tagRegion(64 * u, 32 * u, 512 * u, u, 1), tagRegion(128 * u, 64 * u, 513 * u, 2 * u, 2)],
  }),
  "two regions side by side, blocks of a page": (u) => ({
    regions: [tagRegion(64 * u, 32 * u, 512 * u, u, 1), tagRegion(96 * u, 32 * u, 513 * u, u, 1)],
  }),
  "two regions side by side, in the middle of a huge page": (u) => ({
    regions: [tagRegion(64 * u, 32 * u - 96, 512 * u, u, 1), tagRegion(96 * u - 96, 32 * u, 513 * u, u, 1)],
  }),
  "memory without tags beside it, in a zone above": (u) => ({
    ...oneRegion(u, 2),
    more: [{ start: 200 * u, end: 208 * u - 1 }],
    zoneAt: 200 * u,
  }),
  "memory with a hole, and reserved memory": (u) => ({
    ...oneRegion(u, 1),
    hole: { start: 70 * u + 100, end: 72 * u + 1000 },
    reserved: [{ start: 80 * u + 3, end: 80 * u + 500 }],
  }),
  "tags below their memory": (u) => ({ regions: [tagRegion(64 * u, 32 * u, 8 * u, u, 1)] }),
  "two regions that name one memory": (u) => ({
    regions: [tagRegion(64 * u, 32 * u, 512 * u, u, 1), tagRegion(64 * u, 32 * u, 513 * u, u, 1)],
  }),
  "tags inside other tagged memory": (u) => ({
    regions: [tagRegion(64 * u, 32 * u, 512 * u, u, 1), tagRegion(200 * u, 32 * u, 70 * u, u, 1)],
  }),
};

/** A machine of that layout after boot, and whether a run may break anything on it. */
export function machineFor(
  layout: LayoutOf,
  pages: Pages,
  series: Series,
): { options: MachineOptions; isSafe: boolean } {
  const { regions, more = [], reserved = [], hole, zoneAt } = layout(2 ** pages.pageblockOrder);
  const memory = mergeRanges([...regions.flatMap(({ memory: range, tags }) => [range, tags]), ...more]);
  const zones =
    zoneAt === undefined
      ? [{ name: "Normal", start: 0, end: 2 ** 40 }]
      : [
          { name: "DMA32", start: 0, end: zoneAt - 1 },
          { name: "Normal", start: zoneAt, end: 2 ** 40 },
        ];
  const banks = hole === undefined ? memory : memory.flatMap((range) => without(range, hole));
  const { safe, straddles } = prove(regions, series, pages.maxOrder);
  return { options: { ...pages, series, banks, zones, reserved, regions }, isSafe: safe && straddles.length === 0 };
}

function mergeRanges(ranges: readonly PfnRange[]): PfnRange[] {
  const merged: PfnRange[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || start > last.end + 1) merged.push({ start, end });
    else merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, end) };
  }
  return merged;
}

function without({ start, end }: PfnRange, hole: PfnRange): PfnRange[] {
  return [
    { start, end: Math.min(end, hole.start - 1) },
    { start: Math.max(start, hole.end + 1), end },
  ].filter((part) => part.start <= part.end);
}
