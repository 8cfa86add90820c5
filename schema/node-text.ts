import type { TreeNode } from "../dts/tree.ts";
import { excerpt } from "../dts/yaml/excerpt.ts";

/** A node as messages name it. */
export function nodeText(node: TreeNode): string {
  return node.parent === null ? "the root" : excerpt(node.name);
}
