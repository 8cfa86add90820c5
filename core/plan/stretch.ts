/** Stretches of physical memory and the rules by which tag storage is placed in them. Addresses are bytes below 2^53. */

export interface Stretch {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Contiguous memory, and where in it tags may lie: ascending, apart, each in one zone, starts and ends aligned. */
export interface Bank extends Stretch {
  readonly spaces: readonly Stretch[];
}

export interface PlacementRules {
  /** A tag range has a whole number of units: pageblocks for CMA, and whole blocks. */
  readonly unitBytes: number;
  /** Tag ranges start at a multiple of this. */
  readonly tagAlignBytes: number;
  /** Tagged memory starts at a multiple of this. */
  readonly memoryAlignBytes: number;
  /** True where memory has to be exactly 32 times its tags; else tags may be more. */
  readonly isExact: boolean;
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

/** What is left of stretches, ascending, without others. */
export function subtract(stretches: readonly Stretch[], removed: readonly Stretch[]): Stretch[] {
  let left = [...stretches];
  for (const { start, end } of removed) {
    if (end <= start) continue;
    left = left.flatMap((part) => {
      if (end <= part.start || part.end <= start) return [part];
      const parts: Stretch[] = [];
      if (part.start < start) parts.push({ start: part.start, end: start });
      if (end < part.end) parts.push({ start: end, end: part.end });
      return parts;
    });
  }
  return left;
}

/** What two lists have in common, ascending where the first is. */
export function intersect(stretches: readonly Stretch[], others: readonly Stretch[]): Stretch[] {
  return stretches.flatMap((part) =>
    others
      .map((other) => ({ start: Math.max(part.start, other.start), end: Math.min(part.end, other.end) }))
      .filter(({ start, end }) => start < end),
  );
}

/** Stretches cut at addresses. */
export function cutAt(stretches: readonly Stretch[], cuts: readonly number[]): Stretch[] {
  return stretches.flatMap((part) => {
    const inside = [...new Set(cuts)].filter((cut) => part.start < cut && cut < part.end).sort((a, b) => a - b);
    const edges = [part.start, ...inside, part.end];
    return inside.length === 0 ? [part] : edges.slice(1).map((end, index) => ({ start: edges[index]!, end }));
  });
}
