/** The value of a property: strings, cell lists, byte strings, references and files, to bytes and marks. */
import type { U64 } from "./arithmetic.ts";
import { LIMITS } from "./limits.ts";
import { ExpressionParser, overflows } from "./parse-expression.ts";
import type { Position, Span } from "./source.ts";
import { StatementForm, type Statements, WordKind } from "./statements.ts";
import type { SymbolTable } from "./symbols.ts";
import type { TokenReader } from "./token-reader.ts";
import { Character, Keyword, TokenKind, UNTERMINATED } from "./tokens.ts";
import { type Label, MarkKind, MarkTable, type Property } from "./tree.ts";
import { ValueBuffer } from "./value-buffer.ts";

const CELL_BITS = new Set([8, 16, 32, 64]);

const NOT_CLOSED = "the cell list is not closed: expected '>'";

export class ValueParser {
  readonly marks = new MarkTable();
  readonly expressions: ExpressionParser;
  private readonly reader: TokenReader;
  private readonly symbols: SymbolTable;
  private readonly buffer = new ValueBuffer();
  private hasReferences = false;
  private hasLabels = false;
  /** Labels on a line of their own behind the value that was read last, which are the next statement's; else null. */
  nextLabels: Label[] | null = null;
  /** Where the `;` before {@link nextLabels} is missing. */
  nextLabelsAt: Position = 0;
  private nextLabelsFrom = 0;
  /** Set once a mistake between the items of the value was reported: more of the kind are its echo. */
  private isMended = false;

  constructor(reader: TokenReader, symbols: SymbolTable) {
    this.reader = reader;
    this.symbols = symbols;
    this.expressions = new ExpressionParser(reader, symbols);
  }

  /**
   * What stands between `=` and `;`, for `property`. False where it was cut short by a mistake that was reported: what
   * follows is anybody's guess.
   */
  readInto(property: Property): boolean {
    const marksFrom = this.marks.count;
    this.hasReferences = false;
    this.hasLabels = false;
    this.nextLabels = null;
    this.isMended = false;
    const isWhole = this.items();
    this.buffer.giveTo(property);
    this.checkRoom();
    property.keepMarks(this.marks, marksFrom, this.nextLabels === null ? this.marks.count : this.nextLabelsFrom);
    property.hasReferences = this.hasReferences;
    property.hasLabelMarks = this.hasLabels;
    return isWhole;
  }

  /**
   * The value of a whole statement of cells or strings, whose text begins at `base`, for `property`. False, and nothing
   * done, where a word is no number and no macro that stands for one, or a number does not fit.
   */
  readStatement(property: Property, statements: Statements, id: number, base: Position): boolean {
    const { buffer } = this;
    let hasReferences = false;
    if (statements.form(id) === StatementForm.strings) {
      const strings = statements.strings(id);
      for (let i = 0; i < strings.length; i += 2) {
        buffer.text(strings[i]!);
        buffer.byte(0);
      }
    } else {
      if (!statements.readCells(id)) return false;
      const { symbols } = this;
      const { source } = this.reader;
      const { words, wordKinds } = statements;
      const to = statements.wordsTo(id);
      for (let i = statements.wordsFrom(id); i < to; i++) {
        const word = words[i]!;
        const kind = wordKinds[i]!;
        if (kind === WordKind.number) {
          buffer.cell(word);
          continue;
        }
        const number = source.numberOf(word);
        if (kind === WordKind.reference && number === word) {
          hasReferences = true;
          buffer.cell(0xffffffff);
          continue;
        }
        const value = kind === WordKind.reference || number < 0 ? null : symbols.integer(number);
        if (typeof value !== "number" || value > 0xffffffff) {
          buffer.drop();
          return false;
        }
        buffer.cell(value);
      }
    }
    buffer.giveTo(property);
    this.checkRoom();
    property.keepMarks(statements, base, id);
    property.hasReferences = hasReferences;
    property.hasLabelMarks = false;
    return true;
  }

