/** The counterexample of an obligation drawn: the row of blocks that it is about, or the two ranges that overlap. */
import type { KernelConfig } from "../../core/kernel/boot.ts";
import { hexPfn } from "../../core/machine/units.ts";
import { type AllocationBlock, allocationBlocks } from "../../core/proof/allocation-blocks.ts";
import type { Counterexample, ObligationName } from "../../core/proof/proof.ts";
import type { TagRegion } from "../../core/region.ts";
import { blockIndex, pagesPerBlock, wholeBlocks } from "../../core/reservation.ts";
import { sharedRanges } from "../../core/shared-ranges.ts";
import type { Paint } from "../style.ts";
import { fitsPicture, type Picture, type PictureCell, pictureLines } from "./cell-picture.ts";

/** At most ten lines of at most 80 columns. */
export function counterexamplePicture(
  name: ObligationName,
  counterexample: Counterexample,
  regions: readonly TagRegion[],
  config: KernelConfig,
  paint: Paint,
): string[] {
  return pictureLines(pictureOf(name, counterexample, regions, config), paint);
}

/** True where both are about one allocation, so that one picture does for both. */
export function isSameAllocation(a: Counterexample | null, b: Counterexample): boolean {
  return a !== null && a.order !== null && a.region === b.region && a.order === b.order && a.pfn === b.pfn;
}

/** What is drawn, for any way to draw it. */
export function pictureOf(
  name: ObligationName,
  counterexample: Counterexample,
  regions: readonly TagRegion[],
  config: KernelConfig,
): Picture {
  if (name === "disjointness") return overlapPicture(regions, counterexample.pfn, config);
  const region = regions[counterexample.region]!;
  if (name === "containment") return endPicture(region, counterexample.pfn);
  return allocationPicture(counterexample, regions, config);
}

const FAULTS = [
  { label: "unprotected", isAt: (block: AllocationBlock) => block.isMissing },
  { label: "over-reserved", isAt: (block: AllocationBlock) => block.isExtra },
  { label: "out of region", isAt: (block: AllocationBlock) => block.isOutside },
  { label: "leaks", isAt: (block: AllocationBlock) => block.isLeaking },
  { label: "released early", isAt: (block: AllocationBlock) => block.isEarly },
] as const;

/** Blocks by first page: the pages whose tags each holds, and the references that it gets. */
function allocationPicture(
  { region: row, order, pfn, block: broken }: Counterexample,
  regions: readonly TagRegion[],
  { series }: KernelConfig,
): Picture {
  const { tags } = regions[row]!;
  const blocks = allocationBlocks(regions, series, row, order!, pfn);
  const isInside = (at: number) => blocks[at]!.block >= tags.start && blocks[at]!.end <= tags.end;
  const cellOf = (at: number): PictureCell => ({
    title: String(blocks[at]!.block),
    texts: [countText(blocks[at]!.pages), countText(blocks[at]!.references)],
    isLast: isInside(at) && at + 1 < blocks.length && !isInside(at + 1),
  });
  // What a reader looks for first: the block at fault, both ends, the first with each fault, the ends of what is needed.
  const lastNeeded = blocks.findLastIndex(({ pages }) => pages > 0);
  const wanted = [
    blocks.findIndex(({ block }) => block === broken),
    0,
    blocks.length - 1,
    ...FAULTS.map(({ isAt }) => blocks.findIndex(isAt)),
    lastNeeded,
    blocks.findLastIndex(({ references }) => references > 0),
    ...blocks.slice(0, MOST_CELLS).keys(),
  ];
  const { cells, places } = chosenCells(wanted, blocks.length, cellOf);
  return {
    title: "block",
    labels: ["hardware, pages", `${series}, refs`],
    cells,
    wallMeaning: WALL_MEANING,
    marks: FAULTS.filter(({ isAt }) => blocks.some(isAt)).map(({ label, isAt }) => ({
      label,
      cells: places.map((at) => at !== null && isAt(blocks[at]!)),
    })),
  };
}

/** The last whole block of the tag storage and the first that lies outside it, with the memory that each would serve. */
function endPicture(region: TagRegion, pfn: number): Picture {
  const { memory, tags, blockPages } = region;
  const whole = wholeBlocks(region);
  const count = blockIndex(region, memory.end) + 1;
  const at = blockIndex(region, pfn);
  const cellOf = (index: number): PictureCell => ({
    title: String(tags.start + blockPages * index),
    texts: [String(memory.start + pagesPerBlock(region) * index), index < whole ? "inside" : "outside"],
    isLast: index === whole - 1,
  });
  const wanted = [at, at - 1, count - 1, 0, at + 1].filter((index) => index >= 0 && index < count);
  const { cells, places } = chosenCells(wanted, count, cellOf);
  return {
    title: "block",
    labels: ["tags of PFN", "tag storage"],
    cells,
    wallMeaning: WALL_MEANING,
    marks: [{ label: "no tag storage", cells: places.map((index) => index !== null && index >= whole) }],
  };
}

/** Two ranges over the addresses at which either of them starts or ends. */
function overlapPicture(regions: readonly TagRegion[], pfn: number, { pageSize }: KernelConfig): Picture {
  const [first, second] = sharedRanges(regions, pfn);
  const ranges = [first, second];
  const edges = [...new Set(ranges.flatMap(({ range }) => [range.start, range.end + 1]))].sort((a, b) => a - b);
  const holds = (start: number) => ranges.map(({ range }) => start >= range.start && start <= range.end);
  const starts = edges.slice(0, -1);
  return {
    title: "from",
    labels: ranges.map(({ row, kind }) => `row ${row} ${kind}`),
    cells: starts.map((start) => {
      const title = hexPfn(start, pageSize);
      return { title, texts: holds(start).map((isHeld) => (isHeld ? "=".repeat(title.length) : "")) };
    }),
    marks: [{ label: "shared", cells: starts.map((start) => holds(start).every((isHeld) => isHeld)) }],
  };
}

const WALL_MEANING = "the last whole block of the tag storage ends here";

function countText(count: number): string {
  return count === 0 ? "-" : String(count);
}

/** No picture has room for more. */
const MOST_CELLS = 16;

/**
 * The cells that there is room for, by the order in which they are wanted, each once; where `count` has more, a gap says
 * how many are left out. `places` has the index of each cell, null for a gap.
 */
function chosenCells(wanted: readonly number[], count: number, cellOf: (index: number) => PictureCell) {
  let chosen = { places: [] as (number | null)[], cells: [] as PictureCell[] };
  const kept: number[] = [];
  for (const index of new Set(wanted)) {
    if (index < 0) continue;
    const places = withGaps(
      [...kept, index].sort((a, b) => a - b),
      count,
    );
    const cells = places.map((place) => (typeof place === "number" ? cellOf(place) : gapCell(place.left)));
    if (!fitsPicture(cells)) continue;
    kept.push(index);
    chosen = { places: places.map((place) => (typeof place === "number" ? place : null)), cells };
  }
  return chosen;
}

function withGaps(indices: readonly number[], count: number): (number | { readonly left: number })[] {
  const places: (number | { readonly left: number })[] = [];
  let next = 0;
  for (const index of [...indices, count]) {
    if (index > next) places.push({ left: index - next });
    if (index < count) places.push(index);
    next = index + 1;
  }
  return places;
}

/** A count of more than six digits would take the room of a cell. */
function gapCell(left: number): PictureCell {
  const title = left === 1 ? "1 block" : left < 1_000_000 ? `${left} blocks` : "many blocks";
  return { title, texts: ["…", "…"], isGap: true };
}
