/**
 * Error recovery between statements: what a mistake with a brace, a semicolon or a stray word most likely is, and where
 * parsing goes on. Guesses go by what the tokens that follow look like and by the indentation.
 */
import { isWholeName, nextOperator, restOfLine, stringBefore } from "./around-token.ts";
import type { RelatedPlace } from "./diagnostic.ts";
import { Layout } from "./layout.ts";
import { passMisspeltDirectiveHere } from "./misspelt.ts";
import { FOREIGN_HINT, NameRecovery } from "./name-recovery.ts";
import { shorten } from "./shorten.ts";
import { NO_POSITION, type Position, type Span } from "./source.ts";
import type { TokenReader } from "./token-reader.ts";
import { Character, SPACE_BEFORE, TokenKind } from "./tokens.ts";
import type { Label } from "./tree.ts";

/** Nodes whose bodies end without their `}`: none, the innermost, or all that are open. */
export type Leaving = "none" | "one" | "all";

export class StatementRecovery {
  /** Set where a whole node was passed over after a mistake. */
  isIncomplete = false;
  /** Set where a brace is missing or one too many: nodes may stand elsewhere than was meant. */
  isDamaged = false;
  /** Where the last statement of the top level about a node begins: what a `}` too many may stand in. */
  nodeStatement: Position = NO_POSITION;
  /** Where the current statement of the top level begins. */
  private statement: Position = 0;
  /** The {@link nodeStatement} in which the line that begins a node may be missing, as was reported. */
  private openingLackedIn: Position = NO_POSITION;
  /** True from a statement that does not belong at the top level to the next one that does. */
  private isAstray = false;
  /** The same of the statement before the current one. */
  wasAstray = false;
  /** Set once bytes that are no ASCII were reported where names should stand. */
  private hasForeignBytes = false;
  private readonly reader: TokenReader;
  private readonly layout: Layout;
  /** For what follows the name of a member. */
  readonly names: NameRecovery;

  constructor(reader: TokenReader) {
    this.reader = reader;
    this.layout = new Layout(reader.source.files);
    this.names = new NameRecovery(reader, this.layout);
  }

  /** To be told of every statement of the top level, before it is read. */
  beginStatement(): void {
    this.statement = this.reader.start;
    this.wasAstray = this.isAstray;
    this.isAstray = false;
  }

  /** To be told where the current statement of the top level is about a node. */
  beginNodeStatement(): void {
    this.nodeStatement = this.statement;
  }

  /**
   * What stands at the top level and cannot, reported unless it is the echo of such a mistake: a `label` that lacks its
   * `&`, or a `member` of the body that was closed last, both left to be read; anything else is passed.
   */
  strayStatement(labels: readonly Label[], labelled: ReadonlyMap<string, unknown>): "label" | "member" | "passed" {
    const { reader } = this;
    const span = reader.span;
    if (reader.isOperator(Character.closeBrace)) {
      if (!this.reportExtraBrace(null)) reader.error(EXTRA_BRACE, span);
      reader.advance();
      reader.accept(Character.semicolon);
      return "passed";
    }
    if (passMisspeltDirectiveHere(reader)) return "passed";
    const guess = reader.source.guess();
    // What has a label of its own and is indented is a node of the body that was closed last.
    const mayBeLabel = labels.length === 0 || this.layout.isAtMargin(labels[0]!.span.start);
    const isName = guess === "node" && mayBeLabel && isWholeName(reader.source.placeInFile());
    if (isName && labelled.has(reader.source.text)) {
      reader.error(`expected '&' before the label ${reader.source.text}`, span);
      return "label";
    }
    const isC = reader.kind === TokenKind.word && C_WORDS.has(reader.source.text);
    const isMember = !isC && (guess === "property" || guess === "flag" || guess === "node" || guess === "label");
    if (!isMember || !this.reportExtraBrace({ message: "so that this stands outside of all nodes", span })) {
      const found = reader.describe();
      let hint = "outside of nodes stand / { … };, &label { … };, /delete-node/ and /memreserve/";
      if (reader.kind === TokenKind.word) {
        hint = isC
          ? "this is C: a header for device trees holds #define lines alone; keep the rest under #ifndef __DTS__"
          : "properties and nodes stand inside / { … }; a '}' may be one too many above";
      }
      if (!this.wasAstray) reader.error(`expected a node at the top level, found ${found}`, span, { hint });
    }
    this.isAstray = true;
    if (isMember) return "member";
    if (!reader.isOperator(Character.semicolon) && !reader.isOperator(Character.openBrace)) reader.advance();
    const wasIncomplete = this.isIncomplete;
    this.skipStatement(false);
    // The braces of C hold no nodes.
    if (isC) this.isIncomplete = wasIncomplete;
    return "passed";
  }

