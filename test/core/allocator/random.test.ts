import { expect, it } from "vitest";
import { randomBelow, seededRandom } from "../../../core/allocator/random.ts";

it("the same seed gives the same numbers, another seed others", () => {
  const numbers = (seed: number) => Array.from({ length: 8 }, seededRandom(seed));
  expect(numbers(1)).toEqual(numbers(1));
  expect(numbers(1)).not.toEqual(numbers(2));
  // Seeds that differ above 32 bits alone differ too.
  expect(numbers(1)).not.toEqual(numbers(1 + 2 ** 32));
});

it("numbers are whole, 32 bits wide and fill their range evenly", () => {
  const random = seededRandom(42);
  const buckets = new Array<number>(16).fill(0);
  for (let i = 0; i < 16_000; i++) {
    const value = random();
    expect(Number.isInteger(value) && value >= 0 && value < 2 ** 32).toBe(true);
    buckets[Math.floor(value / 2 ** 28)]!++;
  }
  // 1000 expected in each, a standard deviation of 31: six of them either way.
  for (const bucket of buckets) expect(Math.abs(bucket - 1000)).toBeLessThan(190);
});

it("a bounded number stays below its bound, large bounds included", () => {
  const random = seededRandom(3);
  for (const bound of [1, 2, 3, 1000, 2 ** 32 + 1, 2 ** 52]) {
    for (let i = 0; i < 200; i++) {
      const value = randomBelow(random, bound);
      expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true);
    }
  }
  const seen = new Set(Array.from({ length: 200 }, () => randomBelow(random, 5)));
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
});
