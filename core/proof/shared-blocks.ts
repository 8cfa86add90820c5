/**
 * Blocks that two regions both have. Where the kernel looks an allocation up in another row than the one whose memory
 * it is measured by (two rows share memory), a block that it reserves serves the allocation only if it starts where a
 * block of the measuring row starts. Mostly the two rows are one and the same, and every block is shared.
 */
import type { TagRegion } from "../region.ts";
import { PAGES_PER_TAG_PAGE } from "../reservation.ts";

/** Above every PFN: a period that never comes round. */
export const NEVER = 2 ** 53;

/**
 * First pages at which a block starts in both regions: `first + n * step`, n from 0; none lies below `first` in the
 * region's tags.
 */
export interface SharedBlocks {
  /** {@link NEVER} where no block is shared. */
  readonly first: number;
  readonly step: number;
  /**
   * Pages of memory after which everything comes round: `32 * step`, as one tag page serves 32 pages in both regions
   * alike. {@link NEVER} where that is larger, or no block is shared.
   */
  readonly periodPages: number;
  /** First page of memory served by a shared block, modulo the period: in the region's own mapping… */
  readonly regionEdge: number;
  /** … and in the mapping of the region that the kernel found. */
  readonly foundEdge: number;
  /** From the first to the second, not modulo the period: the same for every shared block. */
  readonly edgeDistance: number;
}

const NOTHING_SHARED: SharedBlocks = {
  first: NEVER,
  step: NEVER,
  periodPages: NEVER,
  regionEdge: 0,
  foundEdge: 0,
  edgeDistance: 0,
};

/** The blocks that start at the same page in `region` and in `found`, the row that the kernel's lookup gave. */
export function sharedBlocks(region: TagRegion, found: TagRegion): SharedBlocks {
  if (region === found) {
    const periodPages = PAGES_PER_TAG_PAGE * region.blockPages;
    const edge = region.memory.start % periodPages;
    return {
      first: region.tags.start,
      step: region.blockPages,
      periodPages,
      regionEdge: edge,
      foundEdge: edge,
      edgeDistance: 0,
    };
  }
  // Solve t0 + B * i = t0' + B' * j for the lowest i from 0 on (j may be below 0, where nothing walks); BigInt, as B *
  // B' passes 2^53.
  const [t0, b0] = [BigInt(region.tags.start), BigInt(region.blockPages)];
  const [t1, b1] = [BigInt(found.tags.start), BigInt(found.blockPages)];
  const { divisor, inverse } = gcdAndInverse(b0, b1);
  if ((t1 - t0) % divisor !== 0n) return NOTHING_SHARED;
  const step = (b0 / divisor) * b1;
  const index = modulo(((t1 - t0) / divisor) * inverse, b1 / divisor);
  const first = t0 + b0 * index;
  if (first >= BigInt(NEVER)) return NOTHING_SHARED;

  const never = BigInt(NEVER);
  const periodPages = 32n * step < never ? 32n * step : never;
  const [inRegion, inFound] = [servedFrom(region, first), servedFrom(found, first)];
  return {
    first: Number(first),
    step: Number(step < never ? step : never),
    periodPages: Number(periodPages),
    regionEdge: Number(modulo(inRegion, periodPages)),
    foundEdge: Number(modulo(inFound, periodPages)),
    edgeDistance: Number(inFound - inRegion),
  };
}

/** First page of memory that the block at `block` serves by a region's mapping, whether or not it has such pages. */
function servedFrom({ memory, tags }: TagRegion, block: bigint): bigint {
  return BigInt(memory.start) + BigInt(PAGES_PER_TAG_PAGE) * (block - BigInt(tags.start));
}

/** `divisor = gcd(a, b)`, and `inverse` with `a / divisor * inverse ≡ 1` modulo `b / divisor` (Euclid, extended). */
function gcdAndInverse(a: bigint, b: bigint): { divisor: bigint; inverse: bigint } {
  let [remainder, next] = [a, b];
  let [factor, nextFactor] = [1n, 0n];
  while (next !== 0n) {
    const quotient = remainder / next;
    [remainder, next] = [next, remainder - quotient * next];
    [factor, nextFactor] = [nextFactor, factor - quotient * nextFactor];
  }
  return { divisor: remainder, inverse: factor };
}

function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}
