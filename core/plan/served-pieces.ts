/** Which parts of a run of memory get tags where there are not tags for all of it. */
import { alignDown, chunkBytes, lengthOf, type PlacementRules, type Stretch } from "./stretch.ts";

/** Memory between two tag ranges of a bank, or between one and the bank's end, and the units of tags that serve it. */
export interface Run extends Stretch {
  readonly units: number;
}

/**
 * The memory that the units of a run serve: from its start, but for what has to have tags. Each piece but the last is
 * whole chunks. Null where not all that is kept can be served.
 */
export function servedPieces(run: Run, kept: readonly Stretch[], rules: PlacementRules): Stretch[] | null {
  const chunk = chunkBytes(rules);
  const inside = kept.filter(({ start, end }) => start < run.end && run.start < end);
  const all = run.units * chunk;
  if (all >= lengthOf(run)) return all > 0 ? [{ start: run.start, end: run.end }] : [];
  if (all === 0) return inside.length === 0 ? [] : null;
  const lowest = [{ start: run.start, end: run.start + all }];
  if (areInside(inside, lowest)) return lowest;
  // One piece that is slid up, then two: some chunks at the start, the others about what is kept or at the end.
  for (let low = 0; low < run.units; low++) {
    const rest = (run.units - low) * chunk;
    const highest = alignDown(run.end - rest, rules.memoryAlignBytes);
    for (const wanted of [highest, ...inside.map(({ start }) => alignDown(start, rules.memoryAlignBytes))]) {
      const start = Math.min(wanted, highest);
      const lowEnd = run.start + low * chunk;
      if (start < lowEnd) continue;
      const high = { start, end: start + rest };
      const pieces = low === 0 ? [high] : [{ start: run.start, end: lowEnd }, high];
      if (areInside(inside, pieces)) return pieces;
    }
  }
  return null;
}

function areInside(parts: readonly Stretch[], pieces: readonly Stretch[]): boolean {
  return parts.every(({ start, end }) => pieces.some((piece) => piece.start <= start && end <= piece.end));
}
