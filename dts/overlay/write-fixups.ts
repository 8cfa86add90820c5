/**
 * What an overlay carries so that it can be applied later, as `dtc` writes it for `/plugin/` sources: `__fixups__` says
 * where the phandles of the base's labels go, `__local_fixups__` which cells hold phandles of the overlay itself.
 */
import type { Diagnostic } from "../diagnostic.ts";
import { LIMITS } from "../limits.ts";
import { NodeIndex } from "../merge-nodes.ts";
import { cellsToBytes, type DeviceTree, MarkKind, Property, stringsToBytes, TreeNode } from "../tree.ts";

/**
 * Adds both nodes to the root of `tree`, each where there is something to say. References are resolved already; `find`
 * gives the node of one, null where it is the base's. Gives an error, and adds nothing, where the paths of all references
 * together have more bytes than a tree may.
 */
export function addOverlayFixups(tree: DeviceTree, find: (reference: string) => TreeNode | null): Diagnostic | null {
  /** By label: all that `__fixups__` says of it. */
  const open = new Map<string, string[]>();
  const local: { path: string[]; property: Property; offsets: number[] }[] = [];
  let bytes = 0;
  for (const node of tree.root.walk()) {
    for (const property of node.properties) {
      if (!property.hasReferences) continue;
      const offsets: number[] = [];
      for (const mark of property.marks) {
        if (mark.kind !== MarkKind.phandle) continue;
        if (find(mark.text) !== null) {
          offsets.push(mark.offset);
          continue;
        }
        const place = `${node.path}:${property.name}:${mark.offset}`;
        bytes += place.length + 1;
        if (bytes > LIMITS.propertyBytes) return tooMany(node, mark.span);
        const places = open.get(mark.text);
        if (places === undefined) open.set(mark.text, [place]);
        else places.push(place);
      }
      if (offsets.length > 0)
        local.push({ path: node.path.split("/").filter((name) => name !== ""), property, offsets });
    }
  }
  const index = new NodeIndex();
  if (open.size > 0) {
    const isNew = index.child(tree.root, "__fixups__") === null;
    const fixups = childOf(index, tree.root, "__fixups__");
    if (isNew) tree.addedFixups = fixups;
    for (const [label, places] of open) append(index, fixups, label, stringsToBytes(places));
  }
  if (local.length > 0) {
    const fixups = childOf(index, tree.root, "__local_fixups__");
    for (const { path, property, offsets } of local) {
      let place = fixups;
      for (const name of path) place = childOf(index, place, name);
      append(index, place, property.name, cellsToBytes(offsets));
    }
  }
  return null;
}

function tooMany(node: TreeNode, span: Diagnostic["span"]): Diagnostic {
  const message = `the paths of all references to the base have more than ${LIMITS.propertyBytes} bytes in __fixups__`;
  return { rule: "limit", severity: "error", message, node: node.path, span };
}

function childOf(index: NodeIndex, node: TreeNode, name: string): TreeNode {
  const known = index.child(node, name);
  if (known !== null) return known;
  const child = new TreeNode(name, node);
  index.addChild(node, child);
  return child;
}

function append(index: NodeIndex, node: TreeNode, name: string, bytes: Uint8Array): void {
  const before = index.property(node, name);
  if (before === null) {
    index.addProperty(node, new Property(name, bytes));
    return;
  }
  const value = new Uint8Array(before.length + bytes.length);
  value.set(before.value);
  value.set(bytes, before.length);
  before.value = value;
}
