/** Properties with the marks that a device tree author's source would have left, each at its place in the YAML. */
import type { Span } from "../../dts/source.ts";
import { cellsToBytes, type Mark, MarkKind, type Property, stringsToBytes, type TreeNode } from "../../dts/tree.ts";
import type { Field } from "./read.ts";

/** A cell list: each value, how many cells it takes, and where it stands. */
interface CellGroup {
  readonly value: bigint;
  readonly cells: 1 | 2;
  readonly span: Span;
}

export function addU32(node: TreeNode, name: string, field: Field<number>): void {
  addCells(node, name, field, [{ value: BigInt(field.value), cells: 1, span: field.span }]);
}

/** One range of two cells of address and two of size, `<high low high low>`. */
export function addReg(node: TreeNode, base: Field<bigint>, sizeBytes: Field<bigint>): void {
  addCells(node, "reg", base, [
    { value: base.value, cells: 2, span: base.span },
    { value: sizeBytes.value, cells: 2, span: sizeBytes.span },
  ]);
}

/** A phandle written as a reference to `target`: by its label, or by its path where it has none. */
export function addReference(node: TreeNode, name: string, field: Field<string>, target: TreeNode): void {
  const property = addCells(node, name, field, [{ value: BigInt(target.phandle ?? 0), cells: 1, span: field.span }]);
  const text = target.labels[0]?.name ?? target.path;
  property.marks = [{ kind: MarkKind.phandle, offset: 0, bits: 32, text, span: field.span }];
}

export function addStrings(node: TreeNode, name: string, fields: readonly Field<string>[]): void {
  const [first] = fields;
  if (first === undefined) return;
  const property = node.addProperty(name, stringsToBytes(fields.map(({ value }) => value)), first.keySpan);
  property.span = spanning(first.keySpan, fields.at(-1)!.span);
  let offset = 0;
  const marks: Mark[] = [];
  for (const { value, span } of fields) {
    marks.push({ kind: MarkKind.string, offset, bits: 0, text: "", span });
    offset += stringsToBytes([value]).length;
  }
  property.marks = marks;
}

export function addFlag(node: TreeNode, name: string, span: Span): void {
  node.addProperty(name, new Uint8Array(0), span);
}

/** A field that the YAML does not have but stands for: all of it is at one place. */
export function implied<T>(value: T, span: Span): Field<T> {
  return { value, keySpan: span, span };
}

function addCells(node: TreeNode, name: string, field: Field<unknown>, groups: readonly CellGroup[]): Property {
  const cells: number[] = [];
  const marks: Mark[] = [];
  for (const { value, cells: count, span } of groups) {
    for (let shift = count - 1; shift >= 0; shift--) {
      marks.push({ kind: MarkKind.cell, offset: cells.length * 4, bits: 32, text: "", span });
      cells.push(Number(BigInt.asUintN(32, value >> BigInt(32 * shift))));
    }
  }
  const property = node.addProperty(name, cellsToBytes(cells), field.keySpan);
  property.span = spanning(field.keySpan, field.span);
  property.marks = marks;
  return property;
}

/** From the beginning of one span to the end of another; the first alone where they do not follow in the source. */
function spanning(from: Span, to: Span): Span {
  return from.start >= 0 && to.end > from.end ? { start: from.start, end: to.end } : from;
}
