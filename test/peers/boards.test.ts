import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { SourceCache } from "../../dts/load-source.ts";
import { parseSource } from "../../dts/parse-source.ts";
import { addSymbols } from "../../dts/symbols-node.ts";
import { writeSource } from "../../dts/write-source.ts";
import { gathered } from "../dts/gathered.ts";
import { dtc, eachAtOnce, preprocess } from "./processes.ts";
import { boardSources, diskFiles, linuxSource, requireProgram } from "./tools.ts";

/** What came out differently for a board; empty where all is the same. */
type Differences = string[];

let differences: Map<string, Differences>;

beforeAll(async () => {
  requireProgram("cpp", "cpp");
  requireProgram("dtc", "device-tree-compiler");
  const top = linuxSource();
  const includeDirs = [`${top}/scripts/dtc/include-prefixes`];
  const cache = new SourceCache(diskFiles);
  const boards = boardSources(top);
  const found = await eachAtOnce(boards, (board) => compareBoard(board, includeDirs, cache));
  const name = (board: string) => relative(`${top}/arch/arm64/boot/dts`, board);
  differences = new Map(boards.map((board, index) => [name(board), found[index]!]));
});

async function compareBoard(board: string, includeDirs: readonly string[], cache: SourceCache): Promise<Differences> {
  const preprocessed = await preprocess(board, includeDirs);
  const [theirs, theirsWithSymbols] = await Promise.all([
    dtc(preprocessed, ["-I", "dts", "-O", "dtb"], board),
    dtc(preprocessed, ["-I", "dts", "-O", "dtb", "-@"], board),
  ]);
  const found: Differences = [];
  const compare = (what: string, ours: Uint8Array, expected: Buffer) => {
    if (Buffer.compare(ours, expected) !== 0) found.push(what);
  };
  const text = readFileSync(board, "latin1");
  const plain = parseSource(board, text, { files: diskFiles, includeDirs, cache });
  if (plain.tree === null || plain.diagnostics.length > 0) return ["diagnostics"];
  compare("blob", writeBlob(plain.tree), theirs);
  const { tree } = parseSource(board, text, { files: diskFiles, includeDirs, cache, keepsLabelled: true });
  addSymbols(tree!);
  compare("blob with symbols", writeBlob(tree!), theirsWithSymbols);
  const back = readBlob(theirs).tree!;
  compare("blob to tree to blob", writeBlob(back), theirs);
  compare("blob to source to dtc", await dtc(gathered(writeSource, back), ["-I", "dts", "-O", "dtb"]), theirs);
  return found;
}

/** The boards of which one comparison failed. */
function failing(what: string): string[] {
  return [...differences].filter(([, found]) => found.includes(what)).map(([board]) => board);
}

describe("all boards of the kernel, from source with our own preprocessor", () => {
  test("are read without a word", () => {
    expect(differences.size).toBe(boardSources(linuxSource()).length);
    expect(failing("diagnostics")).toEqual([]);
  });

  test("become the blob that cpp and dtc make, byte for byte", () => {
    expect(failing("blob")).toEqual([]);
  });

  test("become the blob that cpp and dtc -@ make, byte for byte", () => {
    expect(failing("blob with symbols")).toEqual([]);
  });
});

describe("dtc's blobs of all boards", () => {
  test("come out of our tree byte for byte", () => {
    expect(failing("blob to tree to blob")).toEqual([]);
  });

  test("come out of our source by way of dtc byte for byte", () => {
    expect(failing("blob to source to dtc")).toEqual([]);
  });
});
