/** Where the tags of some banks go, so that as much of their memory as can be has tags. */
import { bankOptions, mostUnits, rangesOfShares } from "./bank-options.ts";
import { alignUp, type Bank, chunkBytes, lengthOf, type PlacementRules, type Stretch } from "./stretch.ts";

/** One row of the region table to be. */
export interface PlannedRegion {
  readonly memory: Stretch;
  readonly tags: Stretch;
}

/** Memory between tags, and how many units of tags it gets. */
interface Segment extends Stretch {
  units: number;
}

/** Tags that several banks share: as many of them as there are, wherever a space of any of the banks is. */
export function placeTags(banks: readonly Bank[], rules: PlacementRules, mostRegions: number): PlannedRegion[] {
  const chunk = chunkBytes(rules);
  const wholeChunks = banks.map((bank) => Math.floor(lengthOf(bank) / chunk));
  const outside = (index: number) =>
    wholeChunks.reduce((sum, chunks, other) => sum + (other === index ? 0 : chunks), 0);
  const most = banks.map((bank, index) => mostUnits(bank, rules, outside(index) + banks.length));
  const options = banks.map((bank, index) => bankOptions(bank, rules, most[index]!));
  const chunksOf = banks.map(
    (bank, index): ChunkCount =>
      (units) =>
        wholeChunksBeside(bank, options[index]!(units), rules),
  );
  const shares = shareUnits(chunksOf, most);
  let best: PlannedRegion[] = [];
  let bestBytes = 0;
  // Whole chunks are most where units are as many as they; tags that may be too many can serve parts of chunks besides.
  const enough = lastEnough(shares);
  const last = rules.isExact ? enough : Math.min(shares.most, enough + spareUnits(banks));
  const consider = (least: readonly (readonly Stretch[])[]) => {
    for (const ranges of variants(banks, least)) {
      const regions = regionsOf(banks, ranges, rules, mostRegions);
      const bytes = memoryBytes(regions);
      if (bytes < bestBytes || (bytes === bestBytes && best.length > 0)) continue;
      best = regions;
      bestBytes = bytes;
    }
  };
  for (let units = enough; units <= last; units++) {
    const shared = shares.at(units).units;
    if (shared.length > 0) consider(banks.map((_, bank) => options[bank]!(shared[bank]!) ?? []));
  }
  // Parts of chunks are worth a bank's while by how they fall together: where there are few ways, all are tried.
  if (!rules.isExact) for (const ranges of allShares(banks, rules)) consider(ranges);
  return best;
}

const MOST_WAYS = 5000;

/** All ways to have units in the spaces of all banks; none where there are too many. */
function* allShares(banks: readonly Bank[], rules: PlacementRules): Generator<Stretch[][]> {
  const rooms = banks.map(({ spaces }) => spaces.map((space) => Math.floor(lengthOf(space) / rules.unitBytes)));
  const ways = rooms.flat().reduce((product, room) => product * (room + 1), 1);
  if (ways > MOST_WAYS) return;
  for (let way = 0; way < ways; way++) {
    let rest = way;
    yield banks.map((bank, index) => {
      const units = rooms[index]!.map((room) => {
        const here = rest % (room + 1);
        rest = Math.floor(rest / (room + 1));
        return here;
      });
      return rangesOfShares(bank, units, rules);
    });
  }
}

export function memoryBytes(regions: readonly PlannedRegion[]): number {
  return regions.reduce((sum, { memory }) => sum + lengthOf(memory), 0);
}

/** Parts of chunks: at most one for each segment. */
function spareUnits(banks: readonly Bank[]): number {
  return banks.reduce((sum, bank) => sum + bank.spaces.length + 1, 0);
}

/** Whole chunks that a bank has beside so many units of tags; -1 where these have no room. */
type ChunkCount = (units: number) => number;

function wholeChunksBeside(bank: Bank, ranges: readonly Stretch[] | null, rules: PlacementRules): number {
  if (ranges === null) return -1;
  const chunk = chunkBytes(rules);
  return segmentsOf(bank, ranges, rules).reduce((sum, segment) => sum + Math.floor(lengthOf(segment) / chunk), 0);
}

/** So many units shared out among the banks, and the whole chunks that all of them then have; -1 for no room. */
interface Share {
  readonly chunks: number;
  readonly units: readonly number[];
}

interface Shares {
  readonly most: number;
  readonly at: (units: number) => Share;
}

/** Where there are more units than this, they go to the last bank first, and are not shared out in every way. */
const MOST_SHARES = 2000;

function shareUnits(chunksOf: readonly ChunkCount[], most: readonly number[]): Shares {
  const total = most.reduce((sum, units) => sum + units, 0);
  if (total > MOST_SHARES) return { most: total, at: (units) => shareFromTheTop(chunksOf, most, units) };
  let shares: (Share | null)[] = [{ chunks: 0, units: [] }];
  chunksOf.forEach((chunksBeside, bank) => {
    const counts = Array.from({ length: most[bank]! + 1 }, (_, units) => chunksBeside(units));
    const next: (Share | null)[] = new Array(shares.length + counts.length - 1).fill(null);
    shares.forEach((share, before) => {
      if (share === null) return;
      for (let units = 0; units < counts.length; units++) {
        if (counts[units]! < 0) continue;
        const chunks = share.chunks + counts[units]!;
        const known = next[before + units] ?? null;
        // Later banks first where it makes no difference: tags lie at the top.
        if (known !== null && (known.chunks > chunks || (known.chunks === chunks && known.units.at(-1)! >= units))) {
          continue;
        }
        next[before + units] = { chunks, units: [...share.units, units] };
      }
    });
    shares = next;
  });
  return { most: shares.length - 1, at: (units) => shares[units] ?? { chunks: -1, units: [] } };
}

