/**
 * Error recovery behind the name of a member: whether a node or a property was meant, and what is missing or in the place
 * of what should follow. Guesses go by the rest of the line and the indentation of the next.
 */
import { lineRest, nextBeginsItem, nextGuess, nextOperator } from "./around-token.ts";
import type { Layout } from "./layout.ts";
import type { Position, Span } from "./source.ts";
import type { TokenReader } from "./token-reader.ts";
import { Character } from "./tokens.ts";
import { beginsItem } from "./value-recovery.ts";

export class NameRecovery {
  private readonly reader: TokenReader;
  private readonly layout: Layout;

  constructor(reader: TokenReader, layout: Layout) {
    this.reader = reader;
    this.layout = layout;
  }

  /** Where the `{` after the name of a node is missing: whether its body begins all the same. */
  lacksOpenBrace(): boolean {
    const { reader } = this;
    const { isAtLineStart } = reader.source;
    const wrong = this.wrongOpening();
    if (wrong !== "none") {
      reader.error(`expected '{' after the name of the node, found ${reader.describe()}`, reader.span);
      if (wrong === "bracket") reader.advance();
      else reader.advanceTo(Character.openBrace);
      return true;
    }
    if (this.isWrongSemicolon()) {
      reader.error("expected '{' in place of this ';'", reader.span);
      reader.advance();
      return true;
    }
    const isBody =
      reader.isOperator(Character.closeBrace) ||
      reader.source.guess() !== null ||
      (isAtLineStart && this.layout.indentAt(reader.span.start) > this.layout.indentAt(reader.lastEnd));
    if (isBody || isAtLineStart) reader.error("expected '{' after the name of the node", reader.gap);
    else reader.error(`expected '{', found ${reader.describe()}`, reader.span);
    return isBody;
  }

  /** Whether the current `;` stands at the end of a line, and what follows is indented as the body of a node is. */
  private isWrongSemicolon(): boolean {
    const { reader, layout } = this;
    if (!reader.isOperator(Character.semicolon)) return false;
    const step = layout.stepBelow(reader.source.placeInFile(), reader.start);
    return step !== null && step > 0;
  }

  /**
   * What stands between the name of a node and its body: another bracket in the place of the `{`, or junk before it.
   * The line tells, and the indentation of the next.
   */
  private wrongOpening(): "bracket" | "junk" | "none" {
    const { reader } = this;
    const { source } = reader;
    if (source.isAtLineStart) return "none";
    const place = source.placeInFile();
    const rest = lineRest(place);
    if (rest === null || rest.hasSemicolon) return "none";
    const { start } = source;
    if (rest.count > 1) return rest.last === Character.openBrace && rest.surplus === -1 ? "junk" : "none";
    const isDeeper = this.layout.indentAt(start + rest.toNextLine) > this.layout.indentAt(start);
    // A list whose `=` is missing holds no members.
    const holdsMembers = nextGuess(place) !== null;
    return isDeeper && holdsMembers && WRONG_OPENINGS.has(source.operator) ? "bracket" : "none";
  }

  /**
   * Whether the `{` that follows a name and its `=` opens the body of a node, the mistake reported; else it is a mistake
   * in a value.
   */
  braceAfterEquals(equals: Span): boolean {
    const rest = lineRest(this.reader.source.placeInFile());
    if (rest === null || (rest.count > 1 && rest.surplus < 0)) return false;
    this.reader.error("a node has no '=' before its '{'", equals);
    return true;
  }

  /** Whether the current `:` stands where the `=` of a property should, the mistake reported and the `:` passed. */
  colonForEquals(name: string): boolean {
    const { reader } = this;
    const place = reader.source.placeInFile();
    const next = nextOperator(place);
    if (!nextBeginsItem(place) && next !== Character.equals && next !== Character.ampersand) return false;
    this.reportColon(name, reader.span);
    reader.advance();
    reader.accept(Character.equals);
    return true;
  }

  /** The same of a `:` right behind the name, which was passed as that of a label. */
  valueAfterColon(name: string, colon: Span): boolean {
    const { reader } = this;
    if (!beginsItem(reader) && !reader.isOperator(Character.equals)) return false;
    // `label: &reference {` stands at the top level: a '}' is missing above.
    if (reader.source.guess() === "top") return false;
    this.reportColon(name, colon);
    return true;
  }

  private reportColon(name: string, colon: Span): void {
    this.reader.error(`expected '=' after property ${name}, found ':'`, colon);
  }

