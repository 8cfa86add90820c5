import { latin1, type Property, type TreeNode } from "../tree.ts";
import type { GrowingTree } from "./growing-tree.ts";
import type { PhandleIndex } from "./phandle-index.ts";
import {
  atNode,
  atProperty,
  hex,
  type OverlayPlace,
  type OverlayReport,
  pathRefused,
  READS_ON,
  refusedWith,
} from "./report.ts";

/** The base that is being changed, with what finds its nodes. */
export interface MergeBase {
  readonly tree: GrowingTree;
  readonly phandles: PhandleIndex;
}

export interface FragmentTarget {
  readonly node: TreeNode;
  /** What `target-path` says, where the fragment has its target by path; else null. */
  readonly path: string | null;
}

/** The node of the base that a fragment is about, by `target` or else `target-path` (`overlay_get_target`). */
export function fragmentTarget(
  base: MergeBase,
  overlay: GrowingTree,
  fragment: TreeNode,
  report: OverlayReport,
): FragmentTarget | null {
  const refuse = (place: OverlayPlace, message: string, error: string, hint: string): null => {
    report.add("overlay-target", place, `${message}; ${error}`, hint);
    return null;
  };
  const target = overlay.property(fragment, "target");
  const phandle = target !== null && target.length === 4 ? target.cell(0) : 0;
  if (target !== null && (target.length !== 4 || phandle === 0xffffffff)) {
    const value = target.length === 4 ? "0xffffffff, which means none" : `${target.length} bytes, not 4`;
    const message = `target of ${fragment.path} is ${value}`;
    return refuse(atProperty(fragment, target), message, refusedWith("BADPHANDLE"), "write target = <&label>;");
  }
  if (phandle !== 0) {
    const node = base.phandles.find(phandle);
    if (base.phandles.isExhausted) {
      report.add("overlay-limit", atNode(fragment), TOO_MANY_SEARCHES, "give each node a phandle of its own");
      return null;
    }
    if (node !== null) return { node, path: null };
    const message = `target of ${fragment.path} is phandle ${hex(phandle)}, which no node of the base has`;
    return refuse(atProperty(fragment, target), message, refusedWith("NOTFOUND"), "write target = <&label>;");
  }
  const targetPath = overlay.property(fragment, "target-path");
  if (targetPath === null) {
    const message = `${fragment.path} has an __overlay__ but no target`;
    const hint = "write &label { … }; or &{/path} { … };, or give the fragment a target or a target-path";
    return refuse(atNode(fragment), message, refusedWith("BADOVERLAY"), hint);
  }
  const path = rawPath(targetPath);
  if (path === null) {
    const message = `target-path of ${fragment.path} has no closing NUL`;
    return refuse(atProperty(fragment, targetPath), message, READS_ON, "write target-path as one string");
  }
  const node = base.tree.nodeAt(overlay.pathIn(targetPath)!);
  if (node !== null) return { node, path };
  const shown = path.slice(0, 200);
  const message = `target-path of ${fragment.path} is "${shown}", and the base has no such node`;
  const error = pathRefused(base.tree.missingPath(path));
  return refuse(atProperty(fragment, targetPath), message, error, missingPathHint(base.tree, path));
}

const TOO_MANY_SEARCHES =
  "nodes of the base share phandles and change them from fragment to fragment: this is given up";

function rawPath(property: Property): string | null {
  const nul = property.value.indexOf(0);
  return nul < 0 ? null : latin1(property.value, 0, nul);
}

/** How much of the path is there. */
function missingPathHint(base: GrowingTree, path: string): string {
  if (!path.startsWith("/")) return "a path begins with a slash, or with the name of a property of /aliases";
  let node = base.root;
  for (const name of path.split("/", 1000)) {
    if (name === "") continue;
    const child = base.child(node, name);
    if (child === null)
      return `${node.path} has no child ${name.slice(0, 200)}: check the unit address, and that this is the right base`;
    node = child;
  }
  return "check that this is the right base";
}
