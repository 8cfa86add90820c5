/** `#address-cells` and `#size-cells`: where they are relied on without being there, and the other way round. */
import type { Property, TreeNode } from "../tree.ts";
import type { ReportFault } from "./check.ts";
import { MOST_CELLS, nodeText, type TreeFacts } from "./tree-facts.ts";

export function avoidDefaultAddrSize(
  { name, span }: Property,
  node: TreeNode,
  report: ReportFault,
  { ownCells }: TreeFacts,
): void {
  const { parent } = node;
  if (parent === null) return;
  const { address, size } = ownCells(parent);
  if (address !== null && size !== null) return;
  const missing = [address === null ? "#address-cells" : "", size === null ? "#size-cells" : ""].filter(Boolean);
  const counts = [address === null ? "2" : "", size === null ? "1" : ""].filter(Boolean).join(" and ");
  const defaults = missing.length === 2 ? `defaults, ${counts}` : `default, ${counts}`;
  report(() => ({
    span,
    message: `${name} of ${nodeText(node)} is read by the ${defaults}: ${nodeText(parent)} has no ${missing.join(" and no ")}`,
    hint: `write ${missing.map((name) => `${name} = <…>;`).join(" ")} into ${nodeText(parent)}: Linux, for one, has other defaults`,
    related: [{ message: `${nodeText(parent)} stands here`, span: parent.nameSpan }],
  }));
}

export function avoidUnnecessaryAddrSize(
  { span }: Property,
  node: TreeNode,
  report: ReportFault,
  { ownCells }: TreeFacts,
): void {
  if (node.parent === null || node.children.length === 0) return;
  const { address, size } = ownCells(node);
  if (address === null || size === null || address > MOST_CELLS || size > MOST_CELLS) return;
  if (node.property("ranges") !== null || node.children.some((child) => child.property("reg") !== null)) return;
  report(() => ({
    span,
    message: `${nodeText(node)} has #address-cells and #size-cells, but no ranges, and none of its child nodes has a reg`,
    hint: "leave the two out, or give the child nodes the reg that is counted by them",
  }));
}
