/** Keywords and directives that are misspelt: what was meant, and where reading goes on. */
import { restOfLine } from "./around-token.ts";
import { DIRECTIVE_NAMES } from "./directives.ts";
import { nearest } from "./nearest.ts";
import type { Span } from "./source.ts";
import type { TokenReader } from "./token-reader.ts";
import { Character } from "./tokens.ts";

/** Keywords that begin a statement. */
const STATEMENT_KEYWORDS = "dts-v1 plugin memreserve delete-property delete-node omit-if-no-ref include".split(" ");

/**
 * The keyword that was probably meant where the current `/` begins none, with its slashes: the mistake is reported, and what
 * stands there passed. Null where it looks like none.
 */
export function misspeltKeyword(reader: TokenReader): string | null {
  const { start } = reader;
  const written = /^\/[\w-]+\/?/.exec(restOfLine(reader.source.placeInFile(), /$/))?.[0];
  if (written === undefined) return null;
  const word = written.replaceAll("/", "");
  const isBeginning = word.length > 5;
  const meant =
    nearest(word, STATEMENT_KEYWORDS) ??
    STATEMENT_KEYWORDS.find((keyword) => isBeginning && keyword.startsWith(word)) ??
    null;
  if (meant === null) return null;
  const end = start + written.length;
  reader.error(`${written} is no keyword`, { start, end }, { hint: `did you mean /${meant}/?` });
  if (meant === "include") reader.source.leavesOut = true;
  reader.advancePast(end);
  return `/${meant}/`;
}

/**
 * Whether `name`, which begins with a `#`, was probably meant to be a directive: the mistake is reported, and the rest of
 * its line passed.
 */
export function passMisspeltDirective(reader: TokenReader, name: string, span: Span): boolean {
  const meant = nearest(name.slice(1), DIRECTIVE_NAMES);
  if (meant === null) return false;
  const rule = meant === "include" ? "include" : "preprocessor";
  reader.error(`${name} is no directive`, span, { rule, hint: `did you mean #${meant}?` });
  reader.source.leavesOut = true;
  reader.advancePast(span.end);
  while (!reader.isAtEnd && !reader.source.isAtLineStart) reader.advance();
  return true;
}

/** As {@link passMisspeltDirective}, where the current token may be the `#`. */
export function passMisspeltDirectiveHere(reader: TokenReader): boolean {
  if (!reader.isOperator(Character.hash)) return false;
  const { start } = reader;
  const name = /^#\w+(?![,.+*?@-])/.exec(restOfLine(reader.source.placeInFile(), /$/))?.[0];
  return name !== undefined && passMisspeltDirective(reader, name, { start, end: start + name.length });
}
