/**
 * The first part of `fdt_overlay_apply`: an overlay was compiled by itself, with phandles from 1 on. Before it meets a
 * base, all of its phandles, and the cells that hold them, are moved up beyond those of the base.
 */
import type { Property, TreeNode } from "../tree.ts";
import type { GrowingTree } from "./growing-tree.ts";
import { atProperty, hex, type OverlayReport, refusedWith } from "./report.ts";

const NO_PHANDLE = 0xffffffff;

/** The highest phandle of a tree; 0 where it has none. */
export function highestPhandle(tree: GrowingTree): number {
  let highest = 0;
  for (const node of tree.root.walk()) highest = Math.max(highest, tree.phandle(node));
  return highest;
}

/** Adds `delta` to each phandle (`overlay_adjust_local_phandles`). */
export function renumberPhandles(overlay: GrowingTree, delta: number, report: OverlayReport): void {
  for (const node of overlay.root.walk()) {
    for (const name of ["phandle", "linux,phandle"]) {
      const property = overlay.property(node, name);
      if (property === null) continue;
      if (property.length !== 4) {
        report.add(
          "overlay-phandle",
          atProperty(node, property),
          `${name} of ${node.path} has ${property.length} bytes, not 4; ${refusedWith("BADPHANDLE")}`,
          "leave phandles to the compiler: write a label, and refer to it",
        );
        continue;
      }
      const phandle = property.cell(0);
      if (phandle + delta >= NO_PHANDLE) {
        report.add(
          "overlay-phandle",
          atProperty(node, property),
          `${name} ${hex(phandle)} of ${node.path} becomes ${hex(phandle + delta)} when the base's highest phandle, ${hex(delta)}, is added, and there is none above 0xfffffffe; ${refusedWith("NOPHANDLES")}`,
          "let the compiler number the phandles of base and overlay: it starts at 1",
        );
        continue;
      }
      property.setCell(0, phandle + delta);
    }
  }
}

/** Adds `delta` to each cell that `__local_fixups__` names (`overlay_update_local_references`). */
export function renumberReferences(overlay: GrowingTree, delta: number, report: OverlayReport): void {
  const fixups = overlay.child(overlay.root, "__local_fixups__");
  if (fixups !== null) renumberNode(overlay, overlay.root, fixups, delta, report);
}

const REBUILD = "compile the overlay again: dtc writes __local_fixups__ itself for a source with /plugin/";

function renumberNode(
  overlay: GrowingTree,
  node: TreeNode,
  fixups: TreeNode,
  delta: number,
  report: OverlayReport,
): void {
  const refuse = (message: string, offsets: Property, error = refusedWith("BADOVERLAY")) =>
    report.add("overlay-fixup", atProperty(fixups, offsets), `${fixups.path} ${message}; ${error}`, REBUILD);
  for (const offsets of fixups.properties) {
    const property = overlay.property(node, offsets.name);
    if (offsets.length % 4 !== 0) {
      refuse(`has ${offsets.length} bytes for ${offsets.name}, which is no list of offsets`, offsets);
      continue;
    }
    if (property === null) {
      refuse(`names the property ${offsets.name}, and ${node.path} has none`, offsets);
      continue;
    }
    for (let i = 0; i < offsets.cellCount; i++) {
      const offset = offsets.cell(i);
      if (offset + 4 > property.length) {
        const message = `names offset ${offset} of ${offsets.name}, which has ${property.length} bytes in ${node.path}`;
        // libfdt adds in 32 bits, and so lets the last four offsets that there are pass.
        const overflows = "libfdt finds that it fits, and writes outside of the property, if it does not crash";
        refuse(message, offsets, offset + 4 >= 2 ** 32 ? overflows : refusedWith("BADOVERLAY"));
        break;
      }
      const view = new DataView(property.value.buffer, property.value.byteOffset + offset, 4);
      view.setUint32(0, view.getUint32(0) + delta);
    }
  }
  for (const child of fixups.children) {
    const target = overlay.child(node, child.name);
    if (target === null) {
      report.add(
        "overlay-fixup",
        atProperty(child, child.properties[0] ?? null),
        `${child.path} stands for no node: ${node.path} has no ${child.name}; ${refusedWith("BADOVERLAY")}`,
        REBUILD,
      );
    } else renumberNode(overlay, target, child, delta, report);
  }
}
