/** Error recovery within values: what a mistake most likely is, and how reading goes on. */
import {
  firstOperator,
  guessBehindLabels,
  nextBeginsItem,
  nextIsCell,
  nextIsLabel,
  nextOperator,
  restOfLine,
} from "./around-token.ts";
import type { Span } from "./source.ts";
import type { TokenReader } from "./token-reader.ts";
import { Character, Keyword, TokenKind, UNTERMINATED } from "./tokens.ts";

const NOT_CLOSED = "the cell list is not closed: expected '>'";

/** Whether the current token begins a string, a list, a reference, `/bits/` or `/incbin/`. */
export function beginsItem(reader: TokenReader): boolean {
  return (
    reader.kind === TokenKind.string ||
    reader.isOperator(Character.less) ||
    reader.isOperator(Character.openBracket) ||
    reader.isOperator(Character.ampersand) ||
    reader.isKeyword(Keyword.bits) ||
    reader.isKeyword(Keyword.incbin)
  );
}

/** Reports that no item begins where one should, unless it is a macro that a file which is missing may define. */
export function reportNoItem(reader: TokenReader): void {
  if (reader.source.leavesOut && reader.kind === TokenKind.word && MACRO_NAME.test(reader.source.text)) return;
  const isMissing =
    reader.isAtEnd ||
    reader.isOperator(Character.semicolon) ||
    reader.isOperator(Character.closeBrace) ||
    (reader.source.isAtLineStart && reader.source.guess() !== null);
  const message = `expected a value (a string, <cells>, [bytes] or a reference), found ${reader.describe()}`;
  reader.error(message, isMissing ? reader.gap : reader.span, valueHint(reader));
  // It opens no node here: what follows is to be passed up to the ';'.
  if (reader.isOperator(Character.openBrace)) reader.advance();
}

function valueHint(reader: TokenReader): { hint?: string } {
  const { kind, source } = reader;
  if (kind === TokenKind.number || reader.isOperator(Character.openParenthesis)) {
    return { hint: `write numbers in angle brackets: <${restOfLine(source.placeInFile(), /[;>,]/) || source.text}>` };
  }
  if (kind === TokenKind.word) {
    return { hint: `write strings in double quotes: "${restOfLine(source.placeInFile(), /[;"]|, /) || source.text}"` };
  }
  if (kind === TokenKind.character) {
    return { hint: `write strings in double quotes: "${source.text.slice(1, -1)}"` };
  }
  return {};
}

/** After a comma at the end of a line: whether the next line begins a statement of its own, the mistake reported. */
export function commaEndsValue(reader: TokenReader): boolean {
  if (beginsItem(reader)) return false;
  let guess = reader.source.guess();
  if (guess === "label") guess = guessBehindLabels(reader.source.placeInFile());
  if (guess !== "property" && guess !== "flag" && guess !== "node") return false;
  const end = reader.lastEnd;
  reader.error("expected ';' in place of this ',': the value ends here", { start: end - 1, end });
  return true;
}

/**
 * Where neither `,` nor `;` follows an item: whether another item does. That is reported unless such a mistake of this
 * value was; it is doubtful where a lost quote may have made a string of what is none.
 */
export function itemWithoutComma(reader: TokenReader, isReported: boolean): "none" | "item" | "doubtful" {
  const { source } = reader;
  if (source.isAtLineStart && source.guess() !== null) return "none";
  if (!beginsItem(reader)) return "none";
  const isTouching = reader.kind === TokenKind.string && source.isGlued;
  const hint = { hint: "a quote is missing or one too many on this line" };
  if (!isReported) reader.error("expected ',' between the parts of the value", reader.gap, isTouching ? hint : {});
  return isTouching ? "doubtful" : "item";
}

/** Whether the next statement has begun on a new line while a cell list is open, the mistake reported. */
export function statementCutsList(reader: TokenReader): boolean {
  if (!reader.source.isAtLineStart) return false;
  const guess = reader.source.guess();
  if (guess === null || guess === "label" || guess === "flag") return false;
  reader.error(NOT_CLOSED, reader.gap);
  return true;
}

const MACRO_NAME = /^[A-Z][A-Z0-9_]*$/;

/**
 * Whether the current word stands in a comment that lacks its beginning, as an end on the same line shows: it is reported,
 * and the comment passed.
 */
