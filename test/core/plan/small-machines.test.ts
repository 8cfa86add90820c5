import { expect, test } from "vitest";
import { compareSmall } from "./compare-small.ts";

test("400 small machines: no layout has more memory than the plan, and where there is no plan there is no layout", () => {
  const { plans, refusals, tooLarge, uncertain, wrong } = compareSmall(0, 400, 200_000);
  expect(wrong).toEqual([]);
  // Most of them can be tried, and both kinds are among those.
  expect(plans).toBeGreaterThan(80);
  expect(refusals).toBeGreaterThan(80);
  expect(tooLarge).toBeLessThan(160);
  expect(uncertain).toBeLessThan(6);
}, 90_000);
