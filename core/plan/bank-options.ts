/**
 * What a bank can do for a layout: so many units of tags in it, so many that serve its memory, and the bytes served.
 *
 * The search goes through the bank's spaces in ascending order. Tags split the bank into runs of memory, and each run is
 * served whole, but for a part of a chunk, or not at all: leaving out whole chunks costs the same in every run and is
 * done at the end (place-tags.ts). Tags that are moved by a chunk within their space take one from the run on one side
 * and give it to the other, so of all such places the lowest and the highest stand for the rest.
 */
import { type Run, servedPieces } from "./served-pieces.ts";
import { alignDown, alignUp, type Bank, chunkBytes, lengthOf, type PlacementRules, type Stretch } from "./stretch.ts";

export interface BankOption {
  /** Units of tags in the bank without those that serve its own memory; below 0 it needs others' tags. */
  readonly balance: number;
  readonly bytes: number;
  /** Pieces of memory and tag ranges, one less for each group of them that serves itself. */
  readonly cost: number;
  readonly tags: readonly Stretch[];
  readonly runs: readonly Run[];
}

export interface SearchLimits {
  /** Numbers of units to be tried in a space that has room for so many; whether those are all that can be of use. */
  readonly counts: (room: number) => { readonly units: readonly number[]; readonly isAll: boolean };
  /** Where rows are limited, the most that an option may cost; options are told apart by it, and runs without tags tried. */
  readonly mostCost: number;
  /** Only layouts of more than this are looked for, in all banks together. */
  readonly bytesToBeat: number;
  /** At most one tag range in the bank. */
  readonly isOneRange: boolean;
  /** Every place in a space is tried where it has no more than this many. */
  readonly mostPlaces: number;
}

export interface BankOptions {
  readonly options: readonly BankOption[];
  /** False where the bound on work cut the search off. */
  readonly isWhole: boolean;
}

/** So many spaces of a bank are searched: the highest. */
const MOST_SPACES = 24;

/** Places that are tried in one bank's search, and paths that are held against others there. */
const MOST_WORK = 20_000;

/** What finding the places for one number of units comes to, beside trying them. */
const WORK_OF_COUNT = 10;

/** A layout of the bank up to an address. */
interface Path extends BankOption {
  /** The end of its tags: further tags may begin there. */
  readonly free: number;
  /** Where the memory of the next run starts. */
  readonly at: number;
  /** How many of the stretches that have to have tags lie before that, and have them. */
  readonly kept: number;
}

/** `otherBytes` is the memory of the banks besides. */
export function bankOptions(bank: Bank, otherBytes: number, rules: PlacementRules, limits: SearchLimits): BankOptions {
  const { unitBytes, memoryAlignBytes } = rules;
  let fronts = new Fronts(limits.mostCost);
  const at = alignUp(bank.start, memoryAlignBytes);
  fronts.add({ free: bank.start, at, balance: 0, bytes: 0, cost: 0, kept: 0, tags: [], runs: [] });
  let isWhole = isCertain(bank, rules, limits);
  // Parts of chunks can make two ranges in a space worth while: one in what memory's alignment leaves, and another.
  const spaces = (rules.isExact ? bank.spaces : bank.spaces.flatMap((space) => [space, space])).slice(-MOST_SPACES);
  for (const space of spaces) {
    const counts = limits.counts(Math.floor(lengthOf(space) / unitBytes)).units;
    const next = fronts.copy();
    for (const path of fronts.all()) {
      if (limits.isOneRange && path.tags.length > 0) continue;
      for (const units of counts) {
        if (next.work > MOST_WORK) break;
        const bytes = units * unitBytes;
        next.work += WORK_OF_COUNT;
        for (const from of places(space, bytes, path, bank, rules, limits.mostPlaces)) {
          next.work++;
          for (const served of afterRun(path, from, bank, rules, limits)) {
            const after = withTags(served, { start: from, end: from + bytes }, units, rules);
            if (mostBytes(after, bank.end, otherBytes, rules) > limits.bytesToBeat) next.add(after);
          }
        }
      }
    }
    if (next.work > MOST_WORK) isWhole = false;
    fronts = next;
  }
  return { options: finished(fronts, bank, rules, limits), isWhole };
}