function shareFromTheTop(chunksOf: readonly ChunkCount[], most: readonly number[], units: number): Share {
  let left = units;
  let chunks = 0;
  const shared = most.map(() => 0);
  for (let bank = chunksOf.length - 1; bank >= 0; bank--) {
    shared[bank] = Math.min(left, most[bank]!);
    left -= shared[bank]!;
    const beside = chunksOf[bank]!(shared[bank]!);
    if (beside < 0) return { chunks: -1, units: [] };
    chunks += beside;
  }
  return { chunks, units: shared };
}

/** The most units that have a whole chunk each. */
function lastEnough({ most, at }: Shares): number {
  if (most <= MOST_SHARES) {
    for (let units = most; units > 0; units--) if (at(units).chunks >= units) return units;
    return 0;
  }
  // Taken from the top down, more tags never leave more chunks.
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (at(middle).chunks >= middle) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Tag ranges where they lose least, and before that, as they may serve as much, higher up. */
function* variants(
  banks: readonly Bank[],
  least: readonly (readonly Stretch[])[],
): Generator<readonly (readonly Stretch[])[]> {
  yield banks.map((bank, index) => highest(bank, least[index]!));
  yield banks.map((bank, index) => raised(bank, least[index]!));
  yield least;
}

/** The same length in one piece at the top of the topmost space that holds it. */
function highest(bank: Bank, ranges: readonly Stretch[]): readonly Stretch[] {
  const bytes = ranges.reduce((sum, range) => sum + lengthOf(range), 0);
  const space = bank.spaces.findLast((candidate) => lengthOf(candidate) >= bytes);
  return bytes === 0 || space === undefined ? ranges : [{ start: space.end - bytes, end: space.end }];
}

/** Each range at the top of its space. */
function raised(bank: Bank, ranges: readonly Stretch[]): Stretch[] {
  return ranges.map((range) => {
    const { end } = bank.spaces.find((space) => space.start <= range.start && range.end <= space.end)!;
    return { start: end - lengthOf(range), end };
  });
}

/** The memory of a bank between tag ranges, each piece from where tagged memory may start. */
function segmentsOf(bank: Bank, ranges: readonly Stretch[], { memoryAlignBytes }: PlacementRules): Segment[] {
  const segments: Segment[] = [];
  let from = bank.start;
  for (const { start, end } of [...ranges, { start: bank.end, end: bank.end }]) {
    const aligned = alignUp(from, memoryAlignBytes);
    if (aligned < start) segments.push({ start: aligned, end: start, units: 0 });
    from = end;
  }
  return segments;
}

/** The rows that these tag ranges make, memory and tags each in ascending order. */
function regionsOf(
  banks: readonly Bank[],
  ranges: readonly (readonly Stretch[])[],
  rules: PlacementRules,
  mostRegions: number,
): PlannedRegion[] {
  const { unitBytes, isExact } = rules;
  const chunk = chunkBytes(rules);
  const segments = banks.flatMap((bank, index) => segmentsOf(bank, ranges[index]!, rules));
  const tags = ranges.flat();
  let left = tags.reduce((sum, range) => sum + Math.round(lengthOf(range) / unitBytes), 0);
  for (const segment of segments) {
    segment.units = Math.min(left, Math.floor(lengthOf(segment) / chunk));
    left -= segment.units;
  }
  if (!isExact) {
    const rest = (segment: Segment) => lengthOf(segment) - segment.units * chunk;
    for (const segment of [...segments].sort((a, b) => rest(b) - rest(a))) {
      if (left === 0 || rest(segment) === 0) break;
      segment.units++;
      left--;
    }
  }
  const regions: PlannedRegion[] = [];
  let at = 0;
  let used = 0;
  for (const segment of segments) {
    let start = segment.start;
    let wanted = segment.units;
    while (wanted > 0) {
      const range = tags[at]!;
      const units = Math.min(wanted, Math.round(lengthOf(range) / unitBytes) - used);
      const end = Math.min(start + units * chunk, segment.end);
      const tagStart = range.start + used * unitBytes;
      regions.push({ memory: { start, end }, tags: { start: tagStart, end: tagStart + units * unitBytes } });
      start = end;
      wanted -= units;
      used += units;
      if (range.start + used * unitBytes === range.end) {
        at++;
        used = 0;
      }
    }
  }
  if (regions.length <= mostRegions) return regions;
  const kept = new Set([...regions].sort((a, b) => lengthOf(b.memory) - lengthOf(a.memory)).slice(0, mostRegions));
  return regions.filter((region) => kept.has(region));
}