export function passCommentRest(reader: TokenReader): boolean {
  const rest = restOfLine(reader.source.placeInFile(), /$/);
  const length = rest.indexOf("*/");
  if (length < 0 || rest.slice(0, length).includes("/*")) return false;
  const end = reader.start + length + 2;
  reader.error("this '*/' ends no comment", { start: end - 2, end }, { hint: `put /* before ${reader.source.text}` });
  reader.advancePast(end);
  return true;
}

/** What a single mistake puts among many cells: commas, or the signs of an expression that lacks a parenthesis. */
export type BadCell = "comma" | "sign";

const BRACKETS = new Set(["(", ")", "[", "]"]);

/** What is taken for the `>` of a list where the value ends or goes on behind it. */
const WRONG_ENDS = new Set([")", "]", "<"]);

/**
 * What stands in a cell list and cannot: junk, which is passed; the `>>` that ends the list, passed too; the next item of
 * the value; the rest of the source. All are reported, those that `told` holds once a list.
 */
export function badCell(reader: TokenReader, told: Set<BadCell>): "junk" | "end" | "item" | "broken" {
  if (reader.passMacroSemicolon("the cell list")) return "junk";
  if (statementCutsList(reader)) return "broken";
  const isOver =
    reader.isAtEnd ||
    reader.isOperator(Character.semicolon) ||
    reader.isOperator(Character.closeBrace) ||
    reader.isOperator(Character.openBrace);
  if (isOver || reader.kind === TokenKind.keyword) {
    reader.error(NOT_CLOSED, reader.gap);
    return "broken";
  }
  const text = reader.source.text;
  if (WRONG_ENDS.has(text)) {
    const next = nextOperator(reader.source.placeInFile());
    if (next === Character.semicolon || next === Character.comma) {
      reader.error(`expected '>' at the end of the cell list, found '${text}'`, reader.span);
      reader.advance();
      return "end";
    }
  }
  if (text === "<" || (text === "," && nextBeginsItem(reader.source.placeInFile()))) {
    reader.error(NOT_CLOSED, reader.gap);
    return "item";
  }
  if (text === ">>" && !nextIsCell(reader.source.placeInFile())) {
    const { end } = reader.span;
    reader.error("this '>' closes nothing: there is one too many", { start: end - 1, end });
    reader.advance();
    return "end";
  }
  if (text === ",") {
    const hint = { hint: "take the commas out between < and >" };
    if (!told.has("comma")) reader.error("cells are separated by spaces, not commas", reader.span, hint);
    told.add("comma");
  } else if (text === "&&" && nextIsLabel(reader.source.placeInFile())) {
    reader.error("a reference begins with one '&'", reader.span);
    reader.advance();
  } else if (reader.kind === TokenKind.operator && "+-*/%|^&~!<>?:=".includes(text.charAt(0))) {
    const hint = { hint: "put the whole expression in parentheses: <(1 + 2)>" };
    const message = `'${text}' cannot stand in a cell list outside parentheses`;
    if (!told.has("sign")) reader.error(message, reader.span, hint);
    told.add("sign");
  } else if (reader.kind === TokenKind.string) {
    reader.error(`a string cannot stand in a cell list: ${reader.describe()}`, reader.span, {
      hint: 'close the list first: <1>, "text"',
    });
    if ((reader.source.flags & UNTERMINATED) !== 0) {
      reader.advance();
      return "broken";
    }
  } else if (reader.isForeign) {
    reader.error(`${reader.describe()} cannot stand in a cell list`, passForeign(reader));
    return "junk";
  } else {
    if (!told.has("sign")) reader.error(`${reader.describe()} cannot stand in a cell list`, reader.span);
    if (BRACKETS.has(text)) told.add("sign");
  }
  reader.advance();
  return "junk";
}

/**
 * At a mistake in a byte string: whether a `>` ends it, as if it were a cell list. That is reported, and the list passed.
 */
export function endsAsCells(reader: TokenReader, open: Span): boolean {
  const { greater, closeBracket } = Character;
  if (firstOperator(reader.source.placeInFile(), [greater, closeBracket]) !== greater) return false;
  reader.error("this list begins with '[' and ends with '>'", open, {
    hint: "numbers stand between < and >, bytes of two hex digits each between [ and ]",
  });
  reader.advanceTo(greater);
  reader.advance();
  return true;
}

/** Passes bytes that are no ASCII; gives where they stand. */
export function passForeign(reader: TokenReader): Span {
  const { start } = reader.span;
  do reader.advance();
  while (reader.isForeign && reader.source.isGlued);
  return { start, end: reader.lastEnd };
}
