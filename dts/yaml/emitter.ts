/**
 * Writes YAML with the layout of libyaml's emitter, which dtc uses: block mappings, lists in brackets, lines folded after
 * column 80. Only what a device tree needs is here.
 */
import { type Emit, TextSink } from "../text-sink.ts";

/** libyaml's `best_width`: a line is folded at the first place that allows it beyond this column. */
const WIDTH = 80;
const INDENT = 2;
/** Longer keys are written with `? ` before them. */
const SIMPLE_KEY_BYTES = 128;

export class YamlEmitter {
  private readonly sink: TextSink;
  private column = 0;
  /** Columns of the collections that are open, outermost first. */
  private readonly indents: number[] = [];
  /** True after a blank or an opening bracket: what comes next needs no blank before it. */
  private isAfterSpace = true;
  /** True where the line holds nothing but indentation and `-`. */
  private isIndentation = true;
  private isFirstItem = false;

  constructor(emit: Emit) {
    this.sink = new TextSink(emit);
  }

  /** `---`, and the list of one item that the whole document is. */
  beginDocument(): void {
    this.indicator("---");
    this.indents.push(0);
    this.newLine();
    this.indicator("-");
    this.isIndentation = true;
  }

  endDocument(): void {
    this.indents.pop();
    this.newLine();
    this.indicator("...");
    this.newLine();
    this.sink.flush();
  }

  beginMapping(): void {
    this.indents.push(this.indent + INDENT);
  }

  endMapping(): void {
    this.indents.pop();
  }

  emptyMapping(): void {
    this.indicator("{");
    this.put("}");
  }

  /**
   * A key of the mapping, and its colon. A name that cannot stand plain is quoted; where it is not `isString` for sure, `!`
   * stands before the quotes, as dtc has it for nodes.
   */
  key(name: string, isString: boolean): void {
    this.newLine();
    const isSimple = name.length <= SIMPLE_KEY_BYTES && !name.includes("\n");
    if (!isSimple) {
      this.indicator("?");
      this.isIndentation = true;
    }
    const style = keyStyle(name);
    if (style === "plain") {
      this.spaceBefore();
      this.put(name);
    } else {
      if (!isString) this.tag("!");
      if (style === "single") {
        this.spaceBefore();
        this.put(`'${name.replaceAll("'", "''")}'`);
      } else this.doubleQuoted(name.length, (at) => name.charCodeAt(at), !isSimple);
    }
    this.isAfterSpace = false;
    this.isIndentation = false;
    if (isSimple) this.put(":");
    else {
      this.newLine();
      this.indicator(":");
      this.isIndentation = true;
    }
  }

  tag(tag: string): void {
    this.spaceBefore();
    this.put(tag);
    this.isAfterSpace = false;
    this.isIndentation = false;
  }

  plain(text: string): void {
    this.tag(text);
  }

  /** Bytes `from … to` in double quotes, a byte a character. */
  quoted(value: Uint8Array, from: number, to: number): void {
    this.indents.push(this.indent + INDENT);
    this.doubleQuoted(to - from, (at) => value[from + at]!, true);
    this.indents.pop();
  }

  /** A list in brackets. Each item begins with {@link item}. */
  beginList(tag: string | null): void {
    if (tag !== null) this.tag(tag);
    this.indicator("[");
    this.isAfterSpace = true;
    this.indents.push(this.indent + INDENT);
    this.isFirstItem = true;
  }

  item(): void {
    if (!this.isFirstItem) this.put(",");
    this.isFirstItem = false;
    if (!this.isAfterSpace || this.column <= WIDTH) this.isIndentation = false;
    if (this.column > WIDTH) this.newLine();
  }

  endList(): void {
    this.indents.pop();
    this.put("]");
    this.isAfterSpace = false;
    this.isIndentation = false;
    this.isFirstItem = false;
  }

  private get indent(): number {
    return this.indents.at(-1) ?? 0;
  }

  private put(text: string): void {
    this.sink.add(text);
    this.column += text.length;
  }

  private spaceBefore(): void {
    if (!this.isAfterSpace) this.put(" ");
  }

  private indicator(text: string): void {
    this.spaceBefore();
    this.put(text);
    this.isAfterSpace = false;
    this.isIndentation = false;
  }

  /** Goes to the indent: on a new line, unless this one holds no more than indentation before it. */
  private newLine(): void {
    const { indent } = this;
    if (!this.isIndentation || this.column > indent || (this.column === indent && !this.isAfterSpace)) {
      this.sink.add("\n");
      this.column = 0;
    }
    if (this.column < indent) this.put(" ".repeat(indent - this.column));
    this.isAfterSpace = true;
    this.isIndentation = true;
  }

  private doubleQuoted(length: number, byteAt: (at: number) => number, canFold: boolean): void {
    this.indicator('"');
    let isAfterBlank = false;
    for (let at = 0; at < length; at++) {
      const byte = byteAt(at);
      if (byte !== 0x20) {
        this.put(ESCAPES[byte] ?? (byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : hexEscape(byte)));
        isAfterBlank = false;
        continue;
      }
      if (canFold && !isAfterBlank && this.column > WIDTH && at > 0 && at < length - 1) {
        this.isIndentation = false;
        this.newLine();
        if (byteAt(at + 1) === 0x20) this.put("\\");
      } else this.put(" ");
      isAfterBlank = true;
    }
    this.put('"');
    this.isAfterSpace = false;
    this.isIndentation = false;
  }
}

const ESCAPES: Readonly<Record<number, string>> = {
  0: "\\0",
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
  27: "\\e",
  34: '\\"',
  92: "\\\\",
  133: "\\N",
  160: "\\_",
};

function hexEscape(byte: number): string {
  return `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

/** How a key has to be written (libyaml, `yaml_emitter_analyze_scalar`). */
function keyStyle(name: string): "plain" | "single" | "double" {
  if (/[^ -~]/.test(name)) return "double";
  const isPlain =
    !/^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?: |$))/.test(name) && !/:(?: |$)| #|^ | $/.test(name) && name !== "";
  return isPlain ? "plain" : "single";
}
