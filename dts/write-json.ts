/** A tree as JSON, for scripts: everything that the tree holds, with values as what they are where that is known. */
import type { SourceMap } from "./source.ts";
import { type Emit, TextSink } from "./text-sink.ts";
import { type DeviceTree, type Label, latin1, type MemReserve, type Property, type TreeNode } from "./tree.ts";
import {
  ELEMENT_BYTES,
  eachString,
  guessMarker,
  hexElement,
  isTyped,
  knownMarkers,
  type Marker,
  type MarkerType,
  pieceEnd,
} from "./value-markers.ts";

/** The document. Fields stand in this order; those with `?` are left out where there is nothing to say. */
export interface JsonTree {
  /** The blob's `boot_cpuid_phys`. */
  readonly bootCpuId: number;
  /** True where the source says `/plugin/`. */
  readonly isOverlay: boolean;
  readonly memReserves: readonly JsonMemReserve[];
  readonly root: JsonNode;
}

export interface JsonMemReserve {
  readonly labels?: readonly string[];
  /** Hex, as 64 bits do not fit a number of JSON: `"0x80000000"`. */
  readonly address: string;
  readonly size: string;
}

export interface JsonNode {
  /** With its unit address; empty for the root. Names hold a byte a character. */
  readonly name: string;
  readonly labels?: readonly string[];
  /** In the tree's order; two of one name, which a blob can have, are two entries. */
  readonly properties: readonly JsonProperty[];
  readonly children: readonly JsonNode[];
}

export interface JsonProperty {
  readonly name: string;
  readonly labels?: readonly string[];
  /** True where nothing says what the bytes are, as in a blob: the types are what dtc would guess. */
  readonly isGuessed?: true;
  /** The pieces of the value in order; empty where the property has no value. All bytes are in one of them. */
  readonly value: readonly JsonPiece[];
  /** Labels inside the value, each before the byte at its offset. */
  readonly valueLabels?: readonly { readonly label: string; readonly offset: number }[];
}

export type JsonPiece =
  /** One `<…>`. */
  | { readonly bits: 16 | 32; readonly cells: readonly (number | JsonPhandle)[] }
  /** Hex: see {@link JsonMemReserve}. */
  | { readonly bits: 64; readonly cells: readonly string[] }
  /** A string without its closing NUL; by a reference outside of cells it is the path of the node that is named so. */
  | { readonly string: string; readonly label?: string; readonly path?: string }
  /** Pairs of hex digits: a byte string, cells of 8 bits, or a string that is not valid UTF-8, its NUL included. */
  | { readonly bytes: string };

/** A cell that holds the phandle of the node with this label, or at this path. */
export type JsonPhandle =
  | { readonly phandle: number; readonly label: string }
  | { readonly phandle: number; readonly path: string };

/** Writes a tree as one JSON document of the form {@link JsonTree}, given to `emit` piece by piece. */
export function writeJson(tree: DeviceTree, emit: Emit): void {
  const sink = new TextSink(emit);
  sink.add(`{\n  "bootCpuId": ${tree.bootCpuId},\n  "isOverlay": ${tree.isPlugin},\n  "memReserves": `);
  writeList(tree.memReserves, "  ", sink, (reserve) => sink.add(memReserveText(reserve)));
  sink.add(',\n  "root": ');
  writeNode(tree.root, "  ", tree.sources, sink);
  sink.add("\n}\n");
  sink.flush();
}

function memReserveText({ address, size, labels }: MemReserve): string {
  return `{ ${labelsText(labels, "")}"address": "0x${address.toString(16)}", "size": "0x${size.toString(16)}" }`;
}

/** A list with a line for each item. */
function writeList<T>(items: readonly T[], indent: string, sink: TextSink, write: (item: T) => void): void {
  sink.add("[");
  for (let i = 0; i < items.length; i++) {
    sink.add(`${i > 0 ? "," : ""}\n${indent}  `);
    write(items[i]!);
  }
  sink.add(items.length > 0 ? `\n${indent}]` : "]");
}

function writeNode(node: TreeNode, indent: string, sources: SourceMap, sink: TextSink): void {
  const inner = `${indent}  `;
  sink.add(`{\n${inner}"name": ${JSON.stringify(node.name)},\n`);
  if (node.labels.length > 0) sink.add(`${inner}${labelsText(node.labels, "\n")}`);
  sink.add(`${inner}"properties": `);
  writeList(node.properties, inner, sink, (property) => writeProperty(property, sources, sink));
  sink.add(`,\n${inner}"children": `);
  writeList(node.children, inner, sink, (child) => writeNode(child, `${inner}  `, sources, sink));
  sink.add(`\n${indent}}`);
}

