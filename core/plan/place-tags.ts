/** Where the tags of some banks go, so that as much of their memory as can be has tags. */
import { type BankOption, bankOptions, type SearchLimits } from "./bank-options.ts";
import { bestPlaced, type Placed } from "./best-placed.ts";
import { upperBound } from "./bounds.ts";
import { combineOptions } from "./combine-options.ts";
import { memoryBytes, type Piece, type PlannedRegion, pairRegions } from "./pair-regions.ts";
import { type Run, servedPieces } from "./served-pieces.ts";
import {
  alignDown,
  type Bank,
  bytesIn,
  chunkBytes,
  lengthOf,
  type PlacementRules,
  type Stretch,
  subtract,
  union,
} from "./stretch.ts";

/** So many banks are searched where rows are limited: the largest. */
const MOST_BANKS = 40;

/** Tags that several banks share: any bank's tags lie in the spaces of any of them. */
export function placeTags(banks: readonly Bank[], rules: PlacementRules, mostRegions: number): Placed {
  return bestPlaced(banks, rules, mostRegions, false, (each) => placeByUnits(each, rules, mostRegions));
}

function placeByUnits(banks: readonly Bank[], rules: PlacementRules, mostRegions: number): Placed {
  const bound = upperBound(banks, rules);
  if (bound.bytes === 0) return { regions: [], isBest: true };
  const isAtBound = ({ regions }: Placed) => memoryBytes(regions) === bound.bytes;
  const one = search(banks, rules, Number.POSITIVE_INFINITY, {
    counts: (room) => ({ units: rangeOf(bound.units - 3, Math.min(bound.units + 1, room)), isAll: false }),
    bytesToBeat: Number.NEGATIVE_INFINITY,
    isOneRange: true,
    mostPlaces: 0,
  });
  if (isAtBound(one) && one.regions.length <= mostRegions) return { ...one, isBest: true };
  const limits = { counts: countsFor(banks, bound.units), isOneRange: false, mostPlaces: bound.units <= 8 ? 160 : 0 };
  const toBeat = (regions: readonly PlannedRegion[]) => ({ ...limits, bytesToBeat: memoryBytes(regions) });
  const all = isAtBound(one)
    ? { ...one, isBest: true }
    : search(banks, rules, Number.POSITIVE_INFINITY, toBeat(one.regions));
  const free = mostOf([all, one]);
  const isBest = all.isBest || isAtBound(free);
  if (free.regions.length <= mostRegions) return { regions: free.regions, isBest };
  const fewest = { regions: largest(free.regions, banks, mostRegions), isBest: false };
  const few = mostOf([fewest, search(banks, rules, mostRegions, toBeat(fewest.regions))]);
  return { regions: few.regions, isBest: isBest && memoryBytes(few.regions) === memoryBytes(free.regions) };
}

/** The one of most memory, and of those the first. */
function mostOf(placed: readonly Placed[]): Placed {
  return placed.reduce((a, b) => (memoryBytes(b.regions) > memoryBytes(a.regions) ? b : a));
}

/** One search of all banks; whole where it left out nothing that could be better. */
function search(
  banks: readonly Bank[],
  rules: PlacementRules,
  mostRegions: number,
  bounds: Omit<SearchLimits, "mostCost">,
): Placed {
  const chunk = chunkBytes(rules);
  // Rows that begin or end together by chance are one less than costs tell.
  const mostRows = mostRegions + 1;
  const limits = { ...bounds, mostCost: mostRows + 1 };
  const searched = Number.isFinite(mostRegions) ? banksToSearch(banks) : banks;
  const total = bytesIn(searched);
  const found = searched.map((bank) => bankOptions(bank, total - lengthOf(bank), rules, limits));
  const combinations = combineOptions(
    found.map(({ options }) => options),
    chunk,
    mostRows,
  );
  let best: readonly PlannedRegion[] = [];
  let isCertain = true;
  for (const combination of combinations.slice(0, MOST_COMBINATIONS)) {
    if (combination.bytes < memoryBytes(best)) break;
    const regions = regionsOf(combination.options, combination.balance, searched, rules);
    isCertain &&= regions !== null && regions.length <= mostRegions && memoryBytes(regions) >= combination.bytes;
    if (regions === null || regions.length > mostRegions) continue;
    const more = memoryBytes(regions) - memoryBytes(best);
    if (more > 0 || (more === 0 && regions.length < best.length)) best = regions;
  }
  return { regions: best, isBest: isCertain && found.every(({ isWhole }) => isWhole) };
}

const MOST_COMBINATIONS = 64;

function banksToSearch(banks: readonly Bank[]): readonly Bank[] {
  if (banks.length <= MOST_BANKS) return banks;
  const kept = new Set([...banks].sort((a, b) => weightOf(b) - weightOf(a)).slice(0, MOST_BANKS));
  return banks.filter((bank) => kept.has(bank));
}

function weightOf(bank: Bank): number {
  return bank.kept.length > 0 ? Number.POSITIVE_INFINITY : lengthOf(bank);
}

