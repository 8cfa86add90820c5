import type { Position, SourceMap, Span } from "./source.ts";

/** Between a value's last list and the next, or its `=` and the first; more is not looked at. */
const MAX_LINES = 64;

/**
 * Tells which cells of a value stand in one `<…>`, by the source around them: marks do not say. Cells that come out of a
 * macro stand where its name does, or its argument, and so behind the same `<`. A macro whose text holds a whole
 * `<…>` cannot be seen through: its cells count as one list with those before.
 */
export class ListFinder {
  private readonly sources: SourceMap;
  /** Where the current list opens, and the farthest place that is known to be in it. */
  private open: Position = -1;
  private reached: Position = -1;
  /** The line that was looked at last, comments blank: one line may hold any number of cells. */
  private line = "";
  private lineStart: Position = Number.POSITIVE_INFINITY;

  constructor(sources: SourceMap) {
    this.sources = sources;
  }

  /** True where the cell at `span`, the next one of the value, is the first of its list. */
  opensList({ start, end }: Span): boolean {
    if (start >= this.open && start < this.reached) return false;
    const isAfter = this.reached >= 0 && start >= this.reached;
    const open = this.bracketBefore(start, isAfter ? this.reached : 0);
    const isFirst = this.reached < 0 || open !== null;
    if (isFirst) this.open = open ?? start;
    this.reached = isAfter || isFirst ? end : Math.max(this.reached, end);
    return isFirst;
  }

  /** The `<` before a place with no `>` between, parentheses apart, and not before `least`; null where there is none. */
  private bracketBefore(start: Position, least: Position): Position | null {
    let position = start;
    let depth = 0;
    for (let lines = 0; lines < MAX_LINES && position >= least; lines++) {
      if (!this.load(position)) return null;
      const { line, lineStart } = this;
      for (let at = Math.min(position - lineStart, line.length) - 1; at >= 0 && lineStart + at >= least; at--) {
        const character = line[at];
        if (character === ")") depth++;
        else if (character === "(") depth--;
        else if (depth > 0) continue;
        else if (character === "<") return lineStart + at;
        else if (character === ">" || character === "=" || character === ";") return null;
      }
      position = lineStart - 1;
    }
    return null;
  }

  /** Makes the line that holds a place the current one; false where there is no source. */
  private load(position: Position): boolean {
    if (position >= this.lineStart && position <= this.lineStart + this.line.length) return true;
    const place = this.sources.locate({ start: position, end: position });
    if (place === null) return false;
    this.lineStart = position - place.column + 1;
    this.line = withoutComments(this.sources.lineText(position)!);
    return true;
  }
}

/** Comments as blanks, so that columns stay. */
function withoutComments(line: string): string {
  if (!line.includes("/")) return line;
  return line.replace(/\/\*.*?\*\/|\/\/.*/g, (comment) => " ".repeat(comment.length));
}
