/**
 * Tokens, as typed arrays for a whole text: what a C preprocessor and dtc's lexer agree on before either has done
 * anything.
 *
 *   word      [A-Za-z_][A-Za-z0-9_]*
 *   number    [.]?[0-9] ([0-9A-Za-z_.] | [eEpP][+-])*           a preprocessing number, wider than what dtc takes
 *   string    " … "      character  ' … '
 *   keyword   /dts-v1/ /plugin/ /memreserve/ /bits/ /delete-property/ /delete-node/ /omit-if-no-ref/ /include/ /incbin/
 *   operator  << >> <= >= == != && ||, else one character
 *   statement a whole statement of statements.ts, in place of its tokens
 *   define    a whole line of define-lines.ts, likewise
 *   computed  the call of a macro that comes to a number (macro-value.ts): no text has one, only the token stream
 *
 * White space, comments and backslash-newlines are not tokens: they show in the flags of the token that follows.
 */
import { classes, NAME } from "./character-classes.ts";
import type { Macro } from "./macro.ts";
import type { Statements } from "./statements.ts";
import type { SymbolTable } from "./symbols.ts";

export const TokenKind = {
  end: 0,
  word: 1,
  number: 2,
  string: 3,
  character: 4,
  operator: 5,
  keyword: 6,
  statement: 7,
  define: 8,
  computed: 9,
} as const;

/** Space, a comment or a line end stands before the token. */
export const SPACE_BEFORE = 1;
/** The token is the first of its line. */
export const LINE_START = 2;
/** A `#` that opens a preprocessor directive or a line marker. */
export const DIRECTIVE = 4;
/** The token must not be expanded again: it names a macro that was being expanded when it was read. */
export const NO_EXPAND = 8;
/** The end of a macro's expansion, or of an argument, lies just before the token. */
export const BOUNDARY = 16;
/** A string or character whose closing quote is missing. */
export const UNTERMINATED = 32;

/** Operators of one character are numbered as the character is; these are the ones that the grammar is made of. */
export const Character = {
  semicolon: 0x3b,
  openBrace: 0x7b,
  closeBrace: 0x7d,
  openParenthesis: 0x28,
  closeParenthesis: 0x29,
  less: 0x3c,
  greater: 0x3e,
  openBracket: 0x5b,
  closeBracket: 0x5d,
  ampersand: 0x26,
  colon: 0x3a,
  equals: 0x3d,
  comma: 0x2c,
  slash: 0x2f,
  asterisk: 0x2a,
  hash: 0x23,
  backslash: 0x5c,
  question: 0x3f,
} as const;

/** Operators of two characters, numbered above all characters. */
export const Operator = {
  shiftLeft: 256,
  shiftRight: 257,
  lessEqual: 258,
  greaterEqual: 259,
  equal: 260,
  notEqual: 261,
  and: 262,
  or: 263,
} as const;

const OPERATOR_TEXTS = ["<<", ">>", "<=", ">=", "==", "!=", "&&", "||"];

export const KEYWORDS = [
  "/dts-v1/",
  "/plugin/",
  "/memreserve/",
  "/bits/",
  "/delete-property/",
  "/delete-node/",
  "/omit-if-no-ref/",
  "/include/",
  "/incbin/",
] as const;

/** Index of a keyword in {@link KEYWORDS}: what `values` holds for a keyword token. */
export const Keyword = {
  dtsV1: 0,
  plugin: 1,
  memreserve: 2,
  bits: 3,
  deleteProperty: 4,
  deleteNode: 5,
  omitIfNoRef: 6,
  include: 7,
  incbin: 8,
} as const;

