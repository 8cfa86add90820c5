import { readFileSync } from "node:fs";
import { parseSource } from "../../dts/parse-source.ts";

/**
 * Two boards of `root` in one source, the second behind the first without its /dts-v1/, each with its own lines and
 * its own includes; and what the parser says of it: `folder/file:line:column rule` of each finding, sorted.
 */
export function pasteBoards(root: string, first: string, second: string): { text: string; reports: string[] } {
  const read = (folder: string): string =>
    readFileSync(`${root}/${folder}/board.dts`, "utf8").replaceAll('#include "', `#include "${folder}/`);
  const rest = read(second).replace("/dts-v1/;", "");
  const text = `# 1 "${first}/board.dts"\n${read(first)}# 1 "${second}/board.dts"\n${rest}`;
  const files = {
    read(path: string) {
      try {
        return { kind: "text", text: readFileSync(`${root}/${path}`, "latin1") } as const;
      } catch {
        return { kind: "missing" } as const;
      }
    },
  };
  const { diagnostics, sources } = parseSource("pair.dts", text, { files, includeDirs: [] });
  const reports = diagnostics.map(({ rule, span }) => {
    const at = sources.locate(span);
    return `${at?.file}:${at?.line}:${at?.column} ${rule}`;
  });
  return { text, reports: reports.sort() };
}
