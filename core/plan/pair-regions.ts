/** Memory that is served and the tag ranges that serve it, made into rows of the region table. */
import type { Run } from "./served-pieces.ts";
import { bytesIn, chunkBytes, lengthOf, type PlacementRules, type Stretch } from "./stretch.ts";

/** One row of the region table to be. */
export interface PlannedRegion {
  readonly memory: Stretch;
  readonly tags: Stretch;
}

export function memoryBytes(regions: readonly PlannedRegion[]): number {
  return bytesIn(regions.map(({ memory }) => memory));
}

/** Memory that so many units serve; `roomBytes` behind it are free, to move it up. */
export interface Piece extends Run {
  readonly roomBytes: number;
}

/** What of a piece of memory or a tag range has no partner yet. */
interface Left {
  start: number;
  end: number;
  units: number;
  roomBytes: number;
}

/**
 * Rows for pieces of memory and tag ranges, in the order of memory. Both are paired in ascending order; where that makes
 * fewer rows, those of the same number of units first.
 */
export function pairRegions(
  pieces: readonly Piece[],
  tags: readonly Stretch[],
  rules: PlacementRules,
): PlannedRegion[] {
  const inOrder = pair(pieces, tags, rules, false);
  const equalFirst = pair(pieces, tags, rules, true);
  return equalFirst.length < inOrder.length ? equalFirst : inOrder;
}

function pair(
  pieces: readonly Piece[],
  ranges: readonly Stretch[],
  rules: PlacementRules,
  hasEqualFirst: boolean,
): PlannedRegion[] {
  const { unitBytes } = rules;
  const memory: Left[] = pieces.map((piece) => ({ ...piece }));
  const tags = ranges.map((range) => ({ ...range, units: Math.round(lengthOf(range) / unitBytes) }));
  const regions: PlannedRegion[] = [];
  const join = (piece: Left, range: Omit<Left, "roomBytes">) => {
    const units = Math.min(piece.units, range.units);
    const memoryEnd = Math.min(piece.start + units * chunkBytes(rules), piece.end);
    const tagEnd = range.start + units * unitBytes;
    regions.push({ memory: { start: piece.start, end: memoryEnd }, tags: { start: range.start, end: tagEnd } });
    piece.start = memoryEnd;
    piece.units -= units;
    if (piece.units > 0) separate(piece, rules);
    range.start = tagEnd;
    range.units -= units;
  };
  if (hasEqualFirst) {
    for (const piece of memory) {
      const range = tags.find(({ units }) => units === piece.units);
      if (piece.units > 0 && range !== undefined) join(piece, range);
    }
  }
  let at = 0;
  for (const piece of memory) {
    while (piece.units > 0 && at < tags.length) {
      if (tags[at]!.units === 0) at++;
      else join(piece, tags[at]!);
    }
  }
  return regions.sort((a, b) => a.memory.start - b.memory.start);
}

/** A gap before what is left of a piece, where an allocation could lie across it and the row before it. */
function separate(piece: Left, rules: PlacementRules): void {
  const { memoryAlignBytes, splitAlignBytes, isExact } = rules;
  if (piece.start % splitAlignBytes === 0) return;
  const isMoved = piece.roomBytes >= memoryAlignBytes;
  piece.start += memoryAlignBytes;
  if (isMoved) {
    piece.end += memoryAlignBytes;
    piece.roomBytes -= memoryAlignBytes;
  } else if (isExact) {
    piece.units--;
    piece.end = piece.start + piece.units * chunkBytes(rules);
  }
}
