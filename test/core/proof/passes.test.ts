import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignmentOf, countInPasses, distancesInPasses, firstInPasses } from "../../../core/proof/passes.ts";

interface Repeated {
  readonly start: number;
  readonly length: number;
  readonly period: number;
  readonly passes: number;
}

/** Page by page. */
function slowly({ start, length, period, passes }: Repeated, pages: number) {
  const found: number[] = [];
  let distances = 0;
  for (let pass = 0; pass < passes; pass++) {
    for (let page = start + period * pass; page < start + period * pass + length; page++) {
      if (page % pages !== 0) continue;
      found.push(page);
      distances += page - (start + period * pass);
    }
  }
  return { count: found.length, first: found[0] ?? null, distances };
}

function quickly({ period, ...stretch }: Repeated, pages: number) {
  const alignment = alignmentOf(pages, period);
  return {
    count: countInPasses(stretch, alignment),
    first: firstInPasses(stretch, alignment),
    distances: distancesInPasses(stretch, alignment),
  };
}

const pageCounts = fc.integer({ min: 0, max: 9 }).map((order) => 2 ** order);

describe("aligned pages in a stretch that repeats", () => {
  it("are counted, summed and found as page by page, in stretches of up to one allocation", () => {
    fc.assert(
      fc.property(
        pageCounts,
        fc.record({
          start: fc.integer({ min: 0, max: 2000 }),
          length: fc.integer({ min: 0, max: 512 }),
          period: fc.integer({ min: 1, max: 12 }).map((blocks) => 32 * blocks),
          passes: fc.integer({ min: 0, max: 40 }),
        }),
        (pages, { length, ...rest }) => {
          const stretch = { ...rest, length: Math.min(length, rest.period, pages) };
          expect(quickly(stretch, pages)).toEqual(slowly(stretch, pages));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("are counted and found in longer stretches too", () => {
    fc.assert(
      fc.property(
        pageCounts,
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 30 }),
        (pages, start, passes) => {
          const stretch = { start, length: 352, period: 352, passes };
          const { count, first } = slowly(stretch, pages);
          expect(quickly(stretch, pages)).toMatchObject({ count, first });
        },
      ),
      { numRuns: 500 },
    );
  });

  it("are exact over 2^47 passes at the top of what a PFN can be", () => {
    // Period 32 from 2^51 on, stretches of one page: all passes start at multiples of 32, every 32nd at one of 1024.
    const stretch = { start: 2 ** 51, length: 1, period: 32, passes: 2 ** 46 + 5 };
    expect(quickly(stretch, 1024)).toEqual({ count: 2 ** 41 + 1, first: 2 ** 51, distances: 0 });
    // 7 pages further, stretches of 1000 pages in a period of 33 * 32 = 1056 pages: the first multiple of 2^20, by hand.
    // 1056 j + 7 + d = 2^20 with d below 1000: j = 992 gives 1047552 + 7, so d = 1017, too far; the next multiple, 2^21,
    // is 1056 * 1985 + 992, so d = 985.
    const far = { start: 2 ** 51 + 7, length: 1000, period: 1056, passes: 2 ** 40 };
    expect(quickly(far, 2 ** 20).first).toBe(2 ** 51 + 2 ** 21);
  });
});
