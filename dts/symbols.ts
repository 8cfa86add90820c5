import { DIRECTIVE_NAMES } from "./directives.ts";

const RECENT = 4096;

/**
 * Words as small integers: each identifier, number and name of the source is kept once, so that comparing is comparing
 * integers and what belongs to a word (its macro, its value as a number) is an array look-up.
 */
export class SymbolTable {
  readonly texts: string[] = [];
  private readonly symbols = new Map<string, number>();
  /** The value that a word has as an integer literal of dtc's, worked out when first asked; undefined before. */
  private readonly values: (number | bigint | null | undefined)[] = [];

  /** Words seen of late, by a quick and rough hash: most words of a source stand in it many times. */
  private readonly recent = new Int32Array(RECENT);

  constructor() {
    for (const name of DIRECTIVE_NAMES) this.of(name);
  }

  /** The symbol of `source[start … end)`, which is not empty; spares making a string of it where it can. */
  ofRange(source: string, start: number, end: number): number {
    const length = end - start;
    const slot =
      (source.charCodeAt(start) * 7 +
        source.charCodeAt(end - 1) * 31 +
        source.charCodeAt(start + (length >> 1)) * 131 +
        length * 1031) &
      (RECENT - 1);
    const candidate = this.recent[slot]!;
    const text = this.texts[candidate]!;
    if (text.length === length && source.startsWith(text, start)) return candidate;
    const symbol = this.of(source.slice(start, end));
    this.recent[slot] = symbol;
    return symbol;
  }

  /** The symbol of a word. */
  of(text: string): number {
    const known = this.symbols.get(text);
    if (known !== undefined) return known;
    const symbol = this.texts.length;
    this.symbols.set(text, symbol);
    this.texts.push(text);
    this.values.push(undefined);
    return symbol;
  }

  /** The value of an integer literal: a number where it is exact, a bigint above; null where the word is none. */
  integer(symbol: number): number | bigint | null {
    const known = this.values[symbol];
    if (known !== undefined) return known;
    const value = parseInteger(this.texts[symbol]!);
    this.values[symbol] = value;
    return value;
  }
}

const INTEGER = /^(?:(0[xX][0-9a-fA-F]+)|([0-9]+))(?:U|L|UL|LL|ULL)?$/;

/**
 * An integer literal as dtc's lexer takes it (decimal, octal with a leading 0, hex; U, L, UL, LL, ULL in capitals).
 * Null for anything else, an octal digit above 7 included. May be above 64 bits: that is for the caller to refuse.
 */
function parseInteger(text: string): number | bigint | null {
  const match = INTEGER.exec(text);
  if (match === null) return null;
  const [, hex, decimal] = match;
  const digits = hex ?? decimal!;
  const octal = hex === undefined && digits.length > 1 && digits.startsWith("0");
  if (octal && /[89]/.test(digits)) return null;
  if (digits.length <= 13) return hex === undefined && octal ? Number.parseInt(digits, 8) : Number(digits);
  if (digits.length > 400) return 1n << 64n;
  const value = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
