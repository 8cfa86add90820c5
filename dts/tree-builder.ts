import { deleteNode, LabelLists, NodeIndex } from "./merge-nodes.ts";
import type { SourceMap, Span } from "./source.ts";
import { DeviceTree, type Label, MarkKind, type MarkTable, Property, stringsToBytes, TreeNode } from "./tree.ts";

/** The tree that a source describes, while its statements add to it, find what is there and delete it again. */
export class TreeBuilder {
  readonly tree: DeviceTree;
  readonly index = new NodeIndex();
  private readonly byLabel = new Map<string, TreeNode>();
  private readonly labelLists = new LabelLists();
  /** Set where anything was deleted: only then is there something to sweep. */
  hasDeleted = false;
  /** Labels of nodes that were deleted. */
  readonly deletedLabels = new Set<string>();
  /** Names of nodes that were to be deleted and were not there. */
  readonly missedNames = new Set<string>();
  /** Set where {@link addStray} made a node. */
  hasStray = false;
  private made = 0;

  constructor(sources: SourceMap) {
    this.tree = new DeviceTree(new TreeNode("", null), sources);
  }

  /** The nodes that have labels, by each of them. */
  get labelled(): ReadonlyMap<string, TreeNode> {
    return this.byLabel;
  }

  /** The node of a label or of a path, which begins with a slash; null where there is none. */
  find(reference: string): TreeNode | null {
    if (!reference.startsWith("/")) return this.byLabel.get(reference) ?? null;
    let node: TreeNode | null = this.tree.root;
    for (const name of reference.split("/")) {
      if (name === "") continue;
      node = this.index.child(node, name);
      if (node === null || node.isDeleted) return null;
    }
    return node;
  }

  /** A label that is taken already stays with the node that has it. */
  labelNode(node: TreeNode, labels: readonly Label[]): void {
    if (labels.length === 0) return;
    this.labelLists.merge(node, labels);
    for (let i = 0; i < labels.length; i++) {
      const { name } = labels[i]!;
      if (!this.byLabel.has(name)) this.byLabel.set(name, node);
    }
  }

  labelProperty(property: Property, labels: readonly Label[]): void {
    this.labelLists.merge(property, labels);
  }

  deleteNode(node: TreeNode): void {
    this.hasDeleted = true;
    deleteNode(node, (label, owner) => {
      this.deletedLabels.add(label);
      if (this.byLabel.get(label) === owner) this.byLabel.delete(label);
    });
  }

  /** Deletes a child by its name; of a fresh node, which keeps all that is written, one more that is deleted. */
  deleteChild(parent: TreeNode, name: string, isFresh: boolean): void {
    this.hasDeleted = true;
    if (isFresh) {
      this.missedNames.add(name);
      const node = new TreeNode(name, parent);
      node.isDeleted = true;
      this.index.addChild(parent, node);
      return;
    }
    const child = this.index.child(parent, name);
    if (child === null) this.missedNames.add(name);
    else this.deleteNode(child);
  }

  /** As {@link deleteChild}, of a property. */
  deleteProperty(node: TreeNode, name: string, isFresh: boolean): void {
    this.hasDeleted = true;
    if (isFresh) {
      const property = new Property(name, new Uint8Array(0));
      property.isDeleted = true;
      this.index.addProperty(node, property);
      return;
    }
    const property = this.index.property(node, name);
    if (property === null) return;
    property.isDeleted = true;
    property.labels = [];
  }

  /**
   * What an overlay says about a node of its base, `fragment@N { target = <&label>; __overlay__ { … }; };`: gives the
   * node `__overlay__`. The mark of the reference goes to `marks`.
   */
  addFragment(reference: string, span: Span, marks: MarkTable): TreeNode {
    const { root } = this.tree;
    const fragment = new TreeNode(`fragment@${this.made++}`, root);
    fragment.nameSpan = span;
    const isPath = reference.startsWith("/");
    const target = new Property(isPath ? "target-path" : "target", new Uint8Array([0xff, 0xff, 0xff, 0xff]));
    if (isPath) {
      target.value = stringsToBytes([reference]);
    } else {
      marks.add(MarkKind.phandle, 32, 0, reference, span.start, span.end);
      target.hasReferences = true;
      target.keepMarks(marks, marks.count - 1, marks.count);
    }
    target.nameSpan = span;
    target.span = span;
    fragment.properties.push(target);
    const overlay = new TreeNode("__overlay__", fragment);
    overlay.nameSpan = span;
    fragment.children.push(overlay);
    this.index.addChild(root, fragment);
    return overlay;
  }

  /** A node for what is said about one that is not there: labels in it are to be found by what refers to them. */
  addStray(reference: string, span: Span): TreeNode {
    this.hasStray = true;
    return this.tree.root.addChild(`${reference}#${this.made++}`, span);
  }
}
