/** The `__symbols__` node that overlays need of their base: each label and the path of its node, as `dtc -@` writes it. */

import type { Diagnostic } from "./diagnostic.ts";
import { labelsInOrder } from "./label-order.ts";
import { LIMITS } from "./limits.ts";
import { NO_SPAN } from "./source.ts";
import { cellsToBytes, type DeviceTree, MarkKind, type Property, stringsToBytes, TreeNode } from "./tree.ts";

const NAME = "__symbols__";

/** Nodes that dtc makes after `__symbols__`, so that they stand behind it. */
const LATER = new Set(["__fixups__", "__local_fixups__"]);

export interface AddedSymbols {
  /** Labels that the node had a property for already: these are as they were. */
  readonly kept: readonly string[];
  /** Of the rule `limit`: there would be too much to add, and nothing was added. */
  readonly error: Diagnostic | null;
}

/**
 * Adds a property to `/__symbols__` for each label of a node, in the order of the nodes, and gives each labelled node a
 * phandle where it has none: the lowest that is free, after all that references were given. Nothing is added where no
 * node is labelled, as in a tree from a blob; or where it would be more than {@link LIMITS} has for the bytes of all
 * properties, or for the nodes and properties of a blob: many labels deep in a tree have a path as long each.
 *
 * Source: dtc, `generate_label_tree`.
 */
export function addSymbols(tree: DeviceTree): AddedSymbols {
  const nodes = tree.root.list();
  const labelled = nodes.filter(({ labels }) => labels.length > 0);
  if (labelled.length === 0) return { kept: [], error: null };
  const error = excess(tree);
  if (error !== null) return { kept: [], error };
  const taken = new Set<number>();
  for (const { phandle } of nodes) if (phandle !== null) taken.add(phandle);
  const symbols = symbolsNode(tree);
  const known = new Map(symbols.properties.map((property) => [property.name, property]));
  const kept: string[] = [];
  let next = 1;
  for (const node of labelled) {
    const path = stringsToBytes([node.path]);
    for (const { name } of labelsInOrder(node, tree.sources)) {
      if (known.has(name)) kept.push(name);
      else known.set(name, addTyped(symbols, name, path.slice(), MarkKind.string, 0));
    }
    if (node.phandle !== null) continue;
    while (taken.has(next)) next++;
    taken.add(next);
    addTyped(node, "phandle", cellsToBytes([next]), MarkKind.cell, 32);
  }
  return { kept, error: null };
}

/** What is too much to add, before any path is written out; null where nothing is. */
function excess({ root }: DeviceTree): Diagnostic | null {
  let bytes = 0;
  // The node itself, and all that is there.
  let count = 1;
  const stack: { readonly node: TreeNode; readonly pathLength: number }[] = [{ node: root, pathLength: 0 }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { node, pathLength } = next;
    const { labels, properties, children } = node;
    bytes += labels.length * (Math.max(1, pathLength) + 1);
    count += 1 + properties.length + labels.length + (labels.length > 0 && node.phandle === null ? 1 : 0);
    if (bytes > LIMITS.propertyBytes)
      return tooMuch(node, `the paths of all labels have more than ${LIMITS.propertyBytes} bytes`);
    if (count > LIMITS.blobNodesAndProperties) {
      return tooMuch(
        node,
        `with a symbol for each label there are more than ${LIMITS.blobNodesAndProperties} nodes and properties`,
      );
    }
    for (let i = children.length - 1; i >= 0; i--) {
      const child = children[i]!;
      stack.push({ node: child, pathLength: pathLength + 1 + child.name.length });
    }
  }
  return null;
}

function tooMuch(node: TreeNode, message: string): Diagnostic {
  const hint = "leave out the symbols, or the labels that nothing refers to";
  const span = node.labels[0]?.span ?? node.nameSpan;
  return { rule: "limit", severity: "error", message, hint, node: node.path, span };
}

function symbolsNode({ root, isPlugin }: DeviceTree): TreeNode {
  const before = root.child(NAME);
  if (before !== null) return before;
  const node = new TreeNode(NAME, root);
  const later = isPlugin ? root.children.findIndex(({ name }) => LATER.has(name)) : -1;
  root.children.splice(later < 0 ? root.children.length : later, 0, node);
  return node;
}

function addTyped(node: TreeNode, name: string, value: Uint8Array, kind: MarkKind, bits: number): Property {
  const property = node.addProperty(name, value);
  property.marks = [{ kind, bits, offset: 0, text: "", span: NO_SPAN }];
  return property;
}
