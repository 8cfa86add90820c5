/** The memory that regions serve, against the memory that the kernel has: no series compares the two. */
import type { TreeNode } from "../../dts/tree.ts";
import type { Finding } from "../finding.ts";
import { isAvailable } from "../machine/property.ts";
import { hexPfn, hexRange, pagesText, sizeText, toAddress } from "../machine/units.ts";
import type { Machine } from "../machine.ts";
import { rangePages, rangesOverlap, type TagRegion } from "../region.ts";
import { pagesPerBlock } from "../reservation.ts";
import { atProperty, raise } from "../rules/raise.ts";
import type { ManagedBoot } from "./boot.ts";
import { byteRange, coversRange, mergeRanges } from "./byte-ranges.ts";
import { pageblockPages } from "./config.ts";

const USABLE = "linux,usable-memory";

/** A region none of whose memory the kernel has. Where a status is to blame, `status-not-read` says so. */
export function findAbsentMemory(
  region: TagRegion,
  { config, memoryMap }: ManagedBoot,
  node: TreeNode,
  memoryNode: TreeNode,
): Finding[] {
  const { memory } = region;
  if (!isAvailable(memoryNode) || memoryMap.ranges.some((range) => rangesOverlap(range, memory))) return [];
  const link = node.property("tagged-memory") === null ? "memory" : "tagged-memory";
  const where = memory.end < memory.start ? "" : ` at ${hexRange(memory, config.pageSize)}`;
  return [
    raise("tagged-memory-absent", atProperty(node, link), {
      message: `${link} of ${node.path} names ${memoryNode.path}, and the kernel has no page of that memory${where}: the tag storage serves nothing`,
      hint: `name a child of the root with device_type = "memory", whose memory lies within the kernel's limits`,
      related: [{ message: `the memory of ${memoryNode.path}`, span: atProperty(memoryNode, "reg").span }],
    }),
  ];
}

/** rfc-v3 takes tagged memory from `reg`, and the memory that it uses from `linux,usable-memory`. */
export function findUsableOutsideReg(memoryNode: TreeNode, machine: Machine, boot: ManagedBoot): Finding[] {
  const entry = machine.memoryNodes.find(({ node }) => node === memoryNode);
  if (entry === undefined || !entry.available || entry.reg?.name !== USABLE) return [];
  const { pageSize } = boot.config;
  // A split leaves the memory of one node in several rows
  const served = boot.regions
    .filter((region) => region.memoryNode === memoryNode.path && region.memory.start <= region.memory.end)
    .map(({ memory }) => byteRange(toAddress(memory.start, pageSize), toAddress(rangePages(memory), pageSize)));
  const merged = mergeRanges(served);
  const isOutside = entry.ranges.some(
    ({ address, size }) => size > 0n && !coversRange(merged, byteRange(address, size)),
  );
  if (!isOutside) return [];
  return [
    raise("usable-memory-not-read", atProperty(memoryNode, USABLE), {
      message: `the kernel uses the memory in ${USABLE} of ${memoryNode.path}, and looks for tag storage by its reg: what lies outside of reg has none`,
      hint: `let reg hold all of ${USABLE}`,
      related: [{ message: "tagged memory is read from here", span: atProperty(memoryNode, "reg").span }],
    }),
  ];
}

/** More tag storage than memory needs, by more than whole blocks and pageblocks ask for. rfc-v3 alone lets it pass. */
export function findExcessTags(
  region: TagRegion,
  { config, regions }: ManagedBoot,
  node: TreeNode,
  memoryNode: TreeNode,
): Finding[] {
  const { memory, tags, blockPages } = region;
  const isSplit = regions.some((other) => other !== region && other.node === region.node);
  if (isSplit || memory.end < memory.start) return [];
  // A block is reserved whole, whichever of its pages have tags
  const neededPages = Math.ceil(rangePages(memory) / pagesPerBlock(region)) * blockPages;
  const unitPages = leastCommonMultiple(blockPages, pageblockPages(config));
  const wholePages = Math.ceil(neededPages / unitPages) * unitPages;
  if (rangePages(tags) <= wholePages) return [];
  const { pageSize } = config;
  return [
    raise("tag-range-excess", atProperty(node, "reg"), {
      message: `tag storage of ${node.path} has ${pagesText(rangePages(tags))}, and ${memoryNode.path} needs ${neededPages}${blockPages > 1 ? " in whole blocks" : ""}: no tag is ever kept from ${hexPfn(tags.start + neededPages, pageSize)} on, and rfc-v3 does not notice`,
      hint: `make the tag range ${sizeText(toAddress(wholePages, pageSize))}, or look for the memory that the rest was meant for`,
      related: [{ message: `the memory of ${memoryNode.path}`, span: atProperty(memoryNode, "reg").span }],
    }),
  ];
}

/** A block has at most 2^32 pages, a pageblock at most 2^52: where they share little, the result is rounded, and huge. */
function leastCommonMultiple(a: number, b: number): number {
  let divisor = a;
  for (let rest = b; rest !== 0; ) [divisor, rest] = [rest, divisor % rest];
  return (a / divisor) * b;
}
