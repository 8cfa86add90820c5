import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { mapLines, pictureLines } from "../../cli/formats/map-text.ts";
import { memoryMap } from "../../cli/formats/memory-map.ts";
import { reportInput } from "../../cli/report.ts";
import { painter, plain } from "../../cli/style.ts";
import { carveout } from "./program.ts";

const examples = readdirSync("examples").filter((name) => /\.(dts|yaml)$/.test(name));
const MIB = 2 ** 20;

async function mapOf(path: string) {
  const options = { inputFormat: null, includeDirs: [], allowOutside: false, overlays: [] };
  const { reports } = await reportInput(path, [{ series: null }], options);
  return memoryMap(reports[0]!);
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
  expect(stretches.at(-1)!.broken).toEqual(["disjointness"]);
});

test("tags that are not managed are told as such, at their place", async () => {
  const tags = (await mapOf("examples/broken-tags-unaligned.dts")).filter(({ kind }) => kind === "tags");
  expect(tags.flatMap(({ labels }) => labels)).toContain("not managed, /tag-storage@8f8100000");
  expect(tags.some(({ broken }) => broken.includes("tag-range-alignment"))).toBe(true);
});

describe.each(examples)("examples/%s", (name) => {
  test.each([60, 80, 160])("at %i columns: no line is longer, and nothing is cut", async (width) => {
    const stretches = await mapOf(`examples/${name}`);
    const lines = pictureLines(stretches, plain, width);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width);
    const text = lines.join("").replace(/[\s█▓▒░]/g, "");
    for (const { labels } of stretches) {
      for (const label of labels) expect(text).toContain(label.replace(/\s/g, ""));
    }
    // A node's path is in one line where a line has room for it, four columns from the left.
    const paths = stretches.flatMap(({ labels }) => labels.map((label) => label.split(" ").at(-1)!));
    for (const path of paths) {
      if (path.length <= width - 5)
        expect(
          lines.some((line) => line.includes(path)),
          path,
        ).toBe(true);
    }
  });

  test.each([40, 60, 80, 113, 160])("at %i columns: header and verdict are in lines that fit", async (width) => {
    const options = { inputFormat: null, includeDirs: [], allowOutside: false, overlays: [] };
    const [report] = (await reportInput(`examples/${name}`, [{ series: null }], options)).reports;
    const paints = [plain, painter("always", false)];
    const [lines, coloured] = paints.map((paint) => mapLines(report!, { paint, isQuiet: false }, width));
    const atWhole = mapLines(report!, { paint: plain, isQuiet: false }, 1000);
    for (const line of lines!) expect([...line].length, line).toBeLessThanOrEqual(width);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    expect(coloured!.map((line) => line.replace(/\x1b\[\d+m/g, ""))).toEqual(lines);
    const words = (all: readonly string[]) => all.join(" ").split(/\s+/);
    expect(words(lines!.slice(0, lines!.indexOf("")))).toEqual(words(atWhole.slice(0, 1)));
    expect(words(lines!.slice(lines!.lastIndexOf("") + 1))).toEqual(words(atWhole.slice(-1)));
  });

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
