import type { TreeNode } from "../../dts/tree.ts";
import { isAvailable, readNumber } from "../machine/property.ts";
import { U64_MAX, wrapU64 } from "../machine/units.ts";
import {
  addressTranslation,
  busCells,
  regCells,
  type TranslateAddress,
  UNFLATTENED_DEPTH,
} from "./translate-address.ts";

/**
 * The number of address bits that the tree's `dma-ranges` leave to every DMA master; 64 where they say nothing.
 *
 * As `zone_sizes_init` takes it from `of_dma_get_max_cpu_address`: of each available bus with a `dma-ranges` that is
 * not empty, the last CPU address that any of its rows reaches; the lowest of these over all buses; the bits it takes.
 * Children of a node that `status` disables are not looked at.
 */
export function dmaAddressBits(root: TreeNode): number {
  let lowest = U64_MAX;
  const translate = addressTranslation("dma-ranges");
  const pending: { node: TreeNode; depth: number }[] = [{ node: root, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, depth } = next;
    const last = lastDmaAddress(node, translate);
    if (last !== null && last < lowest) lowest = last;
    if (depth + 1 >= UNFLATTENED_DEPTH) continue;
    for (const child of node.children) if (isAvailable(child)) pending.push({ node: child, depth: depth + 1 });
  }
  return lowest === 0n ? 0 : lowest.toString(2).length;
}

/** The last CPU address that a bus's `dma-ranges` reach, 0 where no row is whole; null where they say nothing. */
function lastDmaAddress(bus: TreeNode, translate: TranslateAddress): bigint | null {
  const map = bus.property("dma-ranges");
  if (map === null || map.value.length === 0) return null;
  const cells = busCells(bus);
  const parentAddressCells = regCells(bus).address;
  const rowCells = cells.address + parentAddressCells + cells.size;
  let last = 0n;
  if (rowCells === 0) return last;
  for (let row = 0; row + rowCells <= map.cellCount; row += rowCells) {
    const parentAddress = readNumber(map, row + cells.address, parentAddressCells);
    // The kernel reckons on with OF_BAD_ADDR, all ones, where the address does not translate
    const cpuAddress = translate(bus, parentAddress) ?? U64_MAX;
    const end = wrapU64(cpuAddress + readNumber(map, row + cells.address + parentAddressCells, cells.size));
    if (end > last) last = wrapU64(end - 1n);
  }
  return last;
}
