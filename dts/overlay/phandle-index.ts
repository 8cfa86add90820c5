import type { TreeNode } from "../tree.ts";
import type { GrowingTree } from "./growing-tree.ts";

/**
 * Finds nodes by phandle while a tree grows. Where several nodes have one phandle, the first in the order of the tree
 * counts (`fdt_node_offset_by_phandle`); which that is can change with each merge, so the index is then made anew.
 */
export class PhandleIndex {
  private readonly tree: GrowingTree;
  private nodes = new Map<number, TreeNode>();
  private shared = new Set<number>();
  private isStale = true;
  /** Nodes that may still be looked at to make the index anew. */
  private budget: number;

  constructor(tree: GrowingTree, budget: number) {
    this.tree = tree;
    this.budget = budget;
  }

  /** The node of a phandle; null where there is none. */
  find(phandle: number): TreeNode | null {
    if (this.isStale && !this.rebuild()) return null;
    return this.nodes.get(phandle) ?? null;
  }

  /** True once the budget is used up: nothing is found any more. */
  get isExhausted(): boolean {
    return this.budget < 0;
  }

  /** To be called when a node's phandle changed. */
  changed(node: TreeNode, before: number, now: number): void {
    if (this.isStale || before === now) return;
    if (this.shared.has(before) || this.shared.has(now) || this.nodes.has(now)) {
      this.isStale = true;
      return;
    }
    this.nodes.delete(before);
    if (now !== 0) this.nodes.set(now, node);
  }

  private rebuild(): boolean {
    this.tree.settle();
    this.nodes = new Map();
    this.shared = new Set();
    for (const node of this.tree.root.walk()) {
      if (--this.budget < 0) return false;
      const phandle = this.tree.phandle(node);
      if (phandle === 0) continue;
      if (this.nodes.has(phandle)) this.shared.add(phandle);
      else this.nodes.set(phandle, node);
    }
    this.isStale = false;
    return true;
  }
}
