/** A memory map for the terminal, a line a stretch: where it is, how large, a bar by the logarithm of that, and what. */
import stringWidth from "string-width";
import { hexAddress, sizeText } from "../../core/machine/units.ts";
import type { InputReport } from "../report.ts";
import { USUAL_WIDTH } from "../standard-streams.ts";
import type { Paint, Style } from "../style.ts";
import { wrap } from "../wrap.ts";
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
/** Texts have lines below where the bars leave them less beside. */
const LEAST_TEXT = 20;
const GAP = "  ";
const BELOW_INDENT = 4;
const HANGING_INDENT = 2;

export function mapLines(report: InputReport, { paint, width }: TextContext): string[] {
  const paintWords = wordByWord(paint);
  return [
    ...hanging(headerLine(report, paintWords), width),
    "",
    // Of an input that cannot be read there is no saying what memory it has
    ...(report.boot === null ? [] : [...pictureLines(memoryMap(report), paint, width), ""]),
    ...hanging(verdictLine(report, paintWords), width),
  ];
}

/** Lines of at most `width` columns, 40 or more, but for a word that is longer by itself. */
export function pictureLines(stretches: readonly MapStretch[], paint: Paint, width: number): string[] {
  if (stretches.length === 0) return hanging("no memory that the kernel keeps", width);
  const places = stretches.map(({ start, end, kind }) =>
    kind === "hole" ? "" : `${hexAddress(BigInt(start))}-${hexAddress(BigInt(end - 1))}`,
  );
  const sizes = stretches.map(({ start, end }) => sizeText(BigInt(end - start)));
  const columns = columnsFor(places, sizes, stretches.map(textsOf), width);
  const lengths = barLengths(stretches, columns.bar);
  const lines: string[] = [];
  let zone: string | null = null;
  stretches.forEach((stretch, index) => {
    if (stretch.zone !== null && stretch.zone !== zone) {
      zone = stretch.zone;
      lines.push(paint(`── zone ${zone} `.padEnd(Math.min(width, USUAL_WIDTH), "─"), "dim"));
    }
    const [place, size, length] = [places[index]!, sizes[index]!, lengths[index]!];
    lines.push(...stretchLines(stretch, { place, size, length }, columns, paint, width));
  });
  return lines;
}

/**
 * One arrangement for all rows: the texts beside the bars, or else below them, and the sizes and bars below the places
 * too where there is no room for a bar.
 */
interface Columns {
  readonly arrangement: "beside" | "below" | "stacked";
  readonly place: number;
  readonly size: number;
  readonly bar: number;
}

function columnsFor(
  places: readonly string[],
  sizes: readonly string[],
  texts: readonly (readonly string[])[],
  width: number,
): Columns {
  const [place, size] = [widest(places), widest(sizes)];
  const room = width - place - size - 2 * GAP.length;
  const wholes = texts.map((parts) => parts.join(JOINT));
  const text = widest(wholes);
  const leastText = Math.max(widest(wholes.flatMap((whole) => whole.split(" "))), Math.min(text, LEAST_TEXT));
  if (room - LEAST_BAR - GAP.length >= leastText) {
    const bar = Math.max(LEAST_BAR, Math.min(MOST_BAR, room - text - GAP.length));
    return { arrangement: "beside", place, size, bar };
  }
  if (room >= LEAST_BAR) return { arrangement: "below", place, size, bar: Math.min(MOST_BAR, room) };
  const bar = Math.max(1, Math.min(MOST_BAR, width - size - 2 * GAP.length));
  return { arrangement: "stacked", place: 0, size, bar };
}

interface Row {
  readonly place: string;
  readonly size: string;
  /** Of the bar. */
  readonly length: number;
}

function stretchLines(stretch: MapStretch, row: Row, columns: Columns, paint: Paint, width: number): string[] {
  const { arrangement, place, size, bar } = columns;
  const { mark, style } = LOOKS[stretch.kind];
  const isHole = stretch.kind === "hole";
  const isBad = stretch.broken.length > 0 || stretch.kind === "overlap";
  const texts = textsOf(stretch).map((text) => (isBad ? wordByWord(paint)(text, "red", "bold") : text));
  const isStacked = arrangement === "stacked";
  const head = `${isStacked ? "" : row.place.padEnd(place)}${GAP}${row.size.padStart(size)}${GAP}`;
  const drawn = style === null || isHole ? mark.repeat(row.length) : paint(mark.repeat(row.length), style);
  const line = `${head}${drawn}${" ".repeat(bar - row.length)}`;
  if (arrangement === "beside") {
    const column = head.length + bar + GAP.length;
    const [first = "", ...more] = textLines(texts, width - column);
    return [`${line}${GAP}${first}`, ...more.map((text) => " ".repeat(column) + text)];
  }
  const above = isStacked && !isHole ? [row.place] : [];
  // A hole has no bar, and its text that place.
  if (isHole && stringWidth(`${head}${texts[0]}`) <= width) return [`${head}${texts[0]}`];
  return [...above, line.trimEnd(), ...textLines(texts, width, BELOW_INDENT)];
}

/** In one line where that is not too long, each from a line of its own otherwise. */
function textLines(texts: readonly string[], width: number, indent = 0): string[] {
  const whole = texts.join(JOINT);
  if (stringWidth(whole) <= width - indent) return [" ".repeat(indent) + whole];
  return texts.flatMap((text, index) => hanging(index === texts.length - 1 ? text : `${text};`, width, indent));
}

/** A text in lines, all but the first indented further; less where a word needs the room. */
function hanging(text: string, width: number, indent = 0): string[] {
  const at = (line: string, by: number) => " ".repeat(Math.max(0, Math.min(by, width - stringWidth(line)))) + line;
  const [first = "", ...rest] = wrap(text, width - indent, stringWidth);
  const by = indent + HANGING_INDENT;
  const more = rest.length === 0 ? [] : wrap(rest.join(" "), width - by, stringWidth);
  return [at(first, indent), ...more.map((line) => at(line, by))];
}

/** Where a line ends, no colour goes on. */
function wordByWord(paint: Paint): Paint {
  return (text, ...styles) =>
    text
      .split(" ")
      .map((word) => paint(word, ...styles))
      .join(" ");
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
  return texts.reduce((width, text) => Math.max(width, stringWidth(text)), 0);
}

const JOINT = "; ";

/** At least one. */
function textsOf({ broken: rules, labels }: MapStretch): string[] {
  const [first = "", ...more] = labels.map(printable);
  return [`${rules.length === 0 ? "" : `✗ ${rules.join(", ")}: `}${first}`, ...more];
}
