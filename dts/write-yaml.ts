/** A tree as YAML, in the form that `dtc -O yaml` writes and `dt-validate` reads. */
import type { SourceMap } from "./source.ts";
import type { Emit } from "./text-sink.ts";
import type { DeviceTree, Property, TreeNode } from "./tree.ts";
import {
  ELEMENT_BYTES,
  eachString,
  hexElement,
  isTyped,
  type Marker,
  pieceEnd,
  valueMarkers,
} from "./value-markers.ts";
import { YamlEmitter } from "./yaml/emitter.ts";

/**
 * Writes a tree as one YAML document that holds a list of one mapping, given to `emit` piece by piece. A property is `true`
 * where it is empty, else a list of its pieces: a string, or a list of cells with the tag `!u8`, `!u16` or `!u64` where
 * they are not of 32 bits, and `!phandle` before a reference. Labels and memory reservations have no place in this form.
 *
 * The text is dtc 1.6.1's, folds included (yamltree.c over libyaml). Unlike dtc, which takes source alone, this guesses the
 * types where nothing says what they are (a blob), and writes strings beyond ASCII, a byte a character, and the bytes of
 * `/incbin/`: dtc writes an empty list for these, and so loses them.
 */
export function writeYaml(tree: DeviceTree, emit: Emit): void {
  const yaml = new YamlEmitter(emit);
  yaml.beginDocument();
  writeNode(tree.root, tree.sources, yaml);
  yaml.endDocument();
}

function writeNode({ properties, children }: TreeNode, sources: SourceMap, yaml: YamlEmitter): void {
  if (properties.length === 0 && children.length === 0) {
    yaml.emptyMapping();
    return;
  }
  yaml.beginMapping();
  for (const property of properties) {
    yaml.key(property.name, true);
    if (property.length === 0) yaml.plain("true");
    else writeValue(property, sources, yaml);
  }
  for (const child of children) {
    yaml.key(child.name, false);
    writeNode(child, sources, yaml);
  }
  yaml.endMapping();
}

const TAGS: Partial<Record<Marker["type"], string>> = { u8: "!u8", u16: "!u16", u64: "!u64" };

function writeValue(property: Property, sources: SourceMap, yaml: YamlEmitter): void {
  const { value } = property;
  const markers = valueMarkers(property, sources);
  const references = new Set(markers.filter(({ type }) => type === "reference").map(({ offset }) => offset));
  yaml.beginList(null);
  for (let i = 0; i < markers.length; i++) {
    const marker = markers[i]!;
    if (!isTyped(marker)) continue;
    const end = pieceEnd(markers, i, value.length);
    const elementBytes = ELEMENT_BYTES[marker.type];
    if (elementBytes === 0) {
      eachString(value, marker, end, (from, to) => {
        yaml.item();
        yaml.quoted(value, from, to);
      });
      continue;
    }
    yaml.item();
    yaml.beginList(TAGS[marker.type] ?? null);
    for (let at = marker.offset; at < end; at += elementBytes) {
      yaml.item();
      if (elementBytes === 4 && references.has(at)) yaml.tag("!phandle");
      yaml.plain(`0x${hexElement(value, at, elementBytes)}`);
    }
    yaml.endList();
  }
  yaml.endList();
}
