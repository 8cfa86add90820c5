/** The YAML parser's complaints in words about the user's text, one for one mistake. */
import { type ErrorCode, isCollection, isPair, isScalar, type Node, type YAMLError } from "yaml";
import type { Diagnostic } from "../diagnostic.ts";
import type { Position, Span } from "../source.ts";
import { excerpt } from "./excerpt.ts";
import { MAX_YAML_DIAGNOSTICS } from "./limits.ts";

interface Words {
  readonly code: ErrorCode;
  /** Of the parser's message, where one code stands for several mistakes. */
  readonly about?: RegExp;
  /** A second complaint of the parser at the same place. */
  readonly with?: ErrorCode;
  /** The character at the place. */
  readonly at?: string;
  /** Where the author looks, when not at the parser's place: the quote that opens the text, the last line of it. */
  readonly place?: "quote" | "last-line";
  readonly rule?: string;
  readonly message: string;
  readonly hint?: string;
}

const FIELD_HINT = "a field is written name: value, with a blank after the colon";
const COLUMN_HINT = 'begin all fields of one mapping, and all "-" of one list, in the same column';
const MISPLACED_ITEM: Pick<Words, "message" | "hint"> = {
  message: 'the "-" on this line is an item of no list: its indentation fits none above it',
  hint: COLUMN_HINT,
};

/** The first that fits is taken; what none fits keeps the parser's own words. */
const WORDS: readonly Words[] = [
  {
    code: "BAD_INDENT",
    about: /^Flow (map|sequence)/,
    message: "a list or mapping that opens with [ or { is not closed before this line",
    hint: "close it with ] or }, or indent this line further than the line that opens it",
  },
  {
    code: "BAD_INDENT",
    message: "the line is indented differently from the others of its mapping or list",
    hint: COLUMN_HINT,
  },
  {
    code: "MISSING_CHAR",
    about: /quote$/,
    place: "quote",
    message: "the text that opens with a quote here is not closed",
    hint: "close it with the same quote",
  },
  {
    code: "MISSING_CHAR",
    about: /without - indicator/,
    message: 'the line is indented like a part of the list above, but does not begin with "- " and fits no item of it',
    hint: 'indent it as far as the field that follows the "- " of its item',
  },
  {
    code: "MISSING_CHAR",
    about: /map keys need to be followed by map values/,
    message: "a value stands where a field is expected",
    hint: FIELD_HINT,
  },
  { code: "BLOCK_AS_IMPLICIT_KEY", about: /block sequence/, ...MISPLACED_ITEM },
  { code: "MULTILINE_IMPLICIT_KEY", at: "-", ...MISPLACED_ITEM },
  {
    code: "BLOCK_AS_IMPLICIT_KEY",
    with: "MULTILINE_IMPLICIT_KEY",
    place: "last-line",
    message: "the line is indented further than the field above, and so is read as a part of its value",
    hint: COLUMN_HINT,
  },
  {
    code: "BLOCK_AS_IMPLICIT_KEY",
    message: "a second field begins on the line of the first",
    hint: "put it on a line of its own, or, where the colon is part of a text, put the text in quotes",
  },
  { code: "MULTILINE_IMPLICIT_KEY", message: "the field on this line has no colon", hint: FIELD_HINT },
  {
    code: "UNEXPECTED_TOKEN",
    about: /block-seq-ind on same line/,
    message: "a list begins on the line of its field",
    hint: 'put the first "- " on the next line',
  },
  { code: "UNEXPECTED_TOKEN", message: "this is not expected here" },
  {
    code: "BAD_SCALAR_START",
    message: "a value cannot begin with this character",
    hint: "put the value in quotes",
  },
  {
    code: "NON_STRING_KEY",
    rule: "yaml-unsupported",
    message: "a list or mapping stands as the name of a field",
    hint: FIELD_HINT,
  },
  {
    code: "MULTIPLE_DOCS",
    rule: "yaml-unsupported",
    message: "a second document begins here; a file holds one",
    hint: "leave out the --- or ... before it, or put it in a file of its own",
  },
  { code: "RESOURCE_EXHAUSTION", rule: "yaml-limit", message: "values are nested too deep" },
];

