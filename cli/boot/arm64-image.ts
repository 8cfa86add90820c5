/** The kernel's `Image`: what its header says (Documentation/arm64/booting.rst), and what a file is that is none. */
import { gunzipSync } from "node:zlib";
import type { KernelConfig } from "../../core/kernel/boot.ts";
import { hexAddress, sizeText } from "../../core/machine/units.ts";
import { Failure } from "../failure.ts";

export interface KernelImage {
  /** Unpacked. */
  readonly bytes: Uint8Array;
  /** Bytes from a multiple of 2 MiB to where the image is put. */
  readonly textOffset: bigint;
  /** Bytes that the kernel takes where it is put, those beyond the file (its `.bss`) included. */
  readonly memoryBytes: bigint;
  /** Null where the header leaves it open, as before Linux 4.6. */
  readonly pageSize: KernelConfig["pageSize"] | null;
}

/** No kernel is so large unpacked. */
const MAX_IMAGE_BYTES = 1 << 28;

const HEADER_BYTES = 64;
const PAGE_SIZE_OF_FLAGS = [null, 4096, 16384, 65536] as const;

/** How files begin that people take for the image, by their first bytes in hexadecimal, with what to do about it. */
const OTHER_FILES: readonly (readonly [start: string, what: string])[] = [
  ["7f454c46", "an ELF file, as vmlinux is: take arch/arm64/boot/Image of the same build"],
  ["27051956", "a U-Boot image (uImage): take the Image that it was made of"],
  ["d00dfeed", "a FIT image or a device tree blob: take the Image that it was made of"],
  ["fd377a585a00", "compressed with xz: unpack it first"],
  ["28b52ffd", "compressed with zstd: unpack it first"],
  ["02214c18", "compressed with lz4: unpack it first"],
  ["04224d18", "compressed with lz4: unpack it first"],
  ["425a68", "compressed with bzip2: unpack it first"],
  ["213c617263683e", "an archive, as Debian packages are: take the vmlinuz in it"],
];

/** Reads an `Image`, or one that gzip has packed. Throws a `Failure` that says what else the file is. */
export function readKernelImage(path: string, file: Buffer): KernelImage {
  const bytes = isGzip(file) ? unpack(path, file) : file;
  const refuse = (what: string) => new Failure(`${path} is no Image of an arm64 kernel: it is ${what}`);
  if (bytes.length < HEADER_BYTES || bytes.toString("latin1", 56, 60) !== "ARMd") {
    throw refuse(whatElse(bytes));
  }
  const flags = bytes.readBigUInt64LE(24);
  if ((flags & 1n) !== 0n) throw refuse("a big-endian kernel's, and QEMU's machine is little-endian");
  const [textOffset, memoryBytes] = [bytes.readBigUInt64LE(8), bytes.readBigUInt64LE(16)];
  if (memoryBytes === 0n)
    throw refuse("of a kernel before Linux 3.17, whose header does not say how much memory it takes");
  if (memoryBytes > 1n << 32n || textOffset > 1n << 32n) {
    throw refuse(`damaged: its header asks for ${sizeText(memoryBytes)} of memory at offset ${hexAddress(textOffset)}`);
  }
  const used = BigInt(bytes.length);
  return {
    bytes,
    textOffset,
    memoryBytes: memoryBytes > used ? memoryBytes : used,
    pageSize: PAGE_SIZE_OF_FLAGS[Number((flags >> 1n) & 3n)]!,
  };
}

function isGzip(file: Buffer): boolean {
  return file[0] === 0x1f && file[1] === 0x8b;
}

function unpack(path: string, file: Buffer): Buffer {
  try {
    return gunzipSync(file, { maxOutputLength: MAX_IMAGE_BYTES });
  } catch (error) {
    const isLarge = error instanceof RangeError;
    const why = isLarge ? `it unpacks to more than ${MAX_IMAGE_BYTES >> 20} MiB` : "what gzip packed is damaged";
    throw new Failure(`cannot read ${path}: ${why}`);
  }
}

function whatElse(bytes: Buffer): string {
  if (bytes.length === 0) return "empty";
  const start = bytes.toString("hex", 0, 8);
  const known = OTHER_FILES.find(([prefix]) => start.startsWith(prefix));
  if (known !== undefined) return known[1];
  if (bytes.toString("latin1", 4, 8) === "zimg") {
    return `a compressed EFI application (CONFIG_EFI_ZBOOT): take arch/arm64/boot/Image of the same build`;
  }
  if (bytes.length > 0x206 && bytes.toString("latin1", 0x202, 0x206) === "HdrS") return "a kernel for x86";
  if (bytes.length >= 0x28 && bytes.readUInt32LE(0x24) === 0x016f2818) return "a kernel for 32-bit Arm (zImage)";
  if (start.startsWith("4d5a")) return "an EFI application for another machine";
  return `something else: it lacks the mark "ARM\\x64" at byte 56`;
}
