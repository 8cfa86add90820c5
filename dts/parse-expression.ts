/** dtc's integer expressions: C's operators over unsigned 64-bit integers. */
import { BINARY_OPERATORS, complement, isTrue, negate, type U64 } from "./arithmetic.ts";
import { LIMITS } from "./limits.ts";
import { NearestNames } from "./nearest.ts";
import { unescapeString } from "./strings.ts";
import type { SymbolTable } from "./symbols.ts";
import type { TokenReader } from "./token-reader.ts";
import { Character, NO_EXPAND, TokenKind } from "./tokens.ts";

/** Thrown within an expression that is beyond repair, after the mistake was reported; caught where it began. */
class BrokenExpression extends Error {}

export class ExpressionParser {
  private readonly reader: TokenReader;
  private readonly symbols: SymbolTable;
  private depth = 0;
  /** Words that were told to be no macros. */
  private readonly unknown = new Set<string>();
  /** Set where {@link unknownWord} met a word, told or not; for its users to clear. */
  hasUnknown = false;
  private readonly nearest = new NearestNames();

  constructor(reader: TokenReader, symbols: SymbolTable) {
    this.reader = reader;
    this.symbols = symbols;
  }

  /** A number, a character or a parenthesized expression; null, and an error, where the current token begins none. */
  integer(what: string): U64 | null {
    const reader = this.reader;
    if (reader.kind === TokenKind.number) return this.number();
    if (reader.kind === TokenKind.character) return this.character();
    if (reader.isOperator(Character.openParenthesis)) return this.parenthesized();
    reader.error(
      `${what} must be a number, a character or an expression in parentheses, not ${reader.describe()}`,
      reader.span,
    );
    return null;
  }

  /** The current number token, which is passed. */
  number(): U64 {
    const { reader } = this;
    const { source } = reader;
    let value = this.symbols.integer(source.value);
    if (value === null) {
      const text = source.text;
      // `0xe+1` is one token to the preprocessor and three to dtc.
      const split = /^([0-9a-zA-Z_]+)([+-].*)$/.exec(text);
      if (split !== null) {
        source.replaceCurrent(`${split[1]} ${split[2]!.charAt(0)} ${split[2]!.slice(1)}`);
        return this.number();
      }
      let hint = "integers are decimal, octal (0…) or hexadecimal (0x…)";
      if (/^0[0-9]+$/.test(text)) hint = "a number that begins with 0 is octal; take the 0 away for a decimal one";
      else if (/^[1-9][0-9a-fA-F]*$/.test(text)) hint = `hexadecimal numbers begin with 0x: 0x${text}`;
      reader.error(`${text} is no integer`, reader.span, { rule: "literal", hint });
      value = 0;
    } else if (typeof value === "bigint" && value >= 1n << 64n) {
      reader.error(`${source.text} does not fit 64 bits`, reader.span, { rule: "literal" });
      value = 0;
    }
    reader.advance();
    return value;
  }

  /** The current character literal, which is passed. */
  character(): U64 {
    const { reader } = this;
    const { text } = unescapeString(reader.source.text.slice(1, -1));
    if (text.length !== 1) {
      const message =
        text === "" ? "a character literal holds no character" : "a character literal holds one character";
      reader.error(message, reader.span, { rule: "literal" });
    }
    reader.advance();
    return text === "" ? 0 : text.charCodeAt(0);
  }

  /**
   * `( … )`; the current token is the opening parenthesis. Null, and an error, where it cannot be read. `isCell` where
   * it stands in a list of 32-bit cells, and another may follow.
   */
  parenthesized(isCell = false): U64 | null {
    const { reader } = this;
    const { start } = reader;
    const depth = this.depth;
    try {
      return this.group(isCell);
    } catch (error) {
      if (!(error instanceof BrokenExpression)) throw error;
      this.depth = depth;
      this.skipToClose(start);
      return null;
    }
  }

  private group(isCell = false): U64 {
    const { reader } = this;
    const { start, end } = reader.source;
    reader.advance();
    const value = this.ternary();
    if (reader.passMacroSemicolon("the expression")) return this.rest(value);
    if (!reader.isOperator(Character.closeParenthesis)) {
      this.fail(`expected ')' or an operator, found ${reader.describe()}`, [
        { message: "the parenthesis that is open begins here", span: { start, end } },
      ]);
    }
    if (isCell) reader.advanceToCell();
    else reader.advance();
    return value;
  }

  /** What follows in parentheses a `;` that should not be there, up to the closing one. */
  private rest(value: U64): U64 {
    this.skipToClose(-1);
    return value;
  }

  private ternary(): U64 {
    this.descend();
    const { reader } = this;
    const condition = this.binary(0);
    let value = condition;
    if (reader.accept(Character.question)) {
      const yes = this.ternary();
      if (!reader.accept(Character.colon)) this.fail(`expected ':' of the conditional, found ${reader.describe()}`);
      const no = this.ternary();
      value = isTrue(condition) ? yes : no;
    }
    this.depth--;
    return value;
  }