  /**
   * Reports the `}` in the statement before that is one too many by the file's indentation; false where there is none.
   */
  private reportExtraBrace(then: RelatedPlace | null): boolean {
    this.isDamaged = true;
    if (this.openingLackedIn === this.nodeStatement) {
      this.isIncomplete = true;
      return true;
    }
    const span = this.layout.extraBrace(this.nodeStatement, this.reader.span.start);
    if (span === null) return false;
    const related = then === null ? {} : { related: [then] };
    this.reader.error(EXTRA_BRACE, span, related);
    return true;
  }

  /** To be told where a mistake was reported that may be the missing first line of a node. */
  lacksOpening(): void {
    this.openingLackedIn = this.nodeStatement;
  }

  /** Reports that the name of a node is missing before the current `{`, and reads on as if one stood there. */
  lacksName(isLabelled: boolean): void {
    const { reader } = this;
    reader.error(`expected the name of a node ${isLabelled ? "after its label" : "before this '{'"}`, reader.span);
    this.isDamaged = true;
  }

  /**
   * Passes a `}` that touches the one before it, which ended the node that `open` began, unless it ends the parent of a
   * node that began on the parent's line; `parentOpen` is null where the node has no parent around it.
   */
  secondBrace(open: Position, parentOpen: Position | null): void {
    const { reader } = this;
    const { source } = reader;
    const isNested = parentOpen !== null && this.layout.isOnOneLine(parentOpen, open);
    if (isNested || source.isAtLineStart || !source.isGlued) return;
    reader.error(EXTRA_BRACE, source.span);
    reader.advance();
  }

  /** Passes a `}` that stands between a reference and the `{` of its body. */
  passExtraBrace(): void {
    const { reader } = this;
    if (!reader.isOperator(Character.closeBrace)) return;
    if (nextOperator(reader.source.placeInFile()) !== Character.openBrace) return;
    reader.error(EXTRA_BRACE, reader.span);
    reader.advance();
  }

  /**
   * Reports that a `}` is missing where all open nodes are to be left: at the end of the source, or where a statement of
   * the top level begins. `node` is the innermost one; the indentation may say that it is another.
   */
  unclosed(node: Span): void {
    const { reader } = this;
    this.isDamaged = true;
    const suspect = this.layout.unclosedNode(this.statement, reader.span.start);
    if (reader.source.isCutShort || (suspect === null && reader.source.leavesOut)) return;
    const place = suspect ?? { at: reader.gap, node };
    reader.error("the node is not closed: expected '}'", place.at, {
      ...(suspect === null ? {} : { hint: "put '};' here, going by the indentation" }),
      related: [{ message: "the node begins here", span: place.node }],
    });
  }

  /** What stands in a node, is no member and begins no statement of the top level: it is reported and passed. */
  strayMember(bodyOpen: Position): Leaving {
    const { reader } = this;
    if (reader.isOperator(Character.semicolon)) return this.straySemicolon(bodyOpen);
    if (reader.isForeign) {
      if (!this.hasForeignBytes) reader.error(`${reader.describe()}, cannot stand here`, reader.span, FOREIGN_HINT);
      this.hasForeignBytes = true;
      while (reader.isForeign) reader.advance();
      return "none";
    }
    if (this.isWrongClosing()) {
      reader.error(`expected '}', found ${reader.describe()}`, reader.span);
      reader.advance();
      reader.advance();
      return "one";
    }
    if (reader.isOperator(Character.openBrace)) {
      reader.error("this '{' opens nothing: there is one too many", reader.span);
      reader.advance();
      return "none";
    }
    // A label too many, or before nothing: the statement goes on behind it, without the label.
    if (reader.isOperator(Character.colon)) {
      reader.error("this ':' follows no label", reader.span);
      this.isIncomplete = true;
      reader.advance();
      return "none";
    }
    if (reader.isOperator(Character.ampersand)) this.reportReference();
    else reader.error(`expected a property, a node or '}', found ${reader.describe()}`, reader.span);
    reader.advance();
    this.skipStatement(true);
    return "none";
  }

  /** Whether another bracket stands in the place of the `}` that ends a node, alone on its line with its `;`. */
  isWrongClosing(): boolean {
    const { source } = this.reader;
    if (!source.isAtLineStart || !WRONG_CLOSINGS.has(source.operator)) return false;
    return nextOperator(source.placeInFile()) === Character.semicolon;
  }

  /** A `;` where a member should begin: one too many, or the rest of a `};` by where it stands. */
  private straySemicolon(bodyOpen: Position): Leaving {
    const { reader } = this;
    const { source } = reader;
    const here = source.start;
    const isAlone = (source.flags & SPACE_BEFORE) !== 0;
    const isOnOneLine = this.layout.isOnOneLine(bodyOpen, here);
    const isEnd = source.isAtLineStart || (isOnOneLine && (isAlone || here === bodyOpen + 1));
    if (isEnd) reader.error("expected '}' before this ';'", reader.span);
    else reader.error("this ';' ends nothing", reader.span);
    reader.advance();
    return isEnd ? "one" : "none";
  }

