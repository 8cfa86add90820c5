import fc from "fast-check";
import { expect, it } from "vitest";
import { floorSum } from "../../../core/proof/floor-sum.ts";

const argument = fc.integer({ min: 0, max: 500 });

it("sums the floors of an arithmetic progression as adding them up does", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), argument, argument, fc.integer({ min: 1, max: 90 }), (n, a, b, m) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += Math.floor((a * i + b) / m);
      expect(floorSum(n, a, b, m)).toBe(BigInt(sum));
    }),
    { numRuns: 2000 },
  );
});

it("keeps all digits of sums past 2^53", () => {
  // 0 + 1 + … + (2^40 - 1).
  expect(floorSum(2 ** 40, 3, 0, 3)).toBe((2n ** 40n * (2n ** 40n - 1n)) / 2n);
});
