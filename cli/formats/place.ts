/** Places of findings in the terms of tools that read them: paths are plain, and columns count UTF-16 code units, from 1. */
import type { Location, SourceMap, Span } from "../../dts/source.ts";
import { plainPath } from "../plain-path.ts";

/**
 * Where a span is; null where there is no source. Device tree source is read a byte a character (`isBytes`): what stands
 * before a place is put together to characters again, so that the column is the one that an editor shows.
 */
export function placeOf(sources: SourceMap, span: Span, isBytes: boolean): Location | null {
  const located = sources.locate(span);
  if (located === null) return null;
  const location = { ...located, file: plainPath(located.file) };
  if (!isBytes) return location;
  const column = (position: number, bytes: number) => {
    const before = (sources.lineText(position) ?? "").slice(0, bytes - 1);
    return isAscii(before) ? bytes : Buffer.from(before, "latin1").toString("utf8").length + 1;
  };
  return {
    ...location,
    column: column(span.start, location.column),
    endColumn: column(Math.max(span.start, span.end - 1), location.endColumn),
  };
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}
