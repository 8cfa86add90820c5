/**
 * Machines that an exhaustive search can try all layouts of, drawn from a seed. They are drawn in cells: a page of the
 * largest page size under kernels of small pageblocks, or a whole pageblock under kernels as arm64's defconfig has them,
 * all of whose edges then lie at pageblocks.
 */
import type { KernelConfig } from "../../../core/kernel/boot.ts";
import { kernelConfig } from "../../../core/kernel/config.ts";
import { numbers } from "./random-machines.ts";

/** From one cell to another, the second not included. */
export interface Cells {
  readonly start: number;
  readonly end: number;
}

export interface SmallBank extends Cells {
  readonly path: string;
  readonly numaNode: number | null;
}

export type SmallPlacement =
  | { readonly kind: "same-bank" | "anywhere" }
  | { readonly kind: "node"; readonly path: string }
  | { readonly kind: "address"; readonly cell: number };

/** A machine and what is asked of a plan, worked out from the draw alone. */
export interface SmallMachine {
  readonly cellBytes: number;
  readonly configs: readonly KernelConfig[];
  readonly blockBytes: number;
  readonly placement: SmallPlacement;
  /** Ascending, apart. */
  readonly banks: readonly SmallBank[];
  readonly reserved: readonly Cells[];
  /** What the user wants kept clear. */
  readonly clear: readonly Cells[];
  readonly initrd: Cells | null;
  /** No tags may lie in these: reserved, clear, the initrd, the kernel's image. */
  readonly obstacles: readonly Cells[];
  /** What has to have tags. */
  readonly kept: readonly Cells[];
  /** Where memory above 4 GiB starts, where some is below too. */
  readonly zoneStart: number | null;
  /** Tag ranges start at a multiple of every kernel's pageblock, */
  readonly tagAlignCells: number;
  /** and have a whole number of pageblocks and blocks of each. */
  readonly unitCells: number;
  /** Whether the memory of a region has to be 32 times its tags; else it may be less. */
  readonly isExact: boolean;
  /** Rows of the kernel's table, and under rfc-v3 CMA areas. */
  readonly mostRows: number;
}

const GIB = 2 ** 30;
const MIB = 2 ** 20;

type PageSize = KernelConfig["pageSize"];
const PAGE_SIZES: readonly (readonly PageSize[])[] = [
  [4096],
  [4096],
  [16384],
  [65536],
  [65536],
  [4096, 16384],
  [16384, 65536],
  [4096, 16384, 65536],
];

export function smallMachine(seed: number): SmallMachine {
  const below = numbers(seed);
  for (let skipped = 0; skipped < 8; skipped++) below(2);
  const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)]!;
  const series = pick(["rfc-v1", "rfc-v2", "rfc-v3", "exact"] as const);
  const pageSizes = pick(PAGE_SIZES);
  const isReal = below(4) === 0;
  const cmaAreas = series === "rfc-v3" ? pick([2, 3, 4, 20, 20]) : 20;
  // As real kernels have them: pageblocks of two blocks at least, but for the series that needs none, and memory of a
  // region, 32 pageblocks at least, that has room for every allocation.
  const order = series === "exact" ? pick([0, 0, 1]) : pick([1, 1, 2]);
  const maxOrder = order + below(5);
  const configs = pageSizes.map((pageSize) =>
    isReal
      ? kernelConfig({ series, pageSize, cmaAreas })
      : kernelConfig({ series, pageSize, cmaAreas, maxOrder, pageblockOrder: order }),
  );
  const pageblocks = configs.map(({ pageSize, pageblockOrder }) => pageSize * 2 ** pageblockOrder);
  const pageBytes = Math.max(...pageSizes);
  // All of these are powers of two.
  const pageblockBytes = Math.max(...pageblocks);
  const cellBytes = isReal ? pageblockBytes : pageBytes;
  const blocks = series === "exact" ? [1, 1, 2, 3] : order === 1 ? [1, 1, 1, 3] : [1, 1, 2];
  const blockBytes = isReal ? pick([64, 4096, 4096, pageBytes]) : pick([4096, pageBytes * pick(blocks)]);
  const tagAlignCells = pageblockBytes / cellBytes;
  const unitCells = multiple(tagAlignCells, [blockBytes, ...pageSizes].reduce(multiple) / cellBytes);
  const isExact = series !== "rfc-v3";
  const { banks, reserved, initrd, clear } = drawMemory(below, cellBytes, unitCells, isExact);
  const image = imageOf(banks, reserved, cellBytes);
  const obstacles = [...reserved, ...clear, ...(initrd === null ? [] : [initrd]), ...image.clear];
  const border = (4 * GIB) / cellBytes;
  const hasBoth = banks.some(({ start }) => start < border) && banks.some(({ end }) => end > border);
  const bank = pick(banks);
  const cell = bank.start + below(bank.end - bank.start);
  return {
    cellBytes,
    configs,
    blockBytes,
    placement: pick<SmallPlacement>([
      { kind: "same-bank" },
      { kind: "same-bank" },
      { kind: "anywhere" },
      { kind: "anywhere" },
      { kind: "node", path: bank.path },
      {
        kind: "address",
        cell: below(3) === 0 ? cell : Math.max(bank.start, Math.floor(cell / tagAlignCells) * tagAlignCells),
      },
    ]),
    banks,
    reserved,
    clear,
    initrd,
    obstacles,
    kept: [...image.kept, ...(initrd === null ? [] : [initrd])],
    zoneStart: hasBoth ? border : null,
    tagAlignCells,
    unitCells,
    isExact,
    // The default CMA area takes one of them.
    mostRows: series === "rfc-v3" ? cmaAreas - 1 : 32,
  };
}

