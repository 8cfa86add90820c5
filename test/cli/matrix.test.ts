import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { carveout, folderWith, fvpSource } from "./program.ts";

const ALL = ["--kernel", "all", "--page-size", "all"];
const SERIES = ["rfc-v1", "rfc-v2", "rfc-v3", "exact"];
const PAGE_SIZES = ["4k", "16k", "64k"];

/**
 * 2 GiB of memory and blocks of 8 KiB. Under rfc-v2, two 4 KiB pages make a block, and order 6 is the first whose walk
 * takes one too many (the seed review); a page of 16 KiB is a block. Pageblocks of 64 KiB pages are 512 MiB, and the tag
 * range has 64 MiB: disabled. rfc-v1 looks for another name, rfc-v3 in another place: absent.
 */
const BLOCKS_8K = "examples/blocks-8k.dts";

/** The machine of 8 GiB, with blocks of 8 KiB: written out in each series' dialect, so that each sees it. */
const DESCRIPTION = `memory:
  - { name: low, base: 0x80000000, size: 2G }
  - { name: high, base: 0x880000000, size: 5G }
tag-storage:
  - { base: 0x9c0000000, size: 64M, block-size: 8k, memory: low }
  - { base: 0x9c4000000, size: 160M, block-size: 8k, memory: high }
`;

/** A row of the text's table as its cells. */
function cells(out: string, series: string): string[] {
  return new RegExp(`^${series} .*$`, "m").exec(out)![0].split(/ {2,}/);
}

