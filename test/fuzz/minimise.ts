import type { FuzzInput } from "./pipeline.ts";

/** Tries that a finding is worth. */
const MAX_TRIES = 3000;

/**
 * A smaller input that still breaks the same: stretches are taken out, halves first, for as long as any can be. `breaks`
 * says whether an input does.
 */
export function minimise(input: FuzzInput, breaks: (input: FuzzInput) => boolean): FuzzInput {
  let tries = 0;
  const shrink = (bytes: Uint8Array, withBytes: (bytes: Uint8Array) => FuzzInput): Uint8Array => {
    let smallest = bytes;
    for (let size = smallest.length >> 1; size >= 1; size = size >> 1) {
      for (let at = 0; at < smallest.length && tries < MAX_TRIES; ) {
        const shorter = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
        tries++;
        if (breaks(withBytes(shorter))) smallest = shorter;
        else at += size;
      }
    }
    return smallest;
  };
  const bytes = shrink(input.bytes, (shorter) => ({ ...input, bytes: shorter }));
  const smaller = { ...input, bytes };
  if (input.base === undefined) return smaller;
  return { ...smaller, base: shrink(input.base, (base) => ({ ...smaller, base })) };
}
