/** Compiles each board named in a file to a blob, all in this process: `compile-boards.js LIST PREFIXES FOLDER`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseSource, SourceCache, writeBlob } from "../dist/dts/index.js";

const [list, prefixes, folder] = process.argv.slice(2);
const files = {
  read(path) {
    try {
      return { kind: "text", text: readFileSync(path, "latin1") };
    } catch {
      return { kind: "missing" };
    }
  },
};
const cache = new SourceCache(files);
const boards = readFileSync(list, "utf8").trim().split("\n");
for (const [index, board] of boards.entries()) {
  const text = readFileSync(board, "latin1");
  const { tree } = parseSource(board, text, { files, includeDirs: [prefixes], cache });
  if (tree === null) throw new Error(`${board} has errors`);
  writeFileSync(join(folder, `ours-${index}.dtb`), writeBlob(tree));
}
// Peak resident memory in bytes, for the bench to read.
process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
