/**
 * Overlays: what a source with `/plugin/`, or the blob made of it, changes in a base tree. The rules are those of
 * libfdt's `fdt_overlay_apply` as of dtc 1.6.1, which `fdtoverlay` and boot loaders use, down to the order of nodes and
 * properties in the result.
 */
import type { Diagnostic } from "../diagnostic.ts";
import type { SourceMap } from "../source.ts";
import type { DeviceTree } from "../tree.ts";
import { copyTree, copyWithValues } from "./copy-tree.ts";
import { correctMarks } from "./correct-marks.ts";
import { type Edit, EditLog } from "./edit-log.ts";
import { GrowingTree } from "./growing-tree.ts";
import { mergeFragments } from "./merge-fragments.ts";
import { PhandleIndex } from "./phandle-index.ts";
import { highestPhandle, renumberPhandles, renumberReferences } from "./renumber-phandles.ts";
import { OverlayReport } from "./report.ts";
import { resolveLabels } from "./resolve-labels.ts";
import { updateSymbols } from "./update-symbols.ts";

export interface AppliedOverlay {
  /** The base with the overlay in it; null where any diagnostic is an error. Neither input is changed. */
  readonly tree: DeviceTree | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What was done to the base, in order: a `BlobEditor` does the same to its blob. */
  readonly edits: readonly Edit[];
}

/** Nodes that may be looked at in all searches for phandles that several nodes of the base have. */
export const SEARCHED_NODES = 5_000_000;

/**
 * Applies one overlay. Labels of the base are found in its `__symbols__`, as `addSymbols` (or `dtc -@`) writes them.
 *
 * Base and overlay share a source map (`ParseOptions.sources`), or one of them comes from a blob, without places. The
 * nodes and properties that the overlay brings keep the places that they have in its own source.
 */
export function applyOverlay(base: DeviceTree, overlay: DeviceTree): AppliedOverlay {
  const report = new OverlayReport();
  const result = copyTree(base, commonSources(base.sources, overlay.sources));
  const log = new EditLog(result.root);
  const tree = new GrowingTree(result.root, log);
  const source = new GrowingTree(copyWithValues(overlay.root));
  const target = { tree, phandles: new PhandleIndex(tree, SEARCHED_NODES) };
  reportMemReserves(overlay, report);
  const delta = highestPhandle(tree);
  renumberPhandles(source, delta, report);
  renumberReferences(source, delta, report);
  const unresolved = resolveLabels(source, tree, report);
  mergeFragments(target, source, unresolved, report);
  if (!report.hasErrors) updateSymbols(target, source, report);
  const { diagnostics } = report;
  if (report.hasErrors) return { tree: null, diagnostics, edits: [] };
  tree.settle();
  correctMarks(result.root, source.root);
  return { tree: result, diagnostics, edits: log.edits };
}

/** The map that knows the places of both trees. */
function commonSources(base: SourceMap, overlay: SourceMap): SourceMap {
  if (base === overlay || isEmpty(overlay)) return base;
  if (isEmpty(base)) return overlay;
  throw new Error("the overlay's source was not parsed into the source map of its base");
}

function isEmpty(sources: SourceMap): boolean {
  return sources.locate({ start: 0, end: 0 }) === null;
}

function reportMemReserves(overlay: DeviceTree, report: OverlayReport): void {
  const [first] = overlay.memReserves;
  if (first === undefined) return;
  report.add(
    "overlay-ignored",
    { node: overlay.root, span: first.span },
    "the memory reservations of an overlay are lost: fdtoverlay and boot loaders take none from it",
    "put the /memreserve/ into the base, or a node into /reserved-memory",
  );
}
