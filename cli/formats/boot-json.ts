import type { BootReport } from "../boot/boot-machine.ts";
import type { Value } from "../boot/comparison.ts";
import { VERSION } from "../version.ts";

/**
 * One object. PFNs and counts are plain numbers, range ends included; what a node of the tree says is in bytes, as
 * hexadecimal strings, since cells have 64 bits.
 */
export function bootJson(
  input: string,
  pageSize: number,
  { version, commandLine, comparisons, own, notes, log }: BootReport,
): string {
  const object = {
    carveout: VERSION,
    input,
    kernel: version,
    commandLine,
    pageSize,
    agrees: comparisons.every(({ agrees }) => agrees),
    comparisons: comparisons.map(({ topic, name, agrees, ours, kernels }) => ({
      topic,
      name,
      agrees,
      carveout: ours === null ? null : jsonValue(ours),
      kernel: kernels === null ? null : jsonValue(kernels),
    })),
    kernelsOwn: own.map(({ what, range }) => ({ what, start: range.start, end: range.end })),
    notes: notes.map(({ node, message }) => ({ node, message })),
    log,
  };
  return `${JSON.stringify(object, null, 2)}\n`;
}

function jsonValue(value: Value) {
  switch (value.kind) {
    case "pages":
      return { pages: value.ranges.map(({ start, end }) => ({ start, end })) };
    case "anywhere":
      return { pagesAnywhere: value.pages };
    case "zone":
      return { start: value.start, spanned: value.spanned, present: value.present };
    case "bytes":
      return {
        bytes: value.ranges.map(({ address, size }) => ({ address: hex(address), size: hex(size) })),
        words: value.words,
      };
  }
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
