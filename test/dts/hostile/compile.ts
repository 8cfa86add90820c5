import { readBlob } from "../../../dts/blob/read-blob.ts";
import { writeBlob } from "../../../dts/blob/write-blob.ts";
import { structureErrors } from "../../../dts/checks/check-structure.ts";
import type { ParseResult } from "../../../dts/input.ts";
import { applyOverlay } from "../../../dts/overlay/apply-overlay.ts";
import { parseSource } from "../../../dts/parse-source.ts";
import { SourceMap } from "../../../dts/source.ts";
import { addSymbols } from "../../../dts/symbols-node.ts";
import { parseYaml } from "../../../dts/yaml/parse.ts";
import { memoryFiles } from "../memory-files.ts";
import type { HostileCase } from "./case.ts";

/** Reads, checks and writes as a compiler would; gives the rule of the first error that stands in the way of a tree, or `tree`. */
export function compile({ kind, files }: HostileCase, input: string | Uint8Array, base?: string | Uint8Array): string {
  const sources = new SourceMap();
  const read = (text: string | Uint8Array): Pick<ParseResult, "tree" | "diagnostics"> =>
    typeof text === "string"
      ? parseSource("board.dts", text, { files: memoryFiles(files ?? {}), includeDirs: [], sources })
      : readBlob(text);
  let result: Pick<ParseResult, "tree" | "diagnostics">;
  if (kind === "yaml") result = { tree: null, diagnostics: parseYaml("board.yaml", input as string).diagnostics };
  else if (base === undefined) result = read(input);
  else {
    const [below, above] = [read(base), read(input)];
    result = below.tree === null ? below : above;
    if (below.tree !== null && above.tree !== null) {
      addSymbols(below.tree);
      addSymbols(above.tree);
      result = applyOverlay(below.tree, above.tree);
    }
  }
  if (result.tree !== null) {
    structureErrors(result.tree);
    writeBlob(result.tree);
  }
  return result.diagnostics.find(({ severity }) => severity === "error")?.rule ?? "tree";
}
