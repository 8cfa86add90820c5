import type { Location, SourceMap, Span } from "../../dts/source.ts";
import type { Paint, Style } from "../style.ts";
import { printableSource } from "./printable.ts";

/** A longer line is shown around its marked place only. */
const WINDOW_CHARACTERS = 160;

/**
 * The line of source at a span with the span marked under it, as gcc and dtc's successors show it:
 *
 *     12 |         block-size = <0x3000>
 *        |                      ^~~~~~~~
 *
 * A span over several lines is marked to the end of its first.
 */
export function excerptLines(
  sources: SourceMap,
  span: Span,
  location: Location,
  isBytes: boolean,
  paint: Paint,
  style: Style,
): string[] {
  const line = sources.lineText(span.start);
  if (line === null) return [];
  const column = Math.min(location.column - 1, line.length);
  const lastColumn = location.endLine === location.line ? location.endColumn - 1 : line.trimEnd().length;
  const from = line.length <= WINDOW_CHARACTERS ? 0 : Math.max(0, column - WINDOW_CHARACTERS / 4);
  const to = Math.min(line.length, from + WINDOW_CHARACTERS);
  const before = printableSource(line.slice(from, column), isBytes);
  const marked = printableSource(line.slice(column, Math.min(to, Math.max(lastColumn, column))), isBytes);
  const shown = printableSource(line.slice(from, to), isBytes);
  const number = String(location.line).padStart(5);
  const indent = before.replace(/[^\t]/gu, " ");
  const marker = `^${"~".repeat(Math.max(0, [...marked].length - 1))}`;
  return [
    `${paint(`${number} |`, "dim")} ${shown.trimEnd()}`,
    `${paint(`${" ".repeat(number.length)} |`, "dim")} ${indent}${paint(marker, style, "bold")}`,
  ];
}