/**
 * What all banks can serve at most, from here on. A byte of memory takes a 32nd of a byte of tags: those that are there
 * already, or others that take the place of memory.
 */
function mostBytes(
  { at, bytes, balance }: Path,
  end: number,
  otherBytes: number,
  { unitBytes }: PlacementRules,
): number {
  const left = Math.max(0, end - at) + otherBytes;
  return bytes + Math.min(left, ((left + balance * unitBytes) * 32) / 33);
}

function withTags(path: Path, range: Stretch, units: number, { memoryAlignBytes }: PlacementRules): Path {
  const balance = path.balance + units;
  return {
    ...path,
    free: range.end,
    at: alignUp(range.end, memoryAlignBytes),
    balance,
    cost: path.cost + (balance === 0 ? 0 : 1),
    tags: [...path.tags, range],
  };
}

/** The ways to serve the run from where a path is up to an address. */
function afterRun(path: Path, end: number, bank: Bank, rules: PlacementRules, limits: SearchLimits): Path[] {
  let kept = path.kept;
  while (kept < bank.kept.length && bank.kept[kept]!.start < end) kept++;
  const here = bank.kept.slice(path.kept, kept);
  if (here.some(({ start }) => start < path.at)) return [];
  const chunks = Math.max(0, end - path.at) / chunkBytes(rules);
  const counts = new Set([Math.floor(chunks)]);
  if (!rules.isExact) counts.add(Math.ceil(chunks));
  if (Number.isFinite(limits.mostCost)) counts.add(0);
  const paths: Path[] = [];
  for (const units of counts) {
    const run = { start: path.at, end: Math.max(end, path.at), units };
    const pieces = servedPieces(run, here, rules);
    if (pieces === null) continue;
    const balance = path.balance - units;
    paths.push({
      ...path,
      balance,
      bytes: path.bytes + pieces.reduce((sum, piece) => sum + lengthOf(piece), 0),
      cost: path.cost + pieces.length - (balance === 0 && units > 0 ? 1 : 0),
      kept,
      runs: units === 0 ? path.runs : [...path.runs, run],
    });
  }
  return paths;
}

/** Of each balance the option of most bytes, and of those the one of least cost; of each cost where rows are counted. */
function finished(fronts: Fronts, bank: Bank, rules: PlacementRules, limits: SearchLimits): BankOption[] {
  const best = new Map<number, BankOption>();
  for (const path of fronts.all()) {
    for (const option of afterRun(path, bank.end, bank, rules, limits)) {
      if (option.cost > limits.mostCost) continue;
      const key = Number.isFinite(limits.mostCost) ? option.balance * MOST_COST + option.cost : option.balance;
      const known = best.get(key);
      if (known === undefined || isBetter(option, known)) best.set(key, option);
    }
  }
  return [...best.values()];
}

/** More bytes; or for as many the lowest tags higher up, which is where they are looked for, or fewer pieces. */
function isBetter(a: BankOption, b: BankOption): boolean {
  if (a.bytes !== b.bytes) return a.bytes > b.bytes;
  const [ofA, ofB] = [a, b].map(({ tags }) => tags[0]?.start ?? Number.POSITIVE_INFINITY);
  return ofA === ofB ? a.cost < b.cost : ofA! > ofB!;
}

const MOST_COST = 1024;

/** Of paths that differ in nothing else, those of which no other has more bytes and leaves more of the bank. */
class Fronts {
  readonly #mostCost: number;
  readonly #fronts = new Map<number, readonly Path[]>();

  constructor(mostCost: number) {
    this.#mostCost = mostCost;
  }

  /** Paths held against others so far. */
  work = 0;

