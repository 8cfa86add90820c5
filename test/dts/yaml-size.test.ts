import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { YamlNode } from "../../dts/yaml/document.ts";
import { parseSize, sizeOf } from "../../dts/yaml/size.ts";

const UNITS = { "": 1n, k: 1024n, M: 1024n ** 2n, G: 1024n ** 3n, T: 1024n ** 4n };

describe("parseSize", () => {
  test.each([
    ["4k", 4096n],
    ["64M", 67108864n],
    ["2G", 2147483648n],
    ["1T", 1099511627776n],
    ["4KiB", 4096n],
    ["1gib", 1073741824n],
    ["0", 0n],
    ["0x80000000", 2147483648n],
    ["0X10k", 16384n],
    ["010", 10n],
  ])("%s", (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(["", "k", "M64", "64 M", "64MB", "64B", "1.5G", "-4k", "+4k", "0x", "0xg", "1E", "4ki", "4k\n", "１"])(
    "%j is no size",
    (text) => expect(parseSize(text)).toBeNull(),
  );

  test("a number, written in either base with any unit, is read as it was", () => {
    const unit = fc.constantFrom(...(Object.keys(UNITS) as (keyof typeof UNITS)[]));
    const suffix = fc.constantFrom("", "iB", "ib");
    fc.assert(
      fc.property(fc.bigInt(0n, 1n << 80n), unit, suffix, fc.boolean(), fc.boolean(), (n, u, tail, isHex, isUpper) => {
        const name = u === "" ? "" : (isUpper ? u.toUpperCase() : u.toLowerCase()) + tail;
        const text = (isHex ? `0x${n.toString(16)}` : n.toString()) + name;
        expect(parseSize(text)).toBe(n * UNITS[u]);
      }),
    );
  });
});

describe("sizeOf", () => {
  const of = (value: string | bigint | number | boolean | null) =>
    sizeOf({ kind: "scalar", value, span: { start: 0, end: 0 } } satisfies YamlNode);

  test("takes whole numbers and sizes as text, and nothing else", () => {
    expect(of(1n << 70n)).toBe(1n << 70n);
    expect(of(-1n)).toBe(-1n);
    expect(of(1e3)).toBe(1000n);
    expect(of("4k")).toBe(4096n);
    for (const value of [1.5, Number.NaN, Number.POSITIVE_INFINITY, true, null, "x"]) expect(of(value)).toBeNull();
    expect(sizeOf(null)).toBeNull();
    expect(sizeOf({ kind: "sequence", items: [], span: { start: 0, end: 0 } })).toBeNull();
  });
});
