/** The macros that are defined at a place of the input, those that are built in among them. */
import type { SourceCache } from "./load-source.ts";
import type { Macro } from "./macro.ts";
import { TokenKind } from "./tokens.ts";

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
  /** By symbol, as the latest parse left it: what another one defined does not count. */
  private readonly macros: (Macro | null)[];
  private readonly parse: number;
  private namesListed = 0;

  /** Begins a parse of the cache's. */
  constructor(cache: SourceCache) {
    this.cache = cache;
    this.macros = cache.macros;
    this.parse = cache.begin();
    for (const [name, builtin] of BUILTINS) {
      this.define({
        symbol: cache.symbols.of(name),
        name,
        parameters: null,
        variadic: false,
        replacement: null,
        builtin,
        definition: null,
        base: 0,
        parse: 0,
        expanding: false,
        isSmall: false,
      });
    }
  }

  /** The macro that a word names; null where it names none. */
  get(symbol: number): Macro | null {
    const macro = symbol < this.macros.length ? this.macros[symbol]! : null;
    return macro !== null && macro.parse === this.parse ? macro : null;
  }

  define(macro: Macro): void {
    const { macros } = this;
    while (macros.length <= macro.symbol) macros.push(null);
    macros[macro.symbol] = macro;
    macro.parse = this.parse;
    macro.expanding = false;
    this.cache.macroGeneration++;
    if (macro.isSmall) this.cache.hasSmallMacros = true;
  }

  undefine(symbol: number): void {
    if (symbol < this.macros.length) this.macros[symbol] = null;
    this.cache.macroGeneration++;
  }

  /** Whether no word of a name is a macro. */
  isPlainName(symbol: number): boolean {
    return this.cache.isPlainName(symbol, this.isMacro);
  }

  private readonly isMacro = (symbol: number): boolean => this.get(symbol) !== null;

  /** The symbol of the number that a word stands for as a macro; the word itself where it is none, -1 for any other. */
  numberOf(symbol: number): number {
    const macro = this.get(symbol);
    if (macro === null) return symbol;
    if (macro.definition === null || macro.parameters !== null) return -1;
    const { tokens, index, lineEnd } = macro.definition;
    const body = index + 1;
    return body + 1 === lineEnd && tokens.kinds[body] === TokenKind.number ? tokens.values[body]! : -1;
  }

  /** The names of all macros that are defined by now; none once that has been asked more often than there is time for. */
  names(): Map<string, Macro> {
    const names = new Map<string, Macro>();
    this.namesListed += this.macros.length;
    if (this.namesListed > MOST_NAMES_LISTED) return names;
    for (const macro of this.macros) if (macro !== null && macro.parse === this.parse) names.set(macro.name, macro);
    return names;
  }
}
