/** The best layout of banks: by a quick search where that is known to miss nothing, else by one that tries all there are. */
import { memoryBytes, type PlannedRegion } from "./pair-regions.ts";
import { searchAll } from "./search-all.ts";
import { alignUp, type Bank, intersect, isStraddled, type PlacementRules, spacesIn } from "./stretch.ts";

export interface Placed {
  /** Ascending by memory; empty where the banks have no layout. */
  readonly regions: readonly PlannedRegion[];
  /** True where no other layout has more memory; else these are the best that were tried. */
  readonly isBest: boolean;
}

/** `place` is the quick search; with `isOwnBank` tags are for the memory of the bank that they lie in. */
export function bestPlaced(
  banks: readonly Bank[],
  rules: PlacementRules,
  mostRegions: number,
  isOwnBank: boolean,
  place: (banks: readonly Bank[]) => Placed,
): Placed {
  const found = placeApart(banks, rules, place);
  if (found.isBest) return found;
  const all = searchAll(banks, rules, mostRegions, isOwnBank, memoryBytes(found.regions));
  return { regions: all.regions ?? found.regions, isBest: all.isWhole };
}

/** What the quick search finds, or else finds with a gap between banks that touch: no allocation lies across its rows. */
function placeApart(banks: readonly Bank[], rules: PlacementRules, place: (banks: readonly Bank[]) => Placed): Placed {
  const found = place(banks);
  const { regions } = found;
  const isApart = regions.every(
    ({ memory }, at) => at === 0 || !isStraddled(regions[at - 1]!.memory, memory, banks, rules),
  );
  if (isApart) return found;
  const parted = place(banks.map((bank) => (bank.isJoined ? withGap(bank, rules) : bank)));
  const isAsGood = memoryBytes(parted.regions) === memoryBytes(regions);
  return { regions: parted.regions, isBest: found.isBest && isAsGood };
}

/** A bank without its first memory, where an allocation could lie across that and what is below. */
function withGap(bank: Bank, rules: PlacementRules): Bank {
  if (bank.start % rules.splitAlignBytes === 0) return bank;
  const start = Math.min(bank.end, alignUp(bank.start + 1, rules.memoryAlignBytes));
  return { ...bank, start, spaces: spacesIn(intersect([{ start, end: bank.end }], bank.spaces), rules) };
}
