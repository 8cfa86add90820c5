/** A tree as device tree source, in the form that `dtc -O dts` writes. */
import { DIRECTIVE_NAMES } from "./directives.ts";
import { labelsInOrder } from "./label-order.ts";
import type { SourceMap } from "./source.ts";
import { type Emit, TextSink } from "./text-sink.ts";
import type { DeviceTree, Label, Property, TreeNode } from "./tree.ts";
import {
  ELEMENT_BYTES,
  eachString,
  hexElement,
  isTyped,
  type Marker,
  type MarkerType,
  pieceEnd,
  valueMarkers,
} from "./value-markers.ts";

/**
 * Writes a tree as source that reads back as the same bytes, given to `emit` piece by piece; all of it is ASCII. Labels
 * stand where the source had them; references are written as what they came to, a number or a path. Values are written
 * as what they were written as, or else as what dtc would guess. The boot CPU has no place in source: compilers guess
 * it from `/cpus`. Two nodes or properties of one name stand twice, which readers of source refuse.
 *
 * The text is dtc 1.6.1's (treesource.c), except where that does not read back: its `\0` before a digit, its escapes
 * of bytes from 0x80 on, its empty lists and its included files beside other values.
 *
 * Every name has to be one that source can hold: ask {@link nameUnfitForSource} first.
 */
export function writeSource(tree: DeviceTree, emit: Emit): void {
  const sink = new TextSink(emit);
  sink.add("/dts-v1/;\n\n");
  for (const { address, size, labels } of tree.memReserves) {
    sink.add(`${labelsText(labels)}/memreserve/\t${hex64(address)} ${hex64(size)};\n`);
  }
  writeNode(tree.root, "", tree.sources, sink);
  sink.flush();
}

/** The first node or property whose name source has no way to write; null where there is none. */
export function nameUnfitForSource({ root }: DeviceTree): { readonly node: TreeNode; readonly name: string } | null {
  for (const node of root.walk()) {
    if (node.parent !== null && !NAME.test(node.name)) return { node: node.parent, name: node.name };
    for (const { name } of node.properties) if (!NAME.test(name)) return { node, name };
  }
  return null;
}

/** PROPNODECHAR of dtc's lexer. */
const NAME = /^[a-zA-Z0-9,._+*#?@-]+$/;

/** A name that a preprocessor takes for a directive at the beginning of a line, and that dtc's `\` keeps from it. */
const LIKE_DIRECTIVE = new RegExp(`^#(?:${DIRECTIVE_NAMES.join("|")})(?![a-zA-Z0-9_])`);

function nameText(name: string): string {
  return LIKE_DIRECTIVE.test(name) ? `\\${name}` : name;
}

function writeNode(node: TreeNode, indent: string, sources: SourceMap, sink: TextSink): void {
  sink.add(
    `${indent}${labelsText(labelsInOrder(node, sources))}${node.parent === null ? "/" : nameText(node.name)} {\n`,
  );
  const inner = `${indent}\t`;
  for (const property of node.properties) {
    sink.add(`${inner}${labelsText(property.labels)}${nameText(property.name)}`);
    if (property.length > 0) writeValue(property, sources, sink);
    sink.add(";\n");
  }
  for (const child of node.children) {
    sink.add("\n");
    writeNode(child, inner, sources, sink);
  }
  sink.add(`${indent}};\n`);
}

function labelsText(labels: readonly Label[]): string {
  return labels.length === 0 ? "" : labels.map(({ name }) => `${name}: `).join("");
}

function hex64(value: bigint): string {
  return `0x${value.toString(16).padStart(16, "0")}`;
}

const OPENING: Partial<Record<MarkerType, string>> = {
  u8: " [",
  u16: " /bits/ 16 <",
  u32: " <",
  u64: " /bits/ 64 <",
  string: " ",
  strings: " ",
};

const CLOSING: Partial<Record<MarkerType, string>> = { u8: "]", u16: ">", u32: ">", u64: ">", string: "", strings: "" };

function writeValue(property: Property, sources: SourceMap, sink: TextSink): void {
  const { value } = property;
  const markers = valueMarkers(property, sources);
  /** The type and end of the piece that is being written. */
  let piece: MarkerType | null = null;
  let end = 0;
  sink.add(" =");
  for (let i = 0; i < markers.length; i++) {
    const marker = markers[i]!;
    const from = marker.offset;
    const to = i + 1 < markers.length ? markers[i + 1]!.offset : value.length;
    if (isTyped(marker)) {
      piece = marker.type;
      end = pieceEnd(markers, i, value.length);
      sink.add(OPENING[piece]!);
    } else if (marker.type === "label") sink.add(` ${marker.text}:`);
    // dtc parts a phandle from the cell before it in this way.
    else if (from > 0) sink.add(" ");
    if (piece === null) continue;
    if (ELEMENT_BYTES[piece] > 0) writeCells(value, from, to, ELEMENT_BYTES[piece], sink);
    else if (to > from) writeStrings(value, { type: piece, offset: from, text: "" }, to, sink);
    if (to !== end) continue;
    sink.add(end === value.length ? CLOSING[piece]! : `${CLOSING[piece]},`);
    piece = null;
  }
}

/** Elements as dtc writes them: at least two hex digits each, with `0x` unless they are bytes. */
function writeCells(value: Uint8Array, from: number, to: number, elementBytes: number, sink: TextSink): void {
  const prefix = elementBytes === 1 ? "" : "0x";
  for (let at = from; at < to; at += elementBytes) {
    if (at > from) sink.add(" ");
    sink.add(prefix + hexElement(value, at, elementBytes).padStart(2, "0"));
  }
}

const ESCAPES: Readonly<Record<number, string>> = {
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
  34: '\\"',
  92: "\\\\",
};

function writeStrings(value: Uint8Array, piece: Marker, end: number, sink: TextSink): void {
  eachString(value, piece, end, (from, to) => {
    if (from > piece.offset) sink.add(", ");
    writeString(value, from, to, sink);
  });
}

/** Bytes `from … to` as a string literal; a NUL before an octal digit is written in full. */
function writeString(value: Uint8Array, from: number, to: number, sink: TextSink): void {
  sink.add('"');
  for (let at = from; at < to; at++) {
    const byte = value[at]!;
    if (byte === 0) sink.add(at + 1 < to && isOctalDigit(value[at + 1]!) ? "\\000" : "\\0");
    else if (byte >= 0x20 && byte <= 0x7e) sink.add(ESCAPES[byte] ?? String.fromCharCode(byte));
    else sink.add(ESCAPES[byte] ?? `\\x${byte.toString(16).padStart(2, "0")}`);
  }
  sink.add('"');
}

function isOctalDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x37;
}
