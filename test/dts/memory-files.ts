import type { FileReader, ParseResult } from "../../dts/input.ts";
import { type ParseOptions, parseSource } from "../../dts/parse-source.ts";

/** A reader of files that are given as text. */
export function memoryFiles(files: Readonly<Record<string, string>>): FileReader {
  return {
    read(path) {
      const text = files[path];
      return text === undefined ? { kind: "missing" } : { kind: "text", text };
    },
  };
}

/** Parses `source` as `board.dts`, with other files at hand and `inc` as the include folder. */
export function parse(
  source: string,
  files: Readonly<Record<string, string>> = {},
  options: Partial<ParseOptions> = {},
): ParseResult {
  return parseSource("board.dts", source, { files: memoryFiles(files), includeDirs: ["inc"], ...options });
}

/** The diagnostics as a compiler prints them: `board.dts:3:9: error text`. */
export function reports(result: ParseResult): string[] {
  return result.diagnostics.map((diagnostic) => {
    const at = result.sources.locate(diagnostic.span);
    return `${at === null ? "" : `${at.file}:${at.line}:${at.column}: `}${diagnostic.message}`;
  });
}
