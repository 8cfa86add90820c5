import { expect, test } from "vitest";
import { compareSmall } from "./compare-small.ts";

for (const first of [10_000, 20_000, 30_000]) {
  test(`2000 small machines from seed ${first}: no layout has more memory than the plan, and no plan is no layout`, () => {
    const { plans, refusals, wrong } = compareSmall(first, first + 2000, 2_000_000);
    expect(wrong).toEqual([]);
    expect(plans).toBeGreaterThan(500);
    expect(refusals).toBeGreaterThan(800);
  });
}
