import type { Diagnostic, RelatedPlace } from "../dts/diagnostic.ts";
import { nearest } from "../dts/nearest.ts";
import type { DeviceTree, TreeNode } from "../dts/tree.ts";
import { type DecodedNode, type DecodeFault, decodeNode } from "./decode.ts";
import { type ValidationError, validators } from "./generated/validators.js";
import { isEnabled, type NodeOfKind, nodesOfKind } from "./node-kinds.ts";
import { nodeText } from "./node-text.ts";
import { PROPERTY_TYPES } from "./property-types.ts";
import { checkTagStorage, treeFacts } from "./tree-checks.ts";
import { type Layer, schemaDiagnostic, subjectOf } from "./tree-words.ts";

/**
 * Holds the nodes that matter (node-kinds.ts) against their schemas (node-schemas.ts); the rest of the tree is not
 * looked at, and of an overlay, which is a tree only once it is applied, nothing.
 *
 * @returns in the order of the tree. Errors for what is malformed: `schema-property-type`, `schema-reg-length`,
 *   `schema-missing-property`, `dangling-phandle`; warnings for what the bindings ask besides: `schema-binding`.
 *   None of them changes what a kernel makes of the tree.
 */
export function validateTree(tree: DeviceTree): Diagnostic[] {
  if (tree.isPlugin) return [];
  const diagnostics: Diagnostic[] = [];
  const facts = treeFacts(tree);
  for (const found of nodesOfKind(tree)) {
    const decoded = decodeNode(found.node, found.kind);
    for (const fault of decoded.faults) diagnostics.push(faultDiagnostic(fault, found.node));
    diagnostics.push(...schemaDiagnostics(found, decoded), ...checkTagStorage(found, facts));
  }
  return diagnostics;
}

function schemaDiagnostics(found: NodeOfKind, decoded: DecodedNode): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  /** Unknown properties that a missing one was found under. */
  const misspelt = new Set<string>();
  for (const layer of ["shape", "binding"] as const) {
    /** A property that breaks two keywords of a layer, or one keyword twice, is one mistake. */
    const reported = new Set<string | null>();
    for (const error of errorsOf(found, layer, decoded)) {
      const subject = subjectOf(error);
      if (reported.has(subject) || (subject !== null && misspelt.has(subject)) || !isMistake(error, found)) continue;
      reported.add(subject);
      const diagnostic = schemaDiagnostic(error, found, layer);
      const meant = error.keyword === "required" ? misspelling(subject!, found) : null;
      if (meant === null) diagnostics.push(diagnostic);
      else {
        misspelt.add(meant);
        const span = found.node.property(meant)!.nameSpan;
        diagnostics.push({ ...diagnostic, span, hint: `it has ${meant}: write ${subject}` });
      }
    }
  }
  return diagnostics;
}

function errorsOf({ kind }: NodeOfKind, layer: Layer, decoded: DecodedNode): readonly ValidationError[] {
  const validate = layer === "shape" ? validators[`${kind}Shape`] : validators[`${kind}Binding`];
  return validate(decoded.values) ? [] : (validate.errors ?? []);
}

/** False for what follows from another mistake, and for what a node that is off does without. */
function isMistake(error: ValidationError, { node, kind }: NodeOfKind): boolean {
  // The alternatives of an anyOf; the anyOf itself follows.
  if (error.schemaPath.includes("/anyOf/")) return false;
  if (error.keyword !== "required" && error.keyword !== "anyOf") return true;
  // rfc-v1 and rfc-v2 do not look at the status of tag storage.
  if (kind !== "rootTagStorage" && !isEnabled(node)) return false;
  // There, but not to be decoded: that was reported.
  if (error.keyword === "required") return node.property(subjectOf(error)!) === null;
  return alternatives(kind).every((name) => node.property(name) === null);
}

function alternatives(kind: NodeOfKind["kind"]): readonly string[] {
  return kind === "memory" ? ["reg", "linux,usable-memory"] : ["reg", "size"];
}

/** A property of the node, unknown to its schema, that looks like the missing one. */
function misspelling(missing: string, { node, kind }: NodeOfKind): string | null {
  const unknown = node.properties.map(({ name }) => name).filter((name) => !Object.hasOwn(PROPERTY_TYPES[kind], name));
  return nearest(missing, unknown);
}

const FAULT_RULES = { type: "schema-property-type", row: "schema-reg-length", flag: "schema-binding" } as const;

function faultDiagnostic({ property, kind, message }: DecodeFault, node: TreeNode): Diagnostic {
  // Where there is a reg, readers pass over the properties of a range that the kernel is to place.
  const unread = ["size", "alignment", "alloc-ranges"].includes(property.name) && node.property("reg") !== null;
  const isWarning = kind === "flag" || unread;
  const related = kind === "row" ? cellsRelated(node) : [];
  return {
    rule: isWarning ? "schema-binding" : FAULT_RULES[kind],
    severity: isWarning ? "warning" : "error",
    message: `${property.name} of ${nodeText(node)} ${message}`,
    node: node.path,
    span: property.span,
    ...(related.length === 0 ? {} : { related }),
  };
}

/** Where the cells that a node's `reg` is counted by are set. */
function cellsRelated(node: TreeNode): RelatedPlace[] {
  const related: RelatedPlace[] = [];
  for (const name of ["#address-cells", "#size-cells"]) {
    const property = node.parent?.property(name) ?? null;
    if (property !== null && property.span.start >= 0) {
      related.push({ message: `${name} of ${nodeText(node.parent!)}`, span: property.span });
    }
  }
  return related;
}
