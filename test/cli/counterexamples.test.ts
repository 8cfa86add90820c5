/** Counterexamples as they are told and drawn, each worked out by hand from docs/domain.md and docs/kernels.md. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { counterexamplePicture } from "../../cli/formats/counterexample-picture.ts";
import { plain } from "../../cli/style.ts";
import { kernelConfig } from "../../core/kernel/config.ts";
import type { ObligationName } from "../../core/proof/proof.ts";
import { prove } from "../../core/proof/prove.ts";
import type { TagRegion } from "../../core/region.ts";
import { SERIES, type Series } from "../../core/series.ts";
import { tellCounterexample } from "../../core/tell-counterexample.ts";
import { layouts } from "../core/proof/layouts.ts";
import { carveout } from "./program.ts";

/** Memory of `memoryPages` from `m0` on, its tags in `tagPages` from `t0` on, blocks of `blockPages`. */
function region(m0: number, memoryPages: number, t0: number, tagPages: number, blockPages: number): TagRegion {
  const memory = { start: m0, end: m0 + memoryPages - 1 };
  const tags = { start: t0, end: t0 + tagPages - 1 };
  return { node: "/tags", memoryNode: "/memory", memory, tags, blockPages, numaNode: null };
}

/** The smallest counterexample, in words and drawn, under 4 KiB pages. */
function told(name: ObligationName, regions: readonly TagRegion[], series: Series) {
  const config = kernelConfig({ series });
  const { counterexample } = prove(regions, series, config.maxOrder).obligations.find((one) => one.name === name)!;
  if (counterexample === null) throw new Error(`${name} holds under ${series}`);
  const lines = counterexamplePicture(name, counterexample, regions, config, plain);
  return {
    counterexample,
    words: tellCounterexample(name, counterexample, regions, config),
    lines,
    /** Without the blanks that line it up. */
    picture: lines.map((line) => line.trim().replace(/ +/g, " ")),
  };
}

const WALL = "] the last whole block of the tag storage ends here";

describe.each(SERIES)("under %s", (series) => {
  test("containment: half the tags, the block where they end and what lies beyond", () => {
    // 16 tag pages in blocks of 4 serve 4 * 4 * 32 = 512 pages, so PFN 1024 + 512 = 1536 is the first without.
    const { words, picture } = told("containment", [region(1024, 1024, 4096, 16, 4)], series);
    expect(words).toBe(
      "the tags of PFN 1536 (0x600000) lie in block 4112 (0x1010000-0x1013fff), but the tag storage ends at 0x100ffff; " +
        "512 pages of memory, from there to the end, have no tag storage",
    );
    // 1024 pages need 1024 / 128 = 8 blocks; 3 whole ones stand before the last whole one, 4096 + 3 * 4 = 4108, which
    // serves PFN 1024 + 3 * 128 = 1408 and up. The eighth, 4096 + 7 * 4 = 4124, serves 1024 + 7 * 128 = 1920 and up.
    expect(picture).toEqual([
      "block 3 blocks 4108 4112 2 blocks 4124",
      "tags of PFN … | 1408 ] 1536 | … | 1920 |",
      "tag storage … | inside ] outside | … | outside |",
      "no tag storage ^ ^",
      WALL,
    ]);
  });

  test("disjointness: the two ranges over the addresses where they start and end", () => {
    // Tags 4096 to 4127, memory 4112 to 5135: they share 4112 to 4127, which are 16 pages.
    const regions = [region(1024, 1024, 4096, 32, 1), region(4112, 1024, 8192, 32, 1)];
    const { words, picture } = told("disjointness", regions, series);
    expect(words).toBe(
      "the tag storage /tags (0x1000000-0x101ffff) and the memory /memory (0x1010000-0x140ffff) overlap in 16 pages, 0x1010000-0x101ffff",
    );
    expect(picture).toEqual([
      "from 0x1000000 0x1010000 0x1020000",
      "row 0 tags | ========= | ========= | |",
      "row 1 memory | | ========= | ========= |",
      "shared ^",
    ]);
  });

  test("retention: a region with smaller blocks in the same place gives a block half the references", () => {
    // The kernel finds row 0 for every page. Of 64 pages at 1024 row 1 has all tags in its block of two pages, 4096; the
    // kernel walks row 0's blocks of one page, 4096 and 4097, each for 32 pages.
    const regions = [region(1024, 1024, 4096, 32, 1), region(1024, 1024, 4096, 32, 2)];
    const { counterexample, words, picture } = told("retention", regions, series);
    expect(counterexample).toEqual({ region: 1, order: 6, pfn: 1024, block: 4096 });
    expect(words).toBe(
      `an order 6 allocation at PFN 1024 (0x400000), 256 KiB, has its tags in block 4096, and ${series} reserves blocks 4096 and 4097; ` +
        "block 4096 (0x1000000-0x1001fff) gets 32 references, but the tags of 64 pages: it goes back to data while 32 pages can still be tagged",
    );
    expect(picture).toEqual([
      "block 4096 4097",
      "hardware, pages | 64 | - |",
      `${series}, refs | 32 | 32 |`,
      "over-reserved ^",
      "leaks ^",
      "released early ^",
    ]);
  });
});

