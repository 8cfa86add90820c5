/** Properties of one tree's root cells in another tree, whose root counts addresses and sizes with two cells each. */
import { type Cells, readNumber } from "../../core/machine/property.ts";
import { cellsToBytes, type Property } from "../../dts/tree.ts";

/** Of QEMU's virt machine. */
export const ROOT_CELLS: Cells = { address: 2, size: 2 };

type Kind = "pairs" | "address" | "size";

/** The properties that the kernel reads by the root's cells: the memory scan and `__reserved_mem_alloc_size`. */
const COUNTED_BY_ROOT: Readonly<Record<string, Kind>> = {
  reg: "pairs",
  "linux,usable-memory": "pairs",
  "linux,usable-memory-range": "pairs",
  "alloc-ranges": "pairs",
  alignment: "address",
  size: "size",
};

/**
 * The bytes of a property as they mean the same by {@link ROOT_CELLS}. What is malformed stays malformed: cells that are
 * left over are left over, and a number of the wrong width has a wrong width.
 */
export function carriedValue(property: Property, cells: Cells): Uint8Array {
  const kind = Object.hasOwn(COUNTED_BY_ROOT, property.name) ? COUNTED_BY_ROOT[property.name]! : null;
  const isSame = cells.address === ROOT_CELLS.address && cells.size === ROOT_CELLS.size;
  if (kind === null || isSame) return property.value;
  const widths = { pairs: [cells.address, cells.size], address: [cells.address], size: [cells.size] }[kind];
  const itemCells = widths.reduce((sum, width) => sum + width, 0);
  const result: number[] = [];
  let cell = 0;
  while (itemCells > 0 && cell + itemCells <= property.cellCount) {
    for (const width of widths) {
      const value = readNumber(property, cell, width);
      result.push(Number(value >> 32n), Number(value & 0xffffffffn));
      cell += width;
    }
  }
  const isLeftOver = cell * 4 < property.value.length;
  return cellsToBytes(isLeftOver ? [...result, 0] : result);
}

/** The value of `#address-cells` or `#size-cells` of /reserved-memory: right, or wrong, as it was by its own root. */
export function carriedCount(count: number, rootCount: number): number {
  return count === rootCount ? 2 : 1;
}
