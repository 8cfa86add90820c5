import { LIMITS } from "../limits.ts";
import { NO_SPAN } from "../source.ts";
import type { MemReserve } from "../tree.ts";
import { type BlobHeader, word } from "./header.ts";
import { hex, type Report } from "./report.ts";

const ENTRY_BYTES = 16;

/** The ranges of the memory reservation block, up to the entry of size 0 that ends it. */
export function readReserveMap(bytes: Uint8Array, header: BlobHeader, report: Report): MemReserve[] {
  const reserves: MemReserve[] = [];
  for (let at = header.reserveMapStart; at + ENTRY_BYTES <= header.totalBytes; at += ENTRY_BYTES) {
    const address = doubleWord(bytes, at);
    const size = doubleWord(bytes, at + 8);
    if (size === 0n) {
      // Only the size counts to dtc (`flat_read_mem_reserve`'s caller) and to Linux (early_init_fdt_scan_reserved_mem).
      if (address !== 0n) {
        report(
          "blob-reserve-map",
          "warning",
          `the memory reservation at ${hex(at)} has address 0x${address.toString(16)} and size 0: readers take it for the end of the list`,
        );
      }
      return reserves;
    }
    if (reserves.length === LIMITS.memReserves) {
      report("blob-limit", "error", `the blob has more than ${LIMITS.memReserves} memory reservations`);
      return reserves;
    }
    reserves.push({ address, size, labels: [], span: NO_SPAN });
  }
  report(
    "blob-reserve-map",
    "error",
    `the memory reservations from ${hex(header.reserveMapStart)} on run to the end of the blob, ${hex(header.totalBytes)}, without the entry of zeroes that ends them`,
  );
  return reserves;
}

function doubleWord(bytes: Uint8Array, at: number): bigint {
  return (BigInt(word(bytes, at)) << 32n) | BigInt(word(bytes, at + 4));
}
