import fc from "fast-check";
import { expect, test } from "vitest";
import { SymbolTable } from "../../dts/symbols.ts";

/** Words of one length that are alike at the five places that the table's hash looks at. */
function alike(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const digits = index.toString(36).padStart(4, "0");
    const [a, b, c, d] = digits;
    return `x${a}__${b}__${c}__${d}__x__x`.padEnd(24, "x");
  });
}

function expectWhatAMapGives(words: readonly string[]): void {
  const table = new SymbolTable();
  const known = new Map<string, number>();
  for (const word of words) {
    const source = `<${word}>`;
    const symbol = table.ofRange(source, 1, 1 + word.length);
    if (!known.has(word)) known.set(word, symbol);
    expect(symbol).toBe(known.get(word));
    expect(table.texts[symbol]).toBe(word);
  }
  for (const [word, symbol] of known) expect(table.of(word)).toBe(symbol);
  expect(new Set(known.values()).size).toBe(known.size);
}

test("each word has one symbol, and each symbol one word", () => {
  const word = fc.stringMatching(/^[ab0_]{1,9}$/);
  fc.assert(fc.property(fc.array(word, { maxLength: 300 }), expectWhatAMapGives), { numRuns: 200 });
});

test("so it is of more words than the table begins with room for", () => {
  const words = Array.from({ length: 40_000 }, (_, index) => `WORD_${index}`);
  expectWhatAMapGives([...words, ...words]);
});

test("and of words that are alike where the hash looks, of which most find no slot", () => {
  const words = alike(20_000);
  expectWhatAMapGives([...words, ...words]);
});

const integers: readonly [string, number | bigint | null][] = [
  ["0", 0],
  ["7", 7],
  ["017", 15],
  ["018", null],
  ["0x1F", 31],
  ["0X1f", 31],
  ["0x", null],
  ["1U", 1],
  ["1ULL", 1],
  ["1ull", null],
  ["0xfffffffffffff", 0xfffffffffffff],
  ["0x12345678901234", 0x12345678901234],
  ["0x20000000000001", 0x20000000000001n],
  ["999999999999999", 999999999999999],
  ["18446744073709551615", 18446744073709551615n],
  ["1.5", null],
  ["1e3", null],
  ["0b1", null],
  ["word", null],
];
test.each(integers)("%s as an integer of dtc's", (text, value) => {
  const table = new SymbolTable();
  expect(table.integer(table.of(text))).toBe(value);
  expect(table.integer(table.of(text))).toBe(value);
});
