import type { TreeNode } from "../../dts/tree.ts";
import { firstCell } from "../machine/property.ts";
import { pagesText, sizeText, toAddress } from "../machine/units.ts";
import { atProperty, type FindingText, type Place } from "../rules/raise.ts";
import type { KernelConfig } from "./boot.ts";

/** `B`: the pages of a block, `lcm(block-size, page size) / page size` (`get_block_size_pages`). */
function blockPagesOf(blockSizeBytes: number, pageSize: number): number {
  let divisor = pageSize;
  for (let rest = blockSizeBytes; rest !== 0; ) [divisor, rest] = [rest, divisor % rest];
  return blockSizeBytes / divisor;
}

/** A check that failed, before the series says what comes of it. */
export interface BlockFault {
  readonly rule: "block-size" | "block-size-multiple";
  readonly place: Place;
  readonly text: FindingText;
}

/** `B` of a tag storage node whose tag range has `tagPages`, or what is wrong with it: alike in all series. */
export function readBlockPages(node: TreeNode, tagPages: number, config: KernelConfig): number | BlockFault {
  const place = atProperty(node, "block-size");
  const blockSizeBytes = firstCell(node, "block-size");
  if (blockSizeBytes === null || blockSizeBytes === 0) {
    const property = node.property("block-size");
    const fault =
      property === null ? "no block-size" : blockSizeBytes === 0 ? "a block-size of 0" : "an empty block-size";
    return {
      rule: "block-size",
      place,
      text: {
        message: `${node.path} has ${fault}`,
        hint: "give block-size in bytes: the unit that the memory controller interleaves tags over, or the page size",
      },
    };
  }
  const blockPages = blockPagesOf(blockSizeBytes, config.pageSize);
  if (tagPages % blockPages === 0) return blockPages;
  return {
    rule: "block-size-multiple",
    place,
    text: {
      message: `block-size of ${node.path} makes blocks of ${pagesText(blockPages)}, and its tag range has ${pagesText(tagPages)}, no multiple of that`,
      hint: `mend block-size, or make the tag range a multiple of ${sizeText(toAddress(blockPages, config.pageSize))}`,
    },
  };
}