/** An unterminated comment: where it begins. */
export interface ScanError {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** Scans part of a text, which is taken to begin a line, and none of whose statements and lines are taken whole. */
type ScanStretch = (text: string, symbols: SymbolTable, stretch: Stretch) => Tokens;

/** Offsets in a text; the end is exclusive. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Of a text whose names nobody has asked for. */
const NO_NAMES = new Int32Array(0);

/** The tokens of one text, which is scanned once: they serve every inclusion. */
export class Tokens {
  readonly text: string;
  readonly symbols: SymbolTable;
  readonly count: number;
  readonly kinds: Uint8Array;
  readonly flags: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /**
   * Symbol of a word, a number or the name that a line defines, code of an operator, index of a keyword or statement; 0
   * for anything else.
   */
  readonly values: Int32Array;
  /** Indices of the tokens that open a directive, ascending, without `#define` lines that are taken whole. */
  readonly directives: Int32Array;
  /** True where one of them may be a line marker. */
  readonly hasLineMarkers: boolean;
  readonly statements: Statements;
  readonly errors: readonly ScanError[];
  /** The macros that its `#define` lines make, by the token after `define`, once a later parse asked for each. */
  macros: Map<number, Macro> | null = null;
  /** The same of lines that are taken whole, by the token of the line. */
  lineMacros: Map<number, Macro> | null = null;
  /** For a token that begins a name, the token after the name and the name's symbol; 0, or nothing, before it is asked. */
  private nameEnds = NO_NAMES;
  private nameSymbols = NO_NAMES;
  /** Of statements and lines: their own tokens, once somebody asked for them. */
  private exploded: Map<number, Tokens> | null = null;
  private plainTokens: Tokens | null = null;
  private readonly scanStretch: ScanStretch;

  constructor(
    text: string,
    symbols: SymbolTable,
    arrays: Pick<
      Tokens,
      "kinds" | "flags" | "starts" | "ends" | "values" | "directives" | "hasLineMarkers" | "statements" | "errors"
    >,
    scanStretch: ScanStretch,
  ) {
    this.text = text;
    this.symbols = symbols;
    this.kinds = arrays.kinds;
    this.flags = arrays.flags;
    this.starts = arrays.starts;
    this.ends = arrays.ends;
    this.values = arrays.values;
    this.directives = arrays.directives;
    this.hasLineMarkers = arrays.hasLineMarkers;
    this.statements = arrays.statements;
    this.errors = arrays.errors;
    this.scanStretch = scanStretch;
    this.count = this.kinds.length;
  }

  /** The token's characters, backslash-newlines taken out. */
  spelling(index: number): string {
    const kind = this.kinds[index]!;
    if (kind === TokenKind.word || kind === TokenKind.number) return this.symbols.texts[this.values[index]!]!;
    if (kind === TokenKind.operator) {
      const code = this.values[index]!;
      return code < 256 ? String.fromCharCode(code) : OPERATOR_TEXTS[code - 256]!;
    }
    return this.text.slice(this.starts[index]!, this.ends[index]!);
  }

  /** All tokens of the text, none of them a whole statement or line: for whoever looks at how a file is laid out. */
  get plain(): Tokens {
    this.plainTokens ??= this.scanStretch(this.text, this.symbols, { from: 0, to: this.text.length });
    return this.plainTokens;
  }

  /** The tokens of the statement or line at `index`, as they would stand in its place. */
  explode(index: number): Tokens {
    this.exploded ??= new Map();
    let tokens = this.exploded.get(index);
    if (tokens === undefined) {
      tokens = this.scanStretch(this.text, this.symbols, { from: this.starts[index]!, to: this.ends[index]! });
      this.exploded.set(index, tokens);
    }
    return tokens;
  }

  /** Index of the token after the name that begins at `index`: the run of name characters without space between. */
  nameEnd(index: number): number {
    if (this.nameEnds.length === 0) {
      this.nameEnds = new Int32Array(this.count);
      this.nameSymbols = new Int32Array(this.count);
    }
    if (this.nameEnds[index] === 0) this.findName(index);
    return this.nameEnds[index]!;
  }

  /** Symbol of the name that begins at `index`; asked after {@link nameEnd} said that there is one. */
  nameSymbol(index: number): number {
    return this.nameSymbols[index]!;
  }

  private findName(index: number): void {
    let end = index;
    while (this.isNamePart(end) && (end === index || (this.flags[end]! & (SPACE_BEFORE | LINE_START)) === 0)) {
      if (end > index && this.starts[end] !== this.ends[end - 1]) break;
      end++;
    }
    this.nameEnds[index] = end;
    if (end === index) return;
    if (end === index + 1 && this.kinds[index]! <= TokenKind.number) {
      this.nameSymbols[index] = this.values[index]!;
      return;
    }
    this.nameSymbols[index] = this.symbols.ofRange(this.text, this.starts[index]!, this.ends[end - 1]!);
  }

  private isNamePart(index: number): boolean {
    const kind = this.kinds[index]!;
    if (kind === TokenKind.word || kind === TokenKind.number) return true;
    if (kind !== TokenKind.operator) return false;
    const code = this.values[index]!;
    return code < 256 && (classes[code]! & NAME) !== 0;
  }
}
