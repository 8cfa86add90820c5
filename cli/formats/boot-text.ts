/** What a kernel made of a tree's memory, line by line beside what we say. */
import { hexAddress, sizeText, toAddress } from "../../core/machine/units.ts";
import { type PfnRange, rangePages } from "../../core/region.ts";
import type { BootReport } from "../boot/boot-machine.ts";
import type { Value } from "../boot/comparison.ts";
import type { OwnMemory } from "../boot/own-memory.ts";
import type { Paint } from "../style.ts";
import { type Column, tableLines } from "../table.ts";
import { printable } from "./printable.ts";

const COLUMNS: readonly Column[] = [
  { title: "", align: "left" },
  { title: "", align: "left" },
  { title: "", align: "left" },
  { title: "carveout", align: "left" },
  { title: "kernel", align: "left" },
];

const SAME = "the same";
const NONE = "nothing";

export function bootLines(input: string, pageSize: number, report: BootReport, paint: Paint): string[] {
  const { comparisons, own, notes, log, version } = report;
  const rows = comparisons.map((line) => [
    line.agrees ? "ok" : "NO",
    line.topic,
    printable(line.name ?? ""),
    line.ours === null ? NONE : valueText(line.ours, pageSize),
    line.agrees ? SAME : line.kernels === null ? NONE : valueText(line.kernels, pageSize),
  ]);
  const [head = "", ...table] = tableLines(COLUMNS, rows);
  const wrong = comparisons.filter(({ agrees }) => !agrees).length;
  const verdict =
    wrong === 0
      ? paint(`all ${comparisons.length} lines agree`, "green", "bold")
      : paint(`${wrong} of ${comparisons.length} lines ${wrong === 1 ? "does" : "do"} not agree`, "red", "bold");
  return [
    paint(
      `${printable(input)}: ${printable(shortVersion(version))}, ${sizeText(BigInt(pageSize))} pages, booted by QEMU`,
      "bold",
    ),
    "",
    head,
    ...table.map((row, at) => (comparisons[at]!.agrees ? row : paint(row, "red"))),
    "",
    ...ownLines(own, pageSize),
    ...notes.map(({ node, message }) => `${printable(node)}: ${message}`),
    ...(log.length === 0 ? [] : ["the kernel's log:", ...log.map((line) => `  ${printable(line)}`)]),
    "",
    `${printable(input)}: ${verdict}`,
  ];
}

/** `Linux 6.1.0-56-arm64` of all that /proc/version says. */
function shortVersion(version: string): string {
  return version.replace(/^Linux version (\S+).*$/s, "Linux $1");
}

function ownLines(own: readonly OwnMemory[], pageSize: number): string[] {
  const text = (what: OwnMemory["what"]) => own.filter((each) => each.what === what).map(({ range }) => range);
  const mebibytes = (ranges: readonly PfnRange[]) =>
    ((ranges.reduce((pages, range) => pages + rangePages(range), 0) * pageSize) / 2 ** 20).toFixed(1);
  const other = text("other");
  const named = (["kernel image", "initramfs", "blob"] as const).flatMap((what) => {
    const ranges = text(what);
    return ranges.length === 0 ? [] : [`${what} ${pagesText(spanOf(ranges), pageSize)}`];
  });
  return [`the kernel's own: ${[...named, `${mebibytes(other)} MiB that it reserved for itself`].join(", ")}`];
}

function spanOf(ranges: readonly PfnRange[]): PfnRange {
  return { start: Math.min(...ranges.map(({ start }) => start)), end: Math.max(...ranges.map(({ end }) => end)) };
}

function valueText(value: Value, pageSize: number): string {
  switch (value.kind) {
    case "pages":
      return value.ranges.map((range) => pagesText(range, pageSize)).join(", ");
    case "anywhere":
      return `${sizeText(BigInt(value.pages) * BigInt(pageSize))}, wherever the kernel places it`;
    case "zone":
      return `from PFN ${value.start}, ${value.spanned} spanned, ${value.present} present`;
    case "bytes":
      return [...value.ranges.map(({ address, size }) => bytesText(address, size)), ...value.words].join(", ");
  }
}

function pagesText({ start, end }: PfnRange, pageSize: number): string {
  return `${hexAddress(toAddress(start, pageSize))}-${hexAddress(toAddress(end + 1, pageSize) - 1n)}`;
}

function bytesText(address: bigint, size: bigint): string {
  return size === 0n
    ? `nothing at ${hexAddress(address)}`
    : `${hexAddress(address)}-${hexAddress(address + size - 1n)}`;
}
