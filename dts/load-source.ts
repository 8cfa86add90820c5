import { Definitions } from "./definitions.ts";
import { Directive } from "./directives.ts";
import { grown } from "./grown.ts";
import type { FileContent, FileReader } from "./input.ts";
import { LIMITS } from "./limits.ts";
import type { Macro } from "./macro.ts";
import { scanTokens } from "./scan-tokens.ts";
import { SourceFile } from "./source.ts";
import { unescapeString } from "./strings.ts";
import { SymbolTable } from "./symbols.ts";
import { TokenKind, type Tokens } from "./tokens.ts";

/** A file ready to be parsed: its lines for messages, its tokens for the preprocessor. @internal */
export interface LoadedSource {
  readonly file: SourceFile;
  readonly tokens: Tokens;
  /** The folder that its own includes are looked for in first; with a slash at the end, or empty. */
  readonly folder: string;
}

/** `tooMuch`: with this file, the input would have more read than {@link LIMITS} allows. @internal */
export type Unfound =
  | { readonly kind: "missing"; readonly tried: readonly string[] }
  | { readonly kind: "refused"; readonly path: string; readonly reason: string }
  | { readonly kind: "tooMuch" };

/** @internal */
export type LoadResult = { readonly kind: "loaded"; readonly source: LoadedSource } | Unfound;

/**
 * Reads each file once, and keeps its tokens: parsing many boards with one cache reads and scans their shared headers
 * once. The cache is bound to the reader that it was made with.
 */
export class SourceCache {
  /** @internal */
  readonly symbols = new SymbolTable();
  /** The macro of each symbol, as the latest parse left it. @internal */
  readonly macros = new Map<number, Macro>();
  /** @internal */
  readonly definitions = new Definitions();
  /** Parses so far: see {@link Definitions.parses}. @internal */
  parses = 0;
  /** Changes with every macro that is defined, or no longer is. @internal */
  macroGeneration = 0;
  /** True once this parse has had a macro without a capital in its name, which a name may well be made of. @internal */
  hasSmallMacros = false;
  /** Of a name's symbol: the generation at which no word in it was a macro. */
  private plainAt = new Int32Array(1 << 12);
  private readonly wordsOfNames = new Map<number, readonly number[]>();
  /** Characters that the current parse may still have read. */
  private room = 0;
  private readonly reader: FileReader;
  private readonly loaded = new Map<string, LoadedSource | { readonly reason: string } | null>();
  private readonly contents = new Map<string, FileContent>();
  /** The parse that a file of {@link loaded} or {@link contents} was last asked for in. */
  private readonly askedIn = new Map<string, number>();

  constructor(reader: FileReader) {
    this.reader = reader;
  }

  /** Begins a parse, and gives its number. @internal */
  begin(): number {
    this.room = LIMITS.sourceCharacters;
    this.macroGeneration++;
    this.hasSmallMacros = false;
    return ++this.parses;
  }

  /** The source at `path`, given as text: the input itself. @internal */
  fromText(path: string, text: string): LoadedSource {
    const file = new SourceFile(path, text);
    const tokens = scanTokens(text, this.symbols);
    if (tokens.hasLineMarkers) readLineMarkers(file, tokens);
    const slash = path.lastIndexOf("/");
    return { file, tokens, folder: slash < 0 ? "" : path.slice(0, slash + 1) };
  }

  /**
   * Whether no word in a name is a macro; `isMacro` says so of a word, and is asked once a name and generation.
   *
   * @internal
   */
  isPlainName(symbol: number, isMacro: (word: number) => boolean): boolean {
    if (this.plainAt[symbol] === this.macroGeneration) return true;
    const isPlain =
      (!this.hasSmallMacros && !CAPITAL.test(this.symbols.texts[symbol]!)) || this.hasNoMacro(symbol, isMacro);
    if (!isPlain) return false;
    if (symbol >= this.plainAt.length) {
      this.plainAt = grown(this.plainAt, Math.max(this.plainAt.length * 2, symbol + 1));
    }
    this.plainAt[symbol] = this.macroGeneration;
    return true;
  }

