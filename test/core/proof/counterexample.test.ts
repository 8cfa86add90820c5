import { describe, expect, it } from "vitest";
import { explainAllocation, MAX_BLOCKS_TOLD } from "../../../core/proof/counterexample.ts";
import type { TagRegion } from "../../../core/region.ts";

function region(m0: number, memoryPages: number, t0: number, tagPages: number, blockPages: number): TagRegion {
  return {
    node: "/tags",
    memoryNode: "/memory",
    memory: { start: m0, end: m0 + memoryPages - 1 },
    tags: { start: t0, end: t0 + tagPages - 1 },
    blockPages,
    numaNode: null,
  };
}

const fine = { isMissing: false, isExtra: false, isOutside: false, isLeaking: false, isEarly: false };

describe("an allocation explained", () => {
  const review = [region(524288, 524288, 9404416, 16384, 2)];

  it("shows the block that the review's case takes for nothing", () => {
    expect(explainAllocation(review, "rfc-v2", 0, 6, 524288)).toEqual({
      region: 0,
      order: 6,
      pfn: 524288,
      found: 0,
      blocksNeeded: 1,
      blocksReserved: 2,
      blocks: [
        { block: 9404416, end: 9404417, pages: 64, pagesGivingBack: 64, references: 64, ...fine },
        {
          block: 9404418,
          end: 9404419,
          pages: 0,
          pagesGivingBack: 0,
          references: 64,
          ...fine,
          isExtra: true,
          isLeaking: true,
        },
      ],
      blocksLeftOut: 0,
    });
  });

  it("shows the block that lies behind the tag range", () => {
    // The last allocation: its block is the range's last, 9420798; the walk goes on to 9420800, the page after t1.
    expect(explainAllocation(review, "rfc-v2", 0, 6, 1048512).blocks.at(-1)).toEqual({
      block: 9420800,
      end: 9420801,
      pages: 0,
      pagesGivingBack: 0,
      references: 64,
      ...fine,
      isExtra: true,
      isOutside: true,
      isLeaking: true,
    });
  });

  it("shows the block that rfc-v3 leaves unreserved", () => {
    expect(explainAllocation(review, "rfc-v3", 0, 7, 524288).blocks).toEqual([
      { block: 9404416, end: 9404417, pages: 64, pagesGivingBack: 64, references: 64, ...fine },
      { block: 9404418, end: 9404419, pages: 64, pagesGivingBack: 64, references: 0, ...fine, isMissing: true },
    ]);
  });

  it("shows pages that find no region as needing blocks that nobody reserves", () => {
    const explained = explainAllocation([region(0, 320, 10000, 5, 1)], "rfc-v3", 0, 6, 192);
    expect(explained).toMatchObject({ found: null, blocksNeeded: 2, blocksReserved: 0 });
    expect(explained.blocks.map(({ block, isMissing }) => [block, isMissing])).toEqual([
      [10006, true],
      [10007, true],
    ]);
  });

  it("shows a block let go early where the kernel finds a row with smaller blocks", () => {
    // Row 0 has blocks of 1 page (32 of memory), row 1 of 2 (64), over the same memory and tags: 64 pages at 0 are one
    // block of row 1, to which row 0's walk of two blocks gives 32 references.
    const regions = [region(0, 640, 10000, 20, 1), region(0, 640, 10000, 20, 2)];
    expect(explainAllocation(regions, "rfc-v3", 1, 6, 0)).toMatchObject({
      found: 0,
      blocks: [
        { block: 10000, end: 10001, pages: 64, pagesGivingBack: 64, references: 32, ...fine, isEarly: true },
        {
          block: 10001,
          end: 10001,
          pages: 0,
          pagesGivingBack: 0,
          references: 32,
          ...fine,
          isExtra: true,
          isLeaking: true,
        },
      ],
    });
  });

  it("is cut where blocks are many, and keeps the lowest block with each fault", () => {
    // B = 2, order 13: 256 blocks walked, the first 128 of them needed.
    const explained = explainAllocation([region(0, 2 ** 20, 2 ** 21, 2 ** 15, 2)], "rfc-v2", 0, 13, 0);
    expect(explained).toMatchObject({ blocksNeeded: 128, blocksReserved: 256, blocksLeftOut: 256 - MAX_BLOCKS_TOLD });
    expect(explained.blocks).toHaveLength(MAX_BLOCKS_TOLD);
    expect(explained.blocks.find(({ isExtra }) => isExtra)?.block).toBe(2 ** 21 + 256);
  });
});
