/** One tag storage node of the flat tree to one row of the table: `fdt_init_tag_storage`, as rfc-v1 and rfc-v2 have it. */
import type { Property, TreeNode } from "../../dts/tree.ts";
import type { Finding } from "../finding.ts";
import { firstCell, flatPhandle, readNumber } from "../machine/property.ts";
import { hexPfn, sizeText, toAddress, toPfn } from "../machine/units.ts";
import type { Machine, MemoryNode } from "../machine.ts";
import { type PfnRange, rangePages, type TagRegion } from "../region.ts";
import type { RuleId } from "../rules/catalogue.ts";
import { atCells, atNode, atProperty, type FindingText, type Place, raise } from "../rules/raise.ts";
import { readBlockPages } from "./block-pages.ts";
import type { KernelConfig } from "./boot.ts";
import { pageblockBytes, pageblockPages } from "./config.ts";
import { tagRangeSizeFinding } from "./tag-range-size.ts";

/** What a check gives: what it read, or why the scan stops. */
type Step<T> = { readonly value: T } | { readonly refusal: Finding };

const REFUSED = "the kernel stops its scan and turns tag storage management off";

function refuse(rule: RuleId, place: Place, text: FindingText): { refusal: Finding } {
  return { refusal: raise(rule, place, { ...text, message: `${text.message}; ${REFUSED}` }) };
}

/** Reads a node that the scan has found. The checks stand in the kernel's order, and the first that fails ends it. */
export function readFlatRegion(node: TreeNode, machine: Machine, config: KernelConfig): Step<TagRegion> {
  const tags = readTagRange(node, machine, config);
  if ("refusal" in tags) return tags;
  const memoryNode = findMemoryNode(node, machine);
  if ("refusal" in memoryNode) return memoryNode;
  const memory = readRange(memoryNode.value.node, memoryNode.value.reg, machine, config);
  if ("refusal" in memory) return memory;
  // Counted in pages: bytes short of a page on either side have been rounded away
  if (rangePages(tags.value) * 32 !== rangePages(memory.value)) {
    const sizes = { node, tags: tags.value, memoryNode: memoryNode.value.node, memory: memory.value };
    return { refusal: tagRangeSizeFinding(sizes, config, REFUSED) };
  }
  const blockPages = readBlockPages(node, rangePages(tags.value), config);
  if (typeof blockPages !== "number") return refuse(blockPages.rule, blockPages.place, blockPages.text);
  return {
    value: {
      node: node.path,
      memoryNode: memoryNode.value.node.path,
      memory: memory.value,
      tags: tags.value,
      blockPages,
      numaNode: memoryNode.value.numaNode,
    },
  };
}

function readTagRange(node: TreeNode, machine: Machine, config: KernelConfig): Step<PfnRange> {
  const reg = node.property("reg");
  const tags = readRange(node, reg, machine, config);
  if ("refusal" in tags || reg === null) return tags;
  const unit = pageblockPages(config);
  const { address, size } = machine.rootCells;
  const startOff = tags.value.start % unit !== 0;
  if (!startOff && rangePages(tags.value) % unit === 0) return tags;
  const what = startOff
    ? `tag storage of ${node.path} starts at ${hexPfn(tags.value.start, config.pageSize)}`
    : `tag storage of ${node.path} has a size of ${sizeText(toAddress(rangePages(tags.value), config.pageSize))}`;
  return refuse("tag-range-alignment", startOff ? atCells(node, reg, 0, address) : atCells(node, reg, address, size), {
    message: `${what}, no multiple of the pageblock of ${sizeText(pageblockBytes(config))}`,
    hint: `align the tag range to ${sizeText(pageblockBytes(config))}, start and size, or configure a kernel with smaller pageblocks`,
  });
}

/** `tag_storage_of_flat_get_range`: one address and one size by the root's cells, both rounded down to pages. */
function readRange(node: TreeNode, property: Property | null, machine: Machine, config: KernelConfig): Step<PfnRange> {
  if (property === null) {
    return refuse("reg-missing", atNode(node), {
      message: `${node.path} has no reg`,
      hint: "add reg with one address and one size",
    });
  }
  const { address: addressCells, size: sizeCells } = machine.rootCells;
  const place = atProperty(node, property.name);
  const cells = `the root's #address-cells ${addressCells} and #size-cells ${sizeCells}`;
  if (property.cellCount > addressCells + sizeCells) {
    return refuse("reg-one-range", place, {
      message: `${property.name} of ${node.path} has ${property.cellCount} cells, more than one range by ${cells}`,
      hint: "give each range a memory node and a tag storage node of its own",
    });
  }
  if (property.cellCount < addressCells + sizeCells) {
    return refuse("reg-short", place, {
      message: `${property.name} of ${node.path} has ${property.cellCount} cells, fewer than one range by ${cells}: the kernel reads on past its end, and what it finds there is not known; taken as refused`,
      hint: `write ${addressCells + sizeCells} cells`,
    });
  }
  const start = toPfn(readNumber(property, 0, addressCells), config.pageSize);
  const sizeBytes = readNumber(property, addressCells, sizeCells);
  const pages = toPfn(sizeBytes, config.pageSize);
  if (pages === 0) {
    return refuse("reg-no-page", atCells(node, property, addressCells, sizeCells), {
      message: `${property.name} of ${node.path} has a size of ${sizeText(sizeBytes)}, less than a page of ${sizeText(BigInt(config.pageSize))}`,
      hint: "mend the size, and see that address and size have the cells that the root says",
    });
  }
  return { value: { start, end: start + pages - 1 } };
}

/**
 * `tag_storage_get_memory_node`. A node without a phandle reads as phandle 0, so `memory = <0>` finds the first such
 * memory node. `status` is not looked at.
 */
function findMemoryNode(node: TreeNode, machine: Machine): Step<MemoryNode> {
  const phandle = firstCell(node, "memory");
  if (phandle === null) {
    const message =
      node.property("memory") === null ? `${node.path} has no memory property` : `memory of ${node.path} has no cell`;
    return refuse("memory-property", atProperty(node, "memory"), {
      message,
      hint: "add memory with the phandle of the memory node whose tags the range holds",
    });
  }
  const found = machine.memoryNodes.find((memory) => flatPhandle(memory.node) === phandle);
  if (found !== undefined) return { value: found };
  const named = machine.tree.nodeByPhandle(phandle);
  const what = named === null ? "of no node" : `of ${named.path}, which is no memory node at the root`;
  return refuse("memory-node", atProperty(node, "memory"), {
    message: `memory of ${node.path} is phandle 0x${phandle.toString(16)}, ${what}`,
    hint: 'point memory at a child of the root that has device_type = "memory"',
  });
}
