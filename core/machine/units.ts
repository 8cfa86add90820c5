/** Addresses, sizes and page frame numbers: the one place that goes from 64-bit addresses to PFNs, and both to text. */
import type { PfnRange } from "../region.ts";

export const U64_MAX = (1n << 64n) - 1n;

export function minBigint(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

export function maxBigint(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

/** What a C `u64` keeps of a number. */
export function wrapU64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/**
 * The PFN of an address, or the whole pages in a size (`PHYS_PFN`). An address has at most 64 bits, as
 * {@link wrapU64} leaves it, so over pages of 4 KiB or more a PFN has at most 52 bits and a number holds it exactly.
 * Anything wider is our own bug and throws.
 */
export function toPfn(address: bigint, pageSize: number): number {
  if (address < 0n || address > U64_MAX) throw new RangeError(`${address} is no 64-bit address`);
  return Number(address / BigInt(pageSize));
}

/** The first byte of a page (`PFN_PHYS`). */
export function toAddress(pfn: number, pageSize: number): bigint {
  return BigInt(pfn) * BigInt(pageSize);
}

/** `0x8f8000000`, as kernel logs print addresses. */
export function hexAddress(address: bigint): string {
  return `0x${address.toString(16)}`;
}

export function hexPfn(pfn: number, pageSize: number): string {
  return hexAddress(toAddress(pfn, pageSize));
}

/** `0x80000000-0xffffffff`: the first and the last byte of a range of pages. */
export function hexRange(range: PfnRange, pageSize: number): string {
  return `${hexPfn(range.start, pageSize)}-${hexAddress(toAddress(range.end + 1, pageSize) - 1n)}`;
}

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** `64 MiB`: the largest unit that gives a whole number. */
export function sizeText(bytes: bigint): string {
  let unit = 0;
  while (bytes !== 0n && bytes % 1024n === 0n && unit + 1 < UNITS.length) {
    bytes /= 1024n;
    unit++;
  }
  return unit === 0 && bytes === 1n ? "1 byte" : `${bytes} ${UNITS[unit]}`;
}

export function pagesText(pages: number): string {
  return pages === 1 ? "1 page" : `${pages} pages`;
}
