import { Character, LINE_START, SPACE_BEFORE, TokenKind, type Tokens } from "./tokens.ts";

/**
 * What a token seems to begin: `name {`, `name =`, `name;`, `label:`; at the top level `&label {`, `/ {` or a keyword with
 * a reference; any other keyword.
 */
export type StatementGuess = "node" | "property" | "flag" | "label" | "top" | "keyword";

/** A guess for mending mistakes, from the tokens as they stand in the file; null where it looks like no statement. */
export function guessStatement(tokens: Tokens, index: number): StatementGuess | null {
  const { kinds, values } = tokens;
  const codeAt = (at: number): number => (kinds[at] === TokenKind.operator ? values[at]! : 0);
  if (kinds[index] === TokenKind.keyword) return codeAt(index + 1) === Character.ampersand ? "top" : "keyword";
  const first = codeAt(index);
  if (first === Character.slash) return codeAt(index + 1) === Character.openBrace ? "top" : null;
  if (first === Character.ampersand) {
    if (codeAt(index + 1) === Character.openBrace) return "top";
    return kinds[index + 1] === TokenKind.word && codeAt(index + 2) === Character.openBrace ? "top" : null;
  }
  const end = tokens.nameEnd(index);
  if (end === index) return null;
  const after = codeAt(end);
  if (after === Character.openBrace) return "node";
  if (after === Character.equals) return "property";
  if (after === Character.semicolon) return "flag";
  const isGlued = (tokens.flags[end]! & (SPACE_BEFORE | LINE_START)) === 0;
  return after === Character.colon && isGlued && end === index + 1 ? "label" : null;
}
