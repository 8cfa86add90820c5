import fc from "fast-check";
import { describe, it } from "vitest";
import { expectSameAsSlowWalk } from "./expect-same.ts";
import { type Layout, largeOrderLayouts, layouts, overlappingLayouts } from "./layouts.ts";

/** Multiplies the runs, for a longer search by hand. */
const FACTOR = Number(process.env.PROOF_RUNS_FACTOR ?? 1);

function expectSame(arbitrary: fc.Arbitrary<Layout>, numRuns: number): void {
  fc.assert(fc.property(arbitrary, expectSameAsSlowWalk), { numRuns: numRuns * FACTOR });
}

const timeout = 60_000 * FACTOR;

describe("every count, every first PFN and every obligation is that of the slow walk over every page", () => {
  it("on random layouts of one to three regions, 4, 16 and 64 KiB pages", { timeout }, () => {
    expectSame(layouts, 500);
  });

  it("on regions that share memory and tags", { timeout }, () => {
    expectSame(overlappingLayouts, 200);
  });

  it("on orders up to 15", { timeout }, () => {
    expectSame(largeOrderLayouts, 8);
  });
});
