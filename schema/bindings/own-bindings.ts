/** Our schemas of nodes (node-schemas.ts), as bindings in the style of dt-schema, which dt-validate takes. */
import type { NodeKind } from "../node-kinds.ts";
import { nodeSchemas } from "../node-schemas.ts";
import { PROPERTY_TYPES, type PropertyType } from "../property-types.ts";
import { isList, isObject, type JsonValue, type SchemaObject } from "./json.ts";

export interface OwnBinding {
  readonly name: string;
  /** One line: what nodes it is about. */
  readonly title: string;
  readonly schema: SchemaObject;
}

const META = "http://devicetree.org/meta-schemas/core.yaml#";
const TYPES = "/schemas/types.yaml#/definitions/";
/** `minItems` alone stands for `maxItems` too in a binding: as many as there can be. */
const MANY = 1024;

const TAG_STORAGE = { properties: { compatible: { contains: { const: "arm,mte-tag-storage" } } } };

function selectTagStorage(extra: SchemaObject = {}): SchemaObject {
  return { properties: { ...TAG_STORAGE.properties, ...extra }, required: ["compatible"] };
}

function byName(pattern: string): SchemaObject {
  return { properties: { $nodename: { pattern } }, required: ["$nodename"] };
}

function headOf(name: string, title: string): SchemaObject {
  return {
    $id: `http://devicetree.org/schemas/carveout-${name}.yaml#`,
    $schema: META,
    title,
    maintainers: ["carveout <carveout@example.org>"],
  };
}

function binding(name: string, title: string, kind: NodeKind, select: SchemaObject): OwnBinding {
  const parts = partsOf(kind);
  return { name, title, schema: { ...headOf(name, title), select, additionalProperties: true, ...parts } };
}

/** Both layers of a kind's schema, in a binding's terms. */
function partsOf(kind: NodeKind): SchemaObject {
  const { shape, binding } = nodeSchemas[kind] as { shape: SchemaObject; binding: SchemaObject };
  const types = PROPERTY_TYPES[kind];
  const parts: SchemaObject = {};
  for (const layer of [shape, binding]) {
    for (const [keyword, value] of Object.entries(layer)) {
      if (keyword === "type") continue;
      if (keyword === "properties" && isObject(value)) {
        const known = (parts.properties ?? {}) as SchemaObject;
        const said = Object.entries(value).map(([name, schema]) => {
          const type = (types as Readonly<Record<string, PropertyType | undefined>>)[name];
          return [name, merged(known[name], propertyOf(name, type, schema))] as const;
        });
        parts.properties = { ...known, ...Object.fromEntries(said) };
      } else if (keyword === "required" && isList(value)) {
        parts.required = [...((parts.required ?? []) as readonly JsonValue[]), ...value];
      } else parts[keyword] = value;
    }
  }
  return parts;
}

function merged(known: JsonValue | undefined, added: JsonValue): JsonValue {
  if (isObject(known) && isObject(added)) {
    const { minItems, ...both } = { ...known, ...added };
    // One alone is said by `maxItems: 1`.
    return both.maxItems === 1 || minItems === undefined ? both : { minItems, ...both };
  }
  return known === undefined || known === true ? added : known;
}

const REFS: Readonly<Record<PropertyType, SchemaObject>> = {
  u32: { $ref: `${TYPES}uint32` },
  phandle: { $ref: `${TYPES}phandle` },
  flag: { type: "boolean" },
  string: { $ref: `${TYPES}string` },
  strings: { $ref: `${TYPES}string-array` },
  length: { $ref: `${TYPES}uint32-array`, minItems: 1, maxItems: 2 },
  "ranges-of-parent": { $ref: `${TYPES}uint32-matrix` },
  translation: {},
};

/** `compatible`, `reg` and `status` have their types in every binding already. */
const TYPED = ["compatible", "reg", "status"];

function propertyOf(name: string, type: PropertyType | undefined, schema: JsonValue): JsonValue {
  if (!isObject(schema)) return schema;
  const ref = type === undefined || TYPED.includes(name) ? {} : REFS[type];
  const said: SchemaObject = { ...ref };
  for (const keyword of ["enum", "pattern"]) if (schema[keyword] !== undefined) said[keyword] = schema[keyword];
  if (typeof schema.const === "string") said.const = schema.const;
  // A list of one text.
  if (isObject(schema.items) && schema.items.const !== undefined) said.const = schema.items.const;
  else if (name === "reg")
    Object.assign(said, schema.maxItems === 1 ? { maxItems: 1 } : { minItems: 1, maxItems: MANY });
  return Object.keys(said).length === 0 ? true : said;
}

const reservedMemory = partsOf("reservedMemory");

/** A file of one is to be called `carveout-NAME.yaml`, as its `$id` ends. */
const BINDINGS: readonly OwnBinding[] = [
  binding("root", "The root node, as far as addresses go", "root", byName("^/$")),
  binding("memory", "Memory", "memory", byName("^memory(@.*)?$")),
  {
    name: "reserved-memory",
    title: "/reserved-memory and what is reserved in it, tag storage left out",
    schema: {
      ...headOf("reserved-memory", "/reserved-memory and its children"),
      select: byName("^reserved-memory$"),
      ...reservedMemory,
      // Properties that are not named above are not its business.
      additionalProperties: {
        if: { type: "object", not: { ...TAG_STORAGE, required: ["compatible"] } },
        // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword
        then: { ...partsOf("reservedRange"), additionalProperties: true },
      },
    },
  },
  binding(
    "rfc-v1",
    "Tag storage as rfc-v1 reads it",
    "rootTagStorage",
    selectTagStorage({ $nodename: { pattern: "metadata" } }),
  ),
  binding(
    "rfc-v2",
    "Tag storage as rfc-v2 reads it",
    "rootTagStorage",
    selectTagStorage({ $nodename: { pattern: "tag-storage" } }),
  ),
  binding("rfc-v3", "Tag storage as rfc-v3 reads it", "reservedTagStorage", selectTagStorage()),
];

/** Bindings that say what `check` asks of the nodes that it knows, by name. */
export const ownBindings: readonly OwnBinding[] = BINDINGS;
