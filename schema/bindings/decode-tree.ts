/**
 * A device tree as bindings see it. A node is an object of its properties and children, with its name as `$nodename`. A
 * property is `true` (empty), a list of texts, a list of rows of cells, or, where its bytes are neither, `false`, which
 * no type takes.
 */
import type { DeviceTree, Property, TreeNode } from "../../dts/tree.ts";
import { cellCounts } from "../decode.ts";
import { type JsonValue, objectOf, type SchemaObject } from "./json.ts";
import { argumentCells } from "./property-names.ts";
import type { Dimensions, PropertyTypes } from "./property-types.ts";

export interface DecodedTree {
  /** A node's value, its children in it. */
  valueOf(node: TreeNode): SchemaObject;
}

/** As JSON a value takes twenty times its bytes. */
const MAX_VALUE_BYTES = 1 << 18;

export function decodeTree(tree: DeviceTree, types: PropertyTypes): DecodedTree {
  const decoded = new Map<TreeNode, SchemaObject>();
  const phandles = nodesByPhandle(tree.root);
  const cellsOf = (phandle: number, name: string): number | null => {
    const node = phandles.get(phandle);
    if (node === undefined) return null;
    const property = node.property(name);
    return property?.value.length === 4 ? property.cell(0) : 0;
  };

  /** Children come before their parents, so that no tree is too deep for it. */
  function decodedOf(top: TreeNode): SchemaObject {
    const pending: { node: TreeNode; isOpen: boolean }[] = [{ node: top, isOpen: false }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { node, isOpen } = next;
      if (decoded.has(node)) continue;
      if (isOpen) decoded.set(node, ownValue(node));
      else {
        pending.push({ node, isOpen: true });
        for (const child of node.children) if (isNode(child)) pending.push({ node: child, isOpen: false });
      }
    }
    return decoded.get(top)!;
  }

  function ownValue(node: TreeNode): SchemaObject {
    const value: SchemaObject = Object.create(null);
    for (const property of node.properties) value[property.name] = propertyValue(property, node);
    for (const child of node.children) if (isNode(child)) value[child.name] = decoded.get(child)!;
    return value;
  }

  function propertyValue(property: Property, node: TreeNode): JsonValue {
    const { value, name } = property;
    if (value.length === 0 || isTooLong(property)) return true;
    if (node.parent !== null && node.name === "aliases") return textsOf(value);
    const type = typeFor(property, types.typesOf(name));
    if (type === null) return guessed(value);
    if (type.includes("string")) return textsOf(value);
    const cells = numbersOf(value, type);
    if (cells === null) return false;
    return rowsOf(name, type, cells, node);
  }

  function rowsOf(name: string, type: string, cells: readonly number[], node: TreeNode): JsonValue {
    if (name === "reg") return inRows(cells, sum(cellCounts(node.parent)));
    if (name === "ranges" || name === "dma-ranges") {
      const parents = cellCounts(node.parent);
      const own = sum(cellCounts(node));
      return inRows(cells, parents === null || own === null ? null : parents.address + own);
    }
    if (name === "interrupts") return inRows(cells, interruptCells(node));
    const length = rowLength(cells.length, types.dimensionsOf(name));
    if (type === "phandle-array" && (length === null || length >= cells.length)) {
      return byPhandle(name, cells) ?? [cells];
    }
    return type === "phandle-array" || type.endsWith("-matrix") ? inRows(cells, length) : [cells];
  }

  /** Each phandle with the cells that the node which it leads to asks for; null where that cannot be told. */
  function byPhandle(name: string, cells: readonly number[]): JsonValue | null {
    const counted = argumentCells(name);
    if (counted === null) return null;
    const length = (phandle: number) =>
      phandle === 0 || counted === 0 ? 0 : typeof counted === "number" ? counted : cellsOf(phandle, counted);
    const rows: number[][] = [];
    for (let at = 0; at < cells.length; ) {
      let end = at;
      // A path between two ends is one entry.
      for (let part = 0; part < (name === "interconnects" ? 2 : 1) && end < cells.length; part++) {
        const more = length(cells[end]!);
        if (more === null) return null;
        end += 1 + more;
      }
      rows.push(cells.slice(at, end));
      at = end;
    }
    return rows;
  }

  function interruptCells(node: TreeNode): number | null {
    for (let above: TreeNode | null = node; above !== null; above = above.parent) {
      const parent = above.property("interrupt-parent");
      if (parent?.value.length === 4) return cellsOf(parent.cell(0), "#interrupt-cells");
      if (above !== node && above.property("#interrupt-cells")?.value.length === 4) {
        return above.property("#interrupt-cells")!.cell(0);
      }
    }
    return null;
  }

  // Only the node that is looked at has its name: what a schema says of children, it says by theirs.
  const namedValueOf = (node: TreeNode) =>
    objectOf([...Object.entries(decodedOf(node)), ["$nodename", [node.parent === null ? "/" : node.name]]]);
  return { valueOf: namedValueOf };
}

