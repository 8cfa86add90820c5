import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hostileNameBlob } from "./hostile-name-blob.ts";
import { carveout } from "./program.ts";

function fixture(...args: string[]) {
  return carveout(["regions", "--format", "c", ...args]);
}

/** The rows of a table, each as its numbers and strings. */
function rows(code: string, name: string): (number | string)[][] {
  const body = new RegExp(`${name}\\[\\] = \\{\\n([\\s\\S]*?)\\n\\};`).exec(code)![1]!;
  return body
    .split("\n")
    .map((line) => [...line.matchAll(/"([^"]*)"|-?\d+(?=[,) ])/g)].map(([whole, text]) => text ?? Number(whole)));
}

describe("the C fixture of blocks-8k.dts", () => {
  const { out: stdout, code: status } = fixture("examples/blocks-8k.dts");

  test("holds the table: 2 GiB from 0x80000000, tags from 0x8f8000000, blocks of 2 pages", () => {
    // Precision and release are broken: errors, whatever the format.
    expect(status).toBe(1);
    expect(stdout).toContain("CARVEOUT_NUM_TAG_REGIONS = 1,");
    // 0x80000000 / 4096 = 524288, and 524288 pages of it; 0x8f8000000 / 4096 = 9404416, and 1/32 of the pages: 16384.
    expect(rows(stdout, "carveout_tag_regions")).toEqual([
      [524288, 1048575, 9404416, 9420799, 2, "/tag-storage@8f8000000", "/memory@80000000"],
    ]);
  });

  test("holds each order at both ends of memory and of the first block", () => {
    const allocations = rows(stdout, "carveout_allocations");
    for (let order = 0; order <= 10; order++) {
      const pfns = allocations.filter((row) => row[1] === order).map((row) => row[2]);
      const pages = 2 ** order;
      // The first block holds the tags of 32 * 2 = 64 pages.
      const edges = [524288, 524288 + Math.max(64, pages), 1048576 - pages, 1048576 - 2 * pages];
      expect(pfns).toEqual(expect.arrayContaining(edges));
      expect(pfns).toEqual([...new Set(pfns)].sort((a, b) => Number(a) - Number(b)));
    }
  });

  test("says what hardware uses and what rfc-v2 reserves, the lowest order that it gets wrong", () => {
    const last = rows(stdout, "carveout_allocations").find(([, order, pfn]) => order === 6 && pfn === 1048512);
    // The last 64 pages use the last block, 9420798; max(64 / 32, 1) = 2 blocks are walked, the second past the end.
    expect(last).toEqual([0, 6, 1048512, 9420798, 9420798, 0, 9420798, 9420800, 64, 64]);
  });
});

test("the README shows the fixture's own lines", () => {
  const { out } = fixture("examples/blocks-8k.dts");
  const shown = /```c\n([\s\S]*?)```/.exec(readFileSync("README.md", "utf8"))![1]!;
  for (const line of shown.split("\n").filter((text) => text !== "")) expect(out.split("\n")).toContain(line);
});

test("the block size has the name of each series' struct tag_region", () => {
  const field = (kernel: string) =>
    /uint32_t (block_size\w*);/.exec(fixture("examples/machine.yaml", "--kernel", kernel).out)![1];
  expect([field("rfc-v1"), field("rfc-v2"), field("rfc-v3")]).toEqual(["block_size", "block_size", "block_size_pages"]);
});

test("a tree that is not managed gives an empty table that says why", () => {
  const { out: stdout, code: status } = fixture("examples/broken-tags-short.dts");
  expect(status).toBe(1);
  expect(stdout).toContain("tag storage management: disabled.");
  expect(stdout).toContain("CARVEOUT_NUM_TAG_REGIONS = 0,");
});

test("a name in the tree can end neither a comment nor a string", () => {
  const folder = mkdtempSync(join(tmpdir(), "carveout-c-"));
  mkdirSync(join(folder, "a*"));
  const path = join(folder, "a*", "??\\\nb.yaml");
  writeFileSync(path, `memory:\n  - { name: low, base: 0x80000000, size: 2G }\ntag-storage: []\n`);
  const { out: stdout } = fixture(path);
  const [comment] = stdout.split("*/", 1);
  expect(stdout.startsWith("/*\n * The tag_regions table of ")).toBe(true);
  expect(comment).toContain("b.yaml");
  expect(stdout).not.toContain("??/");
  expect(
    comment!.split("\n").every((line: string) => line.startsWith("/*") || line.startsWith(" *") || line.trim() === ""),
  ).toBe(true);
});

test("a blob's node can have any name, and its string is that name", () => {
  const { out } = carveout(["regions", "-", "--format", "c"], { input: hostileNameBlob() });
  expect(out).toContain("CARVEOUT_NUM_TAG_REGIONS = 1,");
  // Each byte that is no letter of a node's name as three octal digits: " is 042, * 052, ? 077, \\ 134, a line feed 012, % 045.
  expect(out).toContain(String.raw`2, "/tag-storage\042\052/\077\077/\134\012\045\042", "/memory@80000000"`);
});

test("several inputs are refused: a file has one table", () => {
  const { code: status, out: stdout, err: stderr } = fixture("examples/blocks-8k.dts", "examples/machine.yaml");
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("--format c makes one table of one input");
});
