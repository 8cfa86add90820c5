/** A binding, or any JSON Schema of nodes, as a file has it. */
import type { Diagnostic } from "../../dts/diagnostic.ts";
import { SourceFile, type SourceMap } from "../../dts/source.ts";
import { entryOf, textOf, valueAt, type YamlDocument, type YamlNode } from "../../dts/yaml/document.ts";
import { parseYaml } from "../../dts/yaml/parse.ts";
import { isList, isObject, type JsonValue, type SchemaObject } from "./json.ts";

export interface Binding {
  /** `$id` as it is written, or one made of the file's name. */
  readonly id: string;
  /** As it is written, with what selects its nodes. */
  readonly schema: SchemaObject;
  /** Where it does not say which nodes it is for: those with one of these; null where `select` says it. */
  readonly compatibles: readonly string[] | null;
  readonly file: SourceFile;
  /** Its positions are offsets in {@link file}. */
  readonly document: YamlDocument;
}

export interface BindingResult {
  /** Null where any diagnostic is an error. */
  readonly binding: Binding | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: SourceMap;
}

const BASE = "http://devicetree.org/schemas/";

/**
 * Reads a binding: YAML, or JSON, which is YAML.
 *
 * @param path the file's name in diagnostics
 * @param text its content
 * @returns diagnostics of the rules of YAML (see `parseYaml`) and `binding-schema`, all of them errors
 */
export function readBinding(path: string, text: string): BindingResult {
  const { document, diagnostics, sources } = parseYaml(path, text);
  if (document === null) return { binding: null, diagnostics, sources };
  const schema = jsonOf(document.root);
  const written = valueAt(document.root, "$id");
  const problem = !isObject(schema)
    ? { message: "a binding is a map of keywords: $id, select, properties, …", span: document.root.span }
    : written !== null && !isUrl(textOf(written))
      ? {
          message: "$id is the address of the binding, such as http://devicetree.org/schemas/vendor,device.yaml#",
          span: written.span,
        }
      : null;
  if (problem !== null || !isObject(schema)) {
    const diagnostic: Diagnostic = { rule: "binding-schema", severity: "error", node: null, ...problem! };
    return { binding: null, diagnostics: [diagnostic], sources };
  }
  const id = textOf(written) ?? `${BASE}${encodeURIComponent(path.split("/").at(-1)!)}#`;
  const compatibles = schema.select === undefined ? compatiblesOf(schema) : [];
  const selecting = { ...schema, $id: id, select: schema.select ?? selectByName(schema) };
  const binding = {
    id,
    schema: selecting,
    compatibles: compatibles.length > 0 ? compatibles : null,
    file: new SourceFile(path, text),
    document,
  };
  return { binding, diagnostics, sources };
}

function isUrl(text: string | null): boolean {
  return text !== null && /^[a-z][a-z0-9+.-]*:[^\s]+$/i.test(text);
}

function jsonOf(node: YamlNode): JsonValue {
  switch (node.kind) {
    case "scalar":
      return typeof node.value === "bigint" ? Number(node.value) : node.value;
    case "sequence":
      return node.items.map(jsonOf);
    case "map": {
      // No prototype: a property may be called `constructor`.
      const object: SchemaObject = Object.create(null);
      for (const [key, entry] of node.entries) object[key] = jsonOf(entry.value);
      return object;
    }
  }
}

/** Names of devices that many others have besides their own. */
const COMMON_COMPATIBLES = ["syscon", "simple-mfd"];

/** The compatibles that a binding names for the nodes that it is about. */
function compatiblesOf({ properties }: SchemaObject): string[] {
  if (!isObject(properties) || properties.compatible === undefined) return [];
  return [...new Set(textsIn(properties.compatible))].filter((text) => !COMMON_COMPATIBLES.includes(text));
}

/** Where a binding has neither `select` nor compatibles: nodes of its name, else none. */
function selectByName({ properties }: SchemaObject): JsonValue {
  if (!isObject(properties) || !isObject(properties.$nodename)) return false;
  return { required: ["$nodename"], properties: { $nodename: properties.$nodename } };
}

/** Texts that `const`, `enum` and `pattern` name, at any depth. */
function textsIn(value: JsonValue): string[] {
  if (isList(value)) return value.flatMap(textsIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([keyword, said]) => {
    if (keyword === "const" || keyword === "pattern") return typeof said === "string" ? [said] : [];
    if (keyword === "enum" && isList(said)) return said.filter((text) => typeof text === "string");
    return textsIn(said);
  });
}

/** Where a binding speaks of a property; of itself, where it does not. */
export function placeOf({ document }: Binding, property: string | null): YamlNode["span"] {
  for (const keyword of ["properties", "patternProperties"]) {
    const entry = property === null ? null : entryOf(valueAt(document.root, keyword) ?? document.root, property);
    if (entry !== null) return entry.keySpan;
  }
  return (entryOf(document.root, "$id") ?? entryOf(document.root, "title"))?.keySpan ?? document.root.span;
}
