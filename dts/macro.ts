import type { BodyExpression } from "./macro-value.ts";
import { scanTokens } from "./scan-tokens.ts";
import { NO_POSITION, NO_SPAN, type Position, type Span } from "./source.ts";
import { BOUNDARY, LINE_START, SPACE_BEFORE, TokenKind, type Tokens } from "./tokens.ts";

/** Numbers of a token in {@link TokenRun.numbers}: its index, its flags, its start and its end. */
const STRIDE = 4;

/** Tokens that a run may have before its numbers go into a typed array, which is larger to make and smaller to grow. */
const FEW = 64;

const NO_SOURCES: Tokens[] = [];
const NO_NUMBERS: number[] = [];

/**
 * A list of tokens from anywhere. A token of a macro's body has no position of its own ({@link NO_POSITION}): it stands
 * where the macro is used. Most runs hold a token or two, and there are many of them: what a token has lies in one array,
 * and the first one makes an array that is as long as it, where V8 makes room for 17 with a push into an empty one.
 */
export class TokenRun {
  length = 0;
  /** What all of them are of, as they nearly always are; else null, and {@link sources} has it of each. */
  private source: Tokens | null = null;
  private sources: Tokens[] = NO_SOURCES;
  private numbers: number[] | Int32Array = NO_NUMBERS;

  push(tokens: Tokens, index: number, flags: number, start: Position, end: Position): void {
    const { length } = this;
    if (length === 0) {
      this.source = tokens;
      this.numbers = [index, flags, start, end];
      this.length = 1;
      return;
    }
    if (tokens !== this.source) this.pushSource(tokens);
    if (length < FEW && Array.isArray(this.numbers)) this.numbers.push(index, flags, start, end);
    else {
      const at = length * STRIDE;
      if (at >= this.numbers.length) this.grow();
      const { numbers } = this;
      numbers[at] = index;
      numbers[at + 1] = flags;
      numbers[at + 2] = start;
      numbers[at + 3] = end;
    }
    this.length = length + 1;
  }

  private pushSource(tokens: Tokens): void {
    if (this.source !== null) {
      this.sources = new Array<Tokens>(this.length).fill(this.source);
      this.source = null;
    }
    this.sources.push(tokens);
  }

  private grow(): void {
    const numbers = new Int32Array(this.length * STRIDE * 2);
    numbers.set(this.numbers);
    this.numbers = numbers;
  }

  pop(): void {
    this.length--;
    if (this.source === null) this.sources.pop();
    if (Array.isArray(this.numbers)) this.numbers.length -= STRIDE;
  }

  /** The tokens that it is one of. */
  tokens(at: number): Tokens {
    return this.source ?? this.sources[at]!;
  }

  index(at: number): number {
    return this.numbers[at * STRIDE]!;
  }

  flags(at: number): number {
    return this.numbers[at * STRIDE + 1]!;
  }

  start(at: number): Position {
    return this.numbers[at * STRIDE + 2]!;
  }

  end(at: number): Position {
    return this.numbers[at * STRIDE + 3]!;
  }

  kind(at: number): number {
    return this.tokens(at).kinds[this.index(at)]!;
  }

  value(at: number): number {
    return this.tokens(at).values[this.index(at)]!;
  }

  spelling(at: number): string {
    return this.tokens(at).spelling(this.index(at));
  }

  /** The characters of all tokens, one space wherever white space stood. */
  text(): string {
    let text = "";
    for (let i = 0; i < this.length; i++) {
      if (i > 0 && (this.flags(i) & (SPACE_BEFORE | LINE_START)) !== 0) text += " ";
      text += this.spelling(i);
    }
    return text;
  }
}

/** What a macro stands for: the tokens after its name and parameters, their `#` and `##` taken out. */
export interface Replacement {
  readonly body: TokenRun;
  /** For each token of the body: the parameter that it names, or -1. */
  readonly parameterOf: readonly number[];
  /** For each token of the body: true where `#` stands before it. */
  readonly stringized: readonly boolean[];
  /** For each token of the body: true where `##` stands between it and the next. */
  readonly pasted: readonly boolean[];
}

