/** The macros that are defined at a place of the input, those that are built in among them. */
import { nameOfDefine, numberOfDefine } from "./define-lines.ts";
import { type EnteredFiles, tokenStartingAt } from "./entered-files.ts";
import type { SourceCache } from "./load-source.ts";
import { type Macro, symbolStoodFor } from "./macro.ts";
import { readDefine } from "./preprocessor-define.ts";
import type { Position } from "./source.ts";
import { TokenKind, type Tokens } from "./tokens.ts";

const BUILTINS = [
  ["__DTS__", "one"],
  ["__ASSEMBLER__", "one"],
  ["__STDC__", "one"],
  ["__STDC_HOSTED__", "one"],
  ["__FILE__", "file"],
  ["__LINE__", "line"],
  ["__COUNTER__", "counter"],
] as const;

/** Symbols that {@link MacroTable.names} looks at, all calls together. */
const MOST_NAMES_LISTED = 1_000_000;

export class MacroTable {
  private readonly cache: SourceCache;
  private readonly files: EnteredFiles;
  /** By symbol, as the latest parse left it: what another one defined does not count. None where a line defined it. */
  private readonly macros: Map<number, Macro>;
  private readonly parse: number;
  private namesListed = 0;

  /** Begins a parse of the cache's; `files` are those that it enters. */
  constructor(cache: SourceCache, files: EnteredFiles) {
    this.cache = cache;
    this.files = files;
    this.macros = cache.macros;
    this.parse = cache.begin();
    for (const [name, builtin] of BUILTINS) {
      this.define({
        symbol: cache.symbols.of(name),
        name,
        parameters: null,
        variadic: false,
        replacement: null,
        expression: undefined,
        builtin,
        definition: null,
        base: 0,
        expanding: false,
        isSmall: false,
      });
    }
  }

  isDefined(symbol: number): boolean {
    return this.cache.definitions.parses[symbol] === this.parse;
  }

  /** The macro that a word names; null where it names none. */
  get(symbol: number): Macro | null {
    return this.isDefined(symbol) ? (this.macros.get(symbol) ?? this.readLine(symbol)) : null;
  }

  define(macro: Macro): void {
    const { cache } = this;
    cache.definitions.set(macro.symbol, this.parse);
    cache.macroGeneration++;
    this.keep(macro);
    if (macro.isSmall) cache.hasSmallMacros = true;
  }

  /** Defines a name by the line of define-lines.ts at a position: a macro is made of it when somebody asks for it. */
  defineLine(symbol: number, line: Position): void {
    const { cache, macros } = this;
    cache.definitions.set(symbol, this.parse, line);
    cache.macroGeneration++;
    macros.delete(symbol);
  }

  undefine(symbol: number): void {
    if (this.isDefined(symbol)) this.cache.definitions.set(symbol, 0);
    this.cache.macroGeneration++;
  }

  private readLine(symbol: number): Macro {
    const { tokens, base, index } = this.lineOf(symbol);
    let macro = tokens.lineMacros?.get(index);
    if (macro === undefined) {
      const line = tokens.explode(index);
      // From its name on. Without parameters and # nothing can be wrong with it.
      macro = readDefine(line, 2, line.count - 1, base, -1) as Macro;
      if (this.cache.parses > 1) (tokens.lineMacros ??= new Map()).set(index, macro);
    }
    macro.base = base;
    this.keep(macro);
    return macro;
  }

  private keep(macro: Macro): void {
    this.macros.set(macro.symbol, macro);
    macro.expanding = false;
  }

  /** The line that defines a name, as a token of its file. */
  private lineOf(symbol: number): { tokens: Tokens; base: Position; index: number } {
    const line = this.cache.definitions.lines[symbol]!;
    const { source, base } = this.files.sourceAt(line)!;
    return { tokens: source.tokens, base, index: tokenStartingAt(source.tokens, line - base) };
  }

  /** {@link isDefined}, to be handed on. */
  readonly isMacro = (symbol: number): boolean => this.isDefined(symbol);

  /** The symbol of the number that a word stands for as a macro; the word itself where it is none, -1 for any other. */
  numberOf(symbol: number): number {
    if (!this.isDefined(symbol)) return symbol;
    const macro = this.macros.get(symbol);
    return macro === undefined ? this.numberOfLine(symbol) : symbolStoodFor(macro, TokenKind.number);
  }

  /** The symbol of the single word that a macro without parameters stands for; -1 where there is none. */
  wordOf(symbol: number): number {
    const macro = this.get(symbol);
    return macro === null ? -1 : symbolStoodFor(macro, TokenKind.word);
  }

  private numberOfLine(symbol: number): number {
    const { definitions, symbols } = this.cache;
    const known = definitions.numbers[symbol]!;
    if (known !== 0) return known;
    const { tokens, index } = this.lineOf(symbol);
    const { text, starts, ends } = tokens;
    const nameEnd = nameOfDefine(text, starts[index]!) + symbols.texts[symbol]!.length;
    const number = numberOfDefine(text, nameEnd, ends[index]!);
    return (definitions.numbers[symbol] = number === null ? -1 : symbols.of(number));
  }

  /** The names of all macros that are defined by now; none once that has been asked more often than there is time for. */
  names(): Map<string, true> {
    const names = new Map<string, true>();
    const { definitions, symbols } = this.cache;
    const length = Math.min(definitions.parses.length, symbols.texts.length);
    this.namesListed += length;
    if (this.namesListed > MOST_NAMES_LISTED) return names;
    for (let symbol = 0; symbol < length; symbol++) {
      if (this.isDefined(symbol)) names.set(symbols.texts[symbol]!, true);
    }
    return names;
  }
}
