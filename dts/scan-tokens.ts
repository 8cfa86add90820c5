/** The scanner: from text to the tokens that tokens.ts describes. */
import { classes, DIGIT, LETTER, NAME, SPACE } from "./character-classes.ts";
import { endOfDefine, endOfName, nameOfDefine } from "./define-lines.ts";
import { DIRECTIVE_NAMES, Directive } from "./directives.ts";
import { grown } from "./grown.ts";
import { LIMITS } from "./limits.ts";
import { Statements } from "./statements.ts";
import type { SymbolTable } from "./symbols.ts";
import {
  DIRECTIVE,
  KEYWORDS,
  LINE_START,
  Operator,
  type ScanError,
  SPACE_BEFORE,
  type Stretch,
  TokenKind,
  Tokens,
  UNTERMINATED,
} from "./tokens.ts";

let capacity = 1 << 13;
let kinds = new Uint8Array(capacity);
let flags = new Uint8Array(capacity);
let starts = new Int32Array(capacity);
let ends = new Int32Array(capacity);
let values = new Int32Array(capacity);

/** Makes new arrays for what is scanned from now on, of `length` tokens. */
function makeScratch(length: number): void {
  capacity = length;
  kinds = new Uint8Array(length);
  flags = new Uint8Array(length);
  starts = new Int32Array(length);
  ends = new Int32Array(length);
  values = new Int32Array(length);
}

function growScratch(): void {
  capacity *= 2;
  kinds = grown(kinds, capacity);
  flags = grown(flags, capacity);
  starts = grown(starts, capacity);
  ends = grown(ends, capacity);
  values = grown(values, capacity);
}

/** The first `count` tokens. Those of a large text are not copied: what comes next gets arrays of its own. */
function takeScratch(count: number): Pick<Tokens, "kinds" | "flags" | "starts" | "ends" | "values"> {
  if (count * 2 < capacity) {
    return {
      kinds: kinds.slice(0, count),
      flags: flags.slice(0, count),
      starts: starts.slice(0, count),
      ends: ends.slice(0, count),
      values: values.slice(0, count),
    };
  }
  const taken = {
    kinds: kinds.subarray(0, count),
    flags: flags.subarray(0, count),
    starts: starts.subarray(0, count),
    ends: ends.subarray(0, count),
    values: values.subarray(0, count),
  };
  makeScratch(capacity);
  return taken;
}

// Native code where it pays from the first call on: most runs of the program read a board or two, and are over before
// a loop over characters would be compiled.
const BLANKS = /[ \t\r\n\v\f]*/y;
const WORD_CHARACTERS = /[A-Za-z0-9_]*/y;
const NUMBER_CHARACTERS = /[A-Za-z0-9_.]*/y;

function endOfRun(run: RegExp, text: string, at: number): number {
  run.lastIndex = at;
  run.test(text);
  return run.lastIndex;
}

/**
 * Scans a whole text, or a stretch of it, which then begins a line. Takes anything: what is no token becomes a
 * one-character operator for the parser to refuse. Of a whole text, statements and most `#define` lines are taken whole.
 */
