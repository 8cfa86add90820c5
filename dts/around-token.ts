/** What stands around a token in its file: for messages about it. A token that a macro made is nowhere. */
import type { TokenPlace } from "./entered-files.ts";
import { guessStatement, type StatementGuess } from "./guess-statement.ts";
import { Character, LINE_START, TokenKind } from "./tokens.ts";

/** Characters of a line that a hint quotes at most. */
const LONGEST_REST = 80;

/** Tokens that are looked at, so that many mistakes on a long line take no long time. */
const LONGEST_LINE = 256;

/** The string that stands just before a token, its quotes included; null where none does. */
export function stringBefore(place: TokenPlace | null): string | null {
  if (place === null || place.index === 0) return null;
  const { tokens, index } = place;
  return tokens.kinds[index - 1] === TokenKind.string ? tokens.spelling(index - 1) : null;
}

/** Whether a string, a cell list or a byte string comes right after a token. */
export function nextBeginsItem(place: TokenPlace | null): boolean {
  if (place === null) return false;
  const { kinds, values } = place.tokens;
  const next = place.index + 1;
  if (kinds[next] === TokenKind.string) return true;
  const code = kinds[next] === TokenKind.operator ? values[next] : 0;
  return code === Character.less || code === Character.openBracket;
}

/** Whether a number or an expression in parentheses comes right after a token. */
export function nextIsCell(place: TokenPlace | null): boolean {
  if (place === null) return false;
  const { kinds, values } = place.tokens;
  const next = place.index + 1;
  if (kinds[next] === TokenKind.number || kinds[next] === TokenKind.word) return true;
  return kinds[next] === TokenKind.operator && values[next] === Character.openParenthesis;
}

/** Whether a word comes right after a token, nothing between. */
export function nextIsLabel(place: TokenPlace | null): boolean {
  if (place === null) return false;
  const { kinds, starts, ends } = place.tokens;
  const { index } = place;
  return kinds[index + 1] === TokenKind.word && starts[index + 1] === ends[index];
}

/** What a line holds from a token on. */
export interface LineRest {
  /** Tokens, the first one among them. */
  readonly count: number;
  /** Code of the operator that is the last; 0 for anything else. */
  readonly last: number;
  /** How many more `}` than `{` there are. */
  readonly surplus: number;
  readonly hasSemicolon: boolean;
  /** From the first token to the one that begins the next line. */
  readonly toNextLine: number;
}

/** The rest of the line from a token on; null where it is long, or nowhere. */
export function lineRest(place: TokenPlace | null): LineRest | null {
  if (place === null) return null;
  const { kinds, values, flags, starts } = place.tokens;
  let surplus = 0;
  let hasSemicolon = false;
  for (let count = 0; count < LONGEST_LINE; count++) {
    const at = place.index + count;
    if (count > 0 && (flags[at]! & LINE_START) !== 0) {
      const last = kinds[at - 1] === TokenKind.operator ? values[at - 1]! : 0;
      return { count, last, surplus, hasSemicolon, toNextLine: starts[at]! - starts[place.index]! };
    }
    const code = kinds[at] === TokenKind.operator ? values[at]! : 0;
    if (code === Character.openBrace) surplus--;
    else if (code === Character.closeBrace) surplus++;
    else if (code === Character.semicolon) hasSemicolon = true;
  }
  return null;
}

/** Code of the operator that comes right after a token; 0 where none does. */
export function nextOperator(place: TokenPlace | null): number {
  if (place === null) return 0;
  const { kinds, values } = place.tokens;
  return kinds[place.index + 1] === TokenKind.operator ? values[place.index + 1]! : 0;
}

/** Whether a token alone is the name of a node or a property. */
export function isWholeName(place: TokenPlace | null): boolean {
  return place !== null && place.tokens.nameEnd(place.index) === place.index + 1;
}

/** What the token right after another seems to begin. */
export function nextGuess(place: TokenPlace | null): StatementGuess | null {
  return place === null ? null : guessStatement(place.tokens, place.index + 1);
}

/** What a token and those after it seem to begin, labels before it aside. */
export function guessBehindLabels(place: TokenPlace | null): StatementGuess | null {
  if (place === null) return null;
  const { tokens, index } = place;
  const end = index + LONGEST_LINE;
  let at = index;
  while (at < end && guessStatement(tokens, at) === "label") at += 2;
  return guessStatement(tokens, at);
}

/** The first of these operators from a token on, before the statement ends; 0 where there is none. */
export function firstOperator(place: TokenPlace | null, codes: readonly number[]): number {
  if (place === null) return 0;
  const { kinds, values, count } = place.tokens;
  const end = Math.min(count, place.index + LONGEST_LINE);
  for (let at = place.index; at < end; at++) {
    const code = kinds[at] === TokenKind.operator ? values[at]! : 0;
    if (codes.includes(code)) return code;
    if (code === Character.semicolon) return 0;
  }
  return 0;
}

/** The text from a token on, up to `end` or the end of the line. */
export function restOfLine(place: TokenPlace | null, end: RegExp): string {
  if (place === null) return "";
  const { text, starts } = place.tokens;
  const from = starts[place.index]!;
  const rest = text.slice(from, from + LONGEST_REST).split("\n", 1)[0]!;
  const at = rest.search(end);
  return (at < 0 ? rest : rest.slice(0, at)).trim();
}
