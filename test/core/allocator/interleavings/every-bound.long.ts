/** The long form of interleavings.test.ts: the widest bounds there are, for each series. */
import { expect, test } from "vitest";
import { exploreAll } from "../../../../core/allocator/interleavings/explore-all.ts";
import { SERIES } from "../../../../core/series.ts";

test.each(SERIES)("%s holds for three threads and four blocks of pages, every failure included", (series) => {
  const options = { series, threads: 3, blocks: 4, mostStates: 10_000_000, omission: null, isOnePage: false };
  const result = exploreAll(options);
  expect(result).toMatchObject({ breach: null, cutShort: 0 });
  expect(result.states).toBeGreaterThan(100_000);
});
