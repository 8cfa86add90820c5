/** The long form of interleavings.test.ts: the widest bounds there are, for each series. */
import { expect, test } from "vitest";
import { exploreAll } from "../../../../core/allocator/interleavings/explore-all.ts";
import { SERIES } from "../../../../core/series.ts";

test.each(SERIES)("%s holds for three threads and four blocks of pages, every failure included", (series) => {
  const options = { series, threads: 3, blocks: 4, mostStates: 10_000_000, omission: null, isOnePage: false };
  const result = exploreAll(options);
  expect(result).toMatchObject({ breach: null, knownLoss: null, cutShort: 0 });
  expect(result.states).toBeGreaterThan(100_000);
});

test("rfc-v2 with blocks of one page holds as far, but for the loss that is its own", () => {
  const options = { threads: 3, blocks: 4, mostStates: 10_000_000, omission: null, isOnePage: true };
  const result = exploreAll({ ...options, series: "rfc-v2" });
  expect(result.cutShort).toBe(0);
  expect(result.breach).toBe(result.knownLoss);
});
