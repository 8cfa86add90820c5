import { DIRECTIVE_NAMES } from "./directives.ts";

/**
 * Words as small integers: each identifier, number and name of the source is kept once, so that comparing is comparing
 * integers and what belongs to a word (its macro, its value as a number) is an array look-up.
 */
export class SymbolTable {
  readonly texts: string[] = [];
  /** The value that a word has as an integer literal of dtc's, worked out when first asked; undefined before. */
  private readonly values: (number | bigint | null | undefined)[] = [];
  private slots = new Int32Array(1 << 13).fill(-1);
  private hashes = new Int32Array(1 << 12);

  constructor() {
    for (const name of DIRECTIVE_NAMES) this.of(name);
  }

  /** The symbol of `source[start … end)`; `hash` is that of {@link extendHash} over these characters. */
  intern(source: string, start: number, end: number, hash: number): number {
    const mask = this.slots.length - 1;
    const length = end - start;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const symbol = this.slots[slot]!;
      if (symbol < 0) return this.add(source.slice(start, end), hash, slot);
      if (this.hashes[symbol] !== hash) continue;
      const text = this.texts[symbol]!;
      if (text.length !== length) continue;
      let i = 0;
      while (i < length && text.charCodeAt(i) === source.charCodeAt(start + i)) i++;
      if (i === length) return symbol;
    }
  }

  /** The symbol of a whole string. */
  of(text: string): number {
    let hash = 0;
    for (let i = 0; i < text.length; i++) hash = extendHash(hash, text.charCodeAt(i));
    return this.intern(text, 0, text.length, hash);
  }

  /** The value of an integer literal: a number where it is exact, a bigint above; null where the word is none. */
  integer(symbol: number): number | bigint | null {
    const known = this.values[symbol];
    if (known !== undefined) return known;
    const value = parseInteger(this.texts[symbol]!);
    this.values[symbol] = value;
    return value;
  }

  private add(text: string, hash: number, slot: number): number {
    const symbol = this.texts.length;
    this.texts.push(text);
    this.values.push(undefined);
    if (symbol === this.hashes.length) {
      const hashes = new Int32Array(symbol * 2);
      hashes.set(this.hashes);
      this.hashes = hashes;
    }
    this.hashes[symbol] = hash;
    this.slots[slot] = symbol;
    if (symbol * 2 > this.slots.length) this.grow();
    return symbol;
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    for (let symbol = 0; symbol < this.texts.length; symbol++) {
      let slot = this.hashes[symbol]! & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = symbol;
    }
    this.slots = slots;
  }
}

/** One more character into a hash that starts at 0. */
export function extendHash(hash: number, character: number): number {
  return (Math.imul(hash, 31) + character) | 0;
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
