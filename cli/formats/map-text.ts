/** A memory map for the terminal, a line a stretch: where it is, how large, a bar by the logarithm of that, and what. */
import { hexAddress, sizeText } from "../../core/machine/units.ts";
import type { InputReport } from "../report.ts";
import type { Paint, Style } from "../style.ts";
import { wrap, wrapAll } from "../wrap.ts";
import { type MapStretch, memoryMap, type StretchKind } from "./memory-map.ts";
import { printable } from "./printable.ts";
import { headerLine, type TextContext, verdictLine } from "./report-text.ts";

const LOOKS: Readonly<Record<StretchKind, { readonly mark: string; readonly style: Style | null }>> = {
  tagged: { mark: "█", style: "green" },
  tags: { mark: "▓", style: "cyan" },
  reserved: { mark: "▒", style: "yellow" },
  memory: { mark: "░", style: null },
  overlap: { mark: "X", style: "red" },
  hole: { mark: " ", style: "dim" },
};

const LEAST_BAR = 4;
const MOST_BAR = 24;
const LEAST_TEXT = 12;
const BELOW_INDENT = 4;
const HANGING_INDENT = 2;

export function mapLines(report: InputReport, { paint }: TextContext, width = terminalWidth()): string[] {
  return [
    ...hanging(headerLine(report, paint), width),
    "",
    ...pictureLines(memoryMap(report), paint, width),
    "",
    ...hanging(verdictLine(report, paint), width),
  ];
}

/** A line in several where it is too long, all but the first indented. */
function hanging(line: string, width: number): string[] {
  const [first = "", ...rest] = wrap(line, width);
  const more = wrap(rest.join(" "), width - HANGING_INDENT);
  return rest.length === 0 ? [first] : [first, ...more.map((part) => " ".repeat(HANGING_INDENT) + part)];
}

function terminalWidth(): number {
  return process.stdout.columns ?? 80;
}

/** Lines of at most `width` characters, 40 or more, colours not counted. */
export function pictureLines(stretches: readonly MapStretch[], paint: Paint, width: number): string[] {
  if (stretches.length === 0) return ["no memory that the kernel keeps"];
  const places = stretches.map(({ start, end, kind }) =>
    kind === "hole" ? "" : `${hexAddress(BigInt(start))}-${hexAddress(BigInt(end - 1))}`,
  );
  const sizes = stretches.map(({ start, end }) => sizeText(BigInt(end - start)));
  const placeWidth = widest(places);
  const sizeWidth = widest(sizes);
  const texts = stretches.map(textOf);
  const longest = widest(texts);
  const rest = width - placeWidth - sizeWidth - 6;
  const barWidth = Math.max(1, Math.min(MOST_BAR, rest + 2, Math.max(LEAST_BAR, rest - longest)));
  const lengths = barLengths(stretches, barWidth);
  const lines: string[] = [];
  let zone: string | null = null;
  stretches.forEach((stretch, index) => {
    if (stretch.zone !== null && stretch.zone !== zone) {
      zone = stretch.zone;
      lines.push(paint(`── zone ${zone} ${"─".repeat(Math.max(0, Math.min(width, 80) - zone.length - 9))}`, "dim"));
    }
    const { mark, style } = LOOKS[stretch.kind];
    const bar = mark.repeat(lengths[index]!);
    const head = `${places[index]!.padEnd(placeWidth)}  ${sizes[index]!.padStart(sizeWidth)}  `;
    const isBad = stretch.broken.length > 0 || stretch.kind === "overlap";
    const column = head.length + barWidth + 2;
    // A name that would be broken there has the lines below to itself.
    const isBeside = longestWord(texts[index]!) <= width - column;
    const indent = isBeside ? column : BELOW_INDENT;
    const wrapped = wrapAll(texts[index]!, Math.max(LEAST_TEXT, width - indent)).map((line) =>
      isBad ? paint(line, "red", "bold") : line,
    );
    const [first = "", ...more] = isBeside ? wrapped : ["", ...wrapped];
    const besideBar = `${" ".repeat(barWidth - bar.length)}  ${first}`;
    const drawn = style === null || bar === "" ? bar : paint(bar, style);
    lines.push(`${head}${drawn}${besideBar}`.trimEnd());
    lines.push(...more.map((line) => " ".repeat(indent) + line));
  });
  return lines;
}

/** From one mark for the smallest to the whole width for the largest; holes have none. */
function barLengths(stretches: readonly MapStretch[], barWidth: number): number[] {
  const logs = stretches.map(({ start, end }) => Math.log2(end - start));
  const shown = logs.filter((_, index) => stretches[index]!.kind !== "hole");
  const least = shown.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = shown.reduce((a, b) => Math.max(a, b), 0);
  return logs.map((log, index) =>
    stretches[index]!.kind === "hole"
      ? 0
      : most === least
        ? barWidth
        : Math.max(1, Math.round(1 + ((log - least) / (most - least)) * (barWidth - 1))),
  );
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, { length }) => Math.max(width, length), 0);
}

function longestWord(text: string): number {
  return widest(text.split(" "));
}

function textOf({ broken: rules, labels }: MapStretch): string {
  return `${rules.length === 0 ? "" : `✗ ${rules.join(", ")}: `}${labels.map(printable).join("; ")}`;
}
