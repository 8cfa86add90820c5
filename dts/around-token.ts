/** What stands around a token in its file: for messages about it. A token that a macro made is nowhere. */
import type { TokenPlace } from "./entered-files.ts";
import { Character, TokenKind } from "./tokens.ts";

/** Characters of a line that a hint quotes at most. */
const LONGEST_REST = 80;

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

/** The text from a token on, up to `end` or the end of the line. */
export function restOfLine(place: TokenPlace | null, end: RegExp): string {
  if (place === null) return "";
  const { text, starts } = place.tokens;
  const from = starts[place.index]!;
  const rest = text.slice(from, from + LONGEST_REST).split("\n", 1)[0]!;
  const at = rest.search(end);
  return (at < 0 ? rest : rest.slice(0, at)).trim();
}
