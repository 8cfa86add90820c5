/** Rows of the region table shared out among banks each of which holds its own tags. */
import { bestPlaced, type Placed } from "./best-placed.ts";
import { memoryBytes, type PlannedRegion } from "./pair-regions.ts";
import { placeTags } from "./place-tags.ts";
import type { Bank, PlacementRules } from "./stretch.ts";

export function shareRegions(banks: readonly Bank[], rules: PlacementRules, mostRegions: number): Placed {
  return bestPlaced(banks, rules, mostRegions, true, (each) => placeEach(each, rules, mostRegions));
}

/** Bank by bank. One that has to have tags and gets none leaves no layout at all. */
function placeEach(banks: readonly Bank[], rules: PlacementRules, mostRegions: number): Placed {
  const free = banks.map((bank) => placeTags([bank], rules, mostRegions));
  if (banks.some(({ kept }, at) => kept.length > 0 && free[at]!.regions.length === 0)) {
    return { regions: [], isBest: free.every(({ isBest }) => isBest) };
  }
  const rows = free.reduce((sum, { regions }) => sum + regions.length, 0);
  if (rows <= mostRegions) return joined(free);
  // What each bank can do with one row, with two and so on: the best for all banks so far, at each number of rows.
  let best: (readonly Placed[] | null)[] = [[]];
  banks.forEach((bank, at) => {
    const most = free[at]!.regions.length;
    const ways = Array.from({ length: most }, (_, row) => row + 1).map((count) =>
      count === most ? free[at]! : placeTags([bank], rules, count),
    );
    if (bank.kept.length === 0) ways.unshift({ regions: [], isBest: true });
    const next: (readonly Placed[] | null)[] = new Array(mostRegions + 1).fill(null);
    best.forEach((before, used) => {
      if (before === null) return;
      for (const way of ways) {
        if (bank.kept.length > 0 && way.regions.length === 0) continue;
        const count = used + way.regions.length;
        const known = next[count] ?? null;
        const after = [...before, way];
        if (count <= mostRegions && (known === null || bytesOf(after) > bytesOf(known))) next[count] = after;
      }
    });
    best = next;
  });
  const found = best.filter((placed) => placed !== null).sort((a, b) => bytesOf(b) - bytesOf(a))[0];
  return found === undefined ? { regions: [], isBest: free.every(({ isBest }) => isBest) } : joined(found);
}

function joined(placed: readonly Placed[]): Placed {
  const regions: PlannedRegion[] = placed.flatMap((each) => each.regions);
  return { regions, isBest: placed.every(({ isBest }) => isBest) };
}

function bytesOf(placed: readonly Placed[]): number {
  return placed.reduce((sum, { regions }) => sum + memoryBytes(regions), 0);
}
