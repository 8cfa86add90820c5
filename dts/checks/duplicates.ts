/** What stands twice: dtc merges it in source, so it comes from a blob, or from one `{ … }` that has it twice. */
import { eachDuplicate, hasDuplicate } from "../duplicate-names.ts";
import type { TreeNode } from "../tree.ts";
import type { ReportFault } from "./check.ts";
import { nodeText } from "./tree-facts.ts";

// Of these checks each is two functions: one that all nodes go through makes nothing that the other would need.

export function duplicateNodeNames({ children }: TreeNode, report: ReportFault): void {
  if (hasDuplicate(children)) tellNodes(children, report);
}

function tellNodes(children: readonly TreeNode[], report: ReportFault): void {
  eachDuplicate(children, (first, second) =>
    report(() => ({
      node: second,
      span: second.nameSpan,
      message: `node ${second.name} stands twice in ${nodeText(second.parent!)}`,
      hint: "readers that look for the name find the first one: merge the two, or give one another unit address",
      related: [{ message: `${first.name} first stands here`, span: first.nameSpan }],
    })),
  );
}

export function duplicatePropertyNames(node: TreeNode, report: ReportFault): void {
  if (hasDuplicate(node.properties)) tellProperties(node, report);
}

function tellProperties(node: TreeNode, report: ReportFault): void {
  eachDuplicate(node.properties, (first, second) =>
    report(() => ({
      span: second.nameSpan,
      message: `property ${second.name} stands twice in ${nodeText(node)}`,
      hint: "readers that look for the name find the first one: keep one of the two",
      related: [{ message: `${first.name} first stands here`, span: first.nameSpan }],
    })),
  );
}

/** As siblings in Linux, where properties and nodes are files and folders of one folder. */
export function nodeNameVsPropertyName(node: TreeNode, report: ReportFault): void {
  if (node.children.length === 0) return;
  const properties = new Map(node.properties.map((property) => [property.name, property]));
  for (const child of node.children) {
    const property = properties.get(child.name);
    if (property === undefined) continue;
    report(() => ({
      node: child,
      span: child.nameSpan,
      message: `${nodeText(node)} has a property and a child node that are both called ${child.name}`,
      hint: "rename one of the two: Linux has them side by side in /proc/device-tree, and would itself rename one",
      related: [{ message: `the property ${child.name}`, span: property.nameSpan }],
    }));
  }
}
