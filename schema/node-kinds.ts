import type { DeviceTree, TreeNode } from "../dts/tree.ts";

/**
 * The nodes that have a schema: the root; depth-1 nodes that are memory by name or `device_type`; `/reserved-memory`;
 * its children; tag storage as rfc-v1 and rfc-v2 have it, at the root; tag storage as rfc-v3 has it, reserved memory.
 */
export type NodeKind = "root" | "memory" | "reservedMemory" | "reservedRange" | "rootTagStorage" | "reservedTagStorage";

export interface NodeOfKind {
  readonly node: TreeNode;
  readonly kind: NodeKind;
}

/** The nodes of a tree that have a schema, in the order of the tree. */
export function nodesOfKind(tree: DeviceTree): NodeOfKind[] {
  const found: NodeOfKind[] = [{ node: tree.root, kind: "root" }];
  for (const node of tree.root.children) {
    if (node.name === "reserved-memory") {
      found.push({ node, kind: "reservedMemory" });
      for (const child of node.children) {
        found.push({ node: child, kind: isTagStorage(child) ? "reservedTagStorage" : "reservedRange" });
      }
    } else if (isRootTagStorage(node)) found.push({ node, kind: "rootTagStorage" });
    else if (isMemory(node)) found.push({ node, kind: "memory" });
  }
  return found;
}

/** rfc-v1 looks for `metadata` in the name, rfc-v2 for `tag-storage`; both then ask for the compatible. */
function isRootTagStorage(node: TreeNode): boolean {
  return (node.name.includes("metadata") || node.name.includes("tag-storage")) && isTagStorage(node);
}

/** As the kernel compares compatibles: without regard to case. */
function isTagStorage(node: TreeNode): boolean {
  const compatible = node.property("compatible");
  return compatible?.strings().some((text) => text.toLowerCase() === "arm,mte-tag-storage") ?? false;
}

/** A node that is memory, or whose name says that its author meant it to be. */
export function isMemory(node: TreeNode): boolean {
  return node.property("device_type")?.strings()[0] === "memory" || /^memory(@|$)/.test(node.name);
}

/** True unless a `status` other than `okay` and `ok` turns the node off. */
export function isEnabled(node: TreeNode): boolean {
  const status = node.property("status");
  if (status === null) return true;
  const text = status.strings()[0];
  return text === "okay" || text === "ok";
}