  private checkRoom(): void {
    if (!this.buffer.isFull) return;
    const message = `the properties of this input hold more than ${LIMITS.propertyBytes} bytes`;
    this.reader.error(message, this.reader.gap, { rule: "limit" });
    this.reader.source.stop();
  }

  private items(): boolean {
    const { reader } = this;
    for (;;) {
      this.labels();
      if (!this.item()) return false;
      if (reader.kind === TokenKind.word) this.trailingLabels();
      if (reader.accept(Character.comma)) {
        if (reader.source.isAtLineStart && this.commaEndsValue()) return false;
      } else if (reader.isOperator(Character.semicolon)) return true;
      else if (!this.lacksComma()) return !this.isMended;
    }
  }

  /** Labels behind an item; where they stand on the next line, it is the `;` before them that is missing. */
  private trailingLabels(): void {
    const { reader, marks } = this;
    const isNextLine = reader.source.isAtLineStart;
    const gap = reader.lastEnd;
    const from = marks.count;
    this.labels();
    if (!isNextLine || marks.count === from || reader.isOperator(Character.semicolon)) return;
    this.nextLabels = marks.read(from, marks.count).map(({ text, span }) => ({ name: text, span }));
    this.nextLabelsAt = gap;
    this.nextLabelsFrom = from;
  }

  /** After a comma at the end of a line: whether the next line begins a statement of its own, the mistake reported. */
  private commaEndsValue(): boolean {
    const { reader } = this;
    if (this.beginsItem()) return false;
    const guess = reader.source.guess();
    if (guess !== "property" && guess !== "flag" && guess !== "node") return false;
    const end = reader.lastEnd;
    reader.error("expected ';' in place of this ',': the value ends here", { start: end - 1, end });
    return true;
  }

  /** Where neither `,` nor `;` follows an item: whether another item does, the mistake reported. */
  private lacksComma(): boolean {
    const { reader } = this;
    if (this.nextLabels !== null || (reader.source.isAtLineStart && reader.source.guess() !== null)) return false;
    if (!this.beginsItem()) return false;
    const isTouching = reader.kind === TokenKind.string && reader.source.isGlued;
    const hint = { hint: "a quote is missing or one too many on this line" };
    if (!this.isMended) reader.error("expected ',' between the parts of the value", reader.gap, isTouching ? hint : {});
    this.isMended = true;
    return !isTouching;
  }

  /** Whether the current token begins a string, a list, a reference, `/bits/` or `/incbin/`. */
  beginsItem(): boolean {
    const { reader } = this;
    return (
      reader.kind === TokenKind.string ||
      reader.isOperator(Character.less) ||
      reader.isOperator(Character.openBracket) ||
      reader.isOperator(Character.ampersand) ||
      reader.isKeyword(Keyword.bits) ||
      reader.isKeyword(Keyword.incbin)
    );
  }

  private item(): boolean {
    const { reader } = this;
    const { source } = reader;
    if (reader.kind === TokenKind.string) return this.string();
    if (reader.isOperator(Character.less)) {
      reader.advance();
      return this.cells(32);
    }
    if (reader.isOperator(Character.openBracket)) return this.byteString();
    if (reader.isOperator(Character.ampersand)) {
      const start = source.start;
      const target = this.reference();
      if (target === null) return false;
      this.hasReferences = true;
      this.marks.add(MarkKind.path, 0, this.buffer.length, target, start, reader.lastEnd);
      return true;
    }
    if (reader.isKeyword(Keyword.bits)) return this.sizedCells();
    if (reader.isKeyword(Keyword.incbin)) return this.incbin();
    const isMissing =
      reader.isAtEnd ||
      reader.isOperator(Character.semicolon) ||
      reader.isOperator(Character.closeBrace) ||
      (source.isAtLineStart && source.guess() !== null);
    const message = `expected a value (a string, <cells>, [bytes] or a reference), found ${reader.describe()}`;
    reader.error(message, isMissing ? reader.gap : reader.span, this.valueHint());
    return false;
  }

