/**
 * Every layout of banks that could be better than one that is known, for banks of few units of tags.
 *
 * A sweep goes through the banks in ascending order and puts down memory and tag ranges, each for a whole number of
 * units; memory and tags of the same number make a row of the region table, wherever they lie. Some places stand for all
 * others: moved down, memory of a given length serves as much, so each piece begins as low as it may, or just high enough
 * for what has to have tags. The same goes for tags that are exact. Where tags may be more, memory ends where tags begin,
 * and every place for these is tried. What was reached with more memory served before is not gone on with.
 */
import type { PlannedRegion } from "./pair-regions.ts";
import {
  alignDown,
  alignUp,
  type Bank,
  bytesIn,
  chunkBytes,
  lengthOf,
  mostBytesFrom,
  type PlacementRules,
  powerOfTwoIn,
  type Stretch,
} from "./stretch.ts";

export interface FullSearch {
  /** The best layout of more memory than was to be beaten; null where none was found. */
  readonly regions: readonly PlannedRegion[] | null;
  /** False where the search was cut short. */
  readonly isWhole: boolean;
}

/** Units of memory in all, spaces for tags, and places in each of them: beyond these, nothing is tried. */
const MOST_CHUNKS = 24;
const MOST_SPACES = 16;
const MOST_PLACES = 400;

interface Piece extends Stretch {
  readonly units: number;
}

/** The layout so far, and where the sweep is. */
interface Sweep {
  readonly bank: number;
  /** The lowest address that is free. */
  readonly at: number;
  /** Where the memory of rows that touch begins, the last of which ends there; null where none does. */
  readonly touchesFrom: number | null;
  readonly bytes: number;
  readonly lostBytes: number;
  readonly tagUnits: number;
  readonly memoryUnits: number;
  readonly tags: readonly Piece[];
  readonly memory: readonly Piece[];
}

