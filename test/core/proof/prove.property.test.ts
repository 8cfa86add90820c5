import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prove } from "../../../core/proof/prove.ts";
import { type Layout, largeOrderLayouts, layouts, overlappingLayouts } from "./layouts.ts";
import { slowWalk } from "./slow-walk.ts";

/** Multiplies the runs, for a longer search by hand. */
const FACTOR = Number(process.env.PROOF_RUNS_FACTOR ?? 1);

function expectSameAsSlowWalk(arbitrary: fc.Arbitrary<Layout>, numRuns: number): void {
  fc.assert(
    fc.property(arbitrary, ({ regions, series, maxOrder }) => {
      expect(prove(regions, series, maxOrder)).toEqual(slowWalk(regions, series, maxOrder));
    }),
    { numRuns: numRuns * FACTOR },
  );
}

const timeout = 60_000 * FACTOR;

describe("every count, every first PFN and every obligation is that of the slow walk over every page", () => {
  it("on random layouts of one to three regions, 4, 16 and 64 KiB pages", { timeout }, () => {
    expectSameAsSlowWalk(layouts, 2500);
  });

  it("on regions that share memory and tags", { timeout }, () => {
    expectSameAsSlowWalk(overlappingLayouts, 500);
  });

  it("on orders up to 15", { timeout }, () => {
    expectSameAsSlowWalk(largeOrderLayouts, 30);
  });
});
