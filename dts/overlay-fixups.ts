/**
 * What an overlay carries so that it can be applied later, as `dtc` writes it for `/plugin/` sources: `__fixups__` says
 * where the phandles of the base's labels go, `__local_fixups__` which cells hold phandles of the overlay itself.
 */
import {
  cellsToBytes,
  type DeviceTree,
  type Mark,
  MarkKind,
  type Property,
  stringsToBytes,
  type TreeNode,
} from "./tree.ts";

/** Adds both nodes to the root of `tree`, each where there is something to say. References are resolved already. */
export function addOverlayFixups(tree: DeviceTree, find: (reference: string) => TreeNode | null): void {
  const open: { node: TreeNode; property: Property; mark: Mark }[] = [];
  const local: { node: TreeNode; property: Property; mark: Mark }[] = [];
  for (const node of tree.root.walk()) {
    for (const property of node.properties) {
      if (!property.hasReferences) continue;
      for (const mark of property.marks) {
        if (mark.kind !== MarkKind.phandle) continue;
        (find(mark.text) === null ? open : local).push({ node, property, mark });
      }
    }
  }
  if (open.length > 0) {
    const fixups = childOf(tree.root, "__fixups__");
    for (const { node, property, mark } of open) {
      append(fixups, mark.text, stringsToBytes([`${node.path}:${property.name}:${mark.offset}`]));
    }
  }
  if (local.length > 0) {
    const fixups = childOf(tree.root, "__local_fixups__");
    for (const { node, property, mark } of local) {
      let place = fixups;
      for (const name of node.path.split("/")) if (name !== "") place = childOf(place, name);
      append(place, property.name, cellsToBytes([mark.offset]));
    }
  }
}

function childOf(node: TreeNode, name: string): TreeNode {
  return node.child(name) ?? node.addChild(name);
}

function append(node: TreeNode, name: string, bytes: Uint8Array): void {
  const property = node.property(name) ?? node.addProperty(name, new Uint8Array(0));
  const value = new Uint8Array(property.value.length + bytes.length);
  value.set(property.value);
  value.set(bytes, property.value.length);
  property.value = value;
}
