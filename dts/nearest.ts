/** The candidate that differs least from `name`, where it differs so little that it was probably meant; else null. */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  if (name.length > MAX_LENGTH) return null;
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(name.length / 4)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name, candidate, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Suggestions for many names that are not there: they end once they would take longer than all the rest. */
export class NearestNames {
  private compared = 0;

  /** As {@link nearest}, with the keys of `known` for candidates; null without looking where too many were looked at. */
  find(name: string, known: ReadonlyMap<string, unknown>): string | null {
    this.compared += known.size;
    return this.compared > MAX_COMPARED ? null : nearest(name, known.keys());
  }
}

const MAX_LENGTH = 64;

/** About a tenth of a second. */
const MAX_COMPARED = 500_000;

const previous = new Uint8Array(MAX_LENGTH * 2);
const current = new Uint8Array(MAX_LENGTH * 2);

/**
 * Insertions, deletions and replacements that turn one text into the other; `limit` where there are as many or more. No
 * text may be longer than {@link MAX_LENGTH} and a limit together.
 */
function editDistance(a: string, b: string, limit: number): number {
  for (let j = 0; j <= b.length; j++) previous[j] = j;
  for (let i = 1; i <= a.length; i++) {
    const letter = a.charCodeAt(i - 1);
    let least = i;
    current[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (letter === b.charCodeAt(j - 1) ? 0 : 1);
      const distance = Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1);
      current[j] = distance;
      if (distance < least) least = distance;
    }
    // No row has less than the least of the row above it.
    if (least >= limit) return limit;
    previous.set(current.subarray(0, b.length + 1));
  }
  return previous[b.length]!;
}
