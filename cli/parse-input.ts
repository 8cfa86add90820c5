import type { Series } from "../core/series.ts";
import { readBlob } from "../dts/blob/read-blob.ts";
import type { Diagnostic } from "../dts/diagnostic.ts";
import type { FileReader } from "../dts/input.ts";
import { readLiveTree } from "../dts/live-tree/read-live-tree.ts";
import { SourceCache } from "../dts/load-source.ts";
import { parseSource } from "../dts/parse-source.ts";
import type { SourceMap } from "../dts/source.ts";
import type { DeviceTree } from "../dts/tree.ts";
import { Failure } from "./failure.ts";
import { readInputBytes } from "./files.ts";
import { includeReader } from "./include-reader.ts";
import { detectInputFormat, type InputFormat } from "./input-format.ts";
import { folderReader, isFolder, isLiveTree, LIVE_TREE_MARKS } from "./live-tree-folder.ts";

export interface ParsedInput {
  readonly format: InputFormat;
  /** Null where any diagnostic is an error. */
  readonly tree: DeviceTree | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: SourceMap;
  /** With overlays: makes the blob that `fdtoverlay` makes, to the byte. */
  readonly editedBlob?: () => Uint8Array;
}

export interface ParseInputOptions {
  readonly format: InputFormat | null;
  readonly includeDirs: readonly string[];
  /** Includes may lie anywhere, not only in the user's reach as include-reader.ts has it. */
  readonly allowOutside: boolean;
  /** The dialect that a YAML description is written out in. */
  readonly series: Series;
  /** True where symbols are to be added: see `ParseOptions` of the parser. Always so with overlays. */
  readonly keepsLabelled?: boolean;
  /** Overlays to apply to the tree, in order. */
  readonly overlays?: readonly string[];
  /** Reads the input and the overlays: `readInputBytes`, unless they are to be parsed again and a pipe is read once. */
  readonly readBytes?: (path: string) => Buffer;
}

/**
 * Reads an input and makes a tree of it, whatever its format, with the overlays in it that are asked for. Throws a
 * `Failure` where a file cannot be read.
 */
export async function parseInput(path: string, options: ParseInputOptions): Promise<ParsedInput> {
  const { overlays = [], readBytes = readInputBytes } = options;
  const isLive = options.format === null && isLiveTree(path);
  if (!isLive && isFolder(path)) throw new Failure(`cannot read ${path}: it is a directory; ${LIVE_TREE_MARKS}`);
  const bytes = isLive ? null : readBytes(path);
  const base = await parseTree(path, bytes, options);
  if (overlays.length === 0) return base;
  const { applyOverlays } = await import("./apply-overlays.ts");
  return applyOverlays(base, base.format === "dtb" ? bytes : null, overlays, { ...options, readBytes });
}

interface SharedCache {
  readonly key: string;
  readonly files: FileReader;
  readonly cache: SourceCache;
}

let shared: SharedCache | null = null;

/** What inputs of one folder include is read and scanned once: they have the same files in reach. */
function cacheFor(path: string, { includeDirs, allowOutside }: ParseInputOptions): SharedCache {
  const key = JSON.stringify([
    path === "-" ? null : path.slice(0, path.lastIndexOf("/") + 1),
    includeDirs,
    allowOutside,
  ]);
  if (shared?.key !== key) {
    const files = includeReader({ includeDirs, allowOutside, input: path });
    shared = { key, files, cache: new SourceCache(files) };
  }
  return shared;
}

/** `bytes` is null for a live tree, which is a folder. */
async function parseTree(path: string, bytes: Buffer | null, options: ParseInputOptions): Promise<ParsedInput> {
  if (bytes === null) return { format: "live", ...readLiveTree(folderReader(path)) };
  const format = options.format ?? detectInputFormat(bytes);
  const name = path === "-" ? "<stdin>" : path;
  if (format === "dtb") return { format, ...readBlob(bytes) };
  if (format === "dts") {
    const { includeDirs, overlays = [] } = options;
    const keepsLabelled = overlays.length > 0 || options.keepsLabelled === true;
    const cache = cacheFor(path, options);
    return { format, ...parseSource(name, bytes.toString("latin1"), { ...cache, includeDirs, keepsLabelled }) };
  }
  // The YAML library is larger than all the rest: it is loaded for YAML alone.
  const { parseYamlInput } = await import("./parse-yaml-input.ts");
  return { format, ...parseYamlInput(name, bytes.toString("utf8"), options.series) };
}
