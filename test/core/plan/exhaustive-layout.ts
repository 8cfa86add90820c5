/**
 * A layout of more memory than a plan has, found the slow way: every set of tag ranges that the kernels' rules allow, and
 * every way to lay their memory out. It shares nothing with the plan's search; whether a layout is right, the proof and
 * the check say.
 */
import { checkTree } from "../../../core/check.ts";
import type { KernelConfig } from "../../../core/kernel/boot.ts";
import { prove } from "../../../core/proof/prove.ts";
import type { TagRegion } from "../../../core/region.ts";
import type { DeviceTree } from "../../../dts/tree.ts";
import { type Cells, multiple, type SmallBank, type SmallMachine } from "./small-machine.ts";
import { layoutTree } from "./small-machine-source.ts";

export interface Row {
  readonly tags: Cells;
  readonly memory: Cells;
}

export class TooLarge extends Error {}

/**
 * A layout that serves more than `cells` of memory, that every kernel finds managed and safe; null where there is none.
 * Throws {@link TooLarge} where it would have to look at more than `mostSteps` layouts and parts of layouts.
 */
export function betterLayout(machine: SmallMachine, cells: number, mostSteps: number): readonly Row[] | null {
  const { banks, kept, isExact } = machine;
  const total = banks.reduce((sum, bank) => sum + lengthOf(bank), 0);
  const isRowSafe = rowJudge(machine);
  let steps = 0;
  const step = () => {
    if (++steps > mostSteps) throw new TooLarge();
  };

  /** Lays the memory of tag ranges out from an address on; so many cells may go without. */
  const lay = (
    runs: readonly Run[],
    from: number,
    mayLose: number,
    tags: readonly Tags[],
    rows: Row[],
  ): Row[] | null => {
    step();
    const [run, ...later] = runs;
    if (run === undefined) return tags.length === 0 && isLayoutGood(machine, rows) ? rows : null;
    const isWithoutKept = (start: number, end: number) => !kept.some((part) => part.start < end && start < part.end);
    for (const range of distinct(tags)) {
      if (machine.placement.kind === "same-bank" && range.bank !== run.bank) continue;
      const most = 32 * lengthOf(range);
      for (let start = from; start < run.end && start - from <= mayLose; start++) {
        if (!isWithoutKept(from, start)) break;
        for (let length = isExact ? most : 1; length <= most && start + length <= run.end; length++) {
          step();
          const memory = { start, end: start + length };
          if (!isRowSafe(memory, range)) continue;
          const rest = tags.filter((other) => other !== range);
          const lost = start - from;
          const found = lay(runs, memory.end, mayLose - lost, rest, [...rows, { tags: range, memory }]);
          if (found !== null) return found;
        }
      }
    }
    const left = run.end - from;
    if (left > mayLose || !isWithoutKept(from, run.end)) return null;
    return lay(later, later[0]?.start ?? 0, mayLose - left, tags, rows);
  };

  const tryTags = (tags: readonly Tags[]): Row[] | null => {
    step();
    const taken = tags.reduce((sum, range) => sum + lengthOf(range), 0);
    const mayLose = total - taken - cells - 1;
    if (mayLose < 0 || taken * 32 <= cells) return null;
    const runs = banks.flatMap((bank) => runsOf(bank, tags));
    return lay(runs, runs[0]?.start ?? 0, mayLose, tags, []);
  };

  const places = tagPlaces(machine);
  const choose = (from: number, tags: readonly Tags[]): Row[] | null => {
    const found = tags.length > 0 && isAsAsked(machine, tags) ? tryTags(tags) : null;
    if (found !== null || tags.length === machine.mostRows) return found;
    const taken = tags.reduce((sum, range) => sum + lengthOf(range), 0);
    const last = tags.at(-1)?.end ?? 0;
    for (let at = from; at < places.length; at++) {
      step();
      const range = places[at]!;
      // Where it takes all that may be lost, or with exact tags more memory than there is, so do longer ones and more.
      const all = taken + lengthOf(range);
      if (range.start < last || total - all <= cells || (isExact && 33 * all > total)) continue;
      const better = choose(at + 1, [...tags, range]);
      if (better !== null) return better;
    }
    return null;
  };
  return choose(0, []);
}

interface Tags extends Cells {
  readonly bank: SmallBank;
}

interface Run extends Cells {
  readonly bank: SmallBank;
}

/** Every tag range that the kernels would take: by address, the shorter first. */
function tagPlaces(machine: SmallMachine): Tags[] {
  const { banks, obstacles, tagAlignCells, unitCells, zoneStart, placement } = machine;
  return banks
    .filter(({ path }) => placement.kind !== "node" || placement.path === path)
    .flatMap((bank) => {
      const places: Tags[] = [];
      for (
        let start = Math.ceil(bank.start / tagAlignCells) * tagAlignCells;
        start < bank.end;
        start += tagAlignCells
      ) {
        for (let end = start + unitCells; end <= bank.end; end += unitCells) {
          if (obstacles.some((other) => other.start < end && start < other.end)) break;
          // Where rfc-v3 splits a tag range at a zone's boundary, it reckons memory to it that is not its own.
          const spansZones = zoneStart !== null && start < zoneStart && zoneStart < end;
          if (machine.configs[0]!.series === "rfc-v3" && spansZones) break;
          places.push({ start, end, bank });
        }
      }
      return places;
    });
}

