/** One seed gives one run, to the byte, on every machine: nothing in the allocator asks what differs between them. */
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { kernelWatermarks } from "../../../core/allocator/watermarks.ts";

const FOLDER = new URL("../../../core/allocator/", import.meta.url);
const FILES = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

/**
 * Clocks, locales, chance of an engine's own, and functions whose last bits ECMAScript leaves to the engine ("an
 * implementation-approximated Number value"). Square roots are among them: {@link kernelWatermarks} mends what it gets.
 */
const DIFFERS =
  /\bMath\.(?!abs|ceil|clz32|floor|imul|max|min|round|sign|trunc|sqrt)\w+|\bDate\b|\bperformance\b|\bIntl\b|\btoLocale\w+|\blocaleCompare\b|\bWeak(?:Map|Set|Ref)\b/;

test("nothing in it depends on the machine, the time or the engine", () => {
  expect(FILES.length).toBeGreaterThan(40);
  const found = FILES.flatMap((name) => {
    const match = DIFFERS.exec(readFileSync(new URL(name, FOLDER), "utf8"));
    return match === null ? [] : [`${name}: ${match[0]}`];
  });
  expect(found).toEqual([]);
  const roots = FILES.filter((name) => readFileSync(new URL(name, FOLDER), "utf8").includes("Math.sqrt"));
  expect(roots).toEqual(["watermarks.ts"]);
});

test("a sort names its order", () => {
  for (const name of FILES) expect(readFileSync(new URL(name, FOLDER), "utf8"), name).not.toMatch(/\.sort\(\)/);
});

afterEach(() => vi.restoreAllMocks());

test.each([0, -1e-9, 1e-9])("a square root that is off by %d makes no difference", (error) => {
  const { sqrt } = Math;
  vi.spyOn(Math, "sqrt").mockImplementation((number) => sqrt(number) + error);
  // 4096 pages of 4 KiB: the root of 4096 * 4 * 16 is 512 KiB, 128 pages; low is a quarter of that above
  const { min, low } = kernelWatermarks(new Int32Array([4096]), 4096, [0]);
  expect([...min, ...low]).toEqual([128, 160]);
});
