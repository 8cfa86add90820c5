import type { SourceMap } from "../source.ts";
import { DeviceTree, type Property, TreeNode } from "../tree.ts";

/** A copy whose nodes can be changed; properties are shared with `tree`, to be replaced rather than changed. */
export function copyTree(tree: DeviceTree, sources: SourceMap): DeviceTree {
  const copy = new DeviceTree(
    copyNode(tree.root, null, (property) => property),
    sources,
  );
  copy.memReserves = [...tree.memReserves];
  copy.isPlugin = tree.isPlugin;
  copy.bootCpuId = tree.bootCpuId;
  if (tree.addedFixups !== null) copy.addedFixups = copy.root.child("__fixups__");
  return copy;
}

/** A copy whose properties' bytes can be changed too. */
export function copyWithValues(root: TreeNode): TreeNode {
  return copyNode(root, null, (property) => property.copy());
}

function copyNode(node: TreeNode, parent: TreeNode | null, property: (property: Property) => Property): TreeNode {
  const copy = new TreeNode(node.name, parent);
  copy.labels = node.labels;
  copy.nameSpan = node.nameSpan;
  copy.properties = node.properties.map(property);
  copy.children = node.children.map((child) => copyNode(child, copy, property));
  return copy;
}
