/**
 * Where things stand in the source.
 *
 * Every file that is read, each time it is read, gets its own stretch of one address space of positions, as in a
 * compiler's line map: a position is the stretch's base plus a character offset in the file. A token then carries
 * its whole provenance (file, offset, chain of includes) in one number, and line and column are worked out only when
 * somebody looks.
 */

/** A place in the sources as one number; {@link NO_POSITION} where there is no source (a blob, a made-up node). */
export type Position = number;

export const NO_POSITION: Position = -1;

/** A stretch of source, end exclusive. */
export interface Span {
  readonly start: Position;
  readonly end: Position;
}

export const NO_SPAN: Span = { start: NO_POSITION, end: NO_POSITION };

/** A stretch of one file for people: lines and columns count from 1, columns in characters, `endColumn` exclusive. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** From `offset` on, lines of this file count from `line` of `path` (a `# 12 "board.dts"` left by a preprocessor). */
export interface LineMarker {
  readonly offset: number;
  readonly line: number;
  readonly path: string;
}

/**
 * One text, read once and shared by all its inclusions. Device tree source has no encoding: its bytes are held as
 * characters of the same number (latin1), so that strings keep their bytes and columns count bytes, as in dtc.
 */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  /** In ascending order of offset. */
  readonly lineMarkers: LineMarker[] = [];
  private lineStarts: number[] | null = null;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** 0-based physical line of an offset. */
  private lineIndexAt(offset: number): number {
    const starts = this.starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Line and column, both from 1, of an offset; `path` and line as a line marker before it has them. */
  place(offset: number): { path: string; line: number; column: number } {
    const index = this.lineIndexAt(offset);
    const column = offset - this.starts()[index]! + 1;
    let low = 0;
    let high = this.lineMarkers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.lineMarkers[middle]!.offset <= offset) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return { path: this.path, line: index + 1, column };
    const marker = this.lineMarkers[low - 1]!;
    return { path: marker.path, line: marker.line + index - this.lineIndexAt(marker.offset), column };
  }

  /** Offset of the first character of the physical line that holds `offset`. */
  lineStart(offset: number): number {
    return this.starts()[this.lineIndexAt(offset)]!;
  }

  /** The text of the physical line that holds `offset`, without its line end. */
  lineText(offset: number): string {
    const starts = this.starts();
    const index = this.lineIndexAt(offset);
    const end = index + 1 < starts.length ? starts[index + 1]! - 1 : this.text.length;
    return this.text.slice(starts[index]!, end).replace(/\r$/, "");
  }

  private starts(): number[] {
    if (this.lineStarts === null) {
      const starts = [0];
      for (let at = this.text.indexOf("\n"); at >= 0; at = this.text.indexOf("\n", at + 1)) starts.push(at + 1);
      this.lineStarts = starts;
    }
    return this.lineStarts;
  }
}

interface Stretch {
  readonly file: SourceFile;
  readonly base: Position;
  /** The `#include` or `/include/` that brought this stretch in; {@link NO_POSITION} for the input itself. */
  readonly includedAt: Position;
}

/** Of things in the order of their bases, one at least, the last that begins at or before a position; else the first. */
export function lastFrom<T extends { readonly base: Position }>(ascending: readonly T[], position: Position): T {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ascending[middle]!.base <= position) low = middle;
    else high = middle - 1;
  }
  return ascending[low]!;
}

/** All the sources of one tree. */
export class SourceMap {
  private readonly stretches: Stretch[] = [];
  private next: Position = 0;

  /** Opens a new stretch for `file` and gives its base: the position of offset 0. */
  enter(file: SourceFile, includedAt: Position = NO_POSITION): Position {
    const base = this.next;
    this.stretches.push({ file, base, includedAt });
    this.next += file.text.length + 1;
    return base;
  }

  /** The base of the stretch that is opened next. */
  get end(): Position {
    return this.next;
  }

  private stretchAt(position: Position): Stretch | null {
    if (position < 0 || position >= this.next) return null;
    return lastFrom(this.stretches, position);
  }

  /** Each file once, with the position of offset 0 where it is first read. */
  files(): { readonly file: SourceFile; readonly base: Position }[] {
    const first = new Map<SourceFile, Position>();
    for (const { file, base } of this.stretches) if (!first.has(file)) first.set(file, base);
    return [...first].map(([file, base]) => ({ file, base }));
  }

  /** The file that holds a position, and the offset in it; null where there is no source. */
  fileAt(position: Position): { readonly file: SourceFile; readonly offset: number } | null {
    const stretch = this.stretchAt(position);
    return stretch === null ? null : { file: stretch.file, offset: position - stretch.base };
  }

  /** The file, lines and columns of a span; null where there is no source. A span across files is cut to its start. */
  locate(span: Span): Location | null {
    const stretch = this.stretchAt(span.start);
    if (stretch === null) return null;
    const { file, base } = stretch;
    const start = file.place(span.start - base);
    const endOffset = span.end - base;
    const inside = endOffset >= span.start - base && endOffset <= file.text.length;
    const end = inside ? file.place(endOffset) : start;
    return {
      file: start.path,
      line: start.line,
      column: start.column,
      endLine: end.line,
      endColumn: end.column,
    };
  }

  /** The whole physical line at a position, for an excerpt; null where there is no source. */
  lineText(position: Position): string | null {
    const stretch = this.stretchAt(position);
    return stretch === null ? null : stretch.file.lineText(position - stretch.base);
  }

  /** Where the file that holds `position` was included, innermost first; empty for the input itself. */
  includeChain(position: Position): Position[] {
    const chain: Position[] = [];
    for (let at = this.stretchAt(position); at !== null && at.includedAt >= 0; at = this.stretchAt(at.includedAt)) {
      chain.push(at.includedAt);
    }
    return chain;
  }
}