  private valueHint(): { hint?: string } {
    const { reader } = this;
    const { kind, source } = reader;
    if (kind === TokenKind.number || reader.isOperator(Character.openParenthesis)) {
      return { hint: `write numbers in angle brackets: <${source.restOfLine(/[;>,]/) || source.text}>` };
    }
    if (kind === TokenKind.word) {
      return { hint: `write strings in double quotes: "${source.restOfLine(/[;"]|, /) || source.text}"` };
    }
    if (kind === TokenKind.character) {
      return { hint: `write strings in double quotes: "${source.text.slice(1, -1)}"` };
    }
    return {};
  }

  private string(): boolean {
    const { reader } = this;
    const span = reader.span;
    const isCut = (reader.source.flags & UNTERMINATED) !== 0;
    this.marks.add(MarkKind.string, 0, this.buffer.length, "", span.start, span.end);
    this.buffer.text(reader.stringValue());
    this.buffer.byte(0);
    reader.advance();
    return !isCut;
  }

  private sizedCells(): boolean {
    const { reader } = this;
    reader.advance();
    const span = reader.span;
    if (reader.kind !== TokenKind.number) {
      reader.error(`/bits/ takes a number: 8, 16, 32 or 64, not ${reader.describe()}`, span);
      return false;
    }
    let bits = Number(this.expressions.number());
    if (!CELL_BITS.has(bits)) {
      reader.error("array elements must be of 8, 16, 32 or 64 bits", span);
      bits = 32;
    }
    if (!reader.accept(Character.less)) {
      reader.error(`expected '<' after /bits/ ${bits}, found ${reader.describe()}`, reader.span);
      return false;
    }
    return this.cells(bits);
  }

  /** Cells up to and with the closing `>`. */
  private cells(bits: number): boolean {
    const { reader, buffer, marks } = this;
    const { source } = reader;
    this.hasCellComma = false;
    for (;;) {
      const start = source.start;
      const kind = source.kind;
      if (kind === TokenKind.number) {
        const offset = buffer.length;
        const end = source.end;
        const value = this.symbols.integer(source.value);
        if (typeof value === "number" && value <= 0xffffffff && bits === 32) {
          buffer.cell(value);
          marks.add(MarkKind.cell, 32, offset, "", start, end);
          reader.advance();
        } else {
          // Told while the macros that it came from are known; what is told again below is its echo.
          if (value !== null && value < 1n << 64n) this.checkRange(value, bits, start, end);
          this.cell(this.expressions.number(), bits, start, end);
        }
        continue;
      }
      if (reader.isOperator(Character.greater)) {
        reader.advance();
        return true;
      }
      if (reader.isOperator(Character.ampersand)) {
        if (!this.phandle(bits)) return false;
        continue;
      }
      if (reader.isOperator(Character.openParenthesis)) {
        const value = this.expressions.parenthesized();
        this.cell(value ?? 0, bits, start, reader.lastEnd);
        continue;
      }
      if (kind === TokenKind.character) {
        this.cell(this.expressions.character(), bits, start, reader.lastEnd);
        continue;
      }
      if (kind === TokenKind.word) {
        if (this.isOverAtLineStart()) return false;
        if (!this.label()) this.cell(this.expressions.unknownWord(), bits, start, reader.lastEnd);
        continue;
      }
      const outcome = this.badCell();
      if (outcome !== "go on") return outcome === "mended";
    }
  }

  /** Set once a comma in the current cell list was reported. */
  private hasCellComma = false;

  /** Whether the next statement has begun on a new line while the list is open, the mistake reported. */
  private isOverAtLineStart(): boolean {
    const { reader } = this;
    if (!reader.source.isAtLineStart) return false;
    const guess = reader.source.guess();
    if (guess === null || guess === "label" || guess === "flag") return false;
    reader.error(NOT_CLOSED, reader.gap);
    return true;
  }

