/**
 * Which brace of a file is missing or one too many, as its indentation has it. Counting finds a lost brace where the
 * counts run out, often at the end of the file or in another one; whoever wrote the file indented by what was meant.
 */
import { DIRECTIVE, LINE_START, TokenKind, type Tokens } from "./tokens.ts";

export interface BraceSuspect {
  readonly kind: "unclosed" | "extra";
  /** The `}` that is one too many, or the token before which one is missing. */
  readonly at: number;
  /** The first token of the statement whose `{` is not closed; that of the extra brace itself. */
  readonly opener: number;
}

interface OpenBrace {
  readonly opener: number;
  /** Of the line on which the statement begins. */
  readonly indent: number;
  /** Of the first line inside; null until there is one. What is not indented tells nothing. */
  inner: number | null;
}

const TAB_COLUMNS = 8;

/** The suspects among tokens `from … to`, in the order of the file. */
export function suspectBraces(tokens: Tokens, from: number, to: number): BraceSuspect[] {
  const { kinds, values, flags } = tokens;
  const count = Math.min(to + 1, tokens.count);
  const suspects: BraceSuspect[] = [];
  const open: OpenBrace[] = [];
  let opener = from;
  let openerIndent = 0;
  let endsStatement = true;
  for (let at = from; at < count; at++) {
    const isLineStart = (flags[at]! & LINE_START) !== 0;
    if ((flags[at]! & DIRECTIVE) !== 0) {
      while (at + 1 < count && (flags[at + 1]! & LINE_START) === 0) at++;
      continue;
    }
    const code = kinds[at] === TokenKind.operator ? values[at]! : 0;
    const top = open.at(-1);
    if (code === CLOSE) {
      endsStatement = true;
      if (!isLineStart || (top !== undefined && (top.inner === null || top.inner <= top.indent))) {
        open.pop();
        continue;
      }
      const indent = indentAt(tokens, at);
      if (top === undefined || indent >= top.inner!) {
        suspects.push({ kind: "extra", at, opener: at });
        continue;
      }
      if (indent < top.indent) suspects.push({ kind: "unclosed", at, opener: top.opener });
      while (open.length > 1 && open.at(-1)!.indent > indent) open.pop();
      open.pop();
      continue;
    }
    if (endsStatement && isLineStart) {
      const indent = kinds[at] === TokenKind.end ? -1 : indentAt(tokens, at);
      for (let last = top; last !== undefined; last = open.at(-1)) {
        last.inner ??= indent;
        if (indent > last.indent || last.inner <= last.indent) break;
        suspects.push({ kind: "unclosed", at, opener: last.opener });
        open.pop();
      }
      openerIndent = indent;
    }
    if (endsStatement) opener = at;
    if (code === OPEN) open.push({ opener, indent: openerIndent, inner: null });
    endsStatement = code === OPEN || code === SEMICOLON;
  }
  return suspects;
}

const OPEN = 0x7b;
const CLOSE = 0x7d;
const SEMICOLON = 0x3b;

/** The column, from 0, at which the first token of a line stands. */
function indentAt(tokens: Tokens, index: number): number {
  const { text, starts } = tokens;
  return indentOf(text.slice(text.lastIndexOf("\n", starts[index]! - 1) + 1, starts[index]!));
}

/** Columns of the white space that a line begins with. */
export function indentOf(line: string): number {
  let columns = 0;
  for (let i = 0; i < line.length; i++) {
    if (line[i] === "\t") columns += TAB_COLUMNS - (columns % TAB_COLUMNS);
    else if (line[i] === " ") columns++;
    else break;
  }
  return columns;
}