/** Banks about one or more starts of memory, and in them what tags keep clear of. */
function drawMemory(below: (bound: number) => number, cellBytes: number, unitCells: number, isExact: boolean) {
  const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)]!;
  const border = (4 * GIB) / cellBytes;
  const hasNuma = below(3) === 0;
  const isCrowded = below(3) > 0;
  let left = pick(isExact ? [36, 75, 110, 140] : [10, 20, 36, 72]) * unitCells;
  const count = 1 + below(3);
  const isAtBorder = below(3) === 0;
  let address = isAtBorder
    ? Math.max(0, border - below(Math.ceil(left / 1.5)))
    : Math.max(0, Math.ceil(GIB / cellBytes) + below(40));
  const banks: SmallBank[] = [];
  const reserved: Cells[] = [];
  const clear: Cells[] = [];
  let initrd: Cells | null = null;
  for (let index = 0; index < count && left > 0; index++) {
    const wanted = pick([below(40), 33, 34, 36 + below(40), 66 + below(10)]) * unitCells + below(2 * unitCells);
    const start = address;
    const end = start + Math.max(1, index === count - 1 && below(2) === 0 ? left : Math.min(left, wanted));
    left -= end - start;
    const isSecondRange = banks.length > 0 && below(6) === 0;
    const path = isSecondRange ? banks.at(-1)!.path : `/memory@${(start * cellBytes).toString(16)}`;
    const numaNode = isSecondRange ? banks.at(-1)!.numaNode : hasNuma ? index & 1 : null;
    banks.push({ start, end, path, numaNode });
    for (let hole = isCrowded ? 2 + below(4) : below(3); hole > 0; hole--) {
      const from = start + below(end - start);
      const most = isCrowded ? end - start : unitCells * pick([3, 3, 30]);
      const to = Math.min(end, from + 1 + below(most));
      const known = [...reserved, ...clear, ...(initrd === null ? [] : [initrd])];
      if (known.some((other) => other.start <= to && from <= other.end)) continue;
      if (initrd === null && below(8) === 0) initrd = { start: from, end: Math.min(to, from + 3) };
      else if (below(4) === 0) clear.push({ start: from, end: to });
      else reserved.push({ start: from, end: to });
    }
    address = end + pick([0, 0, 1, 1 + below(30), Math.ceil((80 * MIB) / cellBytes)]);
  }
  return { banks, reserved, clear, initrd };
}

/**
 * Where an image lies: in the first memory that has room for 2 MiB of it, and up to 64 MiB long. Tags keep clear of all
 * that, and what of it is not reserved at either end has to have tags.
 */
function imageOf(banks: readonly SmallBank[], reserved: readonly Cells[], cellBytes: number) {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of banks) {
    if (joined.at(-1)?.end === start) joined.at(-1)!.end = end;
    else joined.push({ start, end });
  }
  const step = Math.max(1, (2 * MIB) / cellBytes);
  const up = (cell: number) => Math.ceil(cell / step) * step;
  const down = (cell: number) => Math.floor(cell / step) * step;
  const memory = joined.find(({ start, end }) => up(start) < down(end));
  if (memory === undefined) return { clear: [], kept: [] };
  const end = memory.start + Math.ceil((64 * MIB) / cellBytes);
  let first = up(memory.start);
  let last = down(Math.min(memory.end, end));
  const isReserved = (cell: number) => reserved.some((part) => part.start <= cell && cell < part.end);
  while (first < last && isReserved(first)) first++;
  while (first < last && isReserved(last - 1)) last--;
  return { clear: [{ start: memory.start, end }], kept: first < last ? [{ start: first, end: last }] : [] };
}

/** The least common multiple of two numbers, either of which may be a fraction with a power of two below the line. */
export function multiple(a: number, b: number): number {
  let result = a;
  while (result % b !== 0) result += a;
  return result;
}
