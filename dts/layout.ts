/** What the layout of the files, their lines and indentation, says of a mistake with braces. */
import { lineRest } from "./around-token.ts";
import { indentOf, suspectBraces } from "./brace-balance.ts";
import { type EnteredFiles, type TokenPlace, tokenStartingAt } from "./entered-files.ts";
import type { Position, Span } from "./source.ts";

/** Tokens among which braces are looked for, all mistakes together: a fraction of a second. */
const MOST_SEARCHED = 4_000_000;

/** Characters among which the beginning of a line is looked for. */
const FARTHEST_LINE = 4096;

export class Layout {
  private readonly files: EnteredFiles;
  /** Tokens among which a brace was looked for. */
  private searched = 0;
  /** Where the search for a `}` too many began last. */
  private suspectedSince: Position | null = null;

  constructor(files: EnteredFiles) {
    this.files = files;
  }

  /** Columns of white space before the line that holds a position; 0 where the line is too long to look. */
  indentAt(position: Position): number {
    const before = this.textBefore(position);
    return indentOf(before.slice(before.lastIndexOf("\n") + 1));
  }

  /** How much deeper the line below a token is indented than its own; null where the token does not end its line. */
  stepBelow(place: TokenPlace | null, start: Position): number | null {
    const rest = lineRest(place);
    if (rest === null || rest.count > 1) return null;
    return this.indentAt(start + rest.toNextLine) - this.indentAt(start);
  }

  /** Whether a position is the first of its line. */
  isAtMargin(position: Position): boolean {
    const before = this.textBefore(position);
    return before.length - before.lastIndexOf("\n") === 2;
  }

  /** Whether two positions of one file, the first one first, are on one line, or close to it. */
  isOnOneLine(from: Position, to: Position): boolean {
    return !this.textBefore(to)
      .slice(from - to - 1)
      .includes("\n");
  }

  /** Some text up to and with a position. */
  private textBefore(position: Position): string {
    const file = this.files.at(position);
    if (file === null) return "";
    const end = position - file.base + 1;
    return file.tokens.text.slice(Math.max(0, end - FARTHEST_LINE), end);
  }

  /**
   * The `}` between two positions that is one too many; null where none looks so. Once for each `since`: a brace further
   * on is told where it stands.
   */
  extraBrace(since: Position, here: Position): Span | null {
    const file = this.files.at(here);
    if (file === null || this.suspectedSince === since) return null;
    this.suspectedSince = since;
    const { tokens, base } = file;
    const from = since < base ? 0 : tokenStartingAt(tokens, since - base);
    const to = tokenStartingAt(tokens, here - base);
    if (!this.maySearch(from, to)) return null;
    const suspect = suspectBraces(tokens, from, to).find(({ kind }) => kind === "extra");
    if (suspect === undefined) return null;
    return { start: base + tokens.starts[suspect.at]!, end: base + tokens.ends[suspect.at]! };
  }

  /**
   * The first node between two positions, or to the end of the first one's file, whose `}` is missing: where that should
   * stand, and where the node begins; null where none looks so.
   */
  unclosedNode(since: Position, here: Position): { at: Span; node: Span } | null {
    const file = this.files.at(since);
    if (file === null) return null;
    const { tokens, base } = file;
    const from = tokenStartingAt(tokens, since - base);
    const isElsewhere = this.files.at(here)?.base !== base;
    const to = isElsewhere ? tokens.count : tokenStartingAt(tokens, here - base);
    if (!this.maySearch(from, to)) return null;
    const suspect = suspectBraces(tokens, from, to).find(({ kind }) => kind === "unclosed");
    if (suspect === undefined) return null;
    const end = base + tokens.ends[suspect.at - 1]!;
    const last = Math.max(suspect.opener, tokens.nameEnd(suspect.opener) - 1);
    const node = { start: base + tokens.starts[suspect.opener]!, end: base + tokens.ends[last]! };
    return { at: { start: end, end }, node };
  }

  private maySearch(from: number, to: number): boolean {
    if (from < 0 || to < from) return false;
    this.searched += to - from;
    return this.searched <= MOST_SEARCHED;
  }
}
