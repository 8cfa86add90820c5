import { expect, test } from "vitest";
import { minimise } from "./minimise.ts";
import { latin1 } from "./pipeline.ts";
import { bytesOf } from "./seeds.ts";

test("what is left is what breaks, and nothing else", () => {
  const noise = "the quick brown fox jumps over the lazy dog; ".repeat(20);
  const input = { kind: "dts", bytes: bytesOf(`${noise}A${noise}B${noise}`) } as const;
  const smaller = minimise(input, ({ bytes }) => /A.*B/s.test(latin1(bytes)));
  expect(latin1(smaller.bytes)).toBe("AB");
});

test("a base is made smaller too", () => {
  const input = { kind: "overlay", base: bytesOf("1234567"), bytes: bytesOf("abcdefg") } as const;
  const smaller = minimise(input, ({ base, bytes }) => base!.includes(0x34) && bytes.includes(0x65));
  expect([latin1(smaller.base!), latin1(smaller.bytes)]).toEqual(["4", "e"]);
});