/** Up to so many units, each number of them is tried in a space. */
const FEW_UNITS = 40;

/**
 * Numbers of units to try in a space: all where they are few. Else the few that make up for parts of chunks, those that
 * fill the space, and those about the most that can be of use in all: tags of more than one large space that is not
 * full could as well lie in one of them.
 */
function countsFor(banks: readonly Bank[], most: number): SearchLimits["counts"] {
  const few = Math.max(2, Math.floor(FEW_UNITS / banks.length));
  return (room) => {
    const last = Math.min(room, most + banks.length + 1);
    if (last <= few) return { units: rangeOf(1, last), isAll: true };
    const counts = [...rangeOf(1, Math.min(few, last)), ...rangeOf(room - few, room), ...rangeOf(most - few, most + 2)];
    return { units: [...new Set(counts)].filter((units) => 1 <= units && units <= last), isAll: false };
  };
}

function rangeOf(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - Math.max(1, first) + 1) }, (_, at) => Math.max(1, first) + at);
}

/** The rows that options for the banks make; null where they leave out what has to have tags. */
function regionsOf(
  options: readonly BankOption[],
  balance: number,
  banks: readonly Bank[],
  rules: PlacementRules,
): PlannedRegion[] | null {
  let lacking = Math.max(0, -balance);
  const pieces: Piece[] = [];
  for (let bank = options.length - 1; bank >= 0; bank--) {
    for (const run of [...options[bank]!.runs].reverse()) {
      const { units, parts } = fewest(run, lacking, banks[bank]!, rules);
      if (parts === null) return null;
      lacking -= run.units - units;
      pieces.unshift(...parts);
    }
  }
  if (lacking > 0) return null;
  const used = pieces.reduce((sum, { units }) => sum + units, 0);
  const tags = shortened(
    options.flatMap((option) => option.tags),
    used * rules.unitBytes,
  );
  const regions = pairRegions(pieces, rules.tagsAt === null ? raised(tags, pieces, banks, rules) : tags, rules);
  const kept = banks.flatMap((bank) => bank.kept);
  const missing = kept.flatMap((stretch) => subtract(stretch, union(regions.map(({ memory }) => memory))));
  return missing.length === 0 ? regions : null;
}

/** Tag ranges, ascending, without those bytes of the last ones that serve nothing. */
function shortened(tags: readonly Stretch[], usedBytes: number): Stretch[] {
  let left = usedBytes;
  return tags.flatMap(({ start, end }) => {
    const bytes = Math.min(left, end - start);
    left -= bytes;
    return bytes > 0 ? [{ start, end: start + bytes }] : [];
  });
}

/** A run with as many units less as may be, and what the others serve; null where that leaves out what it must not. */
function fewest(
  run: Run,
  lacking: number,
  bank: Bank,
  rules: PlacementRules,
): { units: number; parts: Piece[] | null } {
  const chunk = chunkBytes(rules);
  for (let units = Math.max(0, run.units - lacking); units <= run.units; units++) {
    const pieces = servedPieces({ ...run, units }, bank.kept, rules);
    if (pieces === null) continue;
    const nexts = [...pieces.slice(1).map(({ start }) => start), run.end];
    const parts = pieces.map((piece, at) => {
      return { ...piece, units: Math.ceil(lengthOf(piece) / chunk), roomBytes: nexts[at]! - piece.end };
    });
    return { units, parts };
  }
  return { units: run.units, parts: null };
}

/** Tag ranges as high up in their spaces as what follows them lets them be. */
function raised(
  tags: readonly Stretch[],
  pieces: readonly Stretch[],
  banks: readonly Bank[],
  { tagAlignBytes }: PlacementRules,
): Stretch[] {
  const moved: Stretch[] = [];
  for (const range of [...tags].reverse()) {
    const bank = banks.find(({ start, end }) => start <= range.start && range.end <= end)!;
    const space = bank.spaces.find(({ start, end }) => start <= range.start && range.end <= end)!;
    const next = pieces.find(({ start }) => start >= range.end)?.start ?? Number.POSITIVE_INFINITY;
    const limit = Math.min(space.end, next, moved[0]?.start ?? Number.POSITIVE_INFINITY);
    const start = alignDown(limit - lengthOf(range), tagAlignBytes);
    moved.unshift({ start, end: start + lengthOf(range) });
  }
  return moved;
}

/** The largest of too many rows, and those that serve what has to have tags; none where these are too many. */
function largest(regions: readonly PlannedRegion[], banks: readonly Bank[], mostRegions: number): PlannedRegion[] {
  const must = banks.flatMap(({ kept }) => kept);
  const isMust = ({ memory }: PlannedRegion) => must.some(({ start, end }) => start < memory.end && memory.start < end);
  const rank = (region: PlannedRegion) => (isMust(region) ? Number.POSITIVE_INFINITY : lengthOf(region.memory));
  const ranked = [...regions].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
  if (ranked.slice(mostRegions).some(isMust)) return [];
  const kept = new Set(ranked.slice(0, mostRegions));
  return regions.filter((region) => kept.has(region));
}