  private binary(least: number): U64 {
    const { reader } = this;
    let left = this.unary();
    while (reader.kind === TokenKind.operator) {
      const text = reader.source.text;
      const operator = BINARY_OPERATORS[text];
      if (operator === undefined || operator.precedence <= least) break;
      const span = reader.span;
      reader.advance();
      const right = this.binary(operator.precedence);
      if (right === 0 && (text === "/" || text === "%")) {
        reader.error("division by zero", span, { rule: "division-by-zero" });
        left = 0;
      } else left = operator.apply(left, right);
    }
    return left;
  }

  private unary(): U64 {
    const { reader } = this;
    if (reader.kind === TokenKind.number) return this.number();
    if (reader.kind === TokenKind.character) return this.character();
    if (reader.isOperator(Character.openParenthesis)) return this.group();
    const operator = reader.kind === TokenKind.operator ? reader.source.text : "";
    if (operator === "-" || operator === "~" || operator === "!") {
      this.descend();
      reader.advance();
      const value = this.unary();
      this.depth--;
      if (operator === "-") return negate(value);
      return operator === "~" ? complement(value) : isTrue(value) ? 0 : 1;
    }
    if (reader.kind === TokenKind.word) return this.unknownWord();
    this.fail(`expected a number in this expression, found ${reader.describe()}`);
  }

  /** A word where a number should be: a macro that nobody defined, mostly. Told once a name. Gives 0 and goes on. */
  unknownWord(): U64 {
    const { reader } = this;
    this.hasUnknown = true;
    const name = reader.source.text;
    // What a mistake has left out may define it.
    if (!this.unknown.has(name) && !reader.source.leavesOut) {
      this.unknown.add(name);
      const { message, hint } = this.unknownReport(name);
      reader.error(message, reader.span, { rule: "undefined-macro", ...(hint === undefined ? {} : { hint }) });
    }
    reader.advance();
    if (reader.isOperator(Character.openParenthesis) && reader.source.isGlued) this.skipToClose(reader.start);
    return 0;
  }

  private unknownReport(name: string): { readonly message: string; readonly hint?: string } {
    const { source } = this.reader;
    if (source.isRaw || !source.isDefined(source.value)) {
      return {
        message: `${name} is not a number, and no macro of that name is defined here`,
        hint: this.unknownHint(name),
      };
    }
    // Left alone by its own expansion, as C has it, be it by way of other macros.
    if ((source.flags & NO_EXPAND) !== 0) {
      return { message: `macro ${name} expands to itself`, hint: "define it as the number that it stands for" };
    }
    return { message: `macro ${name} takes arguments: ${name}(…)` };
  }

  private unknownHint(name: string): string {
    if (this.reader.source.isRaw) {
      return "a file brought in by /include/ is not preprocessed; use #include for files with macros";
    }
    if (/^[0-9a-fA-F]{2,16}$/.test(name)) return `hexadecimal numbers begin with 0x: 0x${name}`;
    const near = this.nearest.find(name, this.reader.source.definedNames());
    return near === null ? "include the header that defines it, often one of dt-bindings" : `did you mean ${near}?`;
  }

  /** Goes one level down; what is nested deeper than the limit is not worth going on for. */
  private descend(): void {
    if (++this.depth <= LIMITS.expressionDepth) return;
    const { reader } = this;
    const message = `the expression is nested more than ${LIMITS.expressionDepth} deep`;
    reader.error(message, reader.span, { rule: "limit" });
    reader.source.stop();
    throw new BrokenExpression();
  }

  private fail(
    message: string,
    related: readonly { message: string; span: { start: number; end: number } }[] = [],
  ): never {
    const { reader } = this;
    const missing = reader.isAtEnd || reader.isOperator(Character.semicolon) || reader.isOperator(Character.closeBrace);
    reader.error(message, missing ? reader.gap : reader.span, { related });
    throw new BrokenExpression();
  }

  /** Passes tokens up to and with the parenthesis that closes the current one, but no statement's end. */
  private skipToClose(start: number): void {
    const { reader } = this;
    let open = reader.start === start ? 0 : 1;
    while (
      !reader.isAtEnd &&
      !reader.isOperator(Character.semicolon) &&
      !reader.isOperator(Character.openBrace) &&
      !reader.isOperator(Character.closeBrace)
    ) {
      if (reader.isOperator(Character.openParenthesis)) open++;
      if (reader.isOperator(Character.closeParenthesis) && --open <= 0) {
        reader.advance();
        return;
      }
      if (reader.isOperator(Character.greater) && open <= 1) return;
      reader.advance();
    }
  }
}
