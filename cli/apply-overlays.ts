import { isBlob } from "../dts/blob/header.ts";
import { readBlob } from "../dts/blob/read-blob.ts";
import { writeBlob } from "../dts/blob/write-blob.ts";
import type { Diagnostic } from "../dts/diagnostic.ts";
import { applyOverlay } from "../dts/overlay/apply-overlay.ts";
import { BlobEditor } from "../dts/overlay/edit-blob.ts";
import type { Edit } from "../dts/overlay/edit-log.ts";
import { parseSource } from "../dts/parse-source.ts";
import type { SourceMap } from "../dts/source.ts";
import { addSymbols } from "../dts/symbols-node.ts";
import type { DeviceTree } from "../dts/tree.ts";
import { type IncludeOptions, includeReader } from "./include-reader.ts";
import type { ParsedInput } from "./parse-input.ts";

/**
 * An edit in place moves what follows it. Overlays that would move more than this, far above any board's, get a blob that
 * is written anew: the same tree, laid out as by dtc.
 */
const MOST_BYTES_MOVED = 2 ** 32;

interface OverlayOptions extends Omit<IncludeOptions, "input"> {
  readonly readBytes: (path: string) => Buffer;
}

/**
 * Applies the overlays at `paths`, in order, to an input. Sources, the base's and the overlays', are taken as compiled
 * with `dtc -@`: labels of each are known to the overlays that follow. `baseBlob` holds the input where it is a blob.
 */
export function applyOverlays(
  base: ParsedInput,
  baseBlob: Uint8Array | null,
  paths: readonly string[],
  options: OverlayOptions,
): ParsedInput {
  const diagnostics = [...base.diagnostics];
  const overlays = paths.map((path) => readOverlay(path, base.sources, options, diagnostics));
  const failed = { ...base, tree: null, diagnostics };
  if (base.tree === null) return failed;
  const { error } = addSymbols(base.tree);
  if (error !== null) return { ...failed, diagnostics: [...diagnostics, error] };
  const edits: (readonly Edit[])[] = [];
  let { tree } = base;
  for (const [index, overlay] of overlays.entries()) {
    if (overlay === null) return failed;
    const { error } = addSymbols(overlay);
    if (error !== null) return { ...failed, diagnostics: [...diagnostics, error] };
    const result = applyOverlay(tree, overlay);
    diagnostics.push(...result.diagnostics.map((diagnostic) => named(paths[index]!, diagnostic)));
    if (result.tree === null) return failed;
    tree = result.tree;
    edits.push(result.edits);
  }
  const baseTree = base.tree;
  const result = tree;
  const editedBlob = () => {
    const blob = baseBlob ?? writeBlob(baseTree);
    const count = edits.reduce((sum, list) => sum + list.length, 0);
    if (count * blob.length > MOST_BYTES_MOVED) return writeBlob(result);
    const editor = new BlobEditor(blob);
    for (const list of edits) editor.apply(list);
    return editor.take();
  };
  return { ...base, tree, diagnostics, editedBlob };
}

function readOverlay(
  path: string,
  sources: SourceMap,
  { includeDirs, allowOutside, readBytes }: OverlayOptions,
  diagnostics: Diagnostic[],
): DeviceTree | null {
  const bytes = readBytes(path);
  const name = path === "-" ? "<stdin>" : path;
  const isSource = !isBlob(bytes);
  const text = isSource ? bytes.toString("latin1") : "";
  const files = includeReader({ input: path, includeDirs, allowOutside });
  const start = sources.end;
  const result = isSource
    ? parseSource(name, text, { files, includeDirs, sources, keepsLabelled: true })
    : readBlob(bytes);
  diagnostics.push(...result.diagnostics.map((diagnostic) => named(name, diagnostic)));
  if (isSource && result.tree === null && !/\/plugin\/\s*;/.test(text)) {
    const message = `${name} is read as a tree of its own, as it does not say that it is an overlay`;
    const hint = "an overlay begins with /dts-v1/; /plugin/;";
    diagnostics.push({
      rule: "overlay-plugin",
      severity: "note",
      message,
      hint,
      node: null,
      span: { start, end: start },
    });
  }
  return result.tree;
}

/** What has no place in a source says which overlay it is about, as the input is another file. */
function named(path: string, diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.span.start >= 0) return diagnostic;
  return { ...diagnostic, message: `overlay ${path}: ${diagnostic.message}` };
}