function labelsText(labels: readonly Label[], end: "" | "\n"): string {
  if (labels.length === 0) return "";
  return `"labels": [${labels.map(({ name }) => JSON.stringify(name)).join(", ")}],${end === "" ? " " : end}`;
}

function writeProperty(property: Property, sources: SourceMap, sink: TextSink): void {
  const { value } = property;
  sink.add(`{ "name": ${JSON.stringify(property.name)}, ${labelsText(property.labels, "")}`);
  if (value.length === 0) {
    sink.add('"value": [] }');
    return;
  }
  const known = knownMarkers(property, sources);
  const markers = known ?? [guessMarker(value, 0, value.length)];
  const references = new Map<number, string>();
  for (const { type, offset, text } of markers) if (type === "reference") references.set(offset, text);
  sink.add(known === null ? '"isGuessed": true, "value": [' : '"value": [');
  for (let i = 0, isFirst = true; i < markers.length; i++) {
    const marker = markers[i]!;
    if (!isTyped(marker)) continue;
    if (!isFirst) sink.add(", ");
    isFirst = false;
    writePiece(value, marker, pieceEnd(markers, i, value.length), references, sink);
  }
  const labels = markers.filter(({ type }) => type === "label");
  const inside = labels.map(({ text, offset }) => `{ "label": ${JSON.stringify(text)}, "offset": ${offset} }`);
  sink.add(labels.length > 0 ? `], "valueLabels": [${inside.join(", ")}] }` : "] }");
}

const BITS: Partial<Record<MarkerType, number>> = { u16: 16, u32: 32, u64: 64 };

function writePiece(
  value: Uint8Array,
  marker: Marker,
  end: number,
  references: ReadonlyMap<number, string>,
  sink: TextSink,
): void {
  const { type, offset } = marker;
  const bits = BITS[type];
  if (type === "u8") {
    writeBytes(value, offset, end, sink);
    return;
  }
  if (bits === undefined) {
    eachString(value, marker, end, (from, to) => {
      if (from > offset) sink.add(", ");
      const text = utf8(value.subarray(from, to));
      if (text === null) writeBytes(value, from, to + 1, sink);
      else writeString(text, references.get(from), sink);
    });
    return;
  }
  sink.add(`{ "bits": ${bits}, "cells": [`);
  const elementBytes = ELEMENT_BYTES[type];
  for (let at = offset; at < end; at += elementBytes) {
    if (at > offset) sink.add(", ");
    const hex = hexElement(value, at, elementBytes);
    const reference = bits === 32 ? references.get(at) : undefined;
    if (bits === 64) sink.add(`"0x${hex}"`);
    else if (reference === undefined) sink.add(String(Number.parseInt(hex, 16)));
    else sink.add(`{ "phandle": ${Number.parseInt(hex, 16)}, ${referenceText(reference)} }`);
  }
  sink.add("] }");
}

function referenceText(reference: string): string {
  return `"${reference.startsWith("/") ? "path" : "label"}": ${JSON.stringify(reference)}`;
}

const PIECE_CHARACTERS = 1 << 14;

/** Piece by piece, as escapes can make a long string longer than one string can be. */
function writeString(text: string, reference: string | undefined, sink: TextSink): void {
  sink.add('{ "string": "');
  for (let at = 0; at < text.length; at += PIECE_CHARACTERS) {
    sink.add(JSON.stringify(text.slice(at, at + PIECE_CHARACTERS)).slice(1, -1));
  }
  sink.add(reference === undefined ? '" }' : `", ${referenceText(reference)} }`);
}

function writeBytes(value: Uint8Array, from: number, to: number, sink: TextSink): void {
  sink.add('{ "bytes": "');
  for (let at = from; at < to; at++) sink.add(hexElement(value, at, 1).padStart(2, "0"));
  sink.add('" }');
}

/** Strings so short are quicker to look at than to decode. */
const SHORT_BYTES = 64;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The characters of UTF-8; null where the bytes are none. A byte order mark is a character, which the decoder drops. */
function utf8(bytes: Uint8Array): string | null {
  if (bytes.length <= SHORT_BYTES && bytes.every((byte) => byte < 0x80)) return latin1(bytes);
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? "\ufeff" : "";
  try {
    return mark + decoder.decode(bytes);
  } catch {
    return null;
  }
}