/** --tags-at: one piece from an address on. */
function isAsAsked({ placement }: SmallMachine, tags: readonly Tags[]): boolean {
  if (placement.kind !== "address") return true;
  return (
    tags[0]!.start === placement.cell &&
    tags.every(({ end }, at) => at + 1 === tags.length || tags[at + 1]!.start === end)
  );
}

/** Of ranges that could stand for each other, the first. */
function distinct(tags: readonly Tags[]): Tags[] {
  return tags.filter(
    (range, at) => tags.findIndex((other) => lengthOf(other) === lengthOf(range) && other.bank === range.bank) === at,
  );
}

function runsOf(bank: SmallBank, tags: readonly Tags[]): Run[] {
  const runs: Run[] = [];
  let from = bank.start;
  for (const { start, end } of tags) {
    if (start < bank.start || start >= bank.end) continue;
    if (from < start) runs.push({ start: from, end: start, bank });
    from = end;
  }
  if (from < bank.end) runs.push({ start: from, end: bank.end, bank });
  return runs;
}

/**
 * Whether a region by itself is proved safe under each kernel. Where its tags lie makes no difference, and where its
 * memory starts only by what that is off a multiple of the largest allocation. Under a kernel that gets blocks of this size
 * wrong wherever memory starts, the proof is asked for more of it, up to all orders: there, a region is not taken for safe
 * because it is too short for the allocations that would go wrong.
 */
function rowJudge(machine: SmallMachine): (memory: Cells, tags: Cells) => boolean {
  const { configs, cellBytes, unitCells, isExact } = machine;
  const known = new Map<number, boolean>();
  const largest = Math.max(...configs.map(({ pageSize, maxOrder }) => pageSize * 2 ** maxOrder));
  const periodCells = Math.max(1, largest / cellBytes);
  const long = 2 * periodCells + 64 * unitCells;
  const judge = (memory: Cells, tags: Cells, fewest: number): boolean => {
    const length = Math.max(fewest, lengthOf(memory));
    const tagLength = Math.max(lengthOf(tags), Math.ceil(length / 32 / unitCells) * unitCells);
    const key = ((memory.start % periodCells) * 4096 + length) * 4096 + tagLength;
    let isSafe = known.get(key);
    if (isSafe === undefined) {
      const { start } = memory;
      const row = {
        memory: { start, end: start + length },
        tags: { start: start + length, end: start + length + tagLength },
      };
      isSafe = configs.every((config) => {
        return prove([regionOf(row, machine, config.pageSize)], config.series, config.maxOrder).safe;
      });
      known.set(key, isSafe);
    }
    return isSafe;
  };
  const isEverRight = isExact || judge({ start: 0, end: long }, { start: long, end: long }, long);
  return (memory, tags) => judge(memory, tags, isEverRight ? 0 : long);
}

function regionOf({ memory, tags }: Row, machine: SmallMachine, pageSize: number): TagRegion {
  const pages = machine.cellBytes / pageSize;
  const range = ({ start, end }: Cells) => ({ start: start * pages, end: end * pages - 1 });
  const bank = machine.banks.find(({ start, end }) => start <= memory.start && memory.end <= end);
  return {
    node: "tags",
    memoryNode: "memory",
    memory: range(memory),
    tags: range(tags),
    blockPages: multiple(machine.blockBytes, pageSize) / pageSize,
    numaNode: bank?.numaNode ?? null,
  };
}

/** No allocation across regions comes to harm, and a tree with the layout is managed and safe. */
function isLayoutGood(machine: SmallMachine, rows: readonly Row[]): boolean {
  const { configs } = machine;
  const isApart = configs.every(({ series, maxOrder, pageSize }) => {
    const regions = rows.map((row) => regionOf(row, machine, pageSize));
    return prove(regions, series, maxOrder).straddles.every((row) =>
      [row.unprotected, row.overReserved, row.outOfRegion, row.leaks, row.earlyReleases].every(
        ({ allocations }) => allocations === 0,
      ),
    );
  });
  if (!isApart) return false;
  return isManagedAndSafe(layoutTree(machine, rows), configs);
}

export function isManagedAndSafe(tree: DeviceTree, configs: readonly KernelConfig[]): boolean {
  return configs.every((config) => {
    const { boot, proof, findings } = checkTree(tree, config);
    return boot.outcome === "managed" && proof!.safe && findings.every(({ severity }) => severity !== "error");
  });
}

function lengthOf({ start, end }: Cells): number {
  return end - start;
}
