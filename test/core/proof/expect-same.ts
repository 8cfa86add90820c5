import { expect } from "vitest";
import { prove } from "../../../core/proof/prove.ts";
import type { Layout } from "./layouts.ts";
import { slowWalk } from "./slow-walk.ts";

/** Every row in every count and first PFN, every obligation with its counterexample, every straddle. */
export function expectSameAsSlowWalk({ regions, series, maxOrder }: Layout): void {
  const proof = prove(regions, series, maxOrder);
  const slow = slowWalk(regions, series, maxOrder);
  // Text is quick to compare; where it differs, expect shows what does.
  if (JSON.stringify(proof) === JSON.stringify(slow)) return;
  expect(proof, JSON.stringify({ regions, series, maxOrder })).toEqual(slow);
}
