import type { MistakeOptions } from "./mistake-log.ts";
import type { Preprocessor } from "./preprocessor.ts";
import { NO_POSITION, type Position, type Span } from "./source.ts";
import { unescapeString } from "./strings.ts";
import { Character, Keyword, TokenKind, UNTERMINATED } from "./tokens.ts";

/** The preprocessor's tokens with what dtc's lexer adds: `/include/`, and where the last token ended. */
export class TokenReader {
  readonly source: Preprocessor;
  /** End of the token before the current one. */
  lastEnd: Position = 0;
  private lastErrorAt: Position = NO_POSITION;

  constructor(source: Preprocessor) {
    this.source = source;
    this.source.next();
    this.followIncludes();
  }

  get kind(): number {
    return this.source.kind;
  }

  get span(): Span {
    return this.source.span;
  }

  /** Where the current token begins: no span is made for who asks for no more. */
  get start(): Position {
    return this.source.start;
  }

  /** Just after the last token: where something is missing. */
  get gap(): Span {
    return { start: this.lastEnd, end: this.lastEnd };
  }

  get isAtEnd(): boolean {
    return this.source.kind === TokenKind.end;
  }

  advance(): void {
    const { source } = this;
    this.lastEnd = source.end;
    source.next();
    if (source.kind === TokenKind.keyword) this.followIncludes();
  }

  /**
   * Up to this operator; to the end where it does not come, as what a look ahead in the file has found may lie in a part
   * that a conditional leaves out.
   */
  advanceTo(character: number): void {
    while (!this.isOperator(character) && !this.isAtEnd) this.advance();
  }

  /** Up to the first token that begins at a position or behind it. */
  advancePast(end: Position): void {
    while (!this.isAtEnd && this.start < end) this.advance();
  }

  /** As {@link advance}, where a member of a node may follow: a whole statement may come. */
  advanceToMember(): void {
    const { source } = this;
    source.takesStatements = true;
    this.advance();
    source.takesStatements = false;
  }

  /** As {@link advance}, where a cell may follow: the call of a macro may come as the number that it comes to. */
  advanceToCell(): void {
    const { source } = this;
    source.takesComputed = true;
    this.advance();
    source.takesComputed = false;
  }

  /** Symbol of the name that the current token begins, which is then passed; -1 where it begins none. */
  takeName(): number {
    const symbol = this.source.takeName();
    if (symbol >= 0) {
      this.lastEnd = this.source.nameEnd;
      if (this.source.kind === TokenKind.keyword) this.followIncludes();
    }
    return symbol;
  }

  /** Whether the current token is this one-character operator. */
  isOperator(character: number): boolean {
    return this.source.operator === character;
  }

  isKeyword(keyword: number): boolean {
    return this.source.is(TokenKind.keyword, keyword);
  }

  /** Passes the operator if it is the current token. */
  accept(character: number): boolean {
    if (this.source.operator !== character) return false;
    this.advance();
    return true;
  }

  /** The content of the current string token, one character a byte; reports what is wrong with it. */
  stringValue(): string {
    const written = this.source.text;
    if ((this.source.flags & UNTERMINATED) !== 0) {
      this.error("this string has no closing quote", this.span, {
        hint: 'put a " where the string ends; a quote inside a string is written \\"',
      });
      return written.slice(1);
    }
    const { text, badEscape } = unescapeString(written.slice(1, -1));
    if (badEscape >= 0) {
      const start = this.source.start + 1 + badEscape;
      this.error("\\x is followed by no hex digit", { start, end: start + 2 }, { rule: "literal" });
    }
    return text;
  }

  /** Reports a mistake; a second one at the same place is the first one's echo and is dropped. */
  error(message: string, span: Span, options: MistakeOptions = {}): void {
    const { source } = this;
    if (span.start === this.lastErrorAt || source.isStopped || source.isEcho(span.start)) return;
    // What a comment without its end has swallowed is missing there.
    if (source.isCutShort && this.isAtEnd) return;
    this.lastErrorAt = span.start;
    source.report(message, span, { rule: "syntax", ...options });
  }

  /** Passes a `;` that a macro brings into the middle of a value, and reports it; false where there is none. */
  passMacroSemicolon(where: string): boolean {
    const { source } = this;
    if (source.operator !== Character.semicolon || source.origin === null) return false;
    this.error(`macro ${source.origin.name} brings a ';' into ${where}`, this.span, {
      hint: "take the ';' out of the macro: the line that uses it has its own",
    });
    this.advance();
    return true;
  }

  /** Whether the current token is a byte that is no ASCII. */
  get isForeign(): boolean {
    const { operator } = this.source;
    return operator > 0x7e && operator < 0x100;
  }

  /** The character that such a byte begins, in UTF-8; null where it begins none that can be shown. */
  get foreignCharacter(): string | null {
    if (!this.isForeign) return null;
    const { tokens, index } = this.source;
    const start = tokens.starts[index]!;
    const bytes = Uint8Array.from(tokens.text.slice(start, start + 4), (byte) => byte.charCodeAt(0));
    const [character = ""] = new TextDecoder().decode(bytes);
    return /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character) && character !== "\ufffd" ? character : null;
  }

  /** What the current token is, for a message. */
  describe(): string {
    if (this.isAtEnd) return "the end of the file";
    const text = this.source.text;
    const code = this.source.operator;
    if (this.isForeign) {
      const character = this.foreignCharacter;
      if (character !== null) return `'${character}'`;
      const bytes = `byte 0x${code.toString(16)}`;
      return code === 0xc2 ? `${bytes}, as of a no-break space` : bytes;
    }
    const shown = text.length > 40 ? `${text.slice(0, 37)}...` : text;
    return this.source.kind === TokenKind.string ? `the string ${shown}` : `'${shown}'`;
  }

  private followIncludes(): void {
    while (this.source.is(TokenKind.keyword, Keyword.include)) {
      const span = this.source.span;
      this.source.next();
      if (!this.source.is(TokenKind.string)) {
        this.error('/include/ takes a file name in quotes: /include/ "file"', span);
        return;
      }
      const name = this.stringValue();
      this.lastEnd = this.source.end;
      this.source.includeRaw(name, { start: span.start, end: this.source.end });
      this.source.next();
    }
  }
}