describe("coverage", () => {
  test.each(["rfc-v1", "rfc-v2"] as const)("under %s: memory that starts off a block's boundary", (series) => {
    // 1056 is 16 past 1040: the first 16 of 32 pages have their tags in page 4096, the others in 4097. One tag page is
    // what 32 pages need, so one block is walked, and gets a reference for each of the 32.
    const { words, picture } = told("coverage", [region(1040, 1024, 4096, 32, 1)], series);
    expect(words).toBe(
      `an order 5 allocation at PFN 1056 (0x420000), 128 KiB, has its tags in blocks 4096 and 4097, and ${series} reserves block 4096; ` +
        "block 4097 (0x1001000-0x1001fff) holds the tags of 16 pages of it and stays in use for data: tags are written over that data",
    );
    expect(picture).toEqual([
      "block 4096 4097",
      "hardware, pages | 16 | 16 |",
      `${series}, refs | 32 | - |`,
      "unprotected ^",
      "leaks ^",
    ]);
  });

  test("under rfc-v3: blocks of two pages, to the blank", () => {
    // 128 pages need 4 tag pages, 2 blocks; the walk ends at block + ceil(4 / 2) = 2 pages, behind the first.
    const { words, lines } = told("coverage", [region(1024, 1024, 4096, 32, 2)], "rfc-v3");
    expect(words).toBe(
      "an order 7 allocation at PFN 1024 (0x400000), 512 KiB, has its tags in blocks 4096 and 4098, and rfc-v3 reserves block 4096; " +
        "block 4098 (0x1002000-0x1003fff) holds the tags of 64 pages of it and stays in use for data: tags are written over that data",
    );
    expect(lines).toEqual([
      "      block             4096   4098",
      "      hardware, pages |  64  |  64  |",
      "      rfc-v3, refs    |  64  |   -  |",
      "      unprotected                ^",
    ]);
  });

  test("under exact: a page beyond the tags finds no region", () => {
    // One tag page serves 1024 to 1055.
    const { words, picture } = told("coverage", [region(1024, 64, 4096, 1, 1)], "exact");
    expect(words).toBe(
      "an order 0 allocation at PFN 1056 (0x420000), 4 KiB, has its tags in block 4097, and exact finds no region for it and reserves nothing; " +
        "block 4097 (0x1001000-0x1001fff) holds the tags of 1 page of it and stays in use for data: tags are written over that data",
    );
    expect(picture).toEqual(["block 4097", "hardware, pages | 1 |", "exact, refs | - |", "unprotected ^"]);
  });

  test("says of how many blocks the one that is told is the first", () => {
    // 1024 pages need 32 tag pages, 16 blocks of two; the walk ends at block + ceil(32 / 2) = 16 pages: 8 blocks, and 8 more
    // from 4096 + 8 * 2 = 4112 on that are missed.
    const regions = [region(1024, 1024, 4096, 32, 2)];
    const counterexample = { region: 0, order: 10, pfn: 1024, block: 4112 };
    const config = kernelConfig({ series: "rfc-v3" });
    expect(tellCounterexample("coverage", counterexample, regions, config)).toContain(
      "block 4112 (0x1010000-0x1011fff), the first of 8 such blocks, holds the tags of 64 pages of it",
    );
    const picture = counterexamplePicture("coverage", counterexample, regions, config, plain);
    // 16 blocks: 4096 to 4126. Drawn are the one at fault, both ends, the last that is reserved, 4096 + 7 * 2 = 4110, and
    // from the start on what there is still room for: of 58 columns, five cells take 4 + 2 + 1 each, two gaps 8 + 2 + 1, and
    // the last wall one.
    expect(picture.map((line) => line.trim().replace(/ +/g, " "))).toEqual([
      "block 4096 4098 5 blocks 4110 4112 6 blocks 4126",
      "hardware, pages | 64 | 64 | … | 64 | 64 | … | 64 |",
      "rfc-v3, refs | 64 | 64 | … | 64 | - | … | - |",
      "unprotected ^ ^",
    ]);
  });
});

