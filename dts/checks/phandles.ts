/** Phandles that are written out. A compiler's own are right; blobs can be patched, and trees merged. */
import type { Property, TreeNode } from "../tree.ts";
import type { ReportFault } from "./check.ts";
import { count, nodeText, type TreeFacts, usablePhandle } from "./tree-facts.ts";

const LEAVE_IT = "leave phandles to the compiler: write a label, and refer to it";

export function explicitPhandles(_first: Property, node: TreeNode, report: ReportFault, facts: TreeFacts): void {
  const own = usable(node, "phandle", report);
  const old = usable(node, "linux,phandle", report);
  if (own !== null && old !== null && own.cell(0) !== old.cell(0)) {
    report(() => ({
      span: old.span,
      message: `phandle of ${nodeText(node)} is ${hex(own)}, and its linux,phandle ${hex(old)}`,
      hint: "the second is the old name of the first: leave it out",
    }));
  }
  const property = own ?? old;
  if (property === null) return;
  const owner = facts.phandleOwner(property.cell(0));
  if (owner === undefined || owner.node === node) return;
  report(() => ({
    span: property.span,
    message: `phandle ${hex(property)} of ${nodeText(node)} is that of ${owner.node.path} already`,
    hint: `references to it find ${nodeText(owner.node)}; ${LEAVE_IT}`,
    related: [{ message: `${nodeText(owner.node)} has it here`, span: owner.property.span }],
  }));
}

/** The property, where it can be a phandle; where it cannot, tells why. */
function usable(node: TreeNode, name: string, report: ReportFault): Property | null {
  const property = node.property(name);
  if (property === null || usablePhandle(property) !== null) return property;
  const what =
    property.length === 4
      ? `is ${hex(property)}, which means none`
      : `has ${count(property.length, "byte")}, not the 4 of a phandle`;
  report(() => ({ span: property.span, message: `${name} of ${nodeText(node)} ${what}`, hint: LEAVE_IT }));
  return null;
}

function hex(property: Property): string {
  return `0x${property.cell(0).toString(16)}`;
}
