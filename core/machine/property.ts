/** Properties as the kernel's device tree code reads them, before any tag storage code asks. */
import { latin1, type Property, type TreeNode } from "../../dts/tree.ts";

export const TAG_STORAGE_COMPATIBLE = "arm,mte-tag-storage";

/** One address-size pair of a `reg`-like property. */
export interface AddressRange {
  readonly address: bigint;
  readonly size: bigint;
  /** First byte of the pair in the property's value. */
  readonly offset: number;
}

export interface Cells {
  /** `#address-cells` as it stands, up to 32 bits: what uses it must bound it. */
  readonly address: number;
  readonly size: number;
}

/** `of_read_number`: cells as one `u64`; of more than two cells the low 64 bits stay. */
export function readNumber(property: Property, cell: number, cells: number): bigint {
  const dropped = Math.max(0, cells - 2);
  return property.cells(cell + dropped, cells - dropped);
}

/** The whole address-size pairs of a property; none where a pair has no cells at all. */
export function readPairs(property: Property, cells: Cells): AddressRange[] {
  const pairs: AddressRange[] = [];
  const pairCells = cells.address + cells.size;
  if (pairCells === 0) return pairs;
  for (let cell = 0; cell + pairCells <= property.cellCount; cell += pairCells) {
    pairs.push({
      address: readNumber(property, cell, cells.address),
      size: readNumber(property, cell + cells.address, cells.size),
      offset: cell * 4,
    });
  }
  return pairs;
}

/** The first cell of a property, further cells unread; null where there is no property or no whole cell in it. */
export function firstCell(node: TreeNode, name: string): number | null {
  const property = node.property(name);
  return property !== null && property.cellCount > 0 ? property.cell(0) : null;
}

/** The first string of a property; null where there is no property, empty where it has no bytes. */
export function firstString(node: TreeNode, name: string): string | null {
  const property = node.property(name);
  if (property === null) return null;
  const { value } = property;
  const nul = value.indexOf(0);
  return latin1(value, 0, nul < 0 ? value.length : nul);
}

/** `of_flat_dt_is_compatible`: any string of the list, compared without regard to case (`of_compat_cmp`). */
export function isCompatible(node: TreeNode, compatible: string): boolean {
  const value = node.property("compatible")?.value ?? NOTHING;
  for (let start = 0; start < value.length; ) {
    const nul = value.indexOf(0, start);
    const end = nul < 0 ? value.length : nul;
    if (end - start === compatible.length && latin1(value, start, end).toLowerCase() === compatible) return true;
    start = end + 1;
  }
  return false;
}

const NOTHING = new Uint8Array(0);

/** `of_fdt_device_is_available`: no `status`, or one that is exactly `okay` or `ok`. */
export function isAvailable(node: TreeNode): boolean {
  const status = firstString(node, "status");
  return status === null || status === "okay" || status === "ok";
}

/** `fdt_get_phandle`: `phandle` where it is one cell, else `linux,phandle` where that is, else 0. */
export function flatPhandle(node: TreeNode): number {
  for (const name of ["phandle", "linux,phandle"]) {
    const property = node.property(name);
    if (property?.value.length === 4) return property.cell(0);
  }
  return 0;
}

/** The phandle that the unflattened tree keeps (`populate_properties`): the first of either name that is not 0. */
export function unflattenedPhandle(node: TreeNode): number {
  for (const property of node.properties) {
    if (property.name !== "phandle" && property.name !== "linux,phandle") continue;
    if (property.cell(0) !== 0) return property.cell(0);
  }
  return 0;
}