/** A macro. `expanding` is true while its expansion is being read, when its own name is left alone. */
export interface Macro {
  readonly symbol: number;
  readonly name: string;
  /** Parameters of a function-like macro, the variable ones last; null for an object-like macro. */
  readonly parameters: readonly number[] | null;
  readonly variadic: boolean;
  /** Null until somebody asks, as most macros of most headers are never used: see `replacementOf`. */
  replacement: Replacement | null;
  /** Its body as an expression, null where it is none; undefined until a call asks: see macro-value.ts. */
  expression: BodyExpression | null | undefined;
  /** What the name stands for where it is built in (`__LINE__`); null for a macro that is defined. */
  readonly builtin: "one" | "file" | "line" | "counter" | null;
  /** The file that defines it, the token of its name there, and where its line ends; null where it is built in. */
  readonly definition: { readonly tokens: Tokens; readonly index: number; readonly lineEnd: number } | null;
  /** Position of the start of that file in the inclusion that defined it last. */
  base: Position;
  expanding: boolean;
  /** True where its name has no capital: what a node or property may well be called. */
  readonly isSmall: boolean;
}

/**
 * The symbol of the one token of a kind that a macro without parameters stands for, a number or a word; -1 where it
 * stands for anything else.
 */
export function symbolStoodFor({ definition, parameters }: Macro, kind: number): number {
  if (definition === null || parameters !== null) return -1;
  const { tokens, index, lineEnd } = definition;
  return index + 2 === lineEnd && tokens.kinds[index + 1] === kind ? tokens.values[index + 1]! : -1;
}

/** Where a macro is defined. */
export function definitionSpan({ definition, base }: Macro): Span {
  if (definition === null) return NO_SPAN;
  const { tokens, index } = definition;
  return { start: base + tokens.starts[index]!, end: base + tokens.ends[index]! };
}

/** True where two tokens side by side would read as one, so that the preprocessor puts a space between them. */
export function wouldPaste(left: Tokens, leftIndex: number, right: Tokens, rightIndex: number): boolean {
  const leftKind = left.kinds[leftIndex]!;
  const rightKind = right.kinds[rightIndex]!;
  if (leftKind === TokenKind.word) {
    return (
      rightKind === TokenKind.word ||
      rightKind === TokenKind.string ||
      rightKind === TokenKind.character ||
      (rightKind === TokenKind.number && !/[.+-]/.test(right.spelling(rightIndex)))
    );
  }
  const rightStart = right.text.charCodeAt(right.starts[rightIndex]!);
  if (leftKind === TokenKind.number) {
    return (
      rightKind === TokenKind.word ||
      rightKind === TokenKind.number ||
      rightKind === TokenKind.character ||
      rightStart === 0x2e ||
      rightStart === 0x2b ||
      rightStart === 0x2d
    );
  }
  if (leftKind !== TokenKind.operator) return false;
  return PASTING[left.spelling(leftIndex)]?.includes(String.fromCharCode(rightStart)) === true;
}

/** After each operator, the first characters that would read on from it (as gcc's cpp_avoid_paste has it). */
const PASTING: Readonly<Record<string, string>> = {
  "=": "=",
  "!": "=",
  ">": ">=",
  "<": "<=%:",
  "+": "+=",
  "-": "->=",
  "*": "=",
  "/": "/*=",
  "%": "=:%",
  "&": "&=",
  "|": "|=",
  "^": "=",
  "<<": "=",
  ">>": "=",
  ":": ":>",
  ".": ".%",
  "#": "#%",
};

/**
 * A macro's replacement for these arguments; `expanded` gives an argument fully macro-expanded, `mayMake` says whether
 * tokens may be made of so many more characters.
 */
