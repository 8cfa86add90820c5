import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mapLines, pictureLines } from "../../cli/formats/map-text.ts";
import { type MapStretch, memoryMap, type StretchKind } from "../../cli/formats/memory-map.ts";
import { reportInput } from "../../cli/report.ts";
import { painter, plain } from "../../cli/style.ts";
import { allRules } from "../../core/rules/catalogue.ts";
import type { Series } from "../../core/series.ts";
import { serverDescription } from "./large-server.ts";
import { carveout, folderWith, fvpSource, PROGRAM } from "./program.ts";

const examples = readdirSync("examples").filter((name) => /\.(dts|yaml)$/.test(name));
const MIB = 2 ** 20;

const FOLDER = folderWith({
  "server.yaml": serverDescription(),
  // 0x80000000-0xffffffff and 0xc0000000-0x13fffffff
  "two memories.dts": fvpSource()
    .replace("memory@880000000 {", "memory1: memory@c0000000 {")
    .replace("<0x8 0x80000000 0x0 0x80000000>", "<0x0 0xc0000000 0x0 0x80000000>")
    .replace(
      /};\n$/,
      `tag-storage@8fc000000 { compatible = "arm,mte-tag-storage"; reg = <0x8 0xfc000000 0x0 0x4000000>;
        block-size = <0x1000>; memory = <&memory1>; };\n};\n`,
    ),
  "two  blanks, 基板 の メモリ 配置図.dts": fvpSource(),
});

async function reportOf(path: string, series: Series | null = null) {
  const options = { inputFormat: null, includeDirs: [], allowOutside: false, overlays: [] };
  return (await reportInput(path, [{ series }], options)).reports[0]!;
}

async function mapOf(path: string) {
  return memoryMap(await reportOf(path));
}

test("the review's layout with tags inside the other bank, stretch by stretch", async () => {
  const stretches = await mapOf("examples/broken-overlap.dts");
  expect(stretches.map(({ start, end, kind, zone }) => [start, (end - start) / MIB, kind, zone])).toEqual([
    [0x80000000, 2048, "tagged", "DMA"],
    [0x100000000, 30720, "hole", null],
    [0x880000000, 512, "tagged", "Normal"],
    [0x8a0000000, 64, "overlap", "Normal"],
    [0x8a4000000, 1344, "tagged", "Normal"],
    [0x8f8000000, 64, "hole", null],
    [0x8fc000000, 60, "tags", "Normal"],
  ]);
  expect(stretches.filter(({ broken }) => broken.length > 0)).toMatchObject([
    { start: 0x8a0000000, broken: ["disjointness"] },
  ]);
});

test("where two memory nodes overlap, the rule stands at the memory, and at no tag range", async () => {
  const report = await reportOf(join(FOLDER, "two memories.dts"), "exact");
  expect(report.findings.map(({ rule, node }) => `${rule} ${node}`)).toContain("disjointness /memory@c0000000");
  const told = memoryMap(report).filter(({ broken }) => broken.includes("disjointness"));
  expect(told.map(({ start, kind }) => [start, kind])).toEqual([
    [0xc0000000, "overlap"],
    [0x100000000, "tagged"],
  ]);
});

test.each(["map", "svg", "csv", "markdown", "c"])(
  "%s: the errors of an input that cannot be read are on standard error, and nothing is said of its memory",
  (format) => {
    const { code, out, err } = carveout(["regions", "examples/broken-syntax.dts", "--format", format]);
    expect(code).toBe(1);
    expect(err).toMatch(/broken-syntax\.dts:18:16: error: this string has no closing quote/);
    expect(err.match(/: error: /g)).toHaveLength(3);
    expect(out).not.toContain("no memory");
  },
);

test("a map of a tree that is in order says nothing on standard error; of one that is not, its errors", () => {
  const errorsOf = (name: string) => carveout(["regions", `examples/${name}`, "--format", "map"]).err;
  expect(errorsOf("fvp-rfc-v3.dts")).toBe("");
  expect(errorsOf("broken-overlap.dts")).toMatch(/^examples\/broken-overlap\.dts:22:3: error: .*\[disjointness\]$/m);
});

