/** The value of a property: strings, cell lists, byte strings, references and files, to bytes and marks. */
import type { U64 } from "./arithmetic.ts";
import { LIMITS } from "./limits.ts";
import { ExpressionParser, overflows } from "./parse-expression.ts";
import type { Position, Span } from "./source.ts";
import type { SymbolTable } from "./symbols.ts";
import type { TokenReader } from "./token-reader.ts";
import { Character, Keyword, TokenKind, UNTERMINATED } from "./tokens.ts";
import { MarkKind, MarkTable, type Property } from "./tree.ts";
import { ValueBuffer } from "./value-buffer.ts";

const CELL_BITS = new Set([8, 16, 32, 64]);

export class ValueParser {
  readonly marks = new MarkTable();
  readonly expressions: ExpressionParser;
  private readonly reader: TokenReader;
  private readonly symbols: SymbolTable;
  private readonly buffer = new ValueBuffer();
  private hasReferences = false;
  private hasLabels = false;

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
    const isWhole = this.items();
    this.buffer.giveTo(property);
    if (this.buffer.isFull) {
      const message = `the properties of this input hold more than ${LIMITS.propertyBytes} bytes`;
      this.reader.error(message, this.reader.gap, { rule: "limit" });
      this.reader.source.stop();
    }
    property.keepMarks(this.marks, marksFrom, this.marks.count);
    property.hasReferences = this.hasReferences;
    property.hasLabelMarks = this.hasLabels;
    return isWhole;
  }

  private items(): boolean {
    const { reader } = this;
    for (;;) {
      this.labels();
      if (!this.item()) return false;
      this.labels();
      if (!reader.accept(Character.comma)) return true;
    }
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
      source.isAtLineStart;
    const message = `expected a value (a string, <cells>, [bytes] or a reference), found ${reader.describe()}`;
    reader.error(message, isMissing ? reader.gap : reader.span, this.valueHint());
    return false;
  }

  private valueHint(): { hint?: string } {
    const { reader } = this;
    if (reader.kind === TokenKind.number) return { hint: `write numbers in angle brackets: <${reader.source.text}>` };
    if (reader.kind === TokenKind.word) return { hint: `write strings in double quotes: "${reader.source.text}"` };
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
        } else this.cell(this.expressions.number(), bits, start, end);
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
        if (!this.label()) this.cell(this.expressions.unknownWord(), bits, start, reader.lastEnd);
        continue;
      }
      if (!this.badCell()) return false;
    }
  }

  private cell(value: U64, bits: number, start: Position, end: Position): void {
    if (overflows(value, bits)) {
      const written = `0x${value.toString(16)}`;
      const high = BigInt(value) >> 32n;
      const low = BigInt.asUintN(32, BigInt(value));
      this.reader.error(
        `${written} does not fit a cell of ${bits} bits`,
        { start, end },
        {
          rule: "cell-range",
          ...(bits === 32 ? { hint: `write it as two cells, <0x${high.toString(16)} 0x${low.toString(16)}>` } : {}),
        },
      );
    }
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

  /** What stands in a cell list and cannot; false where the list is over. */
  private badCell(): boolean {
    const { reader } = this;
    const isOver =
      reader.isAtEnd ||
      reader.isOperator(Character.semicolon) ||
      reader.isOperator(Character.closeBrace) ||
      reader.isOperator(Character.openBrace);
    if (isOver || reader.kind === TokenKind.keyword) {
      reader.error("the cell list is not closed: expected '>'", reader.gap);
      return false;
    }
    const text = reader.source.text;
    if (text === ",") {
      reader.error("cells are separated by spaces, not commas", reader.span);
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
        return false;
      }
    } else reader.error(`${reader.describe()} cannot stand in a cell list`, reader.span);
    reader.advance();
    return true;
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
    return null;
  }
}
