/**
 * Statements that need no tokens of their own: most lines of a board are a property of plain cells or strings, the
 * beginning of a node or its end. The scanner takes such a line whole, as one token, with native code; the parser reads
 * it straight from the text. Whatever is not of these forms, or names a macro that does not come to one cell, goes
 * the ordinary way: the two give the same tree, positions included (test/dts/statements.test.ts).
 */
import { classes, DIGIT, LETTER } from "./character-classes.ts";
import { DIRECTIVE_NAMES } from "./directives.ts";
import { grown } from "./grown.ts";
import { LIMITS } from "./limits.ts";
import type { SymbolTable } from "./symbols.ts";
import { type Mark, MarkKind } from "./tree.ts";

export const StatementForm = {
  /** `name;` */
  flag: 0,
  /** `name = "text", "text";` without escapes. */
  strings: 1,
  /** `name = <0x1 NUMBER &label>, <2>;` */
  cells: 2,
  /** `name {` or `label: name {` */
  open: 3,
  /** `};` */
  close: 4,
} as const;

export const WordKind = { number: 0, word: 1, reference: 2 } as const;

const STRIDE = 8;
const NAME_BYTES = LIMITS.nameBytes;

// A text of one line has none, and there may be very many of these.
const NO_DATA = new Int32Array(0);
const NO_WORD_KINDS = new Uint8Array(0);
const NO_WORDS = new Uint32Array(0);

/** Where statements are put while a text is scanned, one text after the other. */
let scratch = new Int32Array(STRIDE << 13);

/** Finds statements in one text, and keeps what they are made of. */
export class Statements {
  readonly text: string;
  private readonly symbols: SymbolTable;
  /**
   * Eight numbers a statement: form, symbol of the name, where it begins, symbol of the label or -1, value from … to;
   * of a cell list, its words from … to in {@link words}, from -1 before it was read and -2 where it cannot be.
   */
  private data = scratch;
  /** Those that were found so far. */
  count = 0;
  /** What each word of a cell list is, of {@link WordKind}, and its number, its symbol or the symbol of its label. */
  wordKinds = NO_WORD_KINDS;
  words = NO_WORDS;
  private wordCount = 0;

  constructor(text: string, symbols: SymbolTable) {
    this.text = text;
    this.symbols = symbols;
  }

  form(id: number): number {
    return this.data[id * STRIDE]!;
  }

  /** Symbol of the name. */
  symbol(id: number): number {
    return this.data[id * STRIDE + 1]!;
  }

  /** Offset of the name. */
  nameStart(id: number): number {
    return this.data[id * STRIDE + 2]!;
  }

  /** Symbol of the label before a node's name; -1 where there is none. */
  label(id: number): number {
    return this.data[id * STRIDE + 3]!;
  }

  /** Offset of the value. */
  valueStart(id: number): number {
    return this.data[id * STRIDE + 4]!;
  }

  /** Offset just after the value, or after the name where there is no value. */
  valueEnd(id: number): number {
    return this.data[id * STRIDE + 5]!;
  }

  /** Reads the words of a cell list, once; false where an `&` does not stand just before a label. */
  readCells(id: number): boolean {
    const at = id * STRIDE;
    const { text, data } = this;
    if (data[at + 6] !== -1) return data[at + 6] !== -2;
    const to = data[at + 5]! - 1;
    let count = this.wordCount;
    for (let start = data[at + 4]! + 1; start < to; ) {
      const first = text.charCodeAt(start);
      // What stands between words is < > , and white space.
      if (first !== 0x26 && (classes[first]! & (LETTER | DIGIT)) === 0) {
        start++;
        continue;
      }
      const isReference = first === 0x26;
      if (isReference) start++;
      const end = endOf(WORD, text, start);
      if (text.charCodeAt(end) === 0x26 || (isReference && !isLabel(text, start, end))) {
        data[at + 6] = -2;
        return false;
      }
      if (count === this.words.length) this.growWords(count);
      // Most cells are plain numbers, each another: no symbols for them. 017, 1U and the like are left to the table.
      const number = isReference ? -1 : plainNumber(text, start, end);
      this.wordKinds[count] = number >= 0 ? WordKind.number : isReference ? WordKind.reference : WordKind.word;
      this.words[count++] = number >= 0 ? number : this.symbols.ofRange(text, start, end);
      start = end;
    }
    data[at + 6] = this.wordCount;
    data[at + 7] = count;
    this.wordCount = count;
    return true;
  }