  private checkRange(value: U64, bits: number, start: Position, end: Position): void {
    if (!overflows(value, bits)) return;
    const written = `0x${value.toString(16)}`;
    const high = BigInt(value) >> 32n;
    const low = BigInt.asUintN(32, BigInt(value));
    const hint = bits === 32 ? { hint: `write it as two cells, <0x${high.toString(16)} 0x${low.toString(16)}>` } : {};
    const message = `${written} does not fit a cell of ${bits} bits`;
    this.reader.error(message, { start, end }, { rule: "cell-range", ...hint });
  }

  private cell(value: U64, bits: number, start: Position, end: Position): void {
    this.checkRange(value, bits, start, end);
    this.marks.add(MarkKind.cell, bits, this.buffer.length, "", start, end);
    this.buffer.integer(value, bits);
  }

  private phandle(bits: number): boolean {
    const { reader } = this;
    const start = reader.span.start;
    const target = this.reference();
    if (target === null) return false;
    if (bits !== 32) {
      reader.error(`a reference is a cell of 32 bits, not ${bits}`, { start, end: reader.lastEnd });
    }
    this.hasReferences = true;
    this.marks.add(MarkKind.phandle, bits, this.buffer.length, target, start, reader.lastEnd);
    this.buffer.integer(0xffffffff, bits);
    return true;
  }

  /** What stands in a cell list and cannot. `mended`: the list is over, and the value may go on. */
  private badCell(): "go on" | "mended" | "broken" {
    const { reader } = this;
    if (reader.passMacroSemicolon("the cell list")) return "go on";
    if (this.isOverAtLineStart()) return "broken";
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
    if (text === "<" || (text === "," && reader.source.nextBeginsItem())) {
      reader.error(NOT_CLOSED, reader.gap);
      this.isMended = true;
      return "mended";
    }
    if (text === ">>") {
      const { end } = reader.span;
      reader.error("this '>' closes nothing: there is one too many", { start: end - 1, end });
      reader.advance();
      return "mended";
    }
    if (text === ",") {
      const hint = { hint: "take the commas out between < and >" };
      if (!this.hasCellComma) reader.error("cells are separated by spaces, not commas", reader.span, hint);
      this.hasCellComma = true;
    } else if (reader.kind === TokenKind.operator && "+-*/%|^&~!<>?:=".includes(text.charAt(0))) {
      reader.error(`'${text}' cannot stand in a cell list outside parentheses`, reader.span, {
        hint: "put the whole expression in parentheses: <(1 + 2)>",
      });
    } else if (reader.kind === TokenKind.string) {
      reader.error(`a string cannot stand in a cell list: ${reader.describe()}`, reader.span, {
        hint: 'close the list first: <1>, "text"',
      });
      if ((reader.source.flags & UNTERMINATED) !== 0) {
        reader.advance();
        return "broken";
      }
    } else reader.error(`${reader.describe()} cannot stand in a cell list`, reader.span);
    reader.advance();
    return "go on";
  }

  private byteString(): boolean {
    const { reader, buffer } = this;
    reader.advance();
    const from = buffer.length;
    const start = reader.span.start;
    let end = start;
    for (;;) {
      if (reader.isOperator(Character.closeBracket)) {
        this.marks.add(MarkKind.bytes, 0, from, "", start, end);
        reader.advance();
        return true;
      }
      if (reader.kind === TokenKind.word && this.label()) continue;
      const text = reader.kind === TokenKind.word || reader.kind === TokenKind.number ? reader.source.text : "";
      if (text === "") {
        reader.error(`expected two hex digits or ']', found ${reader.describe()}`, reader.span);
        return false;
      }
      if (!/^(?:[0-9a-fA-F]{2})+$/.test(text)) {
        reader.error(`a byte string holds pairs of hex digits, not '${text}'`, reader.span, {
          hint: "write each byte with two digits and no 0x: [0a 1f]",
        });
        this.isMended = true;
      } else for (let i = 0; i < text.length; i += 2) buffer.byte(Number.parseInt(text.slice(i, i + 2), 16));
      end = reader.span.end;
      reader.advance();
    }
  }