/**
 * @param errors the parser's, in any order
 * @param base position of the text's first character
 * @returns in order of position; at most one a line. Where tabs indent, one for all of them, and nothing after the
 *   first: what follows is read in a way that nobody meant.
 */
export function syntaxDiagnostics(
  errors: readonly YAMLError[],
  contents: Node | null,
  text: string,
  base: Position,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const inOrder = [...errors].sort((a, b) => a.pos[0] - b.pos[0]);
  let lineEnd = -1;
  for (const [index, error] of inOrder.entries()) {
    if (diagnostics.length === MAX_YAML_DIAGNOSTICS) break;
    const start = Math.min(error.pos[0], text.length);
    if (start <= lineEnd) continue;
    const tab = tabIndent(text, start);
    if (tab !== null) {
      diagnostics.push(tabDiagnostic(text, tab, base));
      break;
    }
    const words = wordsFor(error, inOrder[index + 1], text);
    const place = placeOf(words, error, contents, text);
    lineEnd = endOfLine(text, Math.max(start, place.start));
    diagnostics.push({
      rule: words?.rule ?? "yaml-syntax",
      severity: "error",
      message: words?.message ?? excerpt(error.message.charAt(0).toLowerCase() + error.message.slice(1), 120),
      ...(words?.hint === undefined ? {} : { hint: words.hint }),
      node: null,
      span: { start: base + place.start, end: base + place.end },
    });
  }
  return diagnostics;
}

function wordsFor(error: YAMLError, next: YAMLError | undefined, text: string): Words | undefined {
  const nextHere = next?.pos[0] === error.pos[0] ? next.code : null;
  return WORDS.find(
    (words) =>
      words.code === error.code &&
      (words.about === undefined || words.about.test(error.message)) &&
      (words.at === undefined || words.at === text[error.pos[0]]) &&
      (words.with === undefined || words.with === nextHere),
  );
}

function placeOf(words: Words | undefined, error: YAMLError, contents: Node | null, text: string): Span {
  const start = Math.min(error.pos[0], text.length);
  if (words?.place === "quote") {
    // The parser notices an open quote where the text runs out.
    const quote = openingQuote(contents, start) ?? start;
    return { start: quote, end: quote + 1 };
  }
  if (words?.place === "last-line") {
    // The parser's place is the value above; the line that was taken for its continuation is the next with a text.
    const below = /\s*/y;
    below.lastIndex = endOfLine(text, start);
    below.test(text);
    return { start: below.lastIndex, end: endOfLine(text, below.lastIndex) };
  }
  return { start, end: Math.max(start, Math.min(error.pos[1], endOfLine(text, start))) };
}

function endOfLine(text: string, offset: number): number {
  const newline = text.indexOf("\n", offset);
  return newline < 0 ? text.length : newline;
}

/** Where the last quoted text that begins before `offset` begins. */
function openingQuote(contents: Node | null, offset: number): number | null {
  let last: number | null = null;
  const open: unknown[] = [contents];
  while (open.length > 0) {
    const node = open.pop();
    if (isCollection(node)) for (const item of node.items) open.push(item);
    else if (isPair(node)) open.push(node.key, node.value);
    else if (isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE")) {
      const start = node.range?.[0] ?? offset;
      if (start < offset && (last === null || start > last)) last = start;
    }
  }
  return last;
}

const INDENT = /[ \t]*/y;

/** The first tab in the indentation of the line that holds `offset`; null where blanks alone indent it. */
function tabIndent(text: string, offset: number): number | null {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  INDENT.lastIndex = lineStart;
  const indent = INDENT.exec(text)![0];
  const tab = indent.indexOf("\t");
  return tab < 0 ? null : lineStart + tab;
}

function tabDiagnostic(text: string, tab: number, base: Position): Diagnostic {
  const more = text.slice(tab).match(/\n *\t[ \t]*[^ \t\r\n]/g)?.length ?? 0;
  const others = more === 0 ? "" : `, and ${more} more ${more === 1 ? "line" : "lines"} below`;
  return {
    rule: "yaml-tab-indent",
    severity: "error",
    message: `a tab indents this line${others}; YAML takes blanks alone for indentation`,
    hint: "replace each tab at the beginning of a line with blanks",
    node: null,
    span: { start: base + tab, end: base + tab + 1 },
  };
}