describe("check", () => {
  test("has a row for each series and a column for each page size", () => {
    const { code, out, err } = carveout(["check", BLOCKS_8K, ...ALL]);
    expect([code, err]).toEqual([1, ""]);
    expect(out.split("\n")[0]).toBe(`${BLOCKS_8K}: device tree source, 4 series x 3 page sizes`);
    expect(out.split("\n")[2]!.trim().split(/ {2,}/)).toEqual(["4 KiB pages", "16 KiB pages", "64 KiB pages"]);
    expect(cells(out, "rfc-v1")).toEqual(["rfc-v1", "absent", "absent", "absent"]);
    expect(cells(out, "rfc-v2")).toEqual(["rfc-v2", "precision, order 6", "safe", "disabled"]);
    expect(cells(out, "rfc-v3")).toEqual(["rfc-v3", "absent", "absent", "absent"]);
    expect(cells(out, "exact")).toEqual(["exact", "safe", "safe", "disabled"]);
    expect(out).toContain("of 12 kernels, 3 safe, 1 unsafe, 2 disabled, 6 absent");
  });

  test("of the FVP under rfc-v3: larger pages have larger pageblocks than the tag ranges", () => {
    // Tags of 64 MiB at 0x8f8000000 and of 60 MiB at 0x8fc000000. Pageblocks are 2, 32 and 512 MiB: 60 is no multiple of 32,
    // and neither 64 nor 60 is one of 512. Blocks of a page, and memory that starts at a multiple of 32 pages: safe.
    // rfc-v1 and rfc-v2 look among the root's children, where no tag storage is; exact boots as rfc-v3 does.
    const { code, out } = carveout(["check", "examples/fvp-rfc-v3.dts", ...ALL]);
    const seen = ["safe", "disabled", "disabled"];
    const unseen = ["absent", "absent", "absent"];
    expect(SERIES.map((series) => cells(out, series))).toEqual([
      ["rfc-v1", ...unseen],
      ["rfc-v2", ...unseen],
      ["rfc-v3", ...seen],
      ["exact", ...seen],
    ]);
    expect(code).toBe(1);
    // The same rule stops both page sizes, at another region each: two findings.
    expect(out.match(/\[cma-alignment\]$/gm)?.length).toBe(2);
    expect(out).toMatch(/0x8fc000000-0x8ffbfffff does not .* 32 MiB \[cma-alignment\]/);
    expect(out).toMatch(/^ +under rfc-v3 \(16 KiB pages\), exact \(16 KiB pages\)$/m);
    expect(out).toMatch(/^ +under rfc-v3 \(64 KiB pages\), exact \(64 KiB pages\)$/m);
    expect(out).toMatch(/^ +under rfc-v1, rfc-v2$/m);
  });

  test("takes a description in each series' dialect, from standard input too", () => {
    const { out } = carveout(["check", "-", ...ALL], { input: DESCRIPTION });
    expect(cells(out, "rfc-v1")).toEqual(["rfc-v1", "precision, order 6", "safe", "disabled"]);
    expect(cells(out, "rfc-v2")).toEqual(["rfc-v2", "precision, order 6", "safe", "disabled"]);
    // 128 pages need 4 tag pages, two blocks; the walk ends at block + ceil(4 / 2) = 2 pages, behind the first.
    expect(cells(out, "rfc-v3")).toEqual(["rfc-v3", "coverage, order 7", "safe", "disabled"]);
    expect(cells(out, "exact")).toEqual(["exact", "safe", "safe", "disabled"]);
  });

  test("takes lists, each kernel once, and applies overlays", () => {
    const list = ["--kernel", "rfc-v3,rfc-v2,rfc-v3", "--page-size", "16k,4k"];
    const { out } = carveout(["check", BLOCKS_8K, ...list]);
    expect(out).toContain("2 series x 2 page sizes");
    expect(cells(out, "rfc-v2")).toEqual(["rfc-v2", "safe", "precision, order 6"]);
    const overlaid = carveout([
      "check",
      "examples/qemu-virt-plain.dts",
      "-a",
      "examples/tag-storage-overlay.dts",
      ...ALL,
    ]);
    expect(overlaid.out).toMatch(
      /^examples\/qemu-virt-plain\.dts: .* with overlay examples\/tag-storage-overlay\.dts, 4 series/,
    );
    expect(overlaid.out).toMatch(/^rfc-v[123] +safe/m);
  });

  test("one series or one page size still makes a matrix of the others", () => {
    expect(carveout(["check", BLOCKS_8K, "--page-size", "all"]).out).toContain("1 series x 3 page sizes");
    expect(carveout(["check", BLOCKS_8K, "--kernel", "all"]).out).toContain("4 series x 1 page size\n");
  });

  test("a kernel that sees no tag storage is no error", () => {
    const { code, out } = carveout(["check", "examples/fvp-rfc-v2.dts", "--kernel", "all"]);
    expect(cells(out, "rfc-v2")).toEqual(["rfc-v2", "safe"]);
    expect(cells(out, "rfc-v3")).toEqual(["rfc-v3", "absent"]);
    expect(code).toBe(0);
  });

  test.each([
    ["all that see it are safe", "rfc-v2,rfc-v3", "16k,4k", "examples/machine.yaml", 0],
    ["none sees it", "rfc-v1,rfc-v3", "all", BLOCKS_8K, 0],
    ["one of four is unsafe", "rfc-v2,exact", "4k,16k", BLOCKS_8K, 1],
    ["one of two turns management off", "exact", "16k,64k", BLOCKS_8K, 1],
    ["the tree itself is at fault, whoever sees it", "rfc-v1,rfc-v3", "4k", "examples/broken-no-block-size.dts", 1],
    ["the input cannot be parsed", "all", "all", "examples/broken-syntax.dts", 1],
  ])("exit code where %s", (_what, series, pageSizes, input, expected) => {
    for (const format of ["text", "json", "csv", "markdown"]) {
      const args = ["check", input, "--kernel", series, "--page-size", pageSizes, "--format", format];
      expect([format, carveout(args).code]).toEqual([format, expected]);
    }
  });

  test("an input that cannot be read is told on standard error, with exit code 2, beside the others' tables", () => {
    const { code, out, err } = carveout(["check", "missing.dts", BLOCKS_8K, ...ALL]);
    expect([code, err]).toEqual([2, "carveout: cannot read missing.dts: no such file or directory\n"]);
    expect(cells(out, "exact")).toEqual(["exact", "safe", "safe", "disabled"]);
  });

  test("colours its cells where there is colour, and stands in the same columns of 80", () => {
    const table = (text: string) => text.split("\n").slice(2, 7);
    const bare = table(carveout(["check", BLOCKS_8K, ...ALL]).out);
    const coloured = table(carveout(["check", BLOCKS_8K, ...ALL, "--color", "always"]).out);
    expect(coloured[2]).toContain("\x1b[31mprecision, order 6\x1b[");
    expect(coloured[4]).toContain("\x1b[32msafe\x1b[");
    expect(coloured.map(stripVTControlCharacters)).toEqual(bare);
    expect(Math.max(...bare.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("thousands of broken nodes under every kernel take no more than seconds", () => {
    // None has a block-size: each is a mistake to the schema and, where its series looks, to the kernel.
    const node = (index: number) => {
      const low = (index * 0x1000).toString(16);
      return `tag-storage@${(0x900000000 + index * 0x1000).toString(16)} {
        compatible = "arm,mte-tag-storage"; reg = <0x9 0x${low} 0x0 0x1000>; };`;
    };
    const input = `/dts-v1/;
/ { #address-cells = <2>; #size-cells = <2>;
memory@80000000 { device_type = "memory"; reg = <0x0 0x80000000 0x0 0x80000000>; };
reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; ${Array.from({ length: 4000 }, (_, i) => node(i)).join("\n")} }; };`;
    const { code, out } = carveout(["check", "-", ...ALL, "--format", "csv"], { input });
    expect(code).toBe(1);
    expect(out.split("\n").length).toBe(14);
  });

  test("an input that cannot be parsed is told once, and has no table", () => {
    const { code, out } = carveout(["check", "examples/broken-syntax.dts", ...ALL]);
    expect(code).toBe(1);
    expect(out.match(/\[phandle_references\]/g)?.length).toBe(1);
    expect(out).not.toContain("rfc-v1");
    expect(out.trimEnd().split("\n").at(-1)).toBe("examples/broken-syntax.dts: cannot be read (3 errors)");
  });
});

describe("findings", () => {
  test("of kernels that share one are told once, with the kernels", () => {
    const { out } = carveout(["check", "-", ...ALL], { input: DESCRIPTION });
    expect(out.match(/\[precision\]$/gm)?.length).toBe(1);
    // The message names rfc-v1; rfc-v2's is the same in its own name.
    expect(out).toContain(
      "      under rfc-v1 (4 KiB pages), rfc-v2 (4 KiB pages); the numbers are those of rfc-v1, 4 KiB pages\n",
    );
    expect(out).toMatch(/^ +under rfc-v3 \(4 KiB pages\)$/m);
  });

  test("name a series alone where all of its page sizes share one", () => {
    const { out } = carveout(["check", BLOCKS_8K, ...ALL]);
    expect(out).toMatch(/\[tag-node-name\]\n +under rfc-v1\n/);
    expect(out).toMatch(/\[tag-node-place\]\n +under rfc-v3\n/);
  });

  test("of the parser, the structure and the schema are told once and name no kernel", () => {
    // The unit address is missing, which dtc warns of whichever kernel there is.
    const source = fvpSource().replace("memory@880000000", "memory");
    const { out } = carveout(["check", "-", ...ALL], { input: source });
    expect(out.match(/\[unit_address_vs_reg\]/g)?.length).toBe(1);
    expect(out.split("\n\n").find((part) => part.includes("[unit_address_vs_reg]"))).not.toContain("under");
  });

  test("that a kernel tells better are not told by the schema too", () => {
    // Without a block-size, rfc-v2 stops; what the schema has against the node is the same mistake.
    const alone = carveout(["check", "examples/broken-no-block-size.dts", "--kernel", "rfc-v2"]).out;
    const { out } = carveout(["check", "examples/broken-no-block-size.dts", "--kernel", "all"]);
    const rules = (text: string) => [...text.matchAll(/error: .*\[([a-z_-]+)\]$/gm)].map(([, rule]) => rule);
    expect(rules(alone)).toEqual(["block-size"]);
    expect(rules(out)).toEqual(["block-size"]);
  });

  test("--quiet leaves the errors alone", () => {
    const { code, out } = carveout(["check", BLOCKS_8K, ...ALL, "--quiet"]);
    expect(code).toBe(1);
    expect(out).not.toContain("warning:");
    expect(out).not.toContain("kernels");
    expect(out.match(/: error: /g)?.length).toBe(3);
  });
});

describe("JSON", () => {
  test.each(["check", "prove", "regions"])("%s gives for each kernel the object that it gives alone", (command) => {
    const folder = folderWith({ "machine.yaml": DESCRIPTION, "tree.dts": fvpSource("0x2000") });
    for (const input of ["machine.yaml", "tree.dts"]) {
      const { out } = carveout([command, input, ...ALL, "--format", "json"], { cwd: folder });
      const { carveout: version, matrix, ...rest } = JSON.parse(out);
      expect([version, rest]).toEqual(["0.1.0", { input }]);
      expect(matrix.length).toBe(12);
      // Four of the twelve, every series and every page size among them.
      for (const [row, column] of [
        [0, 0],
        [1, 1],
        [2, 2],
        [3, 0],
      ] as const) {
        const kernel = ["--kernel", SERIES[row]!, "--page-size", PAGE_SIZES[column]!];
        const alone = carveout([command, input, ...kernel, "--format", "json"], { cwd: folder });
        expect(matrix[row * 3 + column]).toEqual(JSON.parse(alone.out));
      }
    }
  });

  test("several inputs make an array", () => {
    const { out } = carveout(["regions", BLOCKS_8K, "examples/machine.yaml", "--kernel", "all", "--format", "json"]);
    const inputs = JSON.parse(out);
    expect(inputs.map(({ input, matrix }: { input: string; matrix: unknown[] }) => [input, matrix.length])).toEqual([
      [BLOCKS_8K, 4],
      ["examples/machine.yaml", 4],
    ]);
  });
});

test("prove has a row for each kernel with the lowest order of each obligation that is broken", () => {
  const { out } = carveout(["prove", BLOCKS_8K, "--kernel", "rfc-v2,exact", "--page-size", "all"]);
  const rows = out.split("\n").filter((line) => /^(?:rfc-v2|exact) /.test(line));
  const broken = ["holds", "holds", "holds", "order 6", "order 6", "holds"];
  const safe = Array(6).fill("holds");
  expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
    ["rfc-v2", "4 KiB", ...broken],
    ["rfc-v2", "16 KiB", ...safe],
    ["rfc-v2", "64 KiB", "disabled"],
    ["exact", "4 KiB", ...safe],
    ["exact", "16 KiB", ...safe],
    ["exact", "64 KiB", "disabled"],
  ]);
});

test("prove's columns are in line where rows end early", () => {
  // Of the FVP, larger pages end in a word for the whole row; 16 KiB is wider than the title and than 4 KiB.
  const { out } = carveout(["prove", "examples/fvp-rfc-v3.dts", "--page-size", "all"]);
  const [titles, ...rows] = out.split("\n").slice(2, 6);
  const column = titles!.indexOf("containment");
  expect(rows.map((row) => [row.slice(0, column).trimEnd(), row.slice(column).split(" ")[0]])).toEqual([
    ["rfc-v3  4 KiB", "holds"],
    ["rfc-v3  16 KiB", "disabled"],
    ["rfc-v3  64 KiB", "disabled"],
  ]);
});

describe("regions", () => {
  test("prints the table of each kernel that has one", () => {
    const { out } = carveout(["regions", BLOCKS_8K, "--kernel", "rfc-v2", "--page-size", "all"]);
    expect(out).toMatch(/^rfc-v2, 4 KiB pages:\n# .*\n0 .* 8 KiB\n.* PFN 524288-1048575 .* 2 pages\n\nrfc-v2, 16 KiB/m);
    // 0x80000000 / 16384 = 131072; a block of 8 KiB is made up to a page.
    expect(out).toMatch(/^rfc-v2, 16 KiB pages:\n# .*\n0 .* 16 KiB\n.* PFN 131072-262143 .* 1 page$/m);
    expect(out).toMatch(/^rfc-v2, 64 KiB pages: disabled$/m);
  });

  test("csv and markdown name the kernel in each row", () => {
    const kernels = ["--kernel", "rfc-v2", "--page-size", "4k,16k"];
    const { out } = carveout(["regions", BLOCKS_8K, ...kernels, "--format", "csv"]);
    // 0x8f8000000 / 16384 = 2351104, and 64 MiB / 16384 = 4096 pages.
    expect(out).toBe(
      "input,series,pageSize,region,node,memoryNode,memoryStart,memoryEnd,tagsStart,tagsEnd,blockPages,numaNode\n" +
        `${BLOCKS_8K},rfc-v2,4096,0,/tag-storage@8f8000000,/memory@80000000,524288,1048575,9404416,9420799,2,\n` +
        `${BLOCKS_8K},rfc-v2,16384,0,/tag-storage@8f8000000,/memory@80000000,131072,262143,2351104,2355199,1,\n`,
    );
    const markdown = carveout(["regions", BLOCKS_8K, ...kernels, "--format", "markdown"]).out.split("\n");
    expect(markdown[1]).toBe("| --- | --- | ---: | ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    expect(markdown[3]).toContain("| rfc-v2 | 16384 | 0 |");
  });
});

describe("check as a table for other programs", () => {
  test("csv: a row for each kernel", () => {
    const { code, out } = carveout([
      "check",
      BLOCKS_8K,
      "--kernel",
      "rfc-v2,rfc-v3",
      "--page-size",
      "all",
      "--format",
      "csv",
    ]);
    expect(code).toBe(1);
    // The lowest order 6 allocation is the first 64 pages of the memory, PFN 524288; precision and release are broken.
    expect(out).toBe(
      "input,series,pageSize,outcome,safe,broken,region,order,pfn,errors\n" +
        `${BLOCKS_8K},rfc-v2,4096,managed,false,precision,0,6,524288,2\n` +
        `${BLOCKS_8K},rfc-v2,16384,managed,true,,,,,0\n` +
        `${BLOCKS_8K},rfc-v2,65536,disabled,,,,,,1\n` +
        ["4096", "16384", "65536"].map((size) => `${BLOCKS_8K},rfc-v3,${size},absent,,,,,,0\n`).join(""),
    );
  });

  test("csv and markdown: of one kernel too", () => {
    const args = ["check", BLOCKS_8K, "examples/broken-syntax.dts", "--format"];
    expect(
      carveout([...args, "csv"])
        .out.split("\n")
        .slice(1, 3),
    ).toEqual([
      `${BLOCKS_8K},rfc-v2,4096,managed,false,precision,0,6,524288,2`,
      "examples/broken-syntax.dts,,4096,,,,,,,3",
    ]);
    expect(
      carveout([...args, "markdown"])
        .out.split("\n")
        .slice(2, 4),
    ).toEqual([
      `| ${BLOCKS_8K} | rfc-v2 | precision, order 6 |`,
      "| examples/broken-syntax.dts | any series | cannot be read |",
    ]);
  });
});

describe("what is of one kernel takes one", () => {
  test.each([
    ["regions --format c", ["regions", BLOCKS_8K, "--format", "c", "--kernel", "all"], /--format c is of one kernel/],
    ["run", ["run", BLOCKS_8K, "--kernel", "all"], /The series are rfc-v1, rfc-v2, rfc-v3, exact/],
    ["run's pages", ["run", BLOCKS_8K, "--page-size", "all"], /'all' is invalid/],
  ])("%s", (_what, args, message) => {
    const { code, out, err } = carveout(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
  });

  test("what takes several says so where a word is none of them, and what takes one does not", () => {
    const all = /The word all stands for every one\./;
    expect(carveout(["check", BLOCKS_8K, "--kernel", "xyz"]).err).toMatch(all);
    expect(carveout(["check", BLOCKS_8K, "--page-size", "8k"]).err).toMatch(all);
    expect(carveout(["run", BLOCKS_8K, "--kernel", "xyz"]).err).not.toMatch(all);
  });

  test.each(["rfc-v3,", "all,rfc-v9", "", "rfc-v2 rfc-v3"])("--kernel '%s' is no list", (list) => {
    const { code, err } = carveout(["check", BLOCKS_8K, "--kernel", list]);
    expect(code).toBe(2);
    expect(err).toMatch(/The series are/);
  });
});
