/**
 * The second part of `fdt_overlay_apply`: `__fixups__` says for each label of the base where in the overlay its phandle
 * goes, as `path:property:offset`; the base's `__symbols__` says which node the label is (`overlay_fixup_phandles`).
 */
import type { RelatedPlace } from "../diagnostic.ts";
import { nearest } from "../nearest.ts";
import { latin1, type Property, type TreeNode } from "../tree.ts";
import type { GrowingTree } from "./growing-tree.ts";
import {
  atByte,
  atProperty,
  labelText,
  type OverlayPlace,
  type OverlayReport,
  pathRefused,
  READS_ON,
  refusedWith,
} from "./report.ts";

/** A cell of the overlay that is to hold the phandle of a label. */
interface Reference {
  readonly node: TreeNode;
  readonly property: Property;
  readonly offset: number;
}

/** Missing labels for which one that was meant is looked for, among how many, and the places shown of each. */
const MAX_GUESSES = 10;
const MAX_CANDIDATES = 5000;
const MAX_PLACES = 8;

/** Writes the phandles. Gives the properties of which some label could not be found. */
export function resolveLabels(overlay: GrowingTree, base: GrowingTree, report: OverlayReport): Set<Property> {
  const unresolved = new Set<Property>();
  const fixups = overlay.child(overlay.root, "__fixups__");
  if (fixups === null) return unresolved;
  const symbols = base.child(base.root, "__symbols__");
  if (symbols === null) {
    const references = fixups.properties.flatMap((fixup) => readFixup(overlay, fixups, fixup, report));
    for (const { property } of references) unresolved.add(property);
    if (references.length > 0) reportNoSymbols(fixups, references, report);
    return unresolved;
  }
  let guesses = 0;
  for (const fixup of fixups.properties) {
    const references = readFixup(overlay, fixups, fixup, report);
    const phandle = labelPhandle(base, symbols, fixup.name);
    if (typeof phandle !== "number") {
      for (const { property } of references) unresolved.add(property);
      const { place, related } = shownPlaces(fixups, fixup, references);
      const message = `${labelText(fixup.name)} ${phandle.fault}; ${phandle.refused}`;
      report.add("overlay-label", place, message, labelHint(symbols, fixup.name, guesses++ < MAX_GUESSES), related);
      continue;
    }
    for (const { property, offset } of references) property.setCell(offset, phandle);
  }
  return unresolved;
}

/** The places that one property of `__fixups__` lists; what is not well formed is reported and left out. */
function readFixup(overlay: GrowingTree, fixups: TreeNode, fixup: Property, report: OverlayReport): Reference[] {
  const references: Reference[] = [];
  const { value } = fixup;
  const refuse = (entry: string, message: string, error = refusedWith("BADOVERLAY")) =>
    report.add(
      "overlay-fixup",
      atProperty(fixups, fixup),
      `__fixups__ lists "${entry.slice(0, 200)}" for ${fixup.name}, ${message}; ${error}`,
      "compile the overlay again: dtc writes __fixups__ itself for a source with /plugin/",
    );
  if (value.length === 0) refuse("", "which names no place");
  for (let start = 0; start < value.length; ) {
    const nul = value.indexOf(0, start);
    const entry = latin1(value, start, nul < 0 ? value.length : nul);
    start = nul < 0 ? value.length : nul + 1;
    // strtoul takes blanks and a sign before the digits, too
    const parts = /^([^:]*):([^:]+):[ \t-\r]*(\+|-)?([0-9]+)$/.exec(entry);
    if (nul < 0 || parts === null) {
      refuse(entry, "which is not of the form path:property:offset");
      continue;
    }
    const [, path, name, sign, digits] = parts;
    const node = overlay.nodeAt(path!.replace(/\/{2,}/g, "/"));
    const property = node === null ? null : overlay.property(node, name!);
    const offset = sign === "-" ? -Number(digits) : Number(digits);
    if (node === null) {
      const error = pathRefused(overlay.missingPath(path!), "BADOVERLAY");
      refuse(entry, "and the overlay has no such node", error);
    } else if (property === null) refuse(entry, "and the node has no such property", refusedWith("NOTFOUND"));
    else if (offset < 0 || offset + 4 > property.length) {
      refuse(entry, `and the property has ${property.length} bytes`, outsideText(offset, property));
    } else references.push({ node, property, offset });
  }
  return references;
}

/** What libfdt does with an offset outside of a property: it keeps the lowest 32 bits, and adds 4 with as many. */
function outsideText(offset: number, property: Property): string {
  if (((offset + 4) >>> 0) % 2 ** 32 <= property.length) {
    return "libfdt keeps 32 bits of the offset, finds that it fits, and writes where it leads, if it does not crash";
  }
  return "fdtoverlay 1.6.1 takes this for a lack of room (FDT_ERR_NOSPACE) and asks for more without end";
}

/** What is the matter with a label, and what libfdt makes of it. */
interface LabelFault {
  readonly fault: string;
  readonly refused: string;
}

/** The phandle of the node that `__symbols__` has for a label. */
function labelPhandle(base: GrowingTree, symbols: TreeNode, label: string): number | LabelFault {
  const notFound = refusedWith("NOTFOUND");
  const symbol = base.property(symbols, label);
  if (symbol === null) return { fault: "is no label of the base", refused: notFound };
  const path = base.pathIn(symbol);
  if (path === null)
    return { fault: "has a path without its closing NUL in the base's __symbols__", refused: READS_ON };
  const node = base.nodeAt(path);
  const shown = path.slice(0, 200);
  if (node === null) {
    const fault = `is ${shown} in the base's __symbols__, and the base has no such node`;
    return { fault, refused: pathRefused(base.missingPath(path)) };
  }
  const phandle = base.phandle(node);
  return phandle !== 0 ? phandle : { fault: `is ${shown}, which has no phandle in the base`, refused: notFound };
}

function labelHint(symbols: TreeNode, label: string, isGuessed: boolean): string {
  if (label.startsWith("/")) return "inside a value, an overlay reaches its base by label only: give the node one";
  const names = isGuessed ? symbols.properties.slice(0, MAX_CANDIDATES).map(({ name }) => name) : [];
  const near = nearest(label, names);
  if (near !== null && near !== label) return `did you mean &${near}?`;
  return "give the node of the base this label, and compile the base with dtc -@, or name the node by its path: &{/path} { … };";
}

function reportNoSymbols(fixups: TreeNode, references: readonly Reference[], report: OverlayReport): void {
  const { place, related } = shownPlaces(fixups, null, references);
  const labels = fixups.properties.map(({ name }) => labelText(name));
  const more = labels.length > 1 ? ` and ${labels.length - 1} more` : "";
  report.add(
    "overlay-label",
    place,
    `the base has no __symbols__, so ${labels[0]}${more} cannot be found; ${refusedWith("NOTFOUND")}`,
    "compile the base with dtc -@, which lists its labels, or name the nodes by their paths: &{/path} { … };",
    related,
  );
}

/** The first reference, and the next few. */
function shownPlaces(
  fixups: TreeNode,
  fixup: Property | null,
  references: readonly Reference[],
): { place: OverlayPlace; related: RelatedPlace[] } {
  const [first, ...rest] = references.slice(0, MAX_PLACES);
  if (first === undefined) return { place: atProperty(fixups, fixup), related: [] };
  const places = rest.map(({ node, property, offset }) => atByte(node, property, offset));
  const related = places
    .filter(({ span }) => span.start >= 0)
    .map(({ span }) => ({ message: "it stands here too", span }));
  return { place: atByte(first.node, first.property, first.offset), related };
}
