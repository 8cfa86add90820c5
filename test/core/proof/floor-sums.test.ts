import fc from "fast-check";
import { expect, it } from "vitest";
import { floorSums } from "../../../core/proof/floor-sums.ts";

const argument = fc.integer({ min: 0, max: 500 });

it("sums floors, weighted floors and squares of floors as adding them up does", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), argument, argument, fc.integer({ min: 1, max: 90 }), (n, a, b, m) => {
      const sums = { floors: 0, weighted: 0, squares: 0 };
      for (let i = 0; i < n; i++) {
        const floor = Math.floor((a * i + b) / m);
        sums.floors += floor;
        sums.weighted += i * floor;
        sums.squares += floor * floor;
      }
      expect(floorSums(n, a, b, m)).toEqual(sums);
    }),
    { numRuns: 2000 },
  );
});

it("is exact at the largest order: 2^15 passes, floors up to 2^15", () => {
  // Step and divisor share no factor, so that Euclid's algorithm has all its steps to take; sums of BigInts beside it.
  const [count, step, offset, divisor] = [2 ** 15, 647_881, 1_048_575, 2 ** 20];
  const sums = { floors: 0n, weighted: 0n, squares: 0n };
  for (let i = 0n; i < count; i++) {
    const floor = (BigInt(step) * i + BigInt(offset)) / BigInt(divisor);
    sums.floors += floor;
    sums.weighted += i * floor;
    sums.squares += floor * floor;
  }
  expect(floorSums(count, step, offset, divisor)).toEqual({
    floors: Number(sums.floors),
    weighted: Number(sums.weighted),
    squares: Number(sums.squares),
  });
  expect(sums.squares).toBeLessThan(2n ** 53n);
});
