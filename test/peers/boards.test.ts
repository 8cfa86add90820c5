import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { SourceCache } from "../../dts/load-source.ts";
import { parseSource } from "../../dts/parse-source.ts";
import type { DeviceTree } from "../../dts/tree.ts";
import { boardSources, compileWithDtc, diskFiles, linuxSource, requireProgram } from "./tools.ts";

const BOARDS = 60;

let top: string;
let boards: string[];

beforeAll(() => {
  requireProgram("cpp", "cpp");
  requireProgram("dtc", "device-tree-compiler");
  top = linuxSource();
  boards = spread(boardSources(top), BOARDS);
});

/** At least one board of each vendor, then more of each in turn, until there are `count`. */
function spread(all: readonly string[], count: number): string[] {
  const vendors = new Map<string, string[]>();
  for (const board of all) {
    const vendor = relative(`${top}/arch/arm64/boot/dts`, board).split("/")[0]!;
    vendors.set(vendor, [...(vendors.get(vendor) ?? []), board]);
  }
  const chosen: string[] = [];
  for (let turn = 0; chosen.length < count || turn === 0; turn++) {
    for (const list of vendors.values()) {
      const board = list[Math.floor((turn * list.length) / 4)];
      if (board !== undefined && !chosen.includes(board)) chosen.push(board);
    }
  }
  return chosen;
}

/** Every property of every node, in order: path, name, bytes. */
function listing(tree: DeviceTree): string[] {
  const lines: string[] = [];
  for (const node of tree.root.walk()) {
    lines.push(node.path);
    for (const { name, value } of node.properties)
      lines.push(`${node.path}:${name} ${Buffer.from(value).toString("hex")}`);
  }
  return lines;
}

describe("kernel boards, from source with our own preprocessor", () => {
  test("our tree is the one that cpp and dtc make, property by property and byte for byte", () => {
    const includeDirs = [`${top}/scripts/dtc/include-prefixes`];
    const cache = new SourceCache(diskFiles);
    expect(boards.length).toBeGreaterThanOrEqual(BOARDS);
    for (const board of boards) {
      const theirs = compileWithDtc(board, includeDirs);
      const ours = parseSource(board, readFileSync(board, "latin1"), { files: diskFiles, includeDirs, cache });
      expect(ours.diagnostics, board).toEqual([]);
      const theirTree = readBlob(theirs).tree;
      expect(listing(ours.tree!), board).toEqual(listing(theirTree!));
      expect(Buffer.compare(Buffer.from(writeBlob(ours.tree!)), theirs), board).toBe(0);
    }
  });
});
