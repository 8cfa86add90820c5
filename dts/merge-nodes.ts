/**
 * How what is written later changes what was written before, as dtc has it: a property or child of a name that is
 * there already takes its place, one that was deleted comes back at the place that it had.
 */
import type { Label, Property, TreeNode } from "./tree.ts";

/** Lists longer than this are searched by name through a map. */
const LINEAR_LIMIT = 16;

/** Finds the children and properties of nodes that are being merged into, deleted ones included. */
export class NodeIndex {
  private readonly children = new Map<TreeNode, Map<string, TreeNode>>();
  private readonly properties = new Map<TreeNode, Map<string, Property>>();

  /** The first child of this name, deleted or not. */
  child(parent: TreeNode, name: string): TreeNode | null {
    return find(this.children, parent, parent.children, name);
  }

  /** The first property of this name, deleted or not. */
  property(node: TreeNode, name: string): Property | null {
    return find(this.properties, node, node.properties, name);
  }

  addChild(parent: TreeNode, child: TreeNode): void {
    parent.children.push(child);
    if (parent.children.length <= LINEAR_LIMIT) return;
    const index = this.children.get(parent);
    if (index !== undefined && !index.has(child.name)) index.set(child.name, child);
  }

  addProperty(node: TreeNode, property: Property): void {
    node.properties.push(property);
    if (node.properties.length <= LINEAR_LIMIT) return;
    const index = this.properties.get(node);
    if (index !== undefined && !index.has(property.name)) index.set(property.name, property);
  }
}

function find<T extends { readonly name: string }>(
  indexes: Map<TreeNode, Map<string, T>>,
  node: TreeNode,
  list: readonly T[],
  name: string,
): T | null {
  if (list.length <= LINEAR_LIMIT) {
    for (let i = 0; i < list.length; i++) if (list[i]!.name === name) return list[i]!;
    return null;
  }
  let index = indexes.get(node);
  if (index === undefined) {
    index = new Map();
    for (const item of list) if (!index.has(item.name)) index.set(item.name, item);
    indexes.set(node, index);
  }
  return index.get(name) ?? null;
}

/** Adds labels to nodes and properties, each label once a thing, however many there are. */
export class LabelLists {
  private readonly long = new Map<object, { readonly labels: Label[]; readonly names: Set<string> }>();

  /** `more` is the owner's from then on. */
  merge(owner: { labels: readonly Label[] }, more: readonly Label[]): void {
    const before = owner.labels;
    if (more.length === 0) return;
    if (before.length === 0 && more.length === 1) {
      owner.labels = more;
      return;
    }
    let list = this.long.get(owner);
    // A list that is not ours was put there since: the node was deleted.
    if (list === undefined || list.labels !== before) {
      list = { labels: [...before], names: new Set(before.map(({ name }) => name)) };
      if (before.length + more.length > LINEAR_LIMIT) this.long.set(owner, list);
    }
    for (const label of more) {
      if (list.names.has(label.name)) continue;
      list.names.add(label.name);
      list.labels.push(label);
    }
    owner.labels = list.labels;
  }
}

/** Deletes a node and all below it; `forget` is told each label that goes with them. */
export function deleteNode(node: TreeNode, forget: (label: string, node: TreeNode) => void): void {
  const stack = [node];
  for (let current = stack.pop(); current !== undefined; current = stack.pop()) {
    current.isDeleted = true;
    for (const label of current.labels) forget(label.name, current);
    current.labels = [];
    for (const property of current.properties) {
      property.isDeleted = true;
      property.labels = [];
    }
    for (const child of current.children) if (!child.isDeleted) stack.push(child);
  }
}

/** Takes what is marked as deleted out of the tree, for good. */
export function sweepDeleted(root: TreeNode): void {
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (hasDeleted(node.properties)) node.properties = node.properties.filter((property) => !property.isDeleted);
    if (hasDeleted(node.children)) node.children = node.children.filter((child) => !child.isDeleted);
    const { children } = node;
    for (let i = 0; i < children.length; i++) stack.push(children[i]!);
  }
}

function hasDeleted(items: readonly { readonly isDeleted: boolean }[]): boolean {
  for (let i = 0; i < items.length; i++) if (items[i]!.isDeleted) return true;
  return false;
}
