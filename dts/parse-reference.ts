import { LIMITS } from "./limits.ts";
import { reportLongName } from "./name-length.ts";
import type { TokenReader } from "./token-reader.ts";
import { Character, TokenKind } from "./tokens.ts";

/**
 * `&label` or `&{/path}`, which the `&` that is the current token begins: the label, or the path with its slash. Null,
 * and an error, where it is neither.
 */
export function parseReference(reader: TokenReader): string | null {
  const { source } = reader;
  const { start, end: ampersandEnd } = source;
  source.next();
  if (source.isGlued && source.is(TokenKind.word)) {
    const label = source.text;
    if (label.length > LIMITS.nameBytes) reportLongName(reader, "label", label, source.span);
    reader.advance();
    return label;
  }
  if (source.isGlued && source.is(TokenKind.operator, Character.openBrace)) {
    let path = "";
    let end = source.end;
    for (source.next(); source.isGlued && !source.is(TokenKind.end); source.next()) {
      end = source.end;
      if (source.is(TokenKind.operator, Character.closeBrace)) {
        reader.advance();
        if (path.startsWith("/") && !/[^a-zA-Z0-9,._+*#?@/-]/.test(path)) return path;
        reader.error(`'${path}' is no path: it begins with / and names nodes`, { start, end });
        return null;
      }
      path += source.text;
    }
    reader.error("this path reference is not closed: expected '}'", { start, end });
    return null;
  }
  reader.error("'&' must be followed at once by a label or {/path}", { start, end: ampersandEnd });
  if (source.isGlued && reader.isOperator(Character.slash)) {
    do reader.advance();
    while (source.isGlued && !reader.isAtEnd && !reader.isOperator(Character.greater));
  }
  return null;
}