  /**
   * What is missing after a name that neither `{`, `=` nor `;` follows, as far as that can be told, the mistake reported
   * unless it is a `;`. `nothing` where all was dealt with; `brace` is left to be reported where the body is read.
   */
  lackingAfter(
    name: string,
    span: Span,
    isLabelled: boolean,
    bodyOpen: Position,
  ): "colon" | "brace" | "equals" | "semicolon" | "address" | "nothing" {
    const { reader } = this;
    const { source } = reader;
    const isNextLine = source.isAtLineStart;
    if (name.endsWith("*") && reader.isOperator(Character.slash) && source.isGlued) {
      this.strayCommentEnd(span);
      return "nothing";
    }
    const wrong = this.wrongOpening();
    if (wrong === "bracket") return "brace";
    if (beginsItem(reader) && source.guess() !== "top") {
      reader.error(`expected '=' after property ${name}`, reader.gap);
      return "equals";
    }
    const isLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
    if (reader.isOperator(Character.colon) && this.colonForEquals(name)) return "equals";
    if (isLabel && reader.isOperator(Character.colon)) {
      reader.error("the ':' of a label follows it without a space", reader.span);
      reader.advance();
      return "colon";
    }
    const guess = source.guess();
    if (reader.isOperator(Character.closeBrace)) {
      // A property ends before its node does, an empty node on the line of its name or in line with it.
      const isParentHere = this.layout.isOnOneLine(bodyOpen, span.start);
      if (!isNextLine) return isParentHere ? "semicolon" : "brace";
      return this.layout.indentAt(source.start) === this.layout.indentAt(span.start) ? "brace" : "semicolon";
    }
    if (!isNextLine) {
      // `n  a = <1>; };` is a node of one line.
      const closes =
        (lineRest(source.placeInFile())?.surplus ?? 0) > 0 && !this.layout.isOnOneLine(bodyOpen, span.start);
      if (closes && (guess === "property" || guess === "flag")) return "brace";
      if (guess === "node" && UNIT_ADDRESS.test(source.text)) {
        reader.error("expected '@' between the name of the node and its unit address", reader.gap);
        return "address";
      }
      if (!isLabel || (guess !== "node" && guess !== "label")) return wrong === "junk" ? "brace" : "semicolon";
      reader.error(`expected ':' after label ${name}`, reader.gap, {
        hint: `write ${name}: before the node; the name of a node has no space`,
      });
      return "colon";
    }
    if (reader.isAtEnd || guess === "top") return "semicolon";
    // One of several labels, each on a line of its own, and the node below them.
    // The first of them has an underscore, as names of properties have not.
    const mayBeLabel = isLabelled || (name.includes("_") && guess === "label");
    if (mayBeLabel && isLabel && (guess === "label" || guess === "node")) {
      if (this.layout.indentAt(source.start) === this.layout.indentAt(span.start)) {
        reader.error(`expected ':' after label ${name}`, reader.gap);
        return "colon";
      }
    }
    if (name.includes("@") || isLabelled) return "brace";
    return this.layout.indentAt(source.start) > this.layout.indentAt(span.start) ? "brace" : "semicolon";
  }

  /** Passes what a comment left behind that an earlier end has closed. */
  private strayCommentEnd(span: Span): void {
    const { reader } = this;
    reader.error("this '*/' ends no comment", span, { hint: "comments do not nest: the first */ ended it" });
    while (!reader.isAtEnd && !reader.source.isAtLineStart) reader.advance();
  }

  /** Passes the rest of a name, of which `before` was read, from a character beyond ASCII on, and reports it; gives all. */
  foreignName(before: string): string {
    const { reader } = this;
    const { source } = reader;
    const found = reader.describe();
    const { start } = reader.span;
    let name = before;
    do {
      name += source.text;
      reader.advance();
    } while (source.isGlued && (reader.isForeign || isNamePart(reader)));
    reader.error(`${found} cannot stand in a name`, { start, end: reader.lastEnd }, FOREIGN_HINT);
    return name;
  }
}

/** What is next to the braces on a keyboard, or looks like them. */
const WRONG_OPENINGS = new Set<number>([
  Character.openParenthesis,
  Character.openBracket,
  Character.less,
  Character.closeBrace,
  Character.colon,
]);

const UNIT_ADDRESS = /^[0-9][0-9a-fA-F]*$/;

export const FOREIGN_HINT = {
  hint: "outside of strings and comments, source is plain ASCII; the character may be one that looks like another",
};

function isNamePart({ source }: TokenReader): boolean {
  return source.tokens.nameEnd(source.index) > source.index;
}