  private incbin(): boolean {
    const { reader, buffer } = this;
    const start = reader.span.start;
    reader.advance();
    if (!reader.accept(Character.openParenthesis)) {
      reader.error('/incbin/ takes a file in parentheses: /incbin/("file")', reader.span);
      return false;
    }
    if (reader.kind !== TokenKind.string) {
      reader.error(`/incbin/ takes a file name in quotes, not ${reader.describe()}`, reader.span);
      return false;
    }
    const name = reader.stringValue();
    const nameSpan = reader.span;
    reader.advance();
    let offset: U64 = 0;
    let length: U64 | null = null;
    if (reader.accept(Character.comma)) {
      const first = this.expressions.integer("the offset of /incbin/");
      if (first === null) return false;
      if (!reader.accept(Character.comma)) {
        reader.error(`expected ',' and a length after the offset, found ${reader.describe()}`, reader.span);
        return false;
      }
      const second = this.expressions.integer("the length of /incbin/");
      if (second === null) return false;
      offset = first;
      length = second;
    }
    const isClosed = reader.isOperator(Character.closeParenthesis);
    const content = reader.source.readBytes(name, nameSpan);
    if (isClosed) reader.advance();
    else reader.error(`expected ')', found ${reader.describe()}`, reader.span);
    this.marks.add(MarkKind.incbin, 0, buffer.length, "", start, reader.lastEnd);
    if (content !== null) {
      const from = Number(offset);
      buffer.text(content.slice(from, length === null ? content.length : from + Number(length)));
    }
    return isClosed;
  }

  private labels(): void {
    while (this.reader.kind === TokenKind.word && this.label());
  }

  /** Takes `name:` where the current word is a label inside the value; false, and nothing taken, where it is none. */
  private label(): boolean {
    const { source } = this.reader;
    if (!source.nextIsGluedColon()) return false;
    const { start, end } = source;
    this.hasLabels = true;
    this.marks.add(MarkKind.label, 0, this.buffer.length, source.text, start, end);
    this.reader.advance();
    this.reader.advance();
    return true;
  }

  /** `&label` or `&{/path}`: the label, or the path with its slash. Null, and an error, where it is neither. */
  reference(): string | null {
    const { reader } = this;
    const { source } = reader;
    const span: Span = source.span;
    source.next();
    if (source.isGlued && source.is(TokenKind.word)) {
      const label = source.text;
      if (label.length > LIMITS.nameBytes) {
        const message = `this label has ${label.length} characters, more than ${LIMITS.nameBytes}`;
        reader.error(message, source.span, { rule: "limit" });
      }
      reader.advance();
      return label;
    }
    if (source.isGlued && source.is(TokenKind.operator, 0x7b)) {
      let path = "";
      let end = source.end;
      for (source.next(); source.isGlued && !source.is(TokenKind.end); source.next()) {
        end = source.end;
        if (source.is(TokenKind.operator, 0x7d)) {
          reader.advance();
          if (path.startsWith("/") && !/[^a-zA-Z0-9,._+*#?@/-]/.test(path)) return path;
          reader.error(`'${path}' is no path: it begins with / and names nodes`, { start: span.start, end });
          return null;
        }
        path += source.text;
      }
      reader.error("this path reference is not closed: expected '}'", { start: span.start, end });
      return null;
    }
    reader.error("'&' must be followed at once by a label or {/path}", span);
    if (source.isGlued && reader.isOperator(Character.slash)) {
      do reader.advance();
      while (source.isGlued && !reader.isAtEnd && !reader.isOperator(Character.greater));
    }
    return null;
  }
}
