/**
 * Layouts one after the other, by index: a systematic family, not a random one. Each combination of series, block size
 * and memory start comes up once in every {@link COMBINATIONS} layouts; page size, tag range, end of memory, and how
 * the regions lie to one another are drawn for each from lists, by a generator that the index seeds.
 */
import type { TagRegion } from "../../../core/region.ts";
import { SERIES } from "../../../core/series.ts";
import type { Layout } from "./layouts.ts";

/** What was chosen for a layout: for the test that all pairs of choices come up, and for whoever reads a failure. */
export interface FamilyLayout extends Layout {
  readonly choices: Readonly<Record<string, string>>;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** `block-size` in bytes, 1 to 4 MiB: fractions and multiples of the three page sizes, and what shares no factor. */
const BLOCK_BYTES = [
  ...[1, 3, 512, 1000, 2047, 2048, 3 * KIB, 4095],
  ...[4 * KIB, 4 * KIB + 1, 6 * KIB, 8 * KIB, 12 * KIB, 16 * KIB, 20 * KIB, 24 * KIB, 28 * KIB, 32 * KIB],
  ...[48 * KIB, 64 * KIB, 96 * KIB, 112 * KIB, 128 * KIB, 192 * KIB, 256 * KIB, 320 * KIB, 960 * KIB],
  ...[MIB, 2 * MIB, 4 * MIB - 1, 4 * MIB],
];

/** Page sizes with their largest order (docs/kernels.md). */
const PAGES = [
  { bytes: 4 * KIB, maxOrder: 10 },
  { bytes: 16 * KIB, maxOrder: 11 },
  { bytes: 64 * KIB, maxOrder: 13 },
];

/** `B = lcm(block-size, page size) / page size`, as docs/domain.md has it. */
function blockPages(blockBytes: number, pageBytes: number): number {
  let pages = 1;
  while ((pages * pageBytes) % blockBytes !== 0) pages++;
  return pages;
}

/** Counted once: some take millions of steps. */
const BLOCK_PAGES = PAGES.map(({ bytes }) => BLOCK_BYTES.map((blockBytes) => blockPages(blockBytes, bytes)));

type Named<T> = readonly (readonly [name: string, value: T])[];

/**
 * Where memory starts, from a PFN that is a multiple of the largest allocation: on and beside the boundaries of tag
 * pages, of blocks and of allocations, and where an edge of a block meets one of an allocation.
 */
const MEMORY_STARTS: Named<(block: number, largest: number) => number> = [
  ["aligned", () => 0],
  ["1", () => 1],
  ["31", () => 31],
  ["32", () => 32],
  ["33", () => 33],
  ["48", () => 48],
  ["64", () => 64],
  ["half a block", (block) => 16 * block],
  ["a block - 1", (block) => 32 * block - 1],
  ["a block", (block) => 32 * block],
  ["a block + 1", (block) => 32 * block + 1],
  ["3 blocks + 32", (block) => 96 * block + 32],
  ["largest / 2 - 1", (_, largest) => largest / 2 - 1],
  ["largest / 2", (_, largest) => largest / 2],
  ["largest / 2 + 1", (_, largest) => largest / 2 + 1],
  ["largest / 4 + 16", (_, largest) => largest / 4 + 16],
  ["-1", (_, largest) => largest - 1],
  ["-31", (_, largest) => largest - 31],
  ["-32", (_, largest) => largest - 32],
  ["-33", (_, largest) => largest - 33],
  ["-half a block", (block, largest) => largest - ((16 * block) % largest)],
  ["-a block - 1", (block, largest) => largest - ((32 * block + 1) % largest)],
  ["-a block", (block, largest) => largest - ((32 * block) % largest)],
  ["-a block + 1", (block, largest) => largest - ((32 * block - 1) % largest)],
];

/** Every series with every block size and every start of memory. */
export const COMBINATIONS = SERIES.length * BLOCK_BYTES.length * MEMORY_STARTS.length;

/** The end of memory, as pages beyond `pages` (whole blocks, where those are small enough) from `start` on. */
const MEMORY_ENDS: Named<(start: number, pages: number, block: number, random: () => number) => number> = [
  ["whole blocks", () => 0],
  ["1 page more", () => 1],
  ["1 page less", () => -1],
  ["31 more", () => 31],
  ["32 more", () => 32],
  ["half a block more", (_start, pages, block) => Math.min(16 * block, pages)],
  ["aligned", (start, pages) => 256 - ((start + pages) % 256)],
  ["aligned + 1", (start, pages) => 257 - ((start + pages) % 256)],
  ["aligned - 1", (start, pages) => 255 - ((start + pages) % 256)],
  ["anywhere", (_start, _pages, _block, random) => Math.floor(random() * 200)],
];

/** Tag pages, for memory that needs `right` of them in whole blocks. */
const TAG_SIZES: Named<(right: number, block: number, memoryPages: number) => number> = [
  ["right", (right) => right],
  ["right", (right) => right],
  ["right", (right) => right],
  ["right", (right) => right],
  ["right", (right) => right],
  ["1/32 rounded down", (_right, _block, memoryPages) => Math.floor(memoryPages / 32)],
  ["1/32 rounded up", (_right, _block, memoryPages) => Math.ceil(memoryPages / 32)],
  ["a page short", (right) => right - 1],
  ["a block short", (right, block) => right - block],
  ["half", (right) => Math.floor(right / 2)],
  ["no whole block", (_right, block) => block - 1],
  ["a page long", (right) => right + 1],
  ["a block long", (right, block) => right + block],
  ["3 blocks and a page long", (right, block) => right + 3 * block + 1],
];

/** First tag page. `before`: the row before it in the making; null for the first. */
const TAG_STARTS: Named<
  (memory: TagRegion["memory"], tagPages: number, before: TagRegion | null, clear: number) => number
> = [
  ["clear of all", (_memory, _tagPages, _before, clear) => clear],
  ["clear of all", (_memory, _tagPages, _before, clear) => clear],
  ["clear of all", (_memory, _tagPages, _before, clear) => clear],
  ["clear of all", (_memory, _tagPages, _before, clear) => clear],
  ["off by 7", (_memory, _tagPages, _before, clear) => clear + 7],
  ["next to the row before", (_memory, _tagPages, before, clear) => (before === null ? clear : before.tags.end + 1)],
  ["next to the row before", (_memory, _tagPages, before, clear) => (before === null ? clear : before.tags.end + 1)],
  [
    "below the row before",
    (_memory, tagPages, before, clear) => (before === null ? clear : before.tags.start - tagPages),
  ],
  ["those of the row before", (_memory, _tagPages, before, clear) => before?.tags.start ?? clear],
  [
    "one block into them",
    (_memory, _tagPages, before, clear) => (before === null ? clear : before.tags.start + before.blockPages),
  ],
  ["over their end", (_memory, _tagPages, before, clear) => before?.tags.end ?? clear],
  ["after the memory", (memory) => memory.end + 1],
  [
    "below the memory",
    (memory, tagPages, _before, clear) => (memory.start > tagPages ? memory.start - tagPages : clear),
  ],
  ["in the memory", (memory) => memory.start + 40],
];

/** Where the memory of a row starts and how many pages it has; `before` are the rows made so far. */
type Place = (before: readonly TagRegion[], start: number, pages: number) => readonly [start: number, pages: number];

const own: Place = (_before, start, pages) => [start, pages];
const adjacent: Place = (before, _start, pages) => [before.at(-1)!.memory.end + 1, pages];
const apart: Place = (before, _start, pages) => [before.at(-1)!.memory.end + 33, pages];
const overTheEnd: Place = (before, _start, pages) => [Math.max(before.at(-1)!.memory.end - 100, 0), pages];
const same: Place = (before) => [before[0]!.memory.start, before[0]!.memory.end - before[0]!.memory.start + 1];
const inside: Place = (before) => [
  before[0]!.memory.start + 70,
  Math.max(before[0]!.memory.end - before[0]!.memory.start - 150, 1),
];
const around: Place = (before, _start, pages) => [Math.max(before[0]!.memory.start - 70, 0), pages + 200];
/** Few pages, so that an allocation can lie across more than two regions. */
const sliver: Place = (before) => [before.at(-1)!.memory.end + 1, 40];

/** The regions of a layout, in the order in which they are made. */
const SHAPES: Named<readonly Place[]> = [
  ["one", [own]],
  ["one", [own]],
  ["two adjacent", [own, adjacent]],
  ["two apart", [own, apart]],
  ["two overlapping", [own, overTheEnd]],
  ["two of the same memory", [own, same]],
  ["one inside another", [own, inside]],
  ["one around another", [own, around]],
  ["three adjacent", [own, adjacent, adjacent]],
  ["three adjacent, the middle short", [own, sliver, adjacent]],
  ["two adjacent, a third over both", [own, adjacent, around]],
  ["three of the same memory", [own, same, same]],
];

/** Blocks of the second and third row, for those of the first. */
const OTHER_BLOCKS: Named<(block: number) => number> = [
  ["the same", (block) => block],
  ["the same", (block) => block],
  ["a page more", (block) => block + 1],
  ["twice", (block) => 2 * block],
  ["half", (block) => Math.ceil(block / 2)],
  ["one page", () => 1],
  ["6 pages", () => 6],
];

const NUMA_NODES: Named<readonly (number | null)[]> = [
  ["none", [null, null, null]],
  ["none", [null, null, null]],
  ["one", [0, 0, 0]],
  ["two", [0, 1, 1]],
  ["some", [0, null, 1]],
];

/** Multiples of every largest allocation, that memory starts from. */
const BASES: Named<number> = [
  ["0", 0],
  ["0", 0],
  ["2^20", 2 ** 20],
  ["past 32 bits", 2 ** 32 + 2 ** 14],
  ["2^40 - 2^14", 2 ** 40 - 2 ** 14],
  ["2^51 + 2^13", 2 ** 51 + 2 ** 13],
];

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Clear of the memory, whatever the layout. */
const CLEAR_OF_MEMORY = 2 ** 19;

/**
 * The layout of this index, from 0 on; there is no last. `scale`: how large the memory is, 1 for a quick test; blocks
 * of up to `32 * scale` pages have an edge inside the memory.
 */
export function familyLayout(index: number, scale: number): FamilyLayout {
  const random = generator(index);
  const choices: Record<string, string> = {};
  const choose = <T>(what: string, list: Named<T>, position = Math.floor(random() * list.length)): T => {
    const [name, value] = list[position]!;
    choices[what] = name;
    return value;
  };

  const combination = index % COMBINATIONS;
  const series = choose(
    "series",
    SERIES.map((name) => [name, name] as const),
    combination % SERIES.length,
  );
  const blockIndex = Math.floor(combination / SERIES.length) % BLOCK_BYTES.length;
  choices.block = String(BLOCK_BYTES[blockIndex]);
  const memoryStart = choose(
    "memory start",
    MEMORY_STARTS,
    Math.floor(combination / SERIES.length / BLOCK_BYTES.length),
  );
  const pageIndex = Math.floor(random() * PAGES.length);
  const { bytes: pageBytes, maxOrder } = PAGES[pageIndex]!;
  choices.page = String(pageBytes);
  const largest = 2 ** maxOrder;

  const shape = choose("shape", SHAPES);
  const base = choose("base", BASES);
  const numaNodes = choose("NUMA nodes", NUMA_NODES);
  const regions: TagRegion[] = [];
  for (const [row, place] of shape.entries()) {
    const firstBlock = BLOCK_PAGES[pageIndex]![blockIndex]!;
    const block = row === 0 ? firstBlock : choose(`block of row ${row}`, OTHER_BLOCKS)(firstBlock);
    const roughPages = memoryPages(random(), shape.length, largest, scale);
    const hasEdges = 32 * block <= 1024 * scale;
    const wholePages = hasEdges ? Math.ceil(roughPages / (32 * block)) * 32 * block : Math.ceil(roughPages / 32) * 32;
    const ownStart = base + (memoryStart(block, largest) % (2 * largest));
    const more = choose(`end of row ${row}`, MEMORY_ENDS)(ownStart, wholePages, block, random);
    const [start, pages] = place(regions, ownStart, wholePages + more);
    const memory = { start, end: start + pages - 1 };

    const right = Math.ceil(pages / 32 / block) * block;
    const tagPages = Math.max(choose(`tags of row ${row}`, TAG_SIZES)(right, block, pages), 1);
    const clear = (regions.at(-1)?.tags.end ?? base) + CLEAR_OF_MEMORY;
    const t0 = Math.max(
      choose(`tag start of row ${row}`, TAG_STARTS)(memory, tagPages, regions.at(-1) ?? null, clear),
      0,
    );
    regions.push({
      node: `/tag-storage@${row}`,
      memoryNode: `/memory@${row}`,
      memory,
      tags: { start: t0, end: t0 + tagPages - 1 },
      blockPages: block,
      numaNode: numaNodes[row]!,
    });
  }
  // The order of the table decides which row the kernel finds.
  if (regions.length > 1) {
    choices.table = random() < 0.5 ? "as made" : "reversed";
    if (choices.table === "reversed") regions.reverse();
  }
  return { regions, series, maxOrder, choices };
}

/** Small mostly, being quick; now and then with room for the largest allocation. */
function memoryPages(share: number, rows: number, largest: number, scale: number): number {
  if (share < 0.9) return (60 + 500 * share) * (scale / rows);
  return share < 0.975 ? (200 + 1000 * share) * scale : largest + 500 * scale;
}
