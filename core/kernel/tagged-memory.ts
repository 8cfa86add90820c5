/** From the phandle in a row to the memory that it serves: `mte_find_tagged_memory_regions` of rfc-v3. */
import type { DeviceTree, TreeNode } from "../../dts/tree.ts";
import type { Finding } from "../finding.ts";
import { firstCell, readNumber, unflattenedPhandle } from "../machine/property.ts";
import { toPfn, wrapU64 } from "../machine/units.ts";
import type { PfnRange } from "../region.ts";
import type { RuleId } from "../rules/catalogue.ts";
import { atCells, atProperty, type FindingText, type Place, raise } from "../rules/raise.ts";
import type { KernelConfig } from "./boot.ts";
import type { ProbedRow } from "./tag-probe.ts";
import type { TagRow } from "./tag-row.ts";
import { addressTranslation, regCells, type TranslateAddress, UNFLATTENED_DEPTH } from "./translate-address.ts";

type Step<T> = { readonly value: T } | { readonly fault: Finding };

function fail(rule: RuleId, place: Place, text: FindingText): { fault: Finding } {
  return {
    fault: raise(rule, place, { ...text, message: `${text.message}; the kernel turns tag storage management off` }),
  };
}

/** The memory of each row, or the first reason for which a row has none. */
export function findTaggedMemory(rows: readonly ProbedRow[], tree: DeviceTree, config: KernelConfig): Step<TagRow[]> {
  const found: TagRow[] = [];
  const translate = addressTranslation("ranges");
  for (const { node, tags, blockPages, memoryPhandle } of rows) {
    const memoryNode = nodeByPhandle(tree, memoryPhandle);
    if (memoryNode === null) {
      return fail("tagged-memory-node", atProperty(node, "tagged-memory"), {
        message: `tagged-memory of ${node.path} is phandle 0x${memoryPhandle.toString(16)}, of no node`,
        hint: "point tagged-memory at the memory node whose tags the range holds",
      });
    }
    const memory = readMemory(memoryNode, config, translate);
    if ("fault" in memory) return memory;
    const numaNode = firstCell(memoryNode, "numa-node-id");
    found.push({ node, memoryNode, memory: memory.value, tags, blockPages, numaNode });
  }
  return { value: found };
}

/** `of_find_node_by_phandle`: the first node, of any depth that the flat tree is unflattened to. */
function nodeByPhandle(tree: DeviceTree, phandle: number): TreeNode | null {
  if (phandle === 0) return null;
  for (const node of tree.root.walk()) {
    if (unflattenedPhandle(node) === phandle && node.depth < UNFLATTENED_DEPTH) return node;
  }
  return null;
}

/** The first range of a node's `reg` alone, whatever the node is. `linux,usable-memory` is not read. */
function readMemory(node: TreeNode, config: KernelConfig, translate: TranslateAddress): Step<PfnRange> {
  const reg = node.property("reg");
  const place = atProperty(node, "reg");
  if (reg === null) {
    return fail("reg-missing", place, {
      message: `${node.path} has no reg`,
      hint: "add reg with one address and one size, or point tagged-memory at the memory node",
    });
  }
  const cells = regCells(node);
  const address = translate(node, readNumber(reg, 0, Math.min(cells.address, 4)));
  if (address === null) {
    return fail("tagged-memory-address", place, {
      message: `the address in reg of ${node.path} does not translate to a CPU address by #address-cells ${cells.address}, #size-cells ${cells.size} and the ranges of the nodes above`,
      hint: "make the memory node a child of the root, or give its parents ranges that hold the address",
    });
  }
  if (reg.cellCount < cells.address + cells.size) {
    return fail("reg-short", place, {
      message: `reg of ${node.path} has ${reg.cellCount} cells, fewer than one range by #address-cells ${cells.address} and #size-cells ${cells.size}: the kernel reads on past its end, and what it finds there is not known; taken as refused`,
      hint: `write ${cells.address + cells.size} cells`,
    });
  }
  const size = readNumber(reg, cells.address, cells.size);
  if (size === 0n) {
    return fail("tagged-memory-size", atCells(node, reg, cells.address, cells.size), {
      message: `reg of ${node.path} has a size of 0`,
      hint: "mend the size of the memory node",
    });
  }
  const last = wrapU64(address + size - 1n);
  return { value: { start: toPfn(address, config.pageSize), end: toPfn(last, config.pageSize) } };
}