  private growWords(least: number): void {
    // The kernel's largest board has 1.2 words a statement.
    const length = Math.max((least + 1) * 2, this.count + (this.count >> 1));
    this.words = grown(this.words, length);
    this.wordKinds = grown(this.wordKinds, length);
  }

  /** Where its words begin in {@link words}. */
  wordsFrom(id: number): number {
    return this.data[id * STRIDE + 6]!;
  }

  /** Where its words end. */
  wordsTo(id: number): number {
    return this.data[id * STRIDE + 7]!;
  }

  /** The label that word `index` refers to; null where it is no reference. */
  target(index: number): string | null {
    return this.wordKinds[index] === WordKind.reference ? this.symbols.texts[this.words[index]!]! : null;
  }

  /** What its value was written as; `base` is the position of the text's beginning. */
  read(base: number, id: number): Mark[] {
    const marks: Mark[] = [];
    const from = this.data[id * STRIDE + 4]!;
    const to = this.data[id * STRIDE + 5]!;
    let offset = 0;
    for (const match of this.text.slice(from, to).matchAll(/"[^"]*"|&?\w+/g)) {
      const [piece] = match;
      const start = base + from + match.index;
      const span = { start, end: start + piece.length };
      if (piece.startsWith('"')) {
        marks.push({ kind: MarkKind.string, offset, bits: 0, text: "", span });
        offset += piece.length - 1;
        continue;
      }
      const isReference = piece.startsWith("&");
      marks.push({
        kind: isReference ? MarkKind.phandle : MarkKind.cell,
        offset,
        bits: 32,
        text: isReference ? piece.slice(1) : "",
        span,
      });
      offset += 4;
    }
    return marks;
  }

  /** Looks for a statement at `at`, where a line begins; gives its end, or -1. It is then the last of them. */
  find(at: number): number {
    const { text } = this;
    const first = text.charCodeAt(at);
    if (first === 0x7d) {
      if (text.charCodeAt(at + 1) !== 0x3b) return -1;
      this.add(StatementForm.close, 0, at, -1, at, at);
      return at + 2;
    }
    // `#address-cells` is a name, `#line-cells` is not: the preprocessor takes the `#line`.
    if (first === 0x23) {
      const end = endOf(WORD, text, at + 1);
      if (end <= at + 1 || this.symbols.ofRange(text, at + 1, end) < DIRECTIVE_NAMES.length) return -1;
    }
    let nameStart = at;
    let label = -1;
    let nameEnd = endOf(NAME, text, at);
    if (nameEnd <= at) return -1;
    if (text.charCodeAt(nameEnd) === 0x3a) {
      if (nameEnd - at > NAME_BYTES || endOf(LABEL, text, at) !== nameEnd + 1) return -1;
      label = this.symbols.ofRange(text, at, nameEnd);
      nameStart = pastBlanks(text, nameEnd + 1);
      nameEnd = endOf(NAME, text, nameStart);
      if (nameEnd <= nameStart) return -1;
    }
    if (nameEnd - nameStart > NAME_BYTES) return -1;
    // Where there is a blank, it is mostly one.
    let end = text.charCodeAt(nameEnd) === 0x20 ? nameEnd + 1 : nameEnd;
    if (text.charCodeAt(end) <= 0x20) end = pastBlanks(text, end);
    let form: number;
    let valueStart = nameEnd;
    let valueEnd = nameEnd;
    const operator = text.charCodeAt(end);
    if (operator === 0x7b) form = StatementForm.open;
    else if (label >= 0) return -1;
    else if (operator === 0x3b) form = StatementForm.flag;
    else if (operator === 0x3d) {
      valueStart = text.charCodeAt(end + 1) === 0x20 ? end + 2 : end + 1;
      if (text.charCodeAt(valueStart) <= 0x20) valueStart = pastBlanks(text, valueStart);
      const opening = text.charCodeAt(valueStart);
      if (opening === 0x3c) {
        form = StatementForm.cells;
        valueEnd = endOf(CELLS, text, valueStart);
      } else if (opening === 0x22) {
        form = StatementForm.strings;
        valueEnd = endOf(STRINGS, text, valueStart);
      } else return -1;
      if (valueEnd <= valueStart) return -1;
      end = text.charCodeAt(valueEnd) === 0x3b ? valueEnd : pastBlanks(text, valueEnd);
      if (text.charCodeAt(end) !== 0x3b) return -1;
    } else return -1;
    this.add(form, this.symbols.ofRange(text, nameStart, nameEnd), nameStart, label, valueStart, valueEnd);
    return end + 1;
  }

