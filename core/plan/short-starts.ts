/** Short memory at the start of banks that begin where a kernel's walk is wrong for longer memory. */
import type { Placed } from "./best-placed.ts";
import { memoryBytes, type PlannedRegion } from "./pair-regions.ts";
import {
  alignDown,
  type Bank,
  bytesIn,
  chunkBytes,
  intersect,
  mostBytesFrom,
  type PlacementRules,
  type Stretch,
  spacesIn,
  subtract,
} from "./stretch.ts";

/**
 * What `place` finds, or finds where each such bank has its start served by a unit of tags of its own, taken from the top
 * of its spaces, or of any bank's where `isOwnBank` is false; whichever has more memory.
 */
export function withShortStarts<T extends Bank>(
  banks: readonly T[],
  rules: PlacementRules,
  mostRegions: number,
  isOwnBank: boolean,
  place: (banks: readonly T[], mostRegions: number) => Placed,
): Placed {
  const found = place(banks, mostRegions);
  if (found.isBest || rules.walks.length === 0) return found;
  const starts: PlannedRegion[] = [];
  let left: readonly T[] = banks;
  for (const bank of banks) {
    const memory = shortStart(bank, rules);
    if (memory === null) continue;
    const rest = left.map((other) => (other.start === bank.start ? from(other, memory.end, rules) : other));
    const holder = rest.findLast(({ start, end, spaces }) => {
      const isOwn = start >= memory.end && end <= bank.end;
      return spaces.length > 0 && (isOwn || !isOwnBank);
    });
    const space = holder?.spaces.at(-1);
    if (holder === undefined || space === undefined) continue;
    const tags = { start: space.end - rules.unitBytes, end: space.end };
    starts.push({ memory, tags });
    left = rest.flatMap((other) => (other === holder ? around(other, tags, rules) : [other]));
  }
  if (starts.length === 0 || starts.length > mostRegions) return found;
  const { regions } = place(left, mostRegions - starts.length);
  const all = [...starts, ...regions].sort((a, b) => a.memory.start - b.memory.start);
  const hasAllKept = banks.every(({ kept }) => covers(all, kept));
  return hasAllKept && memoryBytes(all) > memoryBytes(found.regions) ? { regions: all, isBest: false } : found;
}

/** From the bank's start to where rows can touch, as far as a unit of tags serves; null where the bank needs none. */
function shortStart(bank: Bank, rules: PlacementRules): Stretch | null {
  if (bank.start % rules.memoryAlignBytes === 0) return null;
  // Across the place where banks meet lie allocations too.
  const start = bank.isJoined ? bank.start + rules.pageBytes : bank.start;
  const most = Math.min(mostBytesFrom(start, rules), chunkBytes(rules));
  const end = alignDown(Math.min(start + most, bank.end), rules.splitAlignBytes);
  return end > start ? { start, end } : null;
}

/** A bank from an address on, where rows can touch. */
function from<T extends Bank>(bank: T, start: number, rules: PlacementRules): T {
  return { ...part(bank, { start, end: bank.end }, rules), isJoined: false };
}

/** What is left of a bank on both sides of tags. */
function around<T extends Bank>(bank: T, tags: Stretch, rules: PlacementRules): T[] {
  return subtract(bank, [tags]).map((left) => ({
    ...part(bank, left, rules),
    isJoined: left.start === bank.start && bank.isJoined,
  }));
}

function part<T extends Bank>(bank: T, stretch: Stretch, rules: PlacementRules): T {
  return {
    ...bank,
    ...stretch,
    kept: intersect([stretch], bank.kept),
    spaces: spacesIn(intersect([stretch], bank.spaces), rules),
  };
}

function covers(regions: readonly PlannedRegion[], kept: readonly Stretch[]): boolean {
  const memory = regions.map((region) => region.memory);
  return bytesIn(intersect(kept, memory)) === bytesIn(kept);
}
