/**
 * A YAML document as values that know where they stand in the source. Plain data: who works on a document needs no
 * YAML library at hand.
 */
import type { SourceMap, Span } from "../source.ts";

export type YamlNode = YamlScalar | YamlMap | YamlSequence;

export interface YamlScalar {
  readonly kind: "scalar";
  /** Integers are bigint, exact at any size; a number is one that was written with a point or an exponent. */
  readonly value: string | bigint | number | boolean | null;
  /** Quotes included. */
  readonly span: Span;
}

export interface YamlEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: YamlNode;
}

export interface YamlMap {
  readonly kind: "map";
  /** By key, in the order of the source. */
  readonly entries: ReadonlyMap<string, YamlEntry>;
  readonly span: Span;
}

export interface YamlSequence {
  readonly kind: "sequence";
  readonly items: readonly YamlNode[];
  readonly span: Span;
}

export interface YamlDocument {
  /** An empty document is the scalar null. */
  readonly root: YamlNode;
  readonly sources: SourceMap;
}

/** The value of a key; null where the node is no map or has no such key. */
export function valueAt(node: YamlNode, key: string): YamlNode | null {
  return entryOf(node, key)?.value ?? null;
}

/** A key with its value; null where the node is no map or has no such key. */
export function entryOf(node: YamlNode, key: string): YamlEntry | null {
  return node.kind === "map" ? (node.entries.get(key) ?? null) : null;
}

/** The items of a sequence; none where the node is null or no sequence. */
export function itemsOf(node: YamlNode | null): readonly YamlNode[] {
  return node !== null && node.kind === "sequence" ? node.items : [];
}

/** The text of a string; null for anything else. */
export function textOf(node: YamlNode | null): string | null {
  return node !== null && node.kind === "scalar" && typeof node.value === "string" ? node.value : null;
}

/** What a JSON Pointer (RFC 6901: `/memory/0/base`, empty for the root) leads to; null where it leads nowhere. */
export function nodeAtPointer(document: YamlDocument, pointer: string): YamlNode | null {
  let node: YamlNode | null = document.root;
  for (const step of pointerSteps(pointer)) {
    if (node === null) return null;
    if (node.kind === "sequence") node = /^\d+$/.test(step) ? (node.items[Number(step)] ?? null) : null;
    else node = valueAt(node, step);
  }
  return node;
}

/** The steps of a JSON Pointer, unescaped. */
export function pointerSteps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
