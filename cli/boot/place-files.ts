/** Where the kernel, its initramfs and its blob are put in memory that may be laid out in any way. */
import { type ByteRange, clipRanges, removeRange } from "../../core/kernel/byte-ranges.ts";
import { maxBigint, sizeText } from "../../core/machine/units.ts";
import { Failure } from "../failure.ts";

export interface Places {
  readonly kernel: ByteRange;
  readonly initrd: ByteRange;
  /** A stretch that the blob may use, and that nothing else does. */
  readonly blob: ByteRange;
}

export interface Sizes {
  readonly textOffset: bigint;
  readonly kernelBytes: bigint;
  readonly initrdBytes: bigint;
}

const MIB2 = 1n << 21n;
const GIB = 1n << 30n;
/** The kernel and the initramfs lie in one window of this size, which starts at a multiple of 1 GiB. */
const WINDOW = 32n * GIB;
/** A blob has at most 2 MiB, and the kernel maps it by blocks of that size. */
export const BLOB_BYTES = MIB2;

/**
 * The lowest places in `free`, ascending, that Documentation/arm64/booting.rst allows. Throws a `Failure`
 * where there are none.
 */
export function placeFiles(free: readonly ByteRange[], sizes: Sizes): Places {
  const { textOffset, kernelBytes, initrdBytes } = sizes;
  const base = firstFit(free, textOffset + kernelBytes, MIB2);
  if (base === null) throw noRoom("the kernel", textOffset + kernelBytes, free);
  const kernel = { start: base + textOffset, end: base + textOffset + kernelBytes };
  const windowStart = (base / GIB) * GIB;
  // The kernel may use what lies between a multiple of 2 MiB and itself, too
  const unused = removeRange(free, { start: base, end: kernel.end });
  let left = clipRanges(unused, { start: windowStart, end: windowStart + WINDOW });
  const place = (what: string, bytes: bigint): ByteRange => {
    const start = firstFit(left, bytes, MIB2);
    if (start === null) throw noRoom(what, bytes, left);
    left = removeRange(left, { start, end: start + bytes });
    return { start, end: start + bytes };
  };
  return { kernel, initrd: place("the initramfs", initrdBytes), blob: place("the blob", BLOB_BYTES) };
}

function firstFit(free: readonly ByteRange[], bytes: bigint, align: bigint): bigint | null {
  for (const { start, end } of free) {
    const aligned = ((start + align - 1n) / align) * align;
    if (aligned + bytes <= end) return aligned;
  }
  return null;
}

function noRoom(what: string, bytes: bigint, free: readonly ByteRange[]): Failure {
  const largest = free.reduce((most, { start, end }) => maxBigint(most, end - start), 0n);
  return new Failure(
    `cannot boot: ${what} takes ${sizeText(bytes)} from a multiple of 2 MiB on, in memory that is not reserved, and the largest stretch of that has ${sizeText(largest)}`,
  );
}