export function scanTokens(text: string, symbols: SymbolTable, stretch?: Stretch): Tokens {
  const mostTokens = LIMITS.tokens;
  const { word, number, string, character, operator, keyword, statement, define } = TokenKind;
  const length = stretch?.to ?? text.length;
  const statements = new Statements(text, symbols);
  let hasLineMarkers = false;
  const errors: ScanError[] = [];
  const directives: number[] = [];
  let count = 0;
  let at = stretch?.from ?? 0;
  let pending = SPACE_BEFORE | LINE_START;
  let hash = -1;
  // Of the line end at or after the current quote: looked for once a line.
  let newline = -1;
  while (at < length) {
    const c = text.charCodeAt(at);
    const kindOfCharacter = c < 256 ? classes[c]! : 0;
    if (kindOfCharacter === SPACE) {
      pending |= SPACE_BEFORE;
      at++;
      continue;
    }
    if (c === 10) {
      pending |= SPACE_BEFORE | LINE_START;
      BLANKS.lastIndex = at + 1;
      BLANKS.test(text);
      at = BLANKS.lastIndex;
      continue;
    }
    if (c === 0x5c) {
      const after = spliceEnd(text, at);
      if (after > 0) {
        at = after;
        continue;
      }
    }
    if ((pending & LINE_START) !== 0 && stretch === undefined && hash < 0) {
      let whole: number = statement;
      let end = -1;
      let content = 0;
      if (
        ((kindOfCharacter & NAME) !== 0 || c === 0x7d) &&
        count > 0 &&
        (kinds[count - 1] === statement || (kinds[count - 1] === operator && endsStatement(values[count - 1]!)))
      ) {
        end = statements.find(at);
        content = statements.count - 1;
      }
      if (end < 0 && c === 0x23) {
        const name = nameOfDefine(text, at);
        const nameEnd = name > 0 ? endOfName(text, name) : 0;
        if (nameEnd > 0) {
          whole = define;
          end = endOfDefine(text, nameEnd);
          if (end > 0) content = symbols.ofRange(text, name, nameEnd);
        }
      }
      if (end > 0) {
        if (count === mostTokens) break;
        if (count + 1 >= capacity) growScratch();
        kinds[count] = whole;
        flags[count] = whole === define ? pending | DIRECTIVE : pending;
        starts[count] = at;
        ends[count] = end;
        values[count] = content;
        count++;
        pending = 0;
        at = end;
        continue;
      }
    }
    const start = at;
    let kind: number = operator;
    let value = c;
    let flag = pending;
    if ((kindOfCharacter & LETTER) !== 0) {
      at = endOfRun(WORD_CHARACTERS, text, at + 1);
      kind = word;
      if (text.charCodeAt(at) === 0x5c && spliceEnd(text, at) > 0) {
        const spliced = wordAcrossSplices(text, start);
        at = spliced.end;
        value = symbols.of(spliced.text);
      } else value = symbols.ofRange(text, start, at);
    } else if ((kindOfCharacter & DIGIT) !== 0 || (c === 0x2e && isDigit(text.charCodeAt(at + 1)))) {
      at = endOfNumber(text, at + 1);
      kind = number;
      value = symbols.ofRange(text, start, at);
    } else if (c === 0x22 || c === 0x27) {
      if (newline < at) {
        newline = text.indexOf("\n", at);
        if (newline < 0) newline = length;
      }
      const close = closingQuote(text, at, c, newline);
      if (close >= 0) {
        kind = c === 0x22 ? string : character;
        value = 0;
        at = close + 1;
      } else if (c === 0x27) at++;
      else {
        kind = string;
        value = 0;
        flag |= UNTERMINATED;
        at = endOfLine(text, at);
      }
    } else if (c === 0x2f) {
      const next = text.charCodeAt(at + 1);
      if (next === 0x2a) {
        const close = text.indexOf("*/", at + 2);
        if (close < 0) {
          errors.push({ message: "this comment has no end", start: at, end: at + 2 });
          break;
        }
        pending |= SPACE_BEFORE;
        at = close + 2;
        continue;
      }
      if (next === 0x2f) {
        at = endOfLine(text, at + 2);
        pending |= SPACE_BEFORE;
        continue;
      }
      at++;
      const index = keywordAt(text, start, next);
      if (index >= 0) {
        kind = keyword;
        value = index;
        at = start + KEYWORDS[index]!.length;
      }
    } else {
      at++;
      const code = twoCharacterOperator(c, text.charCodeAt(at));
      if (code >= 0) {
        value = code;
        at++;
      } else if (c === 0x23 && (flag & LINE_START) !== 0) hash = count;
    }
    // A # at the start of a line opens a directive by what follows it on the line.
    if (hash >= 0 && hash < count) {
      if (opensDirective(kind, value, flag, text, at)) {
        flags[hash]! |= DIRECTIVE;
        directives.push(hash);
        if (kind === number || value === Directive.line) hasLineMarkers = true;
      }
      hash = -1;
    }
    pending = 0;
    // More are too many for whoever counts them, who says so.
    if (count === mostTokens) break;
    if (count + 1 >= capacity) growScratch();
    kinds[count] = kind;
    flags[count] = flag;
    starts[count] = start;
    ends[count] = at;
    values[count] = value;
    count++;
  }
  if (hash >= 0) {
    flags[hash]! |= DIRECTIVE;
    directives.push(hash);
  }
  statements.finish();
  kinds[count] = TokenKind.end;
  flags[count] = pending | SPACE_BEFORE | LINE_START;
  starts[count] = length;
  ends[count] = length;
  values[count] = 0;
  count++;
  return new Tokens(
    text,
    symbols,
    {
      ...takeScratch(count),
      directives: Int32Array.from(directives),
      hasLineMarkers,
      statements,
      errors,
    },
    scanTokens,
  );
}