test("tags that are not managed are told as such, at their place", async () => {
  const tags = (await mapOf("examples/broken-tags-unaligned.dts")).filter(({ kind }) => kind === "tags");
  expect(tags.flatMap(({ labels }) => labels)).toContain("not managed, /tag-storage@8f8100000");
  expect(tags.some(({ broken }) => broken.includes("tag-range-alignment"))).toBe(true);
});

const WIDTHS = [40, 60, 80, 113, 160, 240];

/** By name, the path of an input and its kernel. */
const MACHINES: Readonly<Record<string, readonly [path: string, series: Series | null]>> = {
  ...Object.fromEntries(examples.map((name) => [`examples/${name}`, [`examples/${name}`, null]])),
  "a server with 32 regions": [join(FOLDER, "server.yaml"), "rfc-v2"],
  "a server with 32 regions, turned off": [join(FOLDER, "server.yaml"), "rfc-v3"],
  "a server with 32 regions, exact": [join(FOLDER, "server.yaml"), "exact"],
  "a name with blanks and wide letters": [join(FOLDER, "two  blanks, 基板 の メモリ 配置図.dts"), null],
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours
const COLOURS = /\x1b\[(\d+)m/g;
const withoutColour = (line: string) => line.replace(COLOURS, "");
/** Of the characters in these tests. */
const columnsOf = (line: string) => [...line].length + (line.match(/[\u3000-\u9fff]/g)?.length ?? 0);
/** Text that goes on in the next line, with nothing but blanks between. */
const flowing = (lines: readonly string[]) =>
  lines
    .join(" ")
    .replace(/[█▓▒░X]+ |[█▓▒░X]+$/gm, " ")
    .replace(/\s+/g, " ");

/** A line is within the width, or is a word that no line has room for. */
function expectFit(lines: readonly string[], width: number) {
  for (const line of lines) {
    if (line.trim().includes(" ") || columnsOf(line.trim()) <= width) {
      expect(columnsOf(line), line).toBeLessThanOrEqual(width);
    } else expect(line).toBe(line.trim());
  }
}

function expectAllOf(stretches: readonly MapStretch[], lines: readonly string[]) {
  const text = flowing(lines);
  for (const { start, end, kind, labels, broken } of stretches) {
    for (const label of labels) {
      expect(text).toContain(label);
      for (const word of label.split(" ")) expect(lines.some((line) => line.includes(word))).toBe(true);
    }
    if (broken.length > 0) expect(text).toContain(`✗ ${broken.join(", ")}: ${labels[0]}`);
    const place = `0x${start.toString(16)}-0x${(end - 1).toString(16)}`;
    if (kind !== "hole")
      expect(
        lines.some((line) => line.startsWith(place)),
        place,
      ).toBe(true);
  }
}

describe.each(Object.keys(MACHINES))("%s", (name) => {
  test.each(WIDTHS)("at %i columns: no line is longer, nothing is cut, and colour changes neither", async (width) => {
    const report = await reportOf(...MACHINES[name]!);
    const lines = mapLines(report, { paint: plain, isQuiet: false, width });
    expectFit(lines, width);
    expectAllOf(memoryMap(report), lines);
    const atWhole = mapLines(report, { paint: plain, isQuiet: false, width: 1000 });
    const words = (all: readonly string[]) => all.join(" ").split(/\s+/);
    expect(words(lines.slice(0, lines.indexOf("")))).toEqual(words(atWhole.slice(0, 1)));
    expect(words(lines.slice(lines.lastIndexOf("") + 1))).toEqual(words(atWhole.slice(-1)));
    const coloured = mapLines(report, { paint: painter("always", false), isQuiet: false, width });
    expect(coloured.map(withoutColour)).toEqual(lines);
    for (const line of coloured) {
      const codes = [...line.matchAll(COLOURS)].map(([, code]) => Number(code));
      const count = (...these: number[]) => codes.filter((code) => these.includes(code)).length;
      expect([count(1, 2), count(31, 32, 33, 36)], "no colour goes on").toEqual([count(22), count(39)]);
    }
  });
});

test("rows are all arranged alike: texts beside the bars, below them, or below the places with them", () => {
  const of = { zone: null, broken: [] };
  const stretches: MapStretch[] = [
    { start: 0x80000000, end: 0x100000000, kind: "tagged", labels: ["#0 tagged, /memory@80000000"], ...of },
    { start: 0x100000000, end: 0x880000000, kind: "hole", labels: ["no memory"], ...of },
    {
      start: 0x880000000,
      end: 0x884000000,
      kind: "overlap",
      labels: ["#0 tags, /tags@880000000", "#1 tagged, /memory@880000000"],
      ...of,
      broken: ["disjointness"],
    },
  ];
  expect(pictureLines(stretches, plain, 80)).toEqual([
    "0x80000000-0xffffffff     2 GiB  ████  #0 tagged, /memory@80000000",
    "                         30 GiB        no memory",
    "0x880000000-0x883ffffff  64 MiB  X     ✗ disjointness: #0 tags, /tags@880000000;",
    "                                       #1 tagged, /memory@880000000",
  ]);
  expect(pictureLines(stretches, plain, 79).slice(2)).toEqual([
    "0x880000000-0x883ffffff  64 MiB  X     ✗ disjointness: #0 tags,",
    "                                         /tags@880000000;",
    "                                       #1 tagged, /memory@880000000",
  ]);
  expect(pictureLines(stretches, plain, 50)).toEqual([
    "0x80000000-0xffffffff     2 GiB  █████████████████",
    "    #0 tagged, /memory@80000000",
    "                         30 GiB  no memory",
    "0x880000000-0x883ffffff  64 MiB  X",
    "    ✗ disjointness: #0 tags, /tags@880000000;",
    "    #1 tagged, /memory@880000000",
  ]);
  expect(pictureLines(stretches, plain, 42).slice(-4)).toEqual([
    "0x880000000-0x883ffffff  64 MiB  X",
    "    ✗ disjointness: #0 tags,",
    "      /tags@880000000;",
    "    #1 tagged, /memory@880000000",
  ]);
  expect(pictureLines(stretches, plain, 36)).toEqual([
    "0x80000000-0xffffffff",
    "   2 GiB  ████████████████████████",
    "    #0 tagged, /memory@80000000",
    "  30 GiB  no memory",
    "0x880000000-0x883ffffff",
    "  64 MiB  X",
    "    ✗ disjointness: #0 tags,",
    "      /tags@880000000;",
    "    #1 tagged, /memory@880000000",
  ]);
});

const PAGES_MOST = 2 ** 40 / 64;
const words = fc.stringMatching(/^[/#@a-z0-9,-]{1,50}$/);
const layouts = fc
  .array(
    fc.record({
      bytes: fc.oneof(
        fc.integer({ min: 1, max: PAGES_MOST }).map((pages) => pages * 4096),
        fc.integer({ min: 1, max: 2 ** 46 }),
      ),
      kind: fc.constantFrom<StretchKind>("tagged", "tags", "reserved", "memory", "overlap", "hole"),
      labels: fc.array(
        fc.array(words, { minLength: 1, maxLength: 4 }).map((all) => all.join(" ")),
        { minLength: 1, maxLength: 3 },
      ),
      zone: fc.constantFrom(null, "DMA", "DMA32", "Normal"),
      broken: fc.uniqueArray(fc.constantFrom(...allRules.map(({ id }) => id)), { maxLength: 4 }),
    }),
    { maxLength: 12 },
  )
  .map((all) => {
    let end = 0;
    return all.map(({ bytes, ...stretch }): MapStretch => {
      const start = end;
      end += bytes;
      return stretch.kind === "hole"
        ? { ...stretch, start, end, labels: ["no memory"], zone: null, broken: [] }
        : { ...stretch, start, end };
    });
  });

test("whatever the layout, from 40 columns on no line is longer than the width, and at any width nothing is cut", () => {
  fc.assert(
    fc.property(
      layouts,
      fc.oneof(fc.integer({ min: 1, max: 240 }), fc.integer({ min: 40, max: 100 })),
      (all, width) => {
        const lines = pictureLines(all, plain, width);
        if (width >= 40) expectFit(lines, width);
        expectAllOf(all, lines);
        expect(pictureLines(all, painter("always", false), width).map(withoutColour)).toEqual(lines);
      },
    ),
  );
});

describe.each(examples)("examples/%s", (name) => {
  test("stretches follow one another without a gap, each of another sort than the one before", async () => {
    const stretches = await mapOf(`examples/${name}`);
    for (const [index, { start, kind, labels, zone }] of stretches.entries()) {
      const before = stretches[index - 1];
      if (before === undefined) continue;
      expect(start).toBe(before.end);
      expect([before.kind, before.labels, before.zone]).not.toEqual([kind, labels, zone]);
    }
  });

  test("the SVG is well formed, its rows one below the other, its texts inside", () => {
    const { out } = carveout(["regions", `examples/${name}`, "--format", "svg"]);
    const open: string[] = [];
    for (const [, close, tag, isEmpty] of out
      .replace(/<style>[\s\S]*?<\/style>/, "")
      .matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (close === "/") expect(open.pop()).toBe(tag);
      else if (isEmpty !== "/") open.push(tag!);
    }
    expect(open).toEqual([]);
    const texts = [...out.matchAll(/<text x="(\d+)" y="(\d+)"( text-anchor="end")?[^>]*>([^<]*)</g)];
    for (const [, x, , isRight, text] of texts) {
      const characters = [...text!.replace(/&\w+;/g, "x")].length;
      if (isRight === undefined) expect(Number(x) + 8 * characters).toBeLessThanOrEqual(1040);
    }
    const rows = texts.filter(([, , , isRight]) => isRight !== undefined).map(([, , y]) => Number(y));
    expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
  });
});

test("what is broken is drawn over what stands beside it to scale, with a red line to its row", () => {
  const { out } = carveout(["regions", "examples/broken-overlap.dts", "--format", "svg"]);
  const shapes = [...out.matchAll(/<rect class="(\w+)" x="16" y="([\d.]+)" width="72" height="([\d.]+)"/g)];
  const [last] = shapes.slice(-1);
  expect(last?.[1]).toBe("overlap");
  // 64 MiB of 34 GiB would be less than a third of a unit
  expect(Number(last?.[3])).toBe(3);
  expect(out.match(/class="link broken"/g)?.length).toBe(1);
});

test("where output is no terminal, the map has the columns that COLUMNS asks for", () => {
  const widest = (env: Readonly<Record<string, string>>) => {
    const { out } = carveout(["regions", "examples/broken-overlap.dts", "--format", "map"], { env });
    return Math.max(...out.slice(out.indexOf("──")).split("\n").map(columnsOf));
  };
  expect(widest({ COLUMNS: "60" })).toBe(60);
  expect(widest({ COLUMNS: "140" })).toBeGreaterThan(80);
  for (const COLUMNS of ["", "0", "wide", "-60"]) expect(widest({ COLUMNS })).toBe(widest({}));
});

test("in a terminal the map has its width, with any number of threads; a file has the usual one", () => {
  const cwd = folderWith({ "a.dts": fvpSource(), "b.dts": fvpSource() });
  // util-linux's script gives the program a terminal; where it is not installed there is none to be had.
  const run = (columns: number, words: string) => {
    const command = `stty cols ${columns}; ${process.execPath} ${PROGRAM} regions a.dts b.dts --format map ${words}`;
    return spawnSync("script", ["-qec", command, "/dev/null"], { cwd, encoding: "utf8" });
  };
  const narrow = run(50, "--jobs 1");
  if (narrow.error !== undefined) return;
  const widest = (text: string) => Math.max(...withoutColour(text).split(/\r?\n/).map(columnsOf));
  expect(widest(narrow.stdout)).toBeLessThanOrEqual(50);
  expect(widest(run(140, "--jobs 1").stdout)).toBeGreaterThan(80);
  for (const columns of [50, 140]) expect(run(columns, "--jobs 2").stdout).toBe(run(columns, "--jobs 1").stdout);
  run(50, "-o narrow.txt");
  run(140, "-o wide.txt");
  const written = (name: string) => readFileSync(join(cwd, name), "utf8");
  expect(written("narrow.txt")).toBe(written("wide.txt"));
  expect(widest(written("wide.txt"))).toBeLessThanOrEqual(80);
});
