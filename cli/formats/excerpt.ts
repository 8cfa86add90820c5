import type { Location, SourceMap, Span } from "../../dts/source.ts";
import type { Paint, Style } from "../style.ts";
import { printableSource } from "./printable.ts";

/** A longer line is shown around its marked place only. */
const WINDOW_CHARACTERS = 160;

/** A line of source in three pieces, safe to show; what is marked may be empty. */
export interface Excerpt {
  readonly line: number;
  readonly before: string;
  readonly marked: string;
  readonly after: string;
}

/** The line of source at a span; a span over several lines is marked to the end of its first. Null where there is no source. */
export function excerptOf(sources: SourceMap, span: Span, location: Location, isBytes: boolean): Excerpt | null {
  const line = sources.lineText(span.start);
  if (line === null) return null;
  const column = Math.min(location.column - 1, line.length);
  const lastColumn = location.endLine === location.line ? location.endColumn - 1 : line.trimEnd().length;
  const from = line.length <= WINDOW_CHARACTERS ? 0 : Math.max(0, column - WINDOW_CHARACTERS / 4);
  const to = Math.min(line.length, from + WINDOW_CHARACTERS);
  const markedTo = Math.min(to, Math.max(lastColumn, column));
  const show = (start: number, end: number) => printableSource(line.slice(start, end), isBytes);
  return {
    line: location.line,
    before: show(from, column),
    marked: show(column, markedTo),
    after: show(markedTo, to).trimEnd(),
  };
}

/**
 * The line of source at a span with the span marked under it, as gcc and dtc's successors show it:
 *
 *     12 |         block-size = <0x3000>
 *        |                      ^~~~~~~~
 */
export function excerptLines(
  sources: SourceMap,
  span: Span,
  location: Location,
  isBytes: boolean,
  paint: Paint,
  style: Style,
): string[] {
  const excerpt = excerptOf(sources, span, location, isBytes);
  if (excerpt === null) return [];
  const { before, marked, after } = excerpt;
  const number = String(excerpt.line).padStart(5);
  const indent = before.replace(/[^\t]/gu, " ");
  const marker = `^${"~".repeat(Math.max(0, [...marked].length - 1))}`;
  return [
    `${paint(`${number} |`, "dim")} ${`${before}${marked}${after}`.trimEnd()}`,
    `${paint(`${" ".repeat(number.length)} |`, "dim")} ${indent}${paint(marker, style, "bold")}`,
  ];
}
