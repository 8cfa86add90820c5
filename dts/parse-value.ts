/** The value of a property: strings, cell lists, byte strings, references and files, to bytes and marks. */
import { overflows, type U64 } from "./arithmetic.ts";
import { LIMITS } from "./limits.ts";
import { ExpressionParser } from "./parse-expression.ts";
import { parseReference } from "./parse-reference.ts";
import type { Position } from "./source.ts";
import { StatementForm, type Statements, WordKind } from "./statements.ts";
import type { SymbolTable } from "./symbols.ts";
import type { TokenReader } from "./token-reader.ts";
import { Character, Keyword, TokenKind, UNTERMINATED } from "./tokens.ts";
import { type Label, MarkKind, MarkTable, type Property } from "./tree.ts";
import { ValueBuffer } from "./value-buffer.ts";
import {
  type BadCell,
  badCell,
  commaEndsValue,
  endsAsCells,
  itemWithoutComma,
  passCommentRest,
  reportNoItem,
  statementCutsList,
} from "./value-recovery.ts";

/** Bytes in hexadecimal. */
const BYTES = /^(?:[0-9a-fA-F]{2})+$/;
const CELL_BITS = new Set([8, 16, 32, 64]);

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
  /** What was reported of the cell list that is being read, of which a list may hold many by one mistake. */
  private readonly badCells = new Set<BadCell>();

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
    if (this.buffer.isFull) this.tooMuch();
    property.keepMarks(this.marks, marksFrom, this.nextLabels === null ? this.marks.count : this.nextLabelsFrom);
    property.hasReferences = this.hasReferences;
    property.hasLabelMarks = this.hasLabels;
    return isWhole;
  }

  /**
   * The value of a whole statement of cells or strings, whose text begins at `base`, for `property`. False, and nothing
   * done, where a word is no number and no macro that comes to one, or a number does not fit.
   */
  readStatement(property: Property, statements: Statements, id: number, form: number, base: Position): boolean {
    const { buffer } = this;
    let hasReferences = false;
    if (form === StatementForm.strings) {
      const { text } = statements;
      const end = statements.valueEnd(id);
      for (let open = statements.valueStart(id); open >= 0 && open < end; ) {
        const close = text.indexOf('"', open + 1);
        buffer.text(text, open + 1, close);
        buffer.byte(0);
        open = text.indexOf('"', close + 1);
      }
    } else {
      if (!statements.readCells(id)) return false;
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
        if (kind === WordKind.reference && source.numberOf(word) === word) {
          hasReferences = true;
          buffer.cell(0xffffffff);
          continue;
        }
        const cell = kind === WordKind.reference ? -1 : source.cellOf(word);
        if (cell < 0) {
          buffer.drop();
          return false;
        }
        buffer.cell(cell);
      }
    }
    buffer.giveTo(property);
    if (buffer.isFull) this.tooMuch();
    property.keepMarks(statements, base, id);
    property.hasReferences = hasReferences;
    property.hasLabelMarks = false;
    return true;
  }

  private tooMuch(): void {
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
        if (reader.source.isAtLineStart && commaEndsValue(reader)) return false;
      } else if (reader.isOperator(Character.semicolon)) return true;
      else {
        const next = this.nextLabels === null ? itemWithoutComma(reader, this.isMended) : "none";
        if (next === "none") return !this.isMended;
        this.isMended = true;
        if (next === "doubtful") return false;
      }
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

  private item(): boolean {
    const { reader } = this;
    const { source } = reader;
    if (reader.kind === TokenKind.string) return this.string();
    if (reader.isOperator(Character.less)) {
      reader.advanceToCell();
      return this.cells(32);
    }
    if (reader.isOperator(Character.openBracket)) return this.byteString();
    if (reader.isOperator(Character.ampersand)) {
      const start = source.start;
      const target = parseReference(reader);
      if (target === null) return false;
      this.hasReferences = true;
      this.marks.add(MarkKind.path, 0, this.buffer.length, target, start, reader.lastEnd);
      return true;
    }
    if (reader.isKeyword(Keyword.bits)) return this.sizedCells();
    if (reader.isKeyword(Keyword.incbin)) return this.incbin();
    reportNoItem(reader);
    return false;
  }

  private string(): boolean {
    const { reader } = this;
    const { source } = reader;
    const isCut = (source.flags & UNTERMINATED) !== 0;
    this.marks.add(MarkKind.string, 0, this.buffer.length, "", source.start, source.end);
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
    this.badCells.clear();
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
          reader.advanceToCell();
        } else {
          // Told while the macros that it came from are known; what is told again below is its echo.
          if (value !== null && value < 1n << 64n) this.checkRange(value, bits, start, end);
          this.cell(this.expressions.number(), bits, start, end);
        }
        continue;
      }
      if (kind === TokenKind.computed) {
        marks.add(MarkKind.cell, 32, buffer.length, "", start, source.end);
        buffer.cell(source.computed);
        reader.advanceToCell();
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
        this.expressions.hasUnknown = false;
        const value = this.expressions.parenthesized(bits === 32);
        this.cell(value ?? 0, bits, start, reader.lastEnd);
        // It may be a call without its `(`, so that the expression has ended early.
        if (this.expressions.hasUnknown) this.badCells.add("sign");
        continue;
      }
      if (kind === TokenKind.character) {
        this.cell(this.expressions.character(), bits, start, reader.lastEnd);
        continue;
      }
      if (kind === TokenKind.word) {
        if (statementCutsList(reader)) return false;
        if (this.label() || passCommentRest(reader)) continue;
        this.cell(this.expressions.unknownWord(), bits, start, reader.lastEnd);
        // A call without its `(`.
        const isCall = reader.isOperator(Character.comma) || reader.isOperator(Character.closeParenthesis);
        if (isCall) this.badCells.add("comma").add("sign");
        continue;
      }
      const found = badCell(reader, this.badCells);
      if (found === "item") {
        this.isMended = true;
        return true;
      }
      if (found !== "junk") return found === "end";
    }
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
    const { start } = reader;
    const target = parseReference(reader);
    if (target === null) return false;
    if (bits !== 32) {
      reader.error(`a reference is a cell of 32 bits, not ${bits}`, { start, end: reader.lastEnd });
    }
    this.hasReferences = true;
    this.marks.add(MarkKind.phandle, bits, this.buffer.length, target, start, reader.lastEnd);
    this.buffer.integer(0xffffffff, bits);
    return true;
  }

  private byteString(): boolean {
    const { reader, buffer } = this;
    const open = reader.span;
    reader.advance();
    const from = buffer.length;
    const { start } = reader;
    let end = start;
    for (;;) {
      if (reader.isOperator(Character.closeBracket)) {
        this.marks.add(MarkKind.bytes, 0, from, "", start, end);
        reader.advance();
        return true;
      }
      if (reader.kind === TokenKind.word && this.label()) continue;
      const text = reader.kind === TokenKind.word || reader.kind === TokenKind.number ? reader.source.text : "";
      const isBytes = text !== "" && BYTES.test(text);
      if (!isBytes && endsAsCells(reader, open)) return true;
      if (text === "") {
        reader.error(`expected two hex digits or ']', found ${reader.describe()}`, reader.span);
        return false;
      }
      if (!isBytes) {
        reader.error(`a byte string holds pairs of hex digits, not '${text}'`, reader.span, {
          hint: "write each byte with two digits and no 0x: [0a 1f]",
        });
        this.isMended = true;
      } else for (let i = 0; i < text.length; i += 2) buffer.byte(Number.parseInt(text.slice(i, i + 2), 16));
      end = reader.source.end;
      reader.advance();
    }
  }

  private incbin(): boolean {
    const { reader, buffer } = this;
    const { start } = reader;
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
}
