import { latin1, type Property, type TreeNode } from "../dts/tree.ts";
import type { NodeKind } from "./node-kinds.ts";
import { PROPERTY_TYPES, type PropertyType } from "./property-types.ts";

/** What a schema sees of a property; see property-types.ts. */
export type DecodedValue =
  | true
  | number
  | string
  | readonly string[]
  | readonly number[]
  | readonly (readonly number[])[];

export interface DecodedNode {
  readonly values: Readonly<Record<string, DecodedValue>>;
  /** The properties that could not be read as their type; save for flags, they are not among the values. */
  readonly faults: readonly DecodeFault[];
}

/** A property whose bytes are not of its type. `message` goes on from the property's name: `has 3 cells; it takes …`. */
export interface DecodeFault {
  readonly property: Property;
  /** `row`: whole cells, but not whole rows or lengths by the `#address-cells` and `#size-cells` that hold here. */
  readonly kind: "type" | "row" | "flag";
  readonly message: string;
}

/** The cells that an address and a size take, as the parent says; null where it says it wrongly. */
export interface CellCounts {
  readonly address: number;
  readonly size: number;
}

/**
 * The properties of a node as JSON values. Children do not come into it, save in a kind that is closed
 * (`reservedTagStorage`), where each is `true`, so that a schema can refuse them.
 */
export function decodeNode(node: TreeNode, kind: NodeKind): DecodedNode {
  const types = PROPERTY_TYPES[kind];
  // No prototype: a property may be called `constructor`.
  const values: Record<string, DecodedValue> = Object.create(null);
  const faults: DecodeFault[] = [];
  for (const property of node.properties) {
    if (property.length > MAX_VALUE_BYTES && Object.hasOwn(types, property.name)) continue;
    const type = Object.hasOwn(types, property.name) ? types[property.name] : undefined;
    const decoded = type === undefined ? true : DECODERS[type](property, node);
    if (decoded === null) continue;
    if (typeof decoded === "object" && "fault" in decoded) {
      faults.push({ property, kind: decoded.fault, message: decoded.message });
      if (decoded.fault === "flag") values[property.name] = true;
    } else values[property.name] = decoded;
  }
  if (kind === "reservedTagStorage") for (const child of node.children) values[child.name] = true;
  return { values, faults };
}

/** As JSON a value takes a hundred times its bytes; the schemas have nothing to say about one of this length. */
const MAX_VALUE_BYTES = 1 << 18;

/**
 * `#address-cells` and `#size-cells` of a node, for its children's `reg`. Where it has none, the root's; where the root
 * has none, 1 and 1, as the kernel takes them (`early_init_dt_scan_root`).
 */
export function cellCounts(node: TreeNode | null): CellCounts | null {
  const address = cellCount(node, "#address-cells");
  const size = cellCount(node, "#size-cells");
  return address === null || size === null ? null : { address, size };
}

function cellCount(node: TreeNode | null, name: string): number | null {
  if (node === null) return 1;
  const property = node.property(name);
  if (property === null) return cellCount(node.parent, name);
  return property.value.length === 4 ? property.cell(0) : null;
}

/**
 * Null: there is no telling, since the cells that it is counted by are themselves wrong, or the value is far longer than
 * any that a board has ({@link MAX_VALUE_BYTES}).
 */
type Decoded = DecodedValue | { readonly fault: DecodeFault["kind"]; readonly message: string } | null;

const DECODERS: Readonly<Record<PropertyType, (property: Property, node: TreeNode) => Decoded>> = {
  u32: (property) => oneCell(property, "one 32-bit cell"),
  phandle: (property) => oneCell(property, "one phandle"),
  flag: (property) =>
    property.value.length === 0
      ? true
      : { fault: "flag", message: "has a value; it is a flag, and its presence says all there is to say" },
  string: (property) => {
    const fault = textFault(property);
    if (fault !== null) return fault;
    const texts = property.strings();
    return texts.length === 1 ? texts[0]! : { fault: "type", message: `holds ${texts.length} texts; it takes one` };
  },
  strings: (property) => textFault(property) ?? property.strings(),
  length: (property, node) => {
    const cells = cellCounts(node.parent);
    const fault = cellFault(property);
    if (fault !== null || cells === null) return fault;
    if (property.cellCount === cells.size) return row(property, 0, cells.size);
    return {
      fault: "row",
      message: `has ${count(property.cellCount, "cell")}; with #size-cells ${cells.size} it takes ${cells.size}`,
    };
  },
  "ranges-of-parent": (property, node) => {
    const cells = cellCounts(node.parent);
    if (cells === null) return cellFault(property);
    const { address, size } = cells;
    return rows(property, address + size, `#address-cells ${address} and #size-cells ${size}`);
  },
  translation: (property, node) => {
    if (property.value.length === 0) return [];
    const own = cellCounts(node);
    const parents = cellCounts(node.parent);
    if (own === null || parents === null) return cellFault(property);
    const sum = `#address-cells ${own.address}, the parent's #address-cells ${parents.address} and #size-cells ${own.size}`;
    return rows(property, own.address + parents.address + own.size, sum);
  },
};

function oneCell(property: Property, takes: string): Decoded {
  if (property.value.length === 4) return property.cell(0);
  const fault = cellFault(property);
  return fault ?? { fault: "type", message: `has ${count(property.cellCount, "cell")}; it takes ${takes}` };
}

function rows(property: Property, rowCells: number, counted: string): Decoded {
  const fault = cellFault(property);
  if (fault !== null) return fault;
  if (rowCells === 0 || property.cellCount % rowCells !== 0) {
    const takes = rowCells === 0 ? "nothing that a kernel could read" : `a multiple of ${rowCells}`;
    return { fault: "row", message: `has ${count(property.cellCount, "cell")}; with ${counted} it takes ${takes}` };
  }
  const matrix: number[][] = [];
  for (let at = 0; at < property.cellCount; at += rowCells) matrix.push(row(property, at, rowCells));
  return matrix;
}

function row(property: Property, start: number, cells: number): number[] {
  return Array.from({ length: cells }, (_, i) => property.cell(start + i));
}

function cellFault(property: Property): Extract<Decoded, { fault: string }> | null {
  const bytes = property.value.length;
  if (bytes % 4 === 0) return null;
  return { fault: "type", message: `is ${count(bytes, "byte")} long; it takes whole cells of 4 bytes` };
}

function textFault(property: Property): Extract<Decoded, { fault: string }> | null {
  const { value } = property;
  if (value.length === 0) return { fault: "type", message: "is empty; it takes a text" };
  if (value[value.length - 1] !== 0) return { fault: "type", message: "does not end in NUL; it takes a text" };
  const isText = value.every((byte) => byte === 0 || (byte >= 0x20 && byte !== 0x7f));
  return isText ? null : { fault: "type", message: `holds ${quoteBytes(value)}, which is no text` };
}

function quoteBytes(value: Uint8Array): string {
  return JSON.stringify(latin1(value, 0, Math.min(value.length, 24)));
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}
