/**
 * Trees by hand, for tests that should not lean on the parser. The tree comes with source text in which every property
 * and every cell has its place, so that a test can ask what a finding points at: see {@link textAt}.
 */
import { NO_SPAN, SourceFile, SourceMap, type Span } from "../../dts/source.ts";
import { cellsToBytes, DeviceTree, type Mark, MarkKind, stringsToBytes, TreeNode } from "../../dts/tree.ts";

/** Cells, one string, a list of strings, raw bytes, or true for a property without a value. */
export type Value = readonly number[] | string | readonly string[] | Uint8Array | true;

export interface NodeSpec {
  readonly name: string;
  readonly properties: Readonly<Record<string, Value>>;
  readonly children: readonly NodeSpec[];
}

export function node(
  name: string,
  properties: Record<string, Value> = {},
  children: readonly NodeSpec[] = [],
): NodeSpec {
  return { name, properties, children };
}

/** A node like `spec` with some properties changed; undefined takes one away. */
export function change(spec: NodeSpec, changes: Record<string, Value | undefined>): NodeSpec {
  const properties: Record<string, Value> = { ...spec.properties };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete properties[name];
    else properties[name] = value;
  }
  return { ...spec, properties };
}

/** 64 bits as two cells. */
export function u64(value: bigint | number): [number, number] {
  const bits = BigInt.asUintN(64, BigInt(value));
  return [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
}

export function buildTree(properties: Record<string, Value>, children: readonly NodeSpec[]): DeviceTree {
  const writer = new Writer();
  const root = writer.write(node("", properties, children), null);
  const sources = new SourceMap();
  sources.enter(new SourceFile("test.dts", writer.text));
  return new DeviceTree(root, sources);
}

/** The source text that a span covers. */
export function textAt(tree: DeviceTree, span: Span): string {
  const place = tree.sources.locate(span);
  if (place === null) throw new Error("a span without source");
  const line = tree.sources.lineText(span.start)!;
  return line.slice(place.column - 1, place.endColumn - 1);
}

class Writer {
  text = "";

  write(spec: NodeSpec, parent: TreeNode | null): TreeNode {
    const nameSpan = this.add(spec.name === "" ? "/" : spec.name);
    const made = parent === null ? new TreeNode("", null) : parent.addChild(spec.name);
    made.nameSpan = nameSpan;
    this.add(" {\n");
    for (const [name, value] of Object.entries(spec.properties)) this.writeProperty(made, name, value);
    for (const child of spec.children) this.write(child, made);
    this.add("};\n");
    return made;
  }

  private writeProperty(owner: TreeNode, name: string, value: Value): void {
    const nameSpan = this.add(name);
    const marks: Mark[] = [];
    let bytes = new Uint8Array(0);
    if (typeof value === "string" || (Array.isArray(value) && typeof value[0] === "string")) {
      const strings = typeof value === "string" ? [value] : (value as string[]);
      bytes = new Uint8Array(stringsToBytes(strings));
      this.add(` = ${strings.map((text) => JSON.stringify(text)).join(", ")}`);
    } else if (value instanceof Uint8Array) {
      bytes = new Uint8Array(value);
      this.add(` = [${[...value].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}]`);
    } else if (value !== true) {
      const cells = value as readonly number[];
      bytes = new Uint8Array(cellsToBytes(cells));
      this.add(" = <");
      for (const [index, cell] of cells.entries()) {
        if (index > 0) this.add(" ");
        const span = this.add(`0x${cell.toString(16)}`);
        marks.push({ kind: MarkKind.cell, offset: index * 4, bits: 32, text: "", span });
      }
      this.add(">");
    }
    const property = owner.addProperty(name, bytes, NO_SPAN);
    property.nameSpan = nameSpan;
    property.span = { start: nameSpan.start, end: this.text.length };
    property.marks = marks;
    this.add(";\n");
  }

  private add(text: string): Span {
    const start = this.text.length;
    this.text += text;
    return { start, end: this.text.length };
  }
}