  private hasNoMacro(symbol: number, isMacro: (word: number) => boolean): boolean {
    let words = this.wordsOfNames.get(symbol);
    if (words === undefined) {
      words = (this.symbols.texts[symbol]!.match(/[A-Za-z_]\w*/g) ?? []).map((word) => this.symbols.of(word));
      this.wordsOfNames.set(symbol, words);
    }
    return !words.some(isMacro);
  }

  /**
   * Looks for `name` in the folders in turn (each with its slash, or empty); an absolute name is taken as it is.
   *
   * @internal
   */
  find(name: string, folders: readonly string[]): LoadResult {
    const tried: string[] = [];
    for (const folder of name.startsWith("/") ? [""] : folders) {
      const path = folder + name;
      if (tried.includes(path)) continue;
      const source = this.load(path);
      if (source === "tooMuch") return { kind: "tooMuch" };
      if (source === null) tried.push(path);
      else if ("reason" in source) return { kind: "refused", path, reason: source.reason };
      else return { kind: "loaded", source };
    }
    return { kind: "missing", tried };
  }

  /** The bytes of a file, for `/incbin/`. @internal */
  findBytes(name: string, folders: readonly string[]): { readonly kind: "text"; readonly text: string } | Unfound {
    const tried: string[] = [];
    for (const folder of name.startsWith("/") ? [""] : folders) {
      const path = folder + name;
      const known = this.contents.get(path);
      const content = known ?? this.read(path);
      if (content === "tooMuch") return { kind: "tooMuch" };
      if (known?.kind === "text" && !this.hasRoomAgain(path, known.text.length)) return { kind: "tooMuch" };
      this.contents.set(path, content);
      if (content.kind === "text") return content;
      if (content.kind === "refused") return { kind: "refused", path, reason: content.reason };
      tried.push(path);
    }
    return { kind: "missing", tried };
  }

  private load(path: string): LoadedSource | { readonly reason: string } | null | "tooMuch" {
    const known = this.loaded.get(path);
    if (known !== undefined) {
      const length = known !== null && "file" in known ? known.file.text.length : 0;
      return this.hasRoomAgain(path, length) ? known : "tooMuch";
    }
    const content = this.read(path);
    if (content === "tooMuch") return content;
    let source: LoadedSource | { readonly reason: string } | null = null;
    if (content.kind === "text") source = this.fromText(path, content.text);
    else if (content.kind === "refused") source = { reason: content.reason };
    this.loaded.set(path, source);
    return source;
  }

  /** A file that another parse had read counts for this one too, once: what is too much does not depend on others. */
  private hasRoomAgain(path: string, length: number): boolean {
    if (this.askedIn.get(path) !== this.parses) {
      this.askedIn.set(path, this.parses);
      this.room -= length;
    }
    return this.room >= 0;
  }

  private read(path: string): FileContent | "tooMuch" {
    const content = this.reader.read(path);
    this.askedIn.set(path, this.parses);
    if (content.kind === "text") this.room -= content.text.length;
    return this.room < 0 ? "tooMuch" : content;
  }
}

const CAPITAL = /[A-Z]/;

/** The largest line that a marker can give (C11, 6.10.4). */
const MOST_LINE = 2 ** 31 - 1;

/** Takes `# 12 "board.dts" 1` and `#line 12 "board.dts"` into the file's own line numbering. */
function readLineMarkers(file: SourceFile, tokens: Tokens): void {
  for (const index of tokens.directives) {
    let at = index + 1;
    if (tokens.kinds[at] === TokenKind.word) {
      if (tokens.values[at] !== Directive.line) continue;
      at++;
    }
    if (tokens.kinds[at] !== TokenKind.number) continue;
    const digits = tokens.spelling(at);
    const line = Number(digits);
    // `.8` and `8.2` are numbers to the scanner too, and give no line
    if (!/^\d+$/.test(digits) || line > MOST_LINE) continue;
    const named = tokens.kinds[at + 1] === TokenKind.string;
    const text = file.text;
    const path = named ? unescapeString(text.slice(tokens.starts[at + 1]! + 1, tokens.ends[at + 1]! - 1)).text : null;
    const end = text.indexOf("\n", tokens.ends[named ? at + 1 : at]!);
    if (end < 0) continue;
    const before = file.lineMarkers.at(-1);
    file.lineMarkers.push({ offset: end + 1, line, path: path ?? before?.path ?? file.path });
  }
}