/** Generated nodes (`__symbols__`, `__fixups__`) are nobody's hardware. */
export function isNode(node: TreeNode): boolean {
  return !node.name.startsWith("__");
}

/** True for a value of more bytes than are decoded; it is `true` in the node. */
export function isTooLong({ value }: Property): boolean {
  return value.length > MAX_VALUE_BYTES;
}

function nodesByPhandle(root: TreeNode): Map<number, TreeNode> {
  const found = new Map<number, TreeNode>();
  const pending = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const phandle = node.property("phandle") ?? node.property("linux,phandle");
    if (phandle?.value.length === 4 && !found.has(phandle.cell(0))) found.set(phandle.cell(0), node);
    for (const child of node.children) if (isNode(child)) pending.push(child);
  }
  return found;
}

/** One type of those that bindings give a property; where they disagree, the one that the bytes look like. */
function typeFor({ value }: Property, types: readonly string[]): string | null {
  const valued = types.filter((type) => type !== "flag");
  if (valued.length <= 1) return valued[0] ?? null;
  const texts = valued.find((type) => type.includes("string"));
  if (texts !== undefined) {
    if (looksLikeTexts(value)) return texts;
    return valued.find((type) => !type.includes("string")) ?? null;
  }
  // Numbers of different widths: cells do for all of them.
  const widths = new Set(valued.map((type) => /\d+/.exec(type)?.[0] ?? "32"));
  if (widths.size > 1) return "uint32-array";
  // `uint32` and `uint32-array`: the wider one takes both.
  const widest = ["-matrix", "phandle-array", "-array"].map((end) => valued.find((type) => type.endsWith(end)));
  return widest.find((type) => type !== undefined) ?? valued[0]!;
}

function guessed(value: Uint8Array): JsonValue {
  if (looksLikeTexts(value)) return textsOf(value);
  return value.length % 4 === 0 ? [numbersOf(value, "uint32")!] : false;
}

function looksLikeTexts(value: Uint8Array): boolean {
  if (value[value.length - 1] !== 0) return false;
  return value.every((byte, i) => (byte >= 0x20 && byte < 0x7f) || (byte === 0 && i > 0 && value[i - 1] !== 0));
}

function textsOf(value: Uint8Array): JsonValue {
  const end = value[value.length - 1] === 0 ? value.length - 1 : value.length;
  let text = "";
  for (let i = 0; i < end; i++) text += String.fromCharCode(value[i]!);
  return text.split("\0");
}

const READERS: Readonly<Record<string, readonly [number, (view: DataView, at: number) => number]>> = {
  uint8: [1, (view, at) => view.getUint8(at)],
  int8: [1, (view, at) => view.getInt8(at)],
  uint16: [2, (view, at) => view.getUint16(at)],
  int16: [2, (view, at) => view.getInt16(at)],
  uint32: [4, (view, at) => view.getUint32(at)],
  int32: [4, (view, at) => view.getInt32(at)],
  uint64: [8, (view, at) => Number(view.getBigUint64(at))],
  int64: [8, (view, at) => Number(view.getBigInt64(at))],
  phandle: [4, (view, at) => view.getUint32(at)],
};

/** Null where the bytes are not whole numbers of the type. */
function numbersOf(value: Uint8Array, type: string): number[] | null {
  const [bytes, read] = READERS[type.split("-")[0]!]!;
  if (value.length % bytes !== 0) return null;
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  return Array.from({ length: value.length / bytes }, (_, i) => read(view, i * bytes));
}

function sum(cells: { readonly address: number; readonly size: number } | null): number | null {
  return cells === null ? null : cells.address + cells.size;
}

/** Rows of so many cells, the last one shorter where there are not enough; one row where that is not known. */
function inRows(cells: readonly number[], length: number | null): number[][] {
  if (length === null || length <= 0) return [[...cells]];
  const rows: number[][] = [];
  for (let at = 0; at < cells.length; at += length) rows.push(cells.slice(at, at + length));
  return rows;
}

function rowLength(cells: number, dimensions: Dimensions | null): number | null {
  if (dimensions === null) return null;
  const [leastCells, mostCells] = dimensions.cells;
  const [leastRows, mostRows] = dimensions.rows;
  if (mostCells > 0 && leastCells === mostCells) return mostCells;
  if (mostRows > 0 && leastRows === mostRows) return cells % mostRows === 0 ? cells / mostRows : null;
  if (leastCells === 0) return null;
  const fitting: number[] = [];
  for (let length = leastCells; length <= mostCells && fitting.length < 2; length++) {
    if (cells % length === 0) fitting.push(length);
  }
  return fitting.length === 1 ? fitting[0]! : null;
}
