/** What stands twice: dtc merges it in source, so it comes from a blob, or from one `{ … }` that has it twice. */
import type { TreeNode } from "../tree.ts";
import type { ReportFault } from "./check.ts";
import { nodeText } from "./tree-facts.ts";

export function duplicateNodeNames({ children }: TreeNode, report: ReportFault): void {
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

/** As many as are sooner compared than looked up. */
const FEW = 8;

/** Tells each item whose name an earlier one has, with the first of that name. */
function eachDuplicate<T extends { readonly name: string }>(items: readonly T[], tell: (first: T, second: T) => void) {
  if (items.length <= FEW) {
    for (let i = 1; i < items.length; i++) {
      let first = 0;
      while (items[first]!.name !== items[i]!.name) first++;
      if (first < i) tell(items[first]!, items[i]!);
    }
    return;
  }
  const firsts = new Map<string, T>();
  for (const item of items) {
    const first = firsts.get(item.name);
    if (first === undefined) firsts.set(item.name, item);
    else tell(first, item);
  }
}
