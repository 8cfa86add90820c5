import type { Span } from "../../dts/source.ts";
import { entryOf, itemsOf, textOf, valueAt, type YamlDocument, type YamlNode } from "../../dts/yaml/document.ts";
import { sizeOf } from "../../dts/yaml/size.ts";

/** A value with the places of its field's name and of itself. */
export interface Field<T> {
  readonly value: T;
  readonly keySpan: Span;
  readonly span: Span;
}

/** What every entry of a description has. Null: not there, or not to be used. */
export interface RangeEntry {
  readonly name: Field<string> | null;
  readonly base: Field<bigint> | null;
  readonly sizeBytes: Field<bigint> | null;
  /** Where the entry's node comes from: its name, its base, or else where it begins. */
  readonly span: Span;
}

export interface BankEntry extends RangeEntry {
  readonly numaNode: Field<number> | null;
}

export interface TagEntry extends RangeEntry {
  readonly blockBytes: Field<number> | null;
  /** The name of the bank whose tags the range holds. */
  readonly memory: Field<string> | null;
}

export interface ReservedEntry extends RangeEntry {
  readonly noMap: Field<true> | null;
}

/** A machine as its YAML description has it; see schema/description-schema.ts. */
export interface MachineDescription {
  readonly machine: Field<string> | null;
  readonly compatible: readonly Field<string>[];
  readonly banks: readonly BankEntry[];
  readonly tags: readonly TagEntry[];
  readonly reserved: readonly ReservedEntry[];
  /** Where each section's key stands; the description's beginning where it has none. */
  readonly sectionSpan: (section: string) => Span;
}

/** Reads what can be used; what validateDescription refuses is left out. */
export function readDescription(document: YamlDocument): MachineDescription {
  const { root } = document;
  const first = root.kind === "map" ? [...root.entries.values()][0] : undefined;
  const rootSpan = first?.keySpan ?? root.span;
  const section = (name: string): readonly YamlNode[] => itemsOf(valueAt(root, name));
  return {
    machine: field(root, "machine", textOf),
    compatible: compatibleOf(root),
    banks: section("memory").map((node) => ({ ...rangeOf(node), numaNode: field(node, "numa-node", u32Of) })),
    tags: section("tag-storage").map((node) => ({
      ...rangeOf(node),
      blockBytes: field(node, "block-size", u32Of),
      memory: field(node, "memory", textOf),
    })),
    reserved: section("reserved-memory").map((node) => ({ ...rangeOf(node), noMap: field(node, "no-map", trueOf) })),
    sectionSpan: (name) => entryOf(root, name)?.keySpan ?? rootSpan,
  };
}

function rangeOf(node: YamlNode): RangeEntry {
  const name = field(node, "name", textOf);
  const base = field(node, "base", u64Of);
  return { name, base, sizeBytes: field(node, "size", u64Of), span: name?.span ?? base?.span ?? node.span };
}

function compatibleOf(root: YamlNode): Field<string>[] {
  const entry = entryOf(root, "compatible");
  if (entry === null) return [];
  const { keySpan, value } = entry;
  const texts = value.kind === "sequence" ? value.items : [value];
  return texts.flatMap((node) => {
    const text = textOf(node);
    return text === null ? [] : [{ value: text, keySpan, span: node.span }];
  });
}

function field<T>(node: YamlNode, key: string, read: (value: YamlNode) => T | null): Field<T> | null {
  const entry = entryOf(node, key);
  const value = entry === null ? null : read(entry.value);
  return entry === null || value === null ? null : { value, keySpan: entry.keySpan, span: entry.value.span };
}

function u64Of(node: YamlNode): bigint | null {
  const value = sizeOf(node);
  return value === null || value < 0n || value >> 64n > 0n ? null : value;
}

function u32Of(node: YamlNode): number | null {
  const value = sizeOf(node);
  return value === null || value < 0n || value >> 32n > 0n ? null : Number(value);
}

function trueOf(node: YamlNode): true | null {
  return node.kind === "scalar" && node.value === true ? true : null;
}
