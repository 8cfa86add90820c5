/** The family of layouts further on, in larger memory: `npm run test:long`, a few minutes. */
import { describe, it } from "vitest";
import { expectSameAsSlowWalk } from "./expect-same.ts";
import { familyLayout } from "./layout-family.ts";

const CHUNK = 10_000;

/** Past those that `npm test` takes. */
const FIRST = 10_000;

describe("100,000 layouts of the family give the same by proof and by the slow walk", () => {
  for (let chunk = 0; chunk < 10; chunk++) {
    const first = FIRST + chunk * CHUNK;
    it(`${first} to ${first + CHUNK - 1}, blocks of up to 96 pages with an edge inside the memory`, () => {
      for (let index = first; index < first + CHUNK; index++)
        expectSameAsSlowWalk(familyLayout(index, 1 + (index % 3)));
    });
  }
});

it("200 layouts, blocks of up to 4096 pages with an edge inside the memory", () => {
  // A step that shares no factor with the family's combinations, so that all block sizes come up.
  for (let n = 0; n < 200; n++) expectSameAsSlowWalk(familyLayout(1_000_003 + n * 1009, 128));
});
