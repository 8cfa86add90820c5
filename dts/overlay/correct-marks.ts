import { type Mark, MarkKind, type Property, type TreeNode } from "../tree.ts";

/**
 * What the overlay's properties were written as, where it no longer holds in the tree that they are part of now: a
 * label that stands on no node there, or on another one, is a cell like any other, and a path is a string.
 */
export function correctMarks(root: TreeNode, overlay: TreeNode): void {
  const moved = new Set<Property>();
  for (const node of overlay.walk()) {
    for (const property of node.properties) if (property.hasReferences) moved.add(property);
  }
  if (moved.size === 0) return;
  const phandles = new Map<string, number | null>();
  for (const node of root.walk()) {
    if (node.labels.length === 0) continue;
    const { phandle } = node;
    for (const { name } of node.labels) if (!phandles.has(name)) phandles.set(name, phandle);
  }
  for (const node of root.walk()) {
    for (const property of node.properties) {
      if (!moved.has(property)) continue;
      property.marks = property.marks.map((mark) => corrected(mark, property, phandles));
    }
  }
}

function corrected(mark: Mark, property: Property, phandles: ReadonlyMap<string, number | null>): Mark {
  if (mark.kind === MarkKind.path) return { ...mark, kind: MarkKind.string, text: "" };
  if (mark.kind !== MarkKind.phandle) return mark;
  const at = mark.offset;
  const view = new DataView(property.value.buffer, property.value.byteOffset + at, 4);
  return phandles.get(mark.text) === view.getUint32(0) ? mark : { ...mark, kind: MarkKind.cell, text: "" };
}
