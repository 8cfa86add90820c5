import { descriptionToTree } from "../core/description/to-tree.ts";
import type { Series } from "../core/series.ts";
import type { ParseResult } from "../dts/input.ts";
import { parseYaml } from "../dts/yaml/parse.ts";
import { validateDescription } from "../schema/validate-description.ts";

/** Reads a YAML description of a machine and writes it out as the tree that an author would write for the series. */
export function parseYamlInput(path: string, text: string, series: Series): ParseResult {
  const { document, diagnostics, sources } = parseYaml(path, text);
  if (document === null) return { tree: null, diagnostics, sources };
  const described = [...diagnostics, ...validateDescription(document)];
  if (described.some(({ severity }) => severity === "error")) return { tree: null, diagnostics: described, sources };
  const written = descriptionToTree(document, series);
  return { ...written, diagnostics: [...described, ...written.diagnostics] };
}
