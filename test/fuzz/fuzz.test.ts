import { expect, test } from "vitest";
import { makeInput, tryInput } from "./run.ts";
import { smallSeeds } from "./seeds.ts";

/** Inputs that `npm test` tries; `npm run fuzz` tries as many as it is told. */
const RUNS = 20_000;
const SEED = 1;

/** What would never end; the issue's own bounds are `npm run fuzz`'s, which has a process for itself. */
const BUDGET = { milliseconds: 20_000, bytes: 2 ** 32 };

const corpus = { small: smallSeeds(), large: null };

test.each([0, 1, 2, 3])(
  "mutated files break no promise, quarter %i",
  (quarter) => {
    const from = (quarter * RUNS) / 4;
    for (let index = from; index < from + RUNS / 4; index++) {
      const { from: seed, input } = makeInput(corpus, SEED, index);
      const answer = tryInput(input, seed.around, BUDGET);
      if (answer.kind !== "outcome") expect.fail(`run ${index} of seed ${SEED}, from ${seed.name}: ${answer.what}`);
    }
  },
  120_000,
);

test("a run is the same whenever it is made", () => {
  for (let index = 0; index < 200; index++) {
    expect(makeInput(corpus, SEED, index).input).toEqual(makeInput(corpus, SEED, index).input);
  }
});
