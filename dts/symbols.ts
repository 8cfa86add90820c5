import { DIRECTIVE_NAMES } from "./directives.ts";
import { grown } from "./grown.ts";

const FIRST_SLOTS = 1 << 14;
/** Slots that a word may stand in, from its own on. */
const MOST_PROBES = 16;

const NO_INTEGER = -1;
const BIG_INTEGER = -2;

/**
 * Words as small integers: each identifier, number and name of the source is kept once, so that comparing is comparing
 * integers and what belongs to a word (its macro, its value as a number) is an array look-up.
 */
export class SymbolTable {
  readonly texts: string[] = [];
  /** The value that each word has as an integer literal of dtc's, and 1; 0 before somebody asked, or one of the above. */
  private values = new Float64Array(FIRST_SLOTS / 2);
  private readonly bigValues = new Map<number, bigint>();
  /** A symbol and 1 a slot, 0 where there is none: found by a quick and rough hash, without a string made of the word. */
  private slots = new Int32Array(FIRST_SLOTS);
  /** The hash of each symbol's word. */
  private hashes = new Int32Array(FIRST_SLOTS / 2);
  /** Words whose slots are all taken: whoever writes thousands of one hash, on purpose, finds no slow table. */
  private readonly crowded = new Map<string, number>();

  constructor() {
    for (const name of DIRECTIVE_NAMES) this.of(name);
  }

  /** The symbol of a word. */
  of(text: string): number {
    return this.ofRange(text, 0, text.length);
  }

  /** The symbol of `source[start … end)`. */
  ofRange(source: string, start: number, end: number): number {
    const { slots, texts } = this;
    const mask = slots.length - 1;
    const length = end - start;
    const quarter = length >> 2;
    // A rough hash, of five characters and the length: words of the same are told apart by comparing.
    const hash =
      source.charCodeAt(start) * 7 +
      source.charCodeAt(start + quarter) * 37 +
      source.charCodeAt(start + (length >> 1)) * 131 +
      source.charCodeAt(start + length - 1 - quarter) * 269 +
      source.charCodeAt(start + length - 1) * 31 +
      length * 1031;
    let slot = hash & mask;
    for (let probe = 0; probe < MOST_PROBES; probe++) {
      const symbol = slots[slot]! - 1;
      if (symbol < 0) {
        slots[slot] = texts.length + 1;
        return this.add(source.slice(start, end), hash);
      }
      const text = texts[symbol]!;
      if (text.length === length && source.startsWith(text, start)) return symbol;
      slot = (slot + 1) & mask;
    }
    const text = source.slice(start, end);
    const known = this.crowded.get(text);
    if (known !== undefined) return known;
    this.crowded.set(text, texts.length);
    return this.add(text, hash);
  }

  private add(text: string, hash: number): number {
    const symbol = this.texts.push(text) - 1;
    this.hashes[symbol] = hash;
    if (this.texts.length === this.hashes.length) this.grow();
    return symbol;
  }

  private grow(): void {
    const { texts } = this;
    const hashes = grown(this.hashes, this.hashes.length * 4);
    this.hashes = hashes;
    this.values = grown(this.values, hashes.length);
    const slots = new Int32Array(hashes.length * 2);
    const mask = slots.length - 1;
    this.slots = slots;
    this.crowded.clear();
    for (let symbol = 0; symbol < texts.length; symbol++) {
      let slot = hashes[symbol]! & mask;
      let probe = 0;
      while (probe < MOST_PROBES && slots[slot] !== 0) {
        slot = (slot + 1) & mask;
        probe++;
      }
      if (probe < MOST_PROBES) slots[slot] = symbol + 1;
      else this.crowded.set(texts[symbol]!, symbol);
    }
  }

  /** The value of an integer literal: a number where it is exact, a bigint above; null where the word is none. */
  integer(symbol: number): number | bigint | null {
    const known = this.values[symbol]!;
    if (known > 0) return known - 1;
    if (known === NO_INTEGER) return null;
    if (known === BIG_INTEGER) return this.bigValues.get(symbol)!;
    const value = parseInteger(this.texts[symbol]!);
    if (typeof value === "bigint") this.bigValues.set(symbol, value);
    this.values[symbol] = value === null ? NO_INTEGER : typeof value === "bigint" ? BIG_INTEGER : value + 1;
    return value;
  }
}

/** What JavaScript takes as dtc does, and exactly. */
const PLAIN_INTEGER = /^(?:0[xX][0-9a-fA-F]{1,13}|[1-9][0-9]{0,14}|0)$/;
const INTEGER = /^(?:(0[xX][0-9a-fA-F]+)|([0-9]+))(?:U|L|UL|LL|ULL)?$/;

/**
 * An integer literal as dtc's lexer takes it (decimal, octal with a leading 0, hex; U, L, UL, LL, ULL in capitals).
 * Null for anything else, an octal digit above 7 included. May be above 64 bits: that is for the caller to refuse.
 */
function parseInteger(text: string): number | bigint | null {
  if (PLAIN_INTEGER.test(text)) return Number(text);
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