describe("precision", () => {
  test.each(["rfc-v1", "rfc-v2"] as const)("under %s: the walk runs out of the region", (series) => {
    // 64 pages need 2 tag pages, one block of two; max(64 / 32, 1) * 2 = 4 pages are walked, and the region has two.
    const { words, picture } = told("precision", [region(1024, 64, 4096, 2, 2)], series);
    expect(words).toBe(
      `an order 6 allocation at PFN 1024 (0x400000), 256 KiB, has its tags in block 4096, and ${series} reserves blocks 4096 and 4098; ` +
        "block 4098 (0x1002000-0x1003fff) lies outside the region's tag storage and is taken from its owner",
    );
    expect(picture).toEqual([
      "block 4096 4098",
      "hardware, pages | 64 ] - |",
      `${series}, refs | 64 ] 64 |`,
      "over-reserved ^",
      "out of region ^",
      "leaks ^",
      WALL,
    ]);
  });

  test.each(["rfc-v3", "exact"] as const)("under %s: another region's block is taken", (series) => {
    // As for retention; page 1056 has its tags in row 1's block 4096, and row 0 names the page of its tags 4097.
    const regions = [region(1024, 1024, 4096, 32, 1), region(1024, 1024, 4096, 32, 2)];
    const { words, picture } = told("precision", regions, series);
    expect(words).toBe(
      `an order 0 allocation at PFN 1056 (0x420000), 4 KiB, has its tags in block 4096, and ${series} reserves block 4097; ` +
        "block 4097 (0x1001000-0x1001fff) holds no tag of it and is taken from data for nothing",
    );
    expect(picture).toEqual([
      "block 4096 4097",
      "hardware, pages | 1 | - |",
      `${series}, refs | - | 1 |`,
      "unprotected ^",
      "over-reserved ^",
      "leaks ^",
    ]);
  });
});

describe("release", () => {
  test.each(["rfc-v1", "rfc-v2", "rfc-v3"] as const)("under %s: more references than pages", (series) => {
    // As for coverage: 32 references for 16 pages. rfc-v3's walk of blocks of one page is ceil(1 / 1) = 1 page long too.
    const { words, picture } = told("release", [region(1040, 1024, 4096, 32, 1)], series);
    expect(words).toBe(
      `an order 5 allocation at PFN 1056 (0x420000), 128 KiB, has its tags in blocks 4096 and 4097, and ${series} reserves block 4096; ` +
        "block 4096 (0x1000000-0x1000fff) gets 32 references but holds the tags of only 16 pages: " +
        "freed one page at a time, 16 references stay, and the block never returns to data",
    );
    expect(picture.slice(1, 3)).toEqual(["hardware, pages | 16 | 16 |", `${series}, refs | 32 | - |`]);
  });

  test("under exact: a block outside the region is never given back", () => {
    // 64 pages from 1024: the tags of the second half would be in 4097, and the region ends with 4096.
    const { words, picture } = told("release", [region(1024, 64, 4096, 1, 1)], "exact");
    expect(words).toBe(
      "an order 6 allocation at PFN 1024 (0x400000), 256 KiB, has its tags in blocks 4096 and 4097, and exact reserves blocks 4096 and 4097; " +
        "block 4097 (0x1001000-0x1001fff) gets 32 references and lies outside the region, where pages that are freed one at a time find no block: it never returns",
    );
    expect(picture).toEqual([
      "block 4096 4097",
      "hardware, pages | 32 ] 32 |",
      "exact, refs | 32 ] 32 |",
      "out of region ^",
      "leaks ^",
      WALL,
    ]);
  });
});

test("whatever the layout, a picture has at most 80 columns, and shows the block at fault marked", () => {
  fc.assert(
    fc.property(layouts, ({ regions, series, maxOrder }) => {
      const config = kernelConfig({ series, maxOrder });
      for (const { name, counterexample } of prove(regions, series, maxOrder).obligations) {
        if (counterexample === null) continue;
        const lines = counterexamplePicture(name, counterexample, regions, config, plain);
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
        const marks = lines.flatMap((line) => [...line.matchAll(/\^/g)].map(({ index }) => index));
        expect(marks.length).toBeGreaterThan(0);
        if (counterexample.block === null) continue;
        const title = String(counterexample.block);
        const start = lines[0]!
          .split(/(?<= )(?=\S)/)
          .reduce(({ at, found }, word) => ({ at: at + word.length, found: word.trim() === title ? at : found }), {
            at: 0,
            found: -1,
          }).found;
        expect(start).toBeGreaterThan(0);
        expect(marks.some((mark) => mark >= start - 1 && mark <= start + title.length)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

test("addresses of 64 bits still fit in 80 columns", () => {
  const top = 2 ** 52 - 2048;
  const regions = [region(top, 1024, 4096, 32, 1), region(top + 512, 1024, 8192, 32, 1)];
  const { lines } = told("disjointness", regions, "rfc-v2");
  expect(lines[0]).toContain("0xffffffffff800000");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("prove and check draw an allocation once, however many obligations it breaks", () => {
  for (const command of ["prove", "check"]) {
    const { out } = carveout([command, "examples/blocks-8k.dts"]);
    // Blocks of two pages from 9404416 on; 64 pages of memory need the first, and rfc-v2 takes the second too.
    expect(out.match(/^ +hardware, pages \| +64 +\| +- +\|$/gm)?.length).toBe(1);
    expect(out.match(/^ +over-reserved +\^$/gm)?.length).toBe(1);
  }
});
