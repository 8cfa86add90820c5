/** Addresses through the `ranges` or `dma-ranges` of the buses above a node, as `of_translate_address` does it. */
import type { TreeNode } from "../../dts/tree.ts";
import { type Cells, firstCell } from "../machine/property.ts";
import { AddressMap } from "./address-map.ts";

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

/** The CPU's address for an address that a node has on its bus; null where there is none (`OF_BAD_ADDR`). */
export type TranslateAddress = (node: TreeNode, address: bigint) => bigint | null;

/** What is worked out once for a bus: its cells, and its map where there is one that says something. */
interface Bus {
  /** Of the addresses on it. */
  readonly cells: Cells;
  /** Of the addresses that it is reached by. */
  readonly parentCells: Cells;
  /** Null where addresses stay as they are. */
  readonly map: AddressMap | null;
  readonly isBarrier: boolean;
}

/**
 * A translation by the `ranges` or `dma-ranges` of the buses above a node. A bus without `ranges` cannot be crossed; one
 * without `dma-ranges`, or with an empty property, maps addresses as they are. Buses of their own kind (PCI, ISA) are
 * taken for plain ones: where they differ it is in flag cells alone, which no memory node has.
 *
 * What it finds out about a bus it keeps: the tree must not change while it is in use.
 */
export function addressTranslation(name: "ranges" | "dma-ranges"): TranslateAddress {
  const buses = new Map<TreeNode, Bus>();
  const readBus = (node: TreeNode): Bus => {
    const cells = busCells(node);
    const parentCells = regCells(node);
    const property = node.property(name);
    const map =
      property === null || property.value.length === 0 ? null : new AddressMap(property, cells, parentCells.address);
    return { cells, parentCells, map, isBarrier: property === null && name === "ranges" };
  };
  return (node, address) => {
    if (node.parent === null) return null;
    let cells = regCells(node);
    if (!translatable(cells)) return null;
    for (let at: TreeNode = node.parent; at.parent !== null; at = at.parent) {
      let bus = buses.get(at);
      if (bus === undefined) {
        bus = readBus(at);
        buses.set(at, bus);
      }
      if (!translatable(bus.parentCells) || bus.isBarrier) return null;
      const translated = bus.map === null ? address : bus.map.translate(address);
      if (translated === null) return null;
      // of_bus_default_translate writes back no more cells than the parent has
      address = bus.parentCells.address === 1 ? BigInt.asUintN(32, translated) : translated;
      cells = bus.parentCells;
    }
    return address;
  };
}
