/**
 * The schemas that bindings refer to: the types of properties (dt-schema's types.yaml) and what every child of
 * /reserved-memory has. A value is as decode-tree.ts gives it: cells as rows of numbers, texts as a list, a flag as true.
 */
import type { JsonValue, SchemaObject } from "./json.ts";

export const TYPES_ID = "http://devicetree.org/schemas/types.yaml#";
export const RESERVED_MEMORY_ID = "http://devicetree.org/schemas/reserved-memory/reserved-memory.yaml#";

const one = { minItems: 1, maxItems: 1 };

/** One row of cells, any number of rows, one cell. */
function cellTypes(name: string, bits: number, cell: SchemaObject): [string, SchemaObject][] {
  // A number of 64 bits may be written as two cells.
  const isPair = bits === 64 && name.startsWith("u");
  const rows = (inner: SchemaObject, outer: SchemaObject): SchemaObject => ({
    type: "array",
    ...outer,
    items: { type: "array", items: cell, ...inner },
  });
  return [
    [name, isPair ? { anyOf: [rows(one, one), rows({ minItems: 2, maxItems: 2 }, one)] } : rows(one, one)],
    // 32-bit cells are written in one list or in a list each
    [`${name}-array`, bits === 32 ? { anyOf: [rows({}, one), rows(one, {})] } : rows({}, one)],
    [`${name}-matrix`, rows({}, { minItems: 1 })],
  ];
}

const SIZES = [8, 16, 32, 64];

const unsigned = SIZES.flatMap((bits) =>
  cellTypes(`uint${bits}`, bits, { type: "integer", minimum: 0, exclusiveMaximum: 2 ** bits }),
);
const signed = SIZES.flatMap((bits) =>
  cellTypes(`int${bits}`, bits, { type: "integer", minimum: -(2 ** (bits - 1)), exclusiveMaximum: 2 ** bits }),
);

const texts: JsonValue = { type: "array", items: { type: "string" }, minItems: 1 };
const cell = { type: "integer", minimum: 0, maximum: 0xffffffff };

const types: SchemaObject = {
  flag: { const: true },
  "non-unique-string-array": texts,
  "string-array": { ...texts, uniqueItems: true },
  string: { ...texts, maxItems: 1 },
  cell,
  ...Object.fromEntries([...unsigned, ...signed]),
  phandle: { type: "array", items: { type: "array", items: cell, ...one }, ...one },
  "phandle-array": { type: "array", minItems: 1, items: { type: "array", minItems: 1, items: cell } },
};

/** By `$id`. They select no node: bindings refer to them. Written as bindings are, but for the types. */
export const CORE_SCHEMAS: Readonly<Record<string, SchemaObject>> = {
  [TYPES_ID]: { $id: TYPES_ID, definitions: types },
  [RESERVED_MEMORY_ID]: {
    $id: RESERVED_MEMORY_ID,
    title: "Children of /reserved-memory",
    select: false,
    properties: {
      reg: true,
      size: { $ref: "/schemas/types.yaml#/definitions/uint32-array", minItems: 1, maxItems: 2 },
      alignment: { $ref: "/schemas/types.yaml#/definitions/uint32-array", minItems: 1, maxItems: 2 },
      "alloc-ranges": { $ref: "/schemas/types.yaml#/definitions/uint32-array" },
      "iommu-addresses": { $ref: "/schemas/types.yaml#/definitions/phandle-array" },
      "no-map": { type: "boolean" },
      reusable: { type: "boolean" },
    },
    allOf: [{ not: { required: ["no-map", "reusable"] } }],
    oneOf: [{ required: ["reg"] }, { required: ["size"] }],
    additionalProperties: true,
  },
};

/** The schemas whose properties are written for values as they are decoded, not as bindings write them. */
export function isLifted(id: string): boolean {
  return id === TYPES_ID;
}