export function substitute(
  macro: Macro,
  { body, parameterOf, stringized, pasted }: Replacement,
  args: readonly TokenRun[],
  expanded: (index: number) => TokenRun,
  mayMake: (characters: number) => boolean,
): TokenRun {
  const result = new TokenRun();
  // What the next token inherits from an argument that came out empty, or ends before it.
  let inherited = 0;
  let pasteNext = false;
  for (let at = 0; at < body.length; at++) {
    const tokens = body.tokens(at);
    const index = body.index(at);
    const flags = body.flags(at) | inherited;
    const parameter = parameterOf[at]!;
    const pasteBefore = pasteNext;
    pasteNext = pasted[at]!;
    inherited = 0;
    if (parameter < 0) {
      if (pasteBefore) paste(result, tokens, index, flags, NO_POSITION, NO_POSITION, mayMake);
      else result.push(tokens, index, flags, NO_POSITION, NO_POSITION);
      continue;
    }
    if (stringized[at]) {
      const string = scanTokens(stringize(args[parameter]!, mayMake), tokens.symbols);
      if (pasteBefore) paste(result, string, 0, flags, NO_POSITION, NO_POSITION, mayMake);
      else result.push(string, 0, flags & ~LINE_START, NO_POSITION, NO_POSITION);
      continue;
    }
    const isVariable = macro.variadic && parameter === macro.parameters!.length - 1;
    const argument = pasteBefore || pasteNext ? args[parameter]! : expanded(parameter);
    const afterComma = pasteBefore && isVariable && result.length > 0 && result.spelling(result.length - 1) === ",";
    if (argument.length === 0) {
      // `, ## __VA_ARGS__` without variable arguments drops the comma (a GNU extension that headers rely on).
      if (afterComma) result.pop();
      // An empty operand of ## leaves the other one as it is.
      if (pasteBefore && pasteNext) pasteNext = true;
      else if (pasteNext) pasteNext = false;
      inherited = (flags & SPACE_BEFORE) | BOUNDARY;
      continue;
    }
    for (let i = 0; i < argument.length; i++) {
      let tokenFlags = argument.flags(i);
      if (i === 0) tokenFlags = (tokenFlags & ~SPACE_BEFORE) | (flags & SPACE_BEFORE) | BOUNDARY;
      if (i === 0 && pasteBefore && !afterComma) {
        paste(result, argument.tokens(i), argument.index(i), tokenFlags, argument.start(i), argument.end(i), mayMake);
      } else {
        result.push(argument.tokens(i), argument.index(i), tokenFlags, argument.start(i), argument.end(i));
      }
    }
    inherited = BOUNDARY;
  }
  return result;
}

/** Joins a token to the last one of `result`; where that makes no token, both stay, side by side. */
function paste(
  result: TokenRun,
  tokens: Tokens,
  index: number,
  flags: number,
  start: Position,
  end: Position,
  mayMake: (characters: number) => boolean,
): void {
  if (result.length === 0) {
    result.push(tokens, index, flags, start, end);
    return;
  }
  const last = result.length - 1;
  const left = result.spelling(last);
  const right = tokens.spelling(index);
  if (!mayMake(left.length + right.length)) return;
  const joined = scanTokens(left + right, tokens.symbols);
  if (joined.count === 2) {
    const lastFlags = result.flags(last);
    const lastStart = result.start(last);
    const lastEnd = result.end(last);
    result.pop();
    result.push(joined, 0, lastFlags, lastStart, lastEnd);
  } else result.push(tokens, index, flags & ~(SPACE_BEFORE | LINE_START | BOUNDARY), start, end);
}

/** `#parameter`: the argument's text as a string literal. */
function stringize(argument: TokenRun, mayMake: (characters: number) => boolean): string {
  let text = "";
  for (let i = 0; i < argument.length; i++) {
    if (i > 0 && (argument.flags(i) & (SPACE_BEFORE | LINE_START)) !== 0) text += " ";
    const spelling = argument.spelling(i);
    const kind = argument.kind(i);
    if (!mayMake(spelling.length + 1)) break;
    const isQuoted = kind === TokenKind.string || kind === TokenKind.character;
    text += isQuoted ? spelling.split("\\").join("\\\\").split('"').join('\\"') : spelling;
  }
  return `"${text}"`;
}
