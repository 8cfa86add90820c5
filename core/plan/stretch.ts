/** Stretches of physical memory and the rules by which tag storage is placed in them. Addresses are bytes below 2^53. */

export interface Stretch {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface Bank extends Stretch {
  /** Where tags may lie: ascending, apart, starts and ends aligned. */
  readonly spaces: readonly Stretch[];
  /** What has to have tags, or the layout is none: ascending, apart, in no space. */
  readonly kept: readonly Stretch[];
  /** Whether it begins where the one before ends, and an allocation can lie across. */
  readonly isJoined: boolean;
}

/** A kernel's walk, which goes by the order of an allocation alone. */
export interface Walk {
  /** Memory that a block serves. */
  readonly servesBytes: number;
  /** Where memory starts at a multiple of this, the walk is right for all that can be allocated there. */
  readonly alignBytes: number;
}

export interface PlacementRules {
  /** A tag range has a whole number of units: pageblocks for CMA, and whole blocks. */
  readonly unitBytes: number;
  /** Tag ranges start at a multiple of this. */
  readonly tagAlignBytes: number;
  /** Memory is whole pages of this, the largest that is planned for. */
  readonly pageBytes: number;
  /** Tagged memory starts at a multiple of this, unless it is short. */
  readonly memoryAlignBytes: number;
  /** Of each kernel, where memory may be short: see {@link mostBytesFrom}. */
  readonly walks: readonly Walk[];
  /** An allocation across two regions' memory starts at no multiple of this: where one follows another there. */
  readonly splitAlignBytes: number;
  /** Where the tags begin, all in one piece, where that is given: spaces then are the parts of it. */
  readonly tagsAt: number | null;
  /** True where memory has to be exactly 32 times its tags; else tags may be more. */
  readonly isExact: boolean;
  /** Layouts that a search of all there are may begin. */
  readonly mostSteps: number;
}

/** Memory whose tags one unit holds. */
export function chunkBytes({ unitBytes }: PlacementRules): number {
  return 32 * unitBytes;
}

export function alignUp(address: number, alignBytes: number): number {
  return Math.ceil(address / alignBytes) * alignBytes;
}

export function alignDown(address: number, alignBytes: number): number {
  return Math.floor(address / alignBytes) * alignBytes;
}

export function lengthOf({ start, end }: Stretch): number {
  return end - start;
}

export function bytesIn(stretches: readonly Stretch[]): number {
  return stretches.reduce((bytes, stretch) => bytes + lengthOf(stretch), 0);
}

/** The parts of stretches where tags may lie: whole tag alignments, with room for a unit. */
export function spacesIn(
  stretches: readonly Stretch[],
  { tagAlignBytes, unitBytes }: Pick<PlacementRules, "tagAlignBytes" | "unitBytes">,
): Stretch[] {
  return stretches
    .map(({ start, end }) => ({ start: alignUp(start, tagAlignBytes), end: alignDown(end, tagAlignBytes) }))
    .filter((space) => lengthOf(space) >= unitBytes);
}

/** The largest power of two, from `least` to `most`, both powers themselves, that divides an address or a size. */
export function powerOfTwoIn(bytes: number, least: number, most: number): number {
  let power = least;
  while (power < most && bytes % (2 * power) === 0) power *= 2;
  return power;
}

/** Whether an allocation can lie across the memory of two rows: they touch where it does not end. */
export function isStraddled(
  below: Stretch,
  above: Stretch,
  banks: readonly Bank[],
  { splitAlignBytes }: PlacementRules,
): boolean {
  if (below.end !== above.start || above.start % splitAlignBytes === 0) return false;
  return banks.every(({ start, isJoined }) => start !== above.start || isJoined);
}

/**
 * The most memory from an address on in which all walks are right. From any start they are where nothing that can be
 * allocated lies across the memory of two blocks, and the first to do so is the smallest at the place where they meet.
 */
export function mostBytesFrom(start: number, { memoryAlignBytes, walks, pageBytes }: PlacementRules): number {
  if (start % memoryAlignBytes === 0) return Number.POSITIVE_INFINITY;
  if (walks.length === 0) return 0;
  const half = powerOfTwoIn(start, pageBytes, memoryAlignBytes);
  const wrong = walks.filter(({ alignBytes }) => start % alignBytes !== 0);
  return Math.min(...wrong.map(({ servesBytes }) => servesBytes + half - pageBytes));
}

/** The union of stretches, ascending, merged where they touch. */
export function union(stretches: readonly Stretch[]): Stretch[] {
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of [...stretches].sort((a, b) => a.start - b.start)) {
    if (end <= start) continue;
    const last = merged.at(-1);
    if (last === undefined || start > last.end) merged.push({ start, end });
    else last.end = Math.max(last.end, end);
  }
  return merged;
}

/** What is left of a stretch without others, which are ascending and apart. */
export function subtract(stretch: Stretch, removed: readonly Stretch[]): Stretch[] {
  const left: Stretch[] = [];
  let from = stretch.start;
  for (const { start, end } of removed) {
    if (end <= from) continue;
    if (start >= stretch.end) break;
    if (from < start) left.push({ start: from, end: start });
    from = end;
  }
  if (from < stretch.end) left.push({ start: from, end: stretch.end });
  return left;
}

/** What stretches have in common with others, which are ascending and apart. */
export function intersect(stretches: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  const common: Stretch[] = [];
  for (const { start, end } of stretches) {
    for (let at = firstEndingAfter(others, start); at < others.length && others[at]!.start < end; at++) {
      common.push({ start: Math.max(start, others[at]!.start), end: Math.min(end, others[at]!.end) });
    }
  }
  return common;
}

function firstEndingAfter(stretches: readonly Stretch[], address: number): number {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stretches[middle]!.end <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Stretches cut at addresses. */
export function cutAt(stretches: readonly Stretch[], cuts: readonly number[]): Stretch[] {
  return stretches.flatMap((part) => {
    const inside = [...new Set(cuts)].filter((cut) => part.start < cut && cut < part.end).sort((a, b) => a - b);
    const edges = [part.start, ...inside, part.end];
    return inside.length === 0 ? [part] : edges.slice(1).map((end, index) => ({ start: edges[index]!, end }));
  });
}
