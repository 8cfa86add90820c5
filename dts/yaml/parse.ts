import { parseDocument } from "yaml";
import type { Diagnostic } from "../diagnostic.ts";
import { SourceFile, SourceMap } from "../source.ts";
import { buildYaml } from "./build.ts";
import type { YamlDocument } from "./document.ts";
import { MAX_YAML_CHARS, MAX_YAML_DEPTH } from "./limits.ts";
import { tooDeepAt } from "./nesting.ts";
import { syntaxDiagnostics } from "./syntax-words.ts";

export interface YamlParseResult {
  /** Null where any diagnostic is an error. */
  readonly document: YamlDocument | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: SourceMap;
}

/**
 * Reads one YAML 1.2 document (core schema): maps with texts for keys, lists, and scalars, integers exact at any size,
 * `0x…` included. Aliases are followed; tags, merge keys and further documents are refused, and so is what goes
 * beyond the limits of limits.ts.
 *
 * @param path the file's name in diagnostics
 * @param text the file's content as an ordinary string; offsets and columns count UTF-16 units
 * @returns diagnostics of the rules `yaml-syntax`, `yaml-tab-indent`, `yaml-duplicate-key`, `yaml-unsupported` and
 *   `yaml-limit`, all of them errors
 */
export function parseYaml(path: string, text: string): YamlParseResult {
  const sources = new SourceMap();
  const base = sources.enter(new SourceFile(path, text));
  if (text.length > MAX_YAML_CHARS) {
    const tooLong: Diagnostic = {
      rule: "yaml-limit",
      severity: "error",
      message: `the file has ${text.length} characters; at most ${MAX_YAML_CHARS} are read`,
      node: null,
      span: { start: base, end: base },
    };
    return { document: null, diagnostics: [tooLong], sources };
  }
  const deepAt = tooDeepAt(text);
  if (deepAt >= 0) {
    const tooDeep: Diagnostic = {
      rule: "yaml-limit",
      severity: "error",
      message: `values are nested more than ${MAX_YAML_DEPTH} levels deep`,
      node: null,
      span: { start: base + deepAt, end: base + deepAt + 1 },
    };
    return { document: null, diagnostics: [tooDeep], sources };
  }
  const parsed = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    resolveKnownTags: false,
    intAsBigInt: true,
    stringKeys: true,
    // The library compares every key with every other; buildYaml looks for duplicates in one pass.
    uniqueKeys: false,
    prettyErrors: false,
    // "silent" would let a second document pass.
    logLevel: "error",
  });
  const diagnostics = syntaxDiagnostics(parsed.errors, parsed.contents, text, base);
  if (diagnostics.length > 0) return { document: null, diagnostics, sources };
  const root = buildYaml(parsed.contents, text, base, diagnostics);
  return { document: diagnostics.length > 0 ? null : { root, sources }, diagnostics, sources };
}