/** Only layouts of more than `bytesToBeat` and of no more than `mostRows` count; `isOwnBank` as for `bestPlaced`. */
export function searchAll(
  banks: readonly Bank[],
  rules: PlacementRules,
  mostRows: number,
  isOwnBank: boolean,
  bytesToBeat: number,
): FullSearch {
  const { unitBytes, tagAlignBytes, memoryAlignBytes, splitAlignBytes, pageBytes, tagsAt, isExact } = rules;
  const chunk = chunkBytes(rules);
  const startAlignBytes = rules.walks.length > 0 ? pageBytes : memoryAlignBytes;
  const spaces = banks.flatMap((bank) => bank.spaces);
  const placesIn = (space: Stretch) => (lengthOf(space) - unitBytes) / tagAlignBytes + 1;
  const hasManyPlaces = !isExact && tagsAt === null && spaces.some((space) => placesIn(space) > MOST_PLACES);
  const total = bytesIn(banks);
  if (total > MOST_CHUNKS * chunk || spaces.length > MOST_SPACES || hasManyPlaces)
    return { regions: null, isWhole: false };
  // No row has more: its memory lies in one bank.
  const mostUnits = Math.max(0, ...banks.map((bank) => Math.ceil(lengthOf(bank) / chunk)));
  const reached = new Map<string, number>();
  let best: Sweep | null = null;
  let most = bytesToBeat;
  let steps = 0;

  /** The most that a layout which goes on from here can serve: all but what is lost, and the tags that it takes. */
  const isHopeful = (lostBytes: number, tagUnits: number, memoryUnits: number) => {
    const units = Math.max(tagUnits, memoryUnits, Math.floor(most / chunk) + 1);
    return total - lostBytes - units * unitBytes > most;
  };

  const goOn = (sweep: Sweep): void => {
    if (++steps > rules.mostSteps || !isHopeful(sweep.lostBytes, sweep.tagUnits, sweep.memoryUnits)) return;
    const unpaired = unpairedIn(sweep);
    // What can come of a sweep depends on nothing else.
    const key = [
      sweep.bank,
      sweep.at,
      sweep.touchesFrom,
      sweep.tags.length,
      tagsAt !== null && sweep.tagUnits,
      unpaired,
    ].join(" ");
    const known = reached.get(key);
    if (known !== undefined && known >= sweep.bytes) return;
    reached.set(key, sweep.bytes);
    const bank = banks[sweep.bank];
    if (bank === undefined) {
      if (sweep.bytes > most && unpaired === "") [best, most] = [sweep, sweep.bytes];
      return;
    }
    layMemory(sweep, bank);
    if (sweep.tags.length < mostRows) layTags(sweep, bank);
    if (hasKept(bank, sweep.at, bank.end) || (isOwnBank && unpaired !== "")) return;
    const next = banks[sweep.bank + 1];
    goOn({
      ...sweep,
      bank: sweep.bank + 1,
      at: next?.start ?? 0,
      touchesFrom: sweep.at === bank.end && next?.isJoined === true ? sweep.touchesFrom : null,
      lostBytes: sweep.lostBytes + bank.end - sweep.at,
    });
  };

  const layMemory = (sweep: Sweep, bank: Bank): void => {
    if (sweep.memory.length === mostRows) return;
    const { touchesFrom } = sweep;
    const isCut = touchesFrom !== null && sweep.at - halfAcross(sweep.at, rules) >= touchesFrom;
    const lowest = alignUp(isCut ? sweep.at + pageBytes : sweep.at, startAlignBytes);
    for (let units = 1; units <= mostUnits; units++) {
      // Fewer units serve all that is left.
      if (lowest + (units - 1) * chunk >= bank.end || (isExact && lowest + units * chunk > bank.end)) break;
      for (const start of memoryStarts(lowest, units * chunk, bank)) {
        const lostBytes = sweep.lostBytes + start - sweep.at;
        const memoryUnits = sweep.memoryUnits + units;
        if (hasKept(bank, sweep.at, start) || !isHopeful(lostBytes, sweep.tagUnits, memoryUnits)) continue;
        for (const end of memoryEnds(start, units * chunk, bank)) {
          goOn({
            ...sweep,
            at: end,
            touchesFrom: start === sweep.at && touchesFrom !== null ? touchesFrom : start,
            bytes: sweep.bytes + end - start,
            lostBytes,
            memoryUnits,
            memory: [...sweep.memory, { start, end, units }],
          });
        }
      }
    }
  };

  /** As low as may be, or just high enough to end where something that has to have tags does, or a row in it may. */
  const memoryStarts = (lowest: number, bytes: number, bank: Bank): number[] => {
    const ends = bank.kept.flatMap((kept) => [kept.end, ...multiplesIn(kept, splitAlignBytes)]);
    const starts: number[] = [];
    for (let align = startAlignBytes; align <= memoryAlignBytes; align *= 2) {
      starts.push(alignUp(lowest, align), ...ends.map((end) => alignUp(end - bytes, align)));
    }
    return [...new Set(starts.filter((start) => start >= lowest))].filter(
      (start) => start + (isExact ? bytes : pageBytes) <= bank.end,
    );
  };

  /** Where memory that so many bytes of tags could serve ends: there, before tags, or so that a row can follow on it. */
  const memoryEnds = (start: number, bytes: number, bank: Bank): number[] => {
    if (isExact) return [start + bytes];
    const last = Math.min(start + Math.min(bytes, mostBytesFrom(start, rules)), bank.end);
    const ends = [last, last - pageBytes];
    for (let align = pageBytes; align <= splitAlignBytes; align *= 2) ends.push(alignDown(last, align));
    for (const space of bank.spaces) {
      if (tagsAt !== null) ends.push(tagsAt);
      else for (let at = space.start; at + unitBytes <= space.end; at += tagAlignBytes) ends.push(at);
    }
    return [...new Set(ends)].filter((end) => start < end && end <= last);
  };

  const layTags = (sweep: Sweep, bank: Bank): void => {
    const only = tagsAt === null ? null : (sweep.tags.at(-1)?.end ?? tagsAt);
    for (const space of bank.spaces) {
      const lowest = Math.max(space.start, alignUp(sweep.at, tagAlignBytes));
      const first = only ?? lowest;
      const last = only ?? (isExact ? lowest : alignDown(space.end - unitBytes, tagAlignBytes));
      for (let start = first; lowest <= start && start <= last; start += tagAlignBytes) {
        const lostBytes = sweep.lostBytes + start - sweep.at;
        if (hasKept(bank, sweep.at, start) || !isHopeful(lostBytes, sweep.tagUnits + 1, sweep.memoryUnits)) break;
        for (let units = 1; units <= mostUnits; units++) {
          const end = start + units * unitBytes;
          if (end > space.end || !isHopeful(lostBytes, sweep.tagUnits + units, sweep.memoryUnits)) break;
          goOn({
            ...sweep,
            at: end,
            touchesFrom: null,
            lostBytes,
            tagUnits: sweep.tagUnits + units,
            tags: [...sweep.tags, { start, end, units }],
          });
        }
      }
    }
  };

  const at = banks[0]?.start ?? 0;
  const nothing = { bytes: 0, lostBytes: 0, tagUnits: 0, memoryUnits: 0, tags: [], memory: [] };
  goOn({ ...nothing, bank: 0, at, touchesFrom: null });
  return { regions: best === null ? null : rowsOf(best), isWhole: steps <= rules.mostSteps };
}

/**
 * Half of the smallest allocation that can lie across the place where memory of two rows meets: it begins so much lower.
 * Infinite where none can.
 */
function halfAcross(meeting: number, { pageBytes, splitAlignBytes }: PlacementRules): number {
  const half = powerOfTwoIn(meeting, pageBytes, splitAlignBytes);
  return half < splitAlignBytes ? half : Number.POSITIVE_INFINITY;
}

/** Tag ranges less pieces of memory for each number of units: empty where each has its partner. */
function unpairedIn({ tags, memory }: Sweep): string {
  const open = new Map<number, number>();
  for (const { units } of tags) open.set(units, (open.get(units) ?? 0) + 1);
  for (const { units } of memory) open.set(units, (open.get(units) ?? 0) - 1);
  const unpaired = [...open].filter(([, count]) => count !== 0).sort(([a], [b]) => a - b);
  return unpaired.join();
}

/** Rows of memory and tags of the same number of units, both in ascending order. */
function rowsOf({ tags, memory }: Sweep): PlannedRegion[] {
  const left = [...tags];
  return memory.map(({ start, end, units }) => {
    const [range] = left.splice(
      left.findIndex((other) => other.units === units),
      1,
    );
    return { memory: { start, end }, tags: { start: range!.start, end: range!.end } };
  });
}

function hasKept(bank: Bank, from: number, to: number): boolean {
  return from < to && bank.kept.some(({ start, end }) => start < to && from < end);
}

function multiplesIn({ start, end }: Stretch, step: number): number[] {
  const multiples: number[] = [];
  for (let at = alignUp(start, step); at < end; at += step) multiples.push(at);
  return multiples;
}
