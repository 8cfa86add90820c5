/** Addresses through the `ranges` or `dma-ranges` of the buses above a node, as `of_translate_address` does it. */
import type { TreeNode } from "../../dts/tree.ts";
import { type Cells, firstCell, readNumber } from "../machine/property.ts";
import { wrapU64 } from "../machine/units.ts";

/** Nodes at this depth and below never make it out of the flat tree (`FDT_MAX_DEPTH - 1`). */
export const UNFLATTENED_DEPTH = 63;

/** `OF_MAX_ADDR_CELLS`. */
const MAX_ADDRESS_CELLS = 4;

/** `of_bus_n_addr_cells`: a node without the property has its parent's, the root 1. */
export function busCells(bus: TreeNode): Cells {
  return { address: inheritedCell(bus, "#address-cells"), size: inheritedCell(bus, "#size-cells") };
}

function inheritedCell(bus: TreeNode, name: string): number {
  for (let node: TreeNode | null = bus; node !== null; node = node.parent) {
    const cells = firstCell(node, name);
    if (cells !== null) return cells;
  }
  return 1;
}

/** The cells that a node's own `reg` is written in: its bus's, or for the root its own. */
export function regCells(node: TreeNode): Cells {
  return busCells(node.parent ?? node);
}

/** `OF_CHECK_COUNTS`. */
function translatable(cells: Cells): boolean {
  return cells.address > 0 && cells.address <= MAX_ADDRESS_CELLS && cells.size > 0;
}

/**
 * The CPU's address for an address that `node` has on its bus; null where there is none (`OF_BAD_ADDR`).
 *
 * A bus without `ranges` cannot be crossed; one without `dma-ranges`, or with an empty property, maps addresses as they
 * are. Buses of their own kind (PCI, ISA) are taken for plain ones: where they differ it is in flag cells alone, which
 * no memory node has.
 */
export function translateAddress(node: TreeNode, address: bigint, property: "ranges" | "dma-ranges"): bigint | null {
  if (node.parent === null) return null;
  let cells = regCells(node);
  if (!translatable(cells)) return null;
  for (let bus: TreeNode = node.parent; bus.parent !== null; bus = bus.parent) {
    const parentCells = regCells(bus);
    if (!translatable(parentCells)) return null;
    const translated = crossBus(bus, address, cells, parentCells.address, property);
    if (translated === null) return null;
    // of_bus_default_translate writes back no more cells than the parent has
    address = parentCells.address === 1 ? BigInt.asUintN(32, translated) : translated;
    cells = parentCells;
  }
  return address;
}

/** `of_translate_one` with `of_bus_default_map`: the first row of the map that holds the address. */
function crossBus(
  bus: TreeNode,
  address: bigint,
  cells: Cells,
  parentAddressCells: number,
  name: "ranges" | "dma-ranges",
): bigint | null {
  const map = bus.property(name);
  if (map === null) return name === "dma-ranges" ? address : null;
  if (map.value.length === 0) return address;
  const rowCells = cells.address + parentAddressCells + cells.size;
  for (let row = 0; row + rowCells <= map.cellCount; row += rowCells) {
    const from = readNumber(map, row, cells.address);
    const to = readNumber(map, row + cells.address, parentAddressCells);
    const size = readNumber(map, row + cells.address + parentAddressCells, cells.size);
    if (address >= from && address < wrapU64(from + size)) return wrapU64(to + address - from);
  }
  return null;
}