/** Whether a statement may begin after this operator. */
function endsStatement(code: number): boolean {
  return code === 0x3b || code === 0x7b || code === 0x7d;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** The end of a preprocessing number: a sign goes with it after an e or p. */
function endOfNumber(text: string, from: number): number {
  let at = from;
  for (;;) {
    at = endOfRun(NUMBER_CHARACTERS, text, at);
    const sign = text.charCodeAt(at);
    if (sign !== 0x2b && sign !== 0x2d) return at;
    const exponent = text.charCodeAt(at - 1) | 0x20;
    if (exponent !== 0x65 && exponent !== 0x70) return at;
    at++;
  }
}

function twoCharacterOperator(first: number, second: number): number {
  switch (first) {
    case 0x3c:
      return second === 0x3c ? Operator.shiftLeft : second === 0x3d ? Operator.lessEqual : -1;
    case 0x3e:
      return second === 0x3e ? Operator.shiftRight : second === 0x3d ? Operator.greaterEqual : -1;
    case 0x3d:
      return second === 0x3d ? Operator.equal : -1;
    case 0x21:
      return second === 0x3d ? Operator.notEqual : -1;
    case 0x26:
      return second === 0x26 ? Operator.and : -1;
    case 0x7c:
      return second === 0x7c ? Operator.or : -1;
    default:
      return -1;
  }
}

function keywordAt(text: string, at: number, next: number): number {
  if ((next | 0x20) < 0x61 || (next | 0x20) > 0x7a) return -1;
  for (let i = 0; i < KEYWORDS.length; i++) if (text.startsWith(KEYWORDS[i]!, at)) return i;
  return -1;
}

/** After a `#` at the start of a line: a directive's name, a line number (a marker), or nothing more on the line. */
function opensDirective(kind: number, value: number, flag: number, text: string, end: number): boolean {
  if ((flag & LINE_START) !== 0) return true;
  if (kind === TokenKind.word) return value < DIRECTIVE_NAMES.length;
  return kind === TokenKind.number && /^[ \t]+"/.test(text.slice(end, end + 80));
}

/** The end of the logical line: the newline that no backslash precedes, or the end of the text. */
export function endOfLine(text: string, from: number): number {
  for (let at = from; ; ) {
    const end = text.indexOf("\n", at);
    if (end < 0) return text.length;
    let before = end - 1;
    if (before >= from && text.charCodeAt(before) === 13) before--;
    if (before < from || text.charCodeAt(before) !== 0x5c) return end;
    at = end + 1;
  }
}

/** Where the text goes on after a backslash at the end of a line; 0 where the backslash is none such. */
function spliceEnd(text: string, at: number): number {
  let end = at + 1;
  while (text.charCodeAt(end) === 0x20 || text.charCodeAt(end) === 0x09 || text.charCodeAt(end) === 13) end++;
  return text.charCodeAt(end) === 10 ? end + 1 : 0;
}

function wordAcrossSplices(text: string, start: number): { text: string; end: number } {
  let word = "";
  let at = start;
  for (;;) {
    const c = at < text.length ? text.charCodeAt(at) : 0;
    if (c < 256 && (classes[c]! & (LETTER | DIGIT)) !== 0) {
      word += text[at];
      at++;
      continue;
    }
    let after = at;
    for (let next = after; text.charCodeAt(next) === 0x5c && (next = spliceEnd(text, next)) > 0; ) after = next;
    const follows = text.charCodeAt(after);
    if (after === at || Number.isNaN(follows) || follows > 255 || (classes[follows]! & (LETTER | DIGIT)) === 0) break;
    at = after;
  }
  return { text: word, end: at };
}

/**
 * Index of the quote that closes the one at `open`; -1 where there is none. A string may run over lines, as dtc takes
 * it, but only where what follows its end looks like the end of a value: else the quote was forgotten on its own line,
 * and what looks like its end is the beginning of another string.
 */
export function closingQuote(text: string, open: number, quote: number, newline: number): number {
  const first = text.indexOf(quote === 0x22 ? '"' : "'", open + 1);
  if (first < 0) return -1;
  if (text.charCodeAt(first - 1) !== 0x5c && first < newline) return first;
  let lines = 0;
  for (let at = open + 1; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === 0x5c) {
      if (text.charCodeAt(at + 1) === 10) lines++;
      at++;
    } else if (c === quote) {
      if (lines === 0) return at;
      const rest = /^[ \t\r]*(?:$|[;,>)\n]|\/[*/])/.test(text.slice(at + 1, at + 64));
      return rest ? at : -1;
    } else if (c === 10) {
      if (quote === 0x27 || ++lines > MAX_STRING_LINES) return -1;
    }
  }
  return -1;
}

/** A string that runs over more lines than this was not closed. */
const MAX_STRING_LINES = 256;