  add(path: Path): void {
    const kind = path.balance * 16 + Math.min(path.kept, 15);
    if (path.cost > this.#mostCost) return;
    const key = Number.isFinite(this.#mostCost) ? kind * MOST_COST + path.cost : kind;
    const front = this.#fronts.get(key) ?? [];
    this.work += 1 + front.length;
    if (front.some((other) => leavesMore(other, path) && isAsGood(other, path))) return;
    this.#fronts.set(key, [...front.filter((other) => !(leavesMore(path, other) && isAsGood(path, other))), path]);
  }

  copy(): Fronts {
    const copy = new Fronts(this.#mostCost);
    for (const [key, front] of this.#fronts) copy.#fronts.set(key, front);
    return copy;
  }

  *all(): Generator<Path> {
    for (const front of this.#fronts.values()) yield* front;
  }
}

function leavesMore(a: Path, b: Path): boolean {
  return a.at <= b.at && a.free <= b.free;
}

function isAsGood(a: Path, b: Path): boolean {
  return a.bytes > b.bytes || (a.bytes === b.bytes && a.cost <= b.cost);
}

/** Whether a search of the bank with these limits misses nothing. */
function isCertain(bank: Bank, rules: PlacementRules, limits: SearchLimits): boolean {
  const { unitBytes, tagAlignBytes, memoryAlignBytes, tagsAt, isExact } = rules;
  const isLeftAligned = isExact && bank.kept.length === 0 && chunkBytes(rules) % memoryAlignBytes === 0;
  const { spaces } = bank;
  const isOnePiece = spaces.every(({ start }, at) => start === (at === 0 ? tagsAt : spaces[at - 1]!.end));
  const hasAllPlaces = tagsAt === null ? isLeftAligned : isOnePiece;
  return (
    !limits.isOneRange &&
    // Else what the alignment leaves has room for units, and further ranges in a space can be of use.
    memoryAlignBytes <= unitBytes &&
    // Else memory can be of use that is short enough to start elsewhere.
    (isExact || (bank.start % memoryAlignBytes === 0 && tagAlignBytes % memoryAlignBytes === 0)) &&
    spaces.length * (isExact ? 1 : 2) <= MOST_SPACES &&
    spaces.every((space) => {
      const room = Math.floor(lengthOf(space) / unitBytes);
      const places = (lengthOf(space) - unitBytes) / tagAlignBytes + 1;
      return (hasAllPlaces || (tagsAt === null && places <= limits.mostPlaces)) && limits.counts(room).isAll;
    })
  );
}

/** Where in a space so many bytes of tags are tried behind a path. */
function places(
  space: Stretch,
  bytes: number,
  { free, at: from, tags }: Path,
  bank: Bank,
  rules: PlacementRules,
  mostPlaces: number,
): Iterable<number> {
  const { tagAlignBytes, memoryAlignBytes, tagsAt } = rules;
  const lowest = alignUp(Math.max(space.start, free), tagAlignBytes);
  const highest = alignDown(space.end - bytes, tagAlignBytes);
  if (highest < lowest) return [];
  if (tagsAt !== null) {
    // On from there, the piece goes on where one space ends and the next begins.
    const isNext = tags.length === 0 ? lowest === tagsAt : lowest === free && lowest === space.start;
    return isNext ? [lowest] : [];
  }
  const count = (highest - lowest) / tagAlignBytes + 1;
  if (count <= mostPlaces) return Array.from({ length: count }, (_, at) => lowest + at * tagAlignBytes);
  const chunk = chunkBytes(rules);
  const starts = new Set([lowest, highest]);
  /** The lowest and the highest place that is whole chunks from an address. */
  const addLike = (address: number) => {
    for (const rounded of [alignDown(address, tagAlignBytes), alignUp(address, tagAlignBytes)]) {
      const offset = modulo(rounded - lowest, chunk);
      starts.add(lowest + offset);
      starts.add(highest - modulo(highest - lowest - offset, chunk));
    }
  };
  addLike(from);
  if (!rules.isExact) {
    // Memory behind the tags that is whole chunks up to where it ends, and memory that begins where the tags end.
    for (const end of [bank.end, ...bank.spaces.map((other) => other.end)]) {
      addLike(alignDown(end, memoryAlignBytes) - bytes);
    }
    for (const edge of [lowest, from]) addLike(alignUp(edge + bytes, memoryAlignBytes) - bytes);
  }
  return [...starts].filter((start) => lowest <= start && start <= highest);
}

function modulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}