  /** `&label {` or `/ {` in a node: whether the `}` above is missing; else it stands where it cannot. Either is reported. */
  strayTop(bodyOpen: Position, labels: readonly Label[]): boolean {
    const { reader } = this;
    const start = labels.length > 0 ? labels[0]!.span.start : reader.start;
    if (this.leavesForTop(bodyOpen, start, reader.isOperator(Character.slash))) return true;
    this.reportReference();
    return false;
  }

  /**
   * Whether a statement of the top level that begins at `start` shows, by its place or because it `isCertain`, that the `}`
   * above is missing, which is then reported.
   */
  leavesForTop(bodyOpen: Position, start: Position, isCertain: boolean): boolean {
    const isAtMargin = this.layout.isAtMargin(start);
    if (!isCertain && !isAtMargin && this.layout.unclosedNode(this.statement, start) === null) return false;
    this.unclosed({ start: bodyOpen, end: bodyOpen + 1 });
    return true;
  }

  private reportReference(): void {
    this.reader.error("a reference cannot stand inside a node", this.reader.span, {
      hint: "write &label { … }; outside of all nodes; a '}' may be missing above",
    });
  }

  /**
   * Passes the `;` that ends `what`; where it is missing, says so and goes on as if it stood there. In a node, a member may
   * follow. False where something else stood in its place.
   */
  expectSemicolon(what: string, isInNode: boolean): boolean {
    const { reader } = this;
    if (reader.isOperator(Character.semicolon)) {
      if (isInNode) reader.advanceToMember();
      else reader.advance();
      return true;
    }
    const isNextLine = reader.isAtEnd || reader.source.isAtLineStart || reader.isOperator(Character.closeBrace);
    if (isNextLine) {
      reader.error(`expected ';' after ${what}`, reader.gap);
      return true;
    }
    reader.error(`expected ';' after ${what}, found ${reader.describe()}`, reader.span, junkHint(reader));
    if (this.isWrongSemicolon()) reader.advance();
    else this.skipStatement(isInNode);
    return false;
  }

  /** Whether a `{` at the end of a line opens nothing by the indentation of the next, and stands in the place of a `;`. */
  private isWrongSemicolon(): boolean {
    const { reader, layout } = this;
    if (!reader.isOperator(Character.openBrace)) return false;
    const step = layout.stepBelow(reader.source.placeInFile(), reader.start);
    return step !== null && step <= 0;
  }

  /** Passes the `;` that ends `/dts-v1/` or `/plugin/`, and those that are too many: the header may go on behind them. */
  endDirective(keyword: string): void {
    const { reader } = this;
    this.expectSemicolon(keyword, false);
    if (reader.isOperator(Character.semicolon)) reader.error("this ';' ends nothing", reader.span);
    while (reader.accept(Character.semicolon));
  }

  /**
   * Goes past the `;` that ends the statement that is being read, or up to the `}` of the node around it, or to a line
   * that seems to begin another statement.
   */
  skipStatement(isInNode: boolean): void {
    const { reader } = this;
    let open = 0;
    while (!reader.isAtEnd) {
      if (open === 0 && reader.source.isAtLineStart) {
        const guess = reader.source.guess();
        if (guess !== null && (isInNode || guess === "top" || guess === "keyword")) return;
      }
      if (reader.isOperator(Character.openBrace)) {
        open++;
        this.isIncomplete = true;
      }
      if (reader.isOperator(Character.closeBrace)) {
        if (open === 0) {
          if (isInNode) return;
        } else open--;
      } else if (reader.isOperator(Character.semicolon) && open === 0) {
        reader.advance();
        return;
      }
      reader.advance();
    }
  }
}

/** What is next to the `}` on a keyboard, or looks like it. */
const WRONG_CLOSINGS = new Set<number>([
  Character.closeParenthesis,
  Character.closeBracket,
  Character.greater,
  Character.openBrace,
]);

const EXTRA_BRACE = "this '}' closes nothing: there is one too many";

/** Words that show a C header where a device tree's should be. */
const C_WORDS = new Set("typedef enum struct union extern static inline const int unsigned void char long".split(" "));

/** For what stands between a statement and its `;`. */
function junkHint({ kind, source }: TokenReader): { hint?: string } {
  if (source.operator === Character.greater) return { hint: "this '>' closes nothing: a '<' is missing before" };
  if (source.operator === Character.asterisk && restOfLine(source.placeInFile(), /$/).startsWith("*/")) {
    return { hint: "comments do not nest: an earlier */ has ended this one" };
  }
  if (kind !== TokenKind.word) return {};
  const before = source.isGlued ? stringBefore(source.placeInFile()) : null;
  if (before === null) return { hint: 'a quote may be missing: strings stand in double quotes, "text"' };
  return {
    hint: `the quote before it closes the string ${shorten(before)}: one may be missing there, or one too many`,
  };
}
