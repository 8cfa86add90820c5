import type { Property, TreeNode } from "../tree.ts";

/**
 * One thing that an overlay does to its base. Nodes go by number: those of the base in the order of the tree, the root
 * being 0, then new ones as they are added.
 */
export type Edit =
  | { readonly kind: "node"; readonly parent: number; readonly name: string }
  | { readonly kind: "property"; readonly node: number; readonly property: Property };

/** Keeps what is done to a tree, in order. */
export class EditLog {
  readonly edits: Edit[] = [];
  private readonly numbers = new Map<TreeNode, number>();

  constructor(root: TreeNode) {
    for (const node of root.walk()) this.numbers.set(node, this.numbers.size);
  }

  nodeAdded(node: TreeNode): void {
    this.edits.push({ kind: "node", parent: this.numbers.get(node.parent!)!, name: node.name });
    this.numbers.set(node, this.numbers.size);
  }

  propertySet(node: TreeNode, property: Property): void {
    this.edits.push({ kind: "property", node: this.numbers.get(node)!, property });
  }
}
