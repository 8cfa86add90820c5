/**
 * Seeded random numbers, the same on every machine: SplitMix32, a counter in steps of the golden ratio whose value goes
 * through a 32-bit mixer (murmur3's finalizer, with the constants of Steele, Lea and Flood's family). Whole 32-bit
 * arithmetic only. Good enough to choose what a workload does; not for secrets.
 */

/** Gives the next number, `0 … 2^32 - 1`. */
export type Random = () => number;

/** A generator for a whole `seed` from 0 to 2^53 - 1; all its bits count. */
export function seededRandom(seed: number): Random {
  const high = Math.floor(seed / 2 ** 32);
  let counter = mix((seed >>> 0) ^ Math.imul(high, 0x9e3779b1));
  return () => {
    counter = (counter + 0x9e3779b9) | 0;
    return mix(counter);
  };
}

/** A number in `0 … bound - 1`, `bound` from 1 to 2^53, from 53 random bits; the bias is below `bound / 2^53`. */
export function randomBelow(random: Random, bound: number): number {
  const high = random() >>> 11;
  const low = random();
  return Math.min(Math.floor(((high * 2 ** 32 + low) / 2 ** 53) * bound), bound - 1);
}

function mix(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
