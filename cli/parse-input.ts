import type { Series } from "../core/series.ts";
import { readBlob } from "../dts/blob/read-blob.ts";
import type { Diagnostic } from "../dts/diagnostic.ts";
import { parseSource } from "../dts/parse-source.ts";
import type { SourceMap } from "../dts/source.ts";
import type { DeviceTree } from "../dts/tree.ts";
import { includeReader, readInputBytes } from "./files.ts";
import { detectInputFormat, type InputFormat } from "./input-format.ts";

export interface ParsedInput {
  readonly format: InputFormat;
  /** Null where any diagnostic is an error. */
  readonly tree: DeviceTree | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: SourceMap;
}

export interface ParseInputOptions {
  readonly format: InputFormat | null;
  readonly includeDirs: readonly string[];
  /** The dialect that a YAML description is written out in. */
  readonly series: Series;
}

/** Reads an input and makes a tree of it, whatever its format. Throws a `Failure` where it cannot be read. */
export async function parseInput(path: string, options: ParseInputOptions): Promise<ParsedInput> {
  const bytes = readInputBytes(path);
  const format = options.format ?? detectInputFormat(bytes);
  const name = path === "-" ? "<stdin>" : path;
  if (format === "dtb") return { format, ...readBlob(bytes) };
  if (format === "dts") {
    const { includeDirs } = options;
    return { format, ...parseSource(name, bytes.toString("latin1"), { files: includeReader, includeDirs }) };
  }
  // The YAML library is larger than all the rest: it is loaded for YAML alone.
  const { parseYamlInput } = await import("./parse-yaml-input.ts");
  return { format, ...parseYamlInput(name, bytes.toString("utf8"), options.series) };
}
