import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressAt,
  compressedScale,
  fits,
  placeOf,
  type Scale,
  ticksOf,
  trueScale,
} from "../../cli/html/map-layout.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

const things = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer({ min: 1, max: 2 ** 20 })), {
    minLength: 1,
    maxLength: 40,
  })
  .map((pairs) => pairs.map(([page, pages]) => ({ start: page * 4096, end: (page + pages) * 4096 })));

const scales = things.chain((all) =>
  fc.constantFrom(
    compressedScale(all),
    trueScale({ start: Math.min(...all.map(({ start }) => start)), end: Math.max(...all.map(({ end }) => end)) }),
  ),
);

/** A part of a scale, no smaller than the page zooms to. */
const parts = fc
  .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 1e-6, max: 1, noNaN: true }))
  .map(([at, size]) => ({ from: at * (1 - size), to: at * (1 - size) + size }));

describe("the compressed scale", () => {
  test("goes from 0 to 1 and never back", () => {
    fc.assert(
      fc.property(things, (all) => {
        const { cuts, at } = compressedScale(all);
        expect(at).toHaveLength(cuts.length);
        expect(at[0]).toBe(0);
        expect(at.at(-1)).toBeCloseTo(1, 9);
        for (let index = 1; index < at.length; index++) expect(at[index]!).toBeGreaterThan(at[index - 1]!);
      }),
    );
  });

  test("shows 64 MiB beside a terabyte, which to scale it does not", () => {
    const tagged = { start: 0, end: 1024 * GIB };
    const tags = { start: 1024 * GIB, end: 1024 * GIB + 64 * MIB };
    const room = (scale: Scale) => placeOf(scale, tags.end) - placeOf(scale, tags.start);
    expect(room(compressedScale([tagged, tags]))).toBeGreaterThan(0.05);
    expect(room(trueScale({ start: 0, end: tags.end }))).toBeCloseTo(64 / (1024 * 1024 + 64), 9);
  });

  test("gives a hole less room than the smallest thing, however large it is", () => {
    const scale = compressedScale([
      { start: 0, end: MIB },
      { start: 1024 * GIB, end: 1024 * GIB + GIB },
    ]);
    const hole = placeOf(scale, 1024 * GIB) - placeOf(scale, MIB);
    expect(hole).toBeGreaterThan(0);
    expect(hole).toBeLessThan(placeOf(scale, MIB));
  });
});

test("an address that is placed is found again at its place", () => {
  fc.assert(
    fc.property(scales, fc.double({ min: 0, max: 1, noNaN: true }), (scale, place) => {
      const address = addressAt(scale, place);
      expect(Math.abs(placeOf(scale, address) - place)).toBeLessThan(1e-6);
    }),
  );
});

test("labels of addresses stand within the picture, and none over another", () => {
  fc.assert(
    fc.property(scales, parts, fc.integer({ min: 200, max: 3000 }), (scale, part, width) => {
      const ticks = ticksOf(scale, part, width);
      let free = -1e-6;
      for (const { address, place, text, textWidth } of ticks) {
        expect(Number(text)).toBe(address);
        expect(place).toBeGreaterThan(-1e-6);
        expect(place).toBeLessThan(1 + 1e-6);
        // As the page's script sets them.
        const centre = Math.min(Math.max(place * width, textWidth / 2), width - textWidth / 2);
        expect(centre - textWidth / 2).toBeGreaterThanOrEqual(free);
        free = centre + textWidth / 2;
        expect(free).toBeLessThanOrEqual(width + 1e-6);
      }
    }),
  );
});

test("to scale, the addresses that are told are round", () => {
  const ticks = ticksOf(trueScale({ start: 2 * GIB, end: 36 * GIB }), { from: 0, to: 1 }, 1200);
  expect(ticks.length).toBeGreaterThan(4);
  for (const { address } of ticks) expect(address % GIB).toBe(0);
});

test("a text fits where each of its letters has 0.6 of its height", () => {
  expect(fits(3, 3 * 0.6 * 11)).toBe(false);
  expect(fits(3, 3 * 0.6 * 11 + 3)).toBe(true);
});
