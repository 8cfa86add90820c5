/**
 * The last part of `fdt_overlay_apply`: the overlay's labels become labels of the base, for the overlays after it
 * (`overlay_symbol_update`).
 */
import { LIMITS } from "../limits.ts";
import { latin1, Property, type TreeNode } from "../tree.ts";
import { fragmentTarget, type MergeBase } from "./fragment-target.ts";
import type { GrowingTree } from "./growing-tree.ts";
import { atNode, atProperty, type OverlayPlace, type OverlayReport, refusedWith } from "./report.ts";

const CONTENT = "/__overlay__";

const REBUILD = "compile the overlay again: dtc -@ writes __symbols__ itself";

export function updateSymbols(base: MergeBase, overlay: GrowingTree, report: OverlayReport): void {
  const source = overlay.child(overlay.root, "__symbols__");
  if (source === null) return;
  const { tree } = base;
  const symbols = tree.child(tree.root, "__symbols__") ?? tree.addChild(tree.root, "__symbols__");
  const places = placesOf(source, base, overlay, report);
  // A long path above and many short labels below it: this is known before any path is written out.
  const bytes = places.reduce((sum, { place }) => sum + place.length + 1, 0);
  if (bytes > LIMITS.propertyBytes) {
    const message = `the paths of the overlay's labels have ${bytes} bytes, more than ${LIMITS.propertyBytes}`;
    report.add("overlay-limit", atNode(source), message, "look for what generated it");
    return;
  }
  for (const { symbol, place } of places) {
    reportReplaced(tree, symbols, symbol, place, atProperty(source, symbol), report);
    const property = new Property(symbol.name, latin1Bytes(`${place}\0`));
    const { start, end } = symbol.span;
    property.placeAt(start, symbol.nameSpan.end, end);
    tree.setProperty(symbols, property);
  }
}

/** The overlay's labels that come into the base, with their paths there. */
function placesOf(
  source: TreeNode,
  base: MergeBase,
  overlay: GrowingTree,
  report: OverlayReport,
): { readonly symbol: Property; readonly place: string }[] {
  const places: { symbol: Property; place: string }[] = [];
  /** The path of each fragment's target. */
  const targets = new Map<TreeNode, string | null>();
  for (const symbol of source.properties) {
    const refuse = (message: string, error: string) =>
      report.add(
        "overlay-symbol",
        atProperty(source, symbol),
        `${symbol.name} of __symbols__ ${message}; ${refusedWith(error)}`,
        REBUILD,
      );
    const { value } = symbol;
    if (value.length === 0 || value.indexOf(0) !== value.length - 1 || value[0] !== 0x2f) {
      refuse("is no path that begins with a slash", "BADVALUE");
      continue;
    }
    const path = latin1(value, 0, value.length - 1);
    const slash = path.indexOf("/", 1);
    const rest = slash < 0 ? "" : path.slice(slash);
    // What stands outside of fragments does not come into the base, and neither does its label.
    if (rest !== CONTENT && !rest.startsWith(`${CONTENT}/`)) continue;
    const fragment = overlay.child(overlay.root, path.slice(1, slash));
    if (fragment === null || overlay.child(fragment, "__overlay__") === null) {
      refuse(`is ${path.slice(0, 200)}, and the overlay has no such fragment`, "BADOVERLAY");
      continue;
    }
    let above = targets.get(fragment);
    if (above === undefined) {
      const target = fragmentTarget(base, overlay, fragment, report);
      above = target === null ? null : (target.path ?? target.node.path);
      targets.set(fragment, above);
    }
    if (above === null) continue;
    // libfdt takes any path of one character for the root.
    places.push({ symbol, place: `${above.length > 1 ? above : ""}/${rest.slice(CONTENT.length + 1)}` });
  }
  return places;
}

function reportReplaced(
  tree: GrowingTree,
  symbols: TreeNode,
  { name }: Property,
  path: string,
  place: OverlayPlace,
  report: OverlayReport,
): void {
  const before = tree.property(symbols, name);
  const pathBefore = before === null ? null : tree.pathIn(before);
  if (pathBefore === null || pathBefore === path) return;
  report.add(
    "overlay-symbol-replaced",
    place,
    `label ${name} is ${pathBefore.slice(0, 200)} in the base, and becomes ${path.slice(0, 200)}: overlays that follow change that node, and Linux refuses this one`,
    "rename the label in the overlay",
  );
}

function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
