import type { Emit } from "../../dts/text-sink.ts";
import type { DeviceTree } from "../../dts/tree.ts";

/** All that a writer gives for a tree, as one text. */
export function gathered(write: (tree: DeviceTree, emit: Emit) => void, tree: DeviceTree): string {
  let text = "";
  write(tree, (piece) => {
    text += piece;
  });
  return text;
}
