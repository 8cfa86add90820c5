import type { DeviceTree } from "../tree.ts";

/** True for an overlay: its source says `/plugin/`, or it is a blob with fragments. */
export function isOverlay(tree: DeviceTree): boolean {
  return tree.isPlugin || tree.root.children.some((node) => node.child("__overlay__") !== null);
}
