import type { TreeNode } from "../../dts/tree.ts";
import type { PfnRange, TagRegion } from "../region.ts";

/** A row of the table while rfc-v3 boots: a {@link TagRegion} with its nodes at hand. */
export interface TagRow extends Omit<TagRegion, "node" | "memoryNode"> {
  readonly node: TreeNode;
  readonly memoryNode: TreeNode;
  /** As in the kernel's table, where a split can leave the end before the start: such a row serves no page. */
  readonly memory: PfnRange;
}
