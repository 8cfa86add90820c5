import type { TreeNode } from "../../dts/tree.ts";
import type { Finding } from "../finding.ts";
import { hexRange, pagesText, sizeText, toAddress } from "../machine/units.ts";
import { type PfnRange, rangePages } from "../region.ts";
import { atProperty, raise } from "../rules/raise.ts";
import type { KernelConfig } from "./boot.ts";

export interface TagRangeSizes {
  readonly node: TreeNode;
  readonly tags: PfnRange;
  readonly memoryNode: TreeNode;
  readonly memory: PfnRange;
}

/** Says how far a tag range is from 1/32 of its memory, and what comes of it. */
export function tagRangeSizeFinding(sizes: TagRangeSizes, config: KernelConfig, outcome: string): Finding {
  const { node, tags, memoryNode, memory } = sizes;
  const bytes = (pages: number) => sizeText(toAddress(pages, config.pageSize));
  const tagPages = rangePages(tags);
  const memoryPages = rangePages(memory);
  const wanted = memoryPages / 32;
  const hint = Number.isInteger(wanted)
    ? `make the tag range ${bytes(wanted)}, or the memory ${bytes(tagPages * 32)}`
    : `make the memory a multiple of 32 pages, ${bytes(32)}, and the tag range 1/32 of it`;
  const memoryReg = memoryNode.property("linux,usable-memory") === null ? "reg" : "linux,usable-memory";
  return raise("tag-range-size", atProperty(node, "reg"), {
    message: `tag storage of ${node.path} has ${pagesText(tagPages)}, the tags of ${bytes(tagPages * 32)}, but ${memoryNode.path} has ${bytes(memoryPages)} at ${hexRange(memory, config.pageSize)}; ${outcome}`,
    hint,
    related: [{ message: `the memory of ${memoryNode.path}`, span: atProperty(memoryNode, memoryReg).span }],
  });
}
