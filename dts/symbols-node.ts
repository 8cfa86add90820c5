/** The `__symbols__` node that overlays need of their base: each label and the path of its node, as `dtc -@` writes it. */

import { labelsInOrder } from "./label-order.ts";
import { NO_SPAN } from "./source.ts";
import { cellsToBytes, type DeviceTree, MarkKind, type Property, stringsToBytes, TreeNode } from "./tree.ts";

const NAME = "__symbols__";

/** Nodes that dtc makes after `__symbols__`, so that they stand behind it. */
const LATER = new Set(["__fixups__", "__local_fixups__"]);

/**
 * Adds a property to `/__symbols__` for each label of a node, in the order of the nodes, and gives each labelled node a
 * phandle where it has none: the lowest that is free, after all that references were given. Nothing is added where no
 * node is labelled, as in a tree from a blob. Gives the labels that the node had a property for already: these are kept.
 *
 * Source: dtc, `generate_label_tree`.
 */
export function addSymbols(tree: DeviceTree): string[] {
  const nodes = [...tree.root.walk()];
  const labelled = nodes.filter(({ labels }) => labels.length > 0);
  if (labelled.length === 0) return [];
  const taken = new Set<number>();
  for (const { phandle } of nodes) if (phandle !== null) taken.add(phandle);
  const symbols = symbolsNode(tree);
  const known = new Map(symbols.properties.map((property) => [property.name, property]));
  const left: string[] = [];
  let next = 1;
  for (const node of labelled) {
    for (const { name } of labelsInOrder(node, tree.sources)) {
      if (known.has(name)) {
        left.push(name);
        continue;
      }
      known.set(name, addTyped(symbols, name, stringsToBytes([node.path]), MarkKind.string, 0));
    }
    if (node.phandle !== null) continue;
    while (taken.has(next)) next++;
    taken.add(next);
    addTyped(node, "phandle", cellsToBytes([next]), MarkKind.cell, 32);
  }
  return left;
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