  /** Ends the finding: from then on what was found is the text's own. */
  finish(): void {
    const { count } = this;
    if (count === 0) this.data = NO_DATA;
    else if (count * STRIDE * 2 < scratch.length) this.data = scratch.slice(0, count * STRIDE);
    // Of a large text nothing is copied: memory that was not touched yet costs nothing.
    else scratch = new Int32Array(scratch.length);
  }

  private add(form: number, symbol: number, nameStart: number, label: number, from: number, to: number): void {
    let { data } = this;
    const at = this.count++ * STRIDE;
    if (at + STRIDE > data.length) {
      data = grown(data, data.length * 2);
      scratch = data;
      this.data = data;
    }
    data[at] = form;
    data[at + 1] = symbol;
    data[at + 2] = nameStart;
    data[at + 3] = label;
    data[at + 4] = from;
    data[at + 5] = to;
    data[at + 6] = -1;
  }
}

/** Whether the word at `start … end` can be a label. */
function isLabel(text: string, start: number, end: number): boolean {
  return end > start && end - start <= NAME_BYTES && (classes[text.charCodeAt(start)]! & LETTER) !== 0;
}

const WORD = /\w*/y;
const NAME = /[\w,.+*#?@-]*/y;
const LABEL = /[A-Za-z_]\w*:/y;
const CELLS = /<[\w \t\r\n&]*>(?:[ \t\r\n]*,[ \t\r\n]*<[\w \t\r\n&]*>)*/y;
const STRINGS = /"[^"\\\n]*"(?:[ \t\r\n]*,[ \t\r\n]*"[^"\\\n]*")*/y;

/** The value of a decimal or hexadecimal number of at most 32 bits; -1 for any other word. */
function plainNumber(text: string, start: number, end: number): number {
  const first = text.charCodeAt(start);
  if ((classes[first]! & DIGIT) === 0) return -1;
  if (end - start === 1) return first - 0x30;
  if (first === 0x30) {
    if ((text.charCodeAt(start + 1) | 0x20) !== 0x78) return -1;
    const number = +text.slice(start, end);
    return number <= 0xffffffff ? number : -1;
  }
  let number = first - 0x30;
  for (let at = start + 1; at < end; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit > 9) return -1;
    number = number * 10 + digit;
    if (number > 0xffffffff) return -1;
  }
  return number;
}

/** Where a sticky expression that matches at `at` ends; 0 where it does not match. */
function endOf(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  expression.test(text);
  return expression.lastIndex;
}

function pastBlanks(text: string, at: number): number {
  for (;;) {
    const c = text.charCodeAt(at);
    if (c !== 0x20 && c !== 0x09) return at;
    at++;
  }
}
