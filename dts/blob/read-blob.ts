import type { Diagnostic } from "../diagnostic.ts";
import type { ParseResult } from "../input.ts";
import { LIMITS } from "../limits.ts";
import { SourceMap } from "../source.ts";
import { DeviceTree } from "../tree.ts";
import { readHeader } from "./header.ts";
import { hex, reportInto } from "./report.ts";
import { readReserveMap } from "./reserve-map.ts";
import { readStructure } from "./structure.ts";

/**
 * Reads a flattened device tree of version 16 or 17, or a later one that says it is compatible back to these. Nothing
 * in it is trusted: whatever does not hold is a diagnostic with the byte offset, and the tree is null where one is an
 * error. Takes time in proportion to the blob. Bytes after `totalsize` are left alone, as by dtc and Linux. Values of
 * properties are views of `bytes`, which must not change afterwards.
 *
 * Two nodes or properties of one name are kept as they stand: like Linux, whoever looks one up gets the first.
 */
export function readBlob(bytes: Uint8Array): ParseResult {
  const diagnostics: Diagnostic[] = [];
  const report = reportInto(diagnostics);
  const sources = new SourceMap();
  const failed: ParseResult = { tree: null, diagnostics, sources };
  if (bytes.length > LIMITS.blobBytes) {
    report("blob-limit", "error", `the blob has more than ${hex(LIMITS.blobBytes)} bytes`);
    return failed;
  }
  // A caller's Buffer would make every value a Buffer, which differs from a Uint8Array to whoever compares them.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = readHeader(plain, report);
  if (header === null) return failed;
  const memReserves = readReserveMap(plain, header, report);
  const root = readStructure(plain, header, report);
  if (root === null || diagnostics.some(({ severity }) => severity === "error")) return failed;
  const tree = new DeviceTree(root, sources);
  tree.memReserves = memReserves;
  tree.bootCpuId = header.bootCpuId;
  return { tree, diagnostics, sources };
}
