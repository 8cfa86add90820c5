import { expect, test } from "vitest";
import { compareSmall } from "./compare-small.ts";

for (const first of [10_000, 20_000, 30_000]) {
  test(`3000 small machines from seed ${first}: no layout has more memory than the plan, and no plan is no layout`, () => {
    const comparison = compareSmall(first, first + 3000, 5_000_000);
    console.log(JSON.stringify({ ...comparison, wrong: comparison.wrong.length }));
    expect(comparison.wrong).toEqual([]);
    expect(comparison.tooLarge).toBeLessThan(600);
  });
}
