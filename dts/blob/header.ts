import type { Report } from "./report.ts";
import { hex } from "./report.ts";

const MAGIC = 0xd00dfeed;

/** What a reader of version 17 needs, checked: every block lies inside the blob. Offsets in bytes from its start. */
export interface BlobHeader {
  readonly totalBytes: number;
  readonly reserveMapStart: number;
  readonly structureStart: number;
  readonly structureEnd: number;
  readonly stringsStart: number;
  readonly stringsEnd: number;
  readonly bootCpuId: number;
}

/** Versions whose structure block is written as it is today. Older ones have full paths as node names. */
const OLDEST_VERSION = 16;
const VERSION = 17;

const FIELD = {
  totalSize: 4,
  structureOffset: 8,
  stringsOffset: 12,
  reserveMapOffset: 16,
  version: 20,
  lastCompatibleVersion: 24,
  bootCpuId: 28,
  stringsSize: 32,
  structureSize: 36,
} as const;

const HEADER_BYTES: Readonly<Record<number, number>> = { 16: 36, 17: 40 };

/** True where the bytes start as a flattened device tree does. */
export function isBlob(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && word(bytes, 0) === MAGIC;
}

/** The big-endian 32-bit word at an offset that is known to lie inside. */
export function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Reads and checks the header (specification 5.2, and `fdt_check_header` of libfdt); null where it cannot be trusted. */
export function readHeader(bytes: Uint8Array, report: Report): BlobHeader | null {
  if (!isBlob(bytes)) {
    if (bytes.length < 4) report("blob-truncated", "error", `the blob has ${bytes.length} bytes, too few for a header`);
    else report("blob-magic", "error", `the blob starts with ${hex(word(bytes, 0))}, not ${hex(MAGIC)}`);
    return null;
  }
  if (bytes.length < FIELD.lastCompatibleVersion + 4) {
    report("blob-truncated", "error", `the blob ends inside its header, at ${hex(bytes.length)}`);
    return null;
  }
  const version = word(bytes, FIELD.version);
  const lastCompatible = word(bytes, FIELD.lastCompatibleVersion);
  if (version < OLDEST_VERSION || lastCompatible > VERSION || lastCompatible > version) {
    report(
      "blob-version",
      "error",
      `the blob has version ${version}, compatible back to version ${lastCompatible}; versions 16 and 17 can be read`,
    );
    return null;
  }
  const layout = version >= VERSION ? VERSION : OLDEST_VERSION;
  const headerBytes = HEADER_BYTES[layout]!;
  if (bytes.length < headerBytes) {
    report("blob-truncated", "error", `the blob ends inside its header, at ${hex(bytes.length)}`);
    return null;
  }
  const totalBytes = word(bytes, FIELD.totalSize);
  if (totalBytes < headerBytes) {
    report("blob-offset", "error", `totalsize is ${hex(totalBytes)}, less than the header's ${hex(headerBytes)} bytes`);
    return null;
  }
  let isSound = true;
  if (totalBytes > bytes.length) {
    report(
      "blob-truncated",
      "error",
      `totalsize is ${hex(totalBytes)}, but the blob ends at ${hex(bytes.length)}: ${totalBytes - bytes.length} bytes are missing`,
    );
    isSound = false;
  }
  /** The offset in a field where its block lies inside the blob, behind the header, and is aligned. */
  const block = (name: string, field: number, sizeBytes: number, alignment: number): number => {
    const start = word(bytes, field);
    if (start < headerBytes || start + sizeBytes > totalBytes) {
      report(
        "blob-offset",
        "error",
        `the ${name} lies at ${hex(start)} to ${hex(start + sizeBytes)}, outside the blob, which has room from ${hex(headerBytes)} to ${hex(totalBytes)}`,
      );
      isSound = false;
    } else if (start % alignment !== 0) {
      report("blob-offset", "error", `the ${name} starts at ${hex(start)}, which is no multiple of ${alignment}`);
      isSound = false;
    }
    return start;
  };
  // The map has at least its closing entry. Readers take it at any offset, so its alignment of 8 is only a warning.
  const reserveMapStart = block("memory reservation block", FIELD.reserveMapOffset, 16, 1);
  if (isSound && reserveMapStart % 8 !== 0) {
    report(
      "blob-offset",
      "warning",
      `the memory reservation block starts at ${hex(reserveMapStart)}, which is no multiple of 8`,
    );
  }
  const structureBytes = layout === VERSION ? word(bytes, FIELD.structureSize) : null;
  const structureStart = block("structure block", FIELD.structureOffset, structureBytes ?? 0, 4);
  const stringsBytes = word(bytes, FIELD.stringsSize);
  const stringsStart = block("strings block", FIELD.stringsOffset, stringsBytes, 1);
  if (!isSound) return null;
  return {
    totalBytes,
    reserveMapStart,
    structureStart,
    // Version 16 does not say how long its structure block is; its end token does.
    structureEnd: structureBytes === null ? totalBytes : structureStart + structureBytes,
    stringsStart,
    stringsEnd: stringsStart + stringsBytes,
    bootCpuId: word(bytes, FIELD.bootCpuId),
  };
}
