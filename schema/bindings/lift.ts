/**
 * Bindings are written for people: `reg: { maxItems: 1 }`, `block-size: { enum: [4096, 65536] }`. A value is a list of
 * rows of cells, or a list of texts. This rewrites what a binding says of a property so that it is about that value, by
 * the rules of dt-schema 2022.08 (its `fixup_schema`), and adds the properties that any node may have.
 */
import { isList, isObject, type JsonValue, mapValues, objectOf, type SchemaObject } from "./json.ts";
import { isUnitProperty } from "./property-names.ts";

/** Keywords about one text or one number. */
const SINGLE = [
  "const",
  "enum",
  "pattern",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "format",
];
const SIZES = ["minItems", "maxItems"];
const OF_ROW = ["items", "minItems", "maxItems", "uniqueItems"];
const ALTERNATIVES = ["allOf", "anyOf", "oneOf"];
/** Keywords whose values are schemas by the name of a property. */
const BY_PROPERTY = ["properties", "patternProperties", "$defs", "definitions"];
/** Keywords whose value is a schema of the same node. */
const OF_NODE = ["select", "if", "then", "else", "additionalProperties", "unevaluatedProperties", "not"];
const DROPPED = ["description", "title", "examples", "maintainers", "default", "deprecated", "historical", "$schema"];

/** A binding, or the schema of a node in one, rewritten. */
export function liftNode(schema: JsonValue, mayAdd = true): JsonValue {
  if (!isObject(schema)) return schema;
  let lifted = split(without(schema, DROPPED));
  lifted = withInterrupts(lifted);
  if (mayAdd) lifted = withCommonProperties(lifted);
  if (lifted.additionalProperties === true) lifted = without(lifted, ["additionalProperties"]);
  lifted = withConditionApart(lifted);
  return mapValues(lifted, (value, keyword) => {
    if (OF_NODE.includes(keyword)) return liftNode(value, false);
    if (ALTERNATIVES.includes(keyword) && isList(value)) return value.map((part) => liftNode(part));
    if (keyword === "dependentSchemas" && isObject(value)) return mapValues(value, (dependent) => liftNode(dependent));
    if (BY_PROPERTY.includes(keyword) && isObject(value)) {
      return mapValues(value, (property, name) => liftNode(liftProperty(name, property)));
    }
    return value;
  });
}

/** What is said of a property; where it is a node, that is left as it is, for {@link liftNode}. */
function liftProperty(name: string, schema: JsonValue): JsonValue {
  if (!isObject(schema)) return schema;
  let lifted = without(schema, DROPPED);
  for (const keyword of [...ALTERNATIVES, "if", "then", "else", "not"]) {
    const value = lifted[keyword];
    if (isList(value)) lifted = { ...lifted, [keyword]: value.map((part) => liftProperty(name, part)) };
    else if (isObject(value)) lifted = { ...lifted, [keyword]: liftProperty(name, value) };
  }
  for (const step of STEPS) lifted = step(name, lifted);
  // An empty reg, which is a flag to look at, is no list that could be too long.
  return withSizes(name === "reg" ? { type: "array", ...lifted } : lifted);
}

type Step = (name: string, schema: SchemaObject) => SchemaObject;

const STEPS: readonly Step[] = [regCells, emptyItems, variableRows, arraySizes, arrayItems, singleText, singleCell];

/** `reg: { items: [{ const: 1 }] }`, or `reg: { const: 1 }`, is about the one cell of the one row. */
function regCells(name: string, schema: SchemaObject): SchemaObject {
  if (name !== "reg") return schema;
  const item = isList(schema.items) ? schema.items[0] : schema.items;
  if (item === undefined) return isNumber(schema) ? singleCell(name, schema) : schema;
  if (!isObject(item) || !isNumber(item)) return schema;
  return { ...schema, items: [{ items: [item] }] };
}

/** `items: [{ description: … }, { description: … }]` says how many there are. */
function emptyItems(_name: string, schema: SchemaObject): SchemaObject {
  const { items } = schema;
  if (isObject(items)) return { ...schema, items: emptyItems("", items) };
  if (!isList(items)) return schema;
  const kept = items.map((item) => (isObject(item) ? emptyItems("", without(item, DROPPED)) : item));
  if (kept.some((item) => !isObject(item) || Object.keys(item).length > 0)) return { ...schema, items: kept };
  return { type: "array", minItems: items.length, maxItems: items.length, ...without(schema, ["items"]) };
}

/** Rows of a length that varies, and a number of them that varies: a blob does not tell where rows end. */
function variableRows(name: string, schema: SchemaObject): SchemaObject {
  if (!isMatrix(schema) || ROWS_ARE_KNOWN.includes(name)) return schema;
  const [outerLeast, outerMost] = range(schema);
  const [innerLeast, innerMost] = range(schema.items ?? {});
  if (outerLeast === outerMost || innerLeast === innerMost) return schema;
  return { ...without(schema, ["items", ...SIZES]), type: "array" };
}

/** Properties whose rows are told by cells that other nodes give, whatever the binding says. */
const ROWS_ARE_KNOWN = ["reg", "ranges", "dma-ranges", "interrupts"];

/** `maxItems: 4` of an array of cells: in one row, or in a row each. */
function arraySizes(name: string, schema: SchemaObject): SchemaObject {
  if (!isCellArray(name, schema) || isMatrix(schema) || isList(schema.items) || schema.maxItems === 1) return schema;
  if (isList(schema.allOf)) {
    const at = schema.allOf.findIndex((part) => isObject(part) && SIZES.some((size) => size in part));
    if (at >= 0) {
      const allOf = schema.allOf.map((part, i) => (i === at ? rowOrRows(part as SchemaObject) : part));
      return { ...schema, allOf };
    }
  }
  return rowOrRows(schema);
}

function rowOrRows(schema: SchemaObject): SchemaObject {
  const sizes = pick(schema, SIZES);
  if (Object.keys(sizes).length === 0) return schema;
  const row = withSizes(sizes);
  const one = { minItems: 1, maxItems: 1 };
  return {
    ...without(schema, SIZES),
    anyOf: [
      { type: "array", ...one, items: { type: "array", ...row } },
      { type: "array", ...row, items: { type: "array", ...one } },
    ],
  };
}

/** `items: { maximum: 7 }` of an array of cells is about the cells of each row; a list of items, about one row's. */
function arrayItems(name: string, schema: SchemaObject): SchemaObject {
  if (!isCellArray(name, schema)) return schema;
  if (!("items" in schema) && isList(schema.allOf)) {
    const at = schema.allOf.findIndex((part) => isObject(part) && "items" in part);
    if (at < 0) return schema;
    return { ...schema, allOf: schema.allOf.map((part, i) => (i === at ? aboutRows(part as SchemaObject) : part)) };
  }
  return aboutRows(schema);
}

function aboutRows(schema: SchemaObject): SchemaObject {
  if (!("items" in schema) || isMatrix(schema)) return schema;
  const row = pick(schema, OF_ROW);
  return { ...without(schema, OF_ROW), items: isList(schema.items) ? [row] : row };
}

function singleText(_name: string, schema: SchemaObject): SchemaObject {
  if (!isText(schema)) return schema;
  return { ...without(schema, SINGLE), items: [pick(schema, SINGLE)] };
}

function singleCell(_name: string, schema: SchemaObject): SchemaObject {
  if (!isNumber(schema)) return schema;
  return { ...without(schema, SINGLE), items: [{ items: [pick(schema, SINGLE)] }] };
}

/** A list of items is of that length; one of `minItems` and `maxItems` alone stands for both. */
function withSizes(schema: SchemaObject): SchemaObject {
  const { items } = schema;
  if (isList(items)) {
    const sized = items.map((item) => (isObject(item) ? withSizes(item) : item));
    return { minItems: items.length, maxItems: items.length, ...schema, type: "array", items: sized };
  }
  if (isObject(items)) return { ...schema, type: "array", items: withSizes(items) };
  if ("maxItems" in schema && !("minItems" in schema)) return { ...schema, minItems: schema.maxItems! };
  if ("minItems" in schema && !("maxItems" in schema)) return { ...schema, maxItems: schema.minItems! };
  return schema;
}

function isText(schema: SchemaObject): boolean {
  return ["const", "enum", "pattern"].some((keyword) => typeof first(schema[keyword]) === "string");
}

function isNumber(schema: SchemaObject): boolean {
  return ["const", "enum", "minimum", "maximum"].some((keyword) => typeof first(schema[keyword]) === "number");
}

function first(value: JsonValue | undefined): JsonValue | undefined {
  return isList(value) ? value[0] : value;
}

function isMatrix({ items }: SchemaObject): boolean {
  const parts = isList(items) ? items : [items];
  return parts.some((part) => isObject(part) && ["items", ...SIZES].some((keyword) => keyword in part));
}

const CELL_ARRAY = /int(8|16|32|64)-array/;

function isCellArray(name: string, schema: SchemaObject): boolean {
  let said = schema;
  if (isList(schema.allOf)) {
    for (const part of schema.allOf) {
      if (!isObject(part)) continue;
      if ("items" in part) said = part;
      else if (typeof part.$ref === "string") return CELL_ARRAY.test(part.$ref);
    }
  }
  if (typeof said.$ref === "string") return CELL_ARRAY.test(said.$ref);
  if (isUnitProperty(name)) return true;
  const item = first(said.items);
  return isObject(item) && isNumber(item);
}

/** Least and most items that a schema speaks of; 0 where it does not say. */
function range(schema: JsonValue): [number, number] {
  const said = isList(schema) ? (schema.length === 1 ? schema[0]! : null) : schema;
  if (!isObject(said)) return [0, 0];
  const number = (value: JsonValue | undefined, other: number) => (typeof value === "number" ? value : other);
  if (isList(said.items)) return [number(said.minItems, said.items.length), said.items.length];
  return [number(said.minItems, 1), number(said.maxItems, number(said.minItems, 0))];
}

/** Rows and columns that a binding gives a matrix; null where it gives none. */
export function matrixRange(schema: SchemaObject): {
  readonly rows: [number, number];
  readonly cells: [number, number];
} {
  return { rows: range(schema), cells: range(schema.items ?? {}) };
}

/** Who has `interrupts` may have `interrupts-extended` in its place, and an `interrupt-parent`. */
function withInterrupts(schema: SchemaObject): SchemaObject {
  const { properties, required } = schema;
  if (!isObject(properties)) return schema;
  let lifted: SchemaObject = schema;
  const added: SchemaObject = {};
  if (("interrupts" in properties || "interrupt-controller" in properties) && !("interrupt-parent" in properties)) {
    added["interrupt-parent"] = true;
  }
  if ("interrupts" in properties && !("interrupts-extended" in properties)) {
    added["interrupts-extended"] = properties.interrupts!;
    if (isList(required) && required.includes("interrupts")) {
      const either = { oneOf: [{ required: ["interrupts"] }, { required: ["interrupts-extended"] }] };
      const allOf = isList(schema.allOf) ? schema.allOf : [];
      lifted = { ...schema, required: required.filter((name) => name !== "interrupts"), allOf: [...allOf, either] };
    }
  }
  return { ...lifted, properties: objectOf([...Object.entries(properties), ...Object.entries(added)]) };
}

const IN_ANY_NODE = ["phandle", "status", "secure-status", "$nodename"];
const WITH_CLOCKS = ["assigned-clocks", "assigned-clock-rates", "assigned-clock-parents"];

/** What may stand in every node, so that a binding that allows nothing else need not name it. */
function withCommonProperties(schema: SchemaObject): SchemaObject {
  const speaks = ["properties", "patternProperties", "unevaluatedProperties"].some((keyword) => keyword in schema);
  if (!speaks || schema.additionalProperties === true || schema.unevaluatedProperties === true) return schema;
  const properties = isObject(schema.properties) ? schema.properties : {};
  const patterns = isObject(schema.patternProperties) ? schema.patternProperties : {};
  const names = [...Object.keys(properties), ...Object.keys(patterns)];
  const common = [...IN_ANY_NODE];
  const hasPins = names.some((name) => /^pinctrl-[0-9]/.test(name));
  if (!hasPins) common.push("pinctrl-names");
  if (names.includes("clocks") && !names.includes("assigned-clocks")) common.push(...WITH_CLOCKS);
  const missing = common.filter((name) => !Object.hasOwn(properties, name)).map((name) => [name, true] as const);
  const lifted = { ...schema, properties: objectOf([...Object.entries(properties), ...missing]) };
  if (hasPins) return lifted;
  return {
    ...lifted,
    patternProperties: objectOf([...Object.entries(patterns), ["^pinctrl-[0-9]+$", true] as const]),
  };
}

/**
 * `if` in an `allOf` of its own: beside other keywords, and where it does not hold, Ajv 8 forgets which properties the
 * others have evaluated, and `unevaluatedProperties` finds them all.
 */
function withConditionApart(schema: SchemaObject): SchemaObject {
  const condition = pick(schema, ["if", "then", "else"]);
  const rest = without(schema, ["if", "then", "else"]);
  if (!("if" in condition) || Object.keys(rest).length === 0) return schema;
  return { ...rest, allOf: [...(isList(rest.allOf) ? rest.allOf : []), condition] };
}

/** `dependencies` of draft-07 as the two keywords that it became. */
function split(schema: SchemaObject): SchemaObject {
  const { dependencies } = schema;
  if (!isObject(dependencies)) return schema;
  const entries = Object.entries(dependencies);
  const lists = entries.filter(([, value]) => isList(value));
  const schemas = entries.filter(([, value]) => !isList(value));
  const known = (keyword: string) => (isObject(schema[keyword]) ? Object.entries(schema[keyword]) : []);
  return {
    ...without(schema, ["dependencies"]),
    dependentRequired: objectOf([...known("dependentRequired"), ...lists]),
    dependentSchemas: objectOf([...known("dependentSchemas"), ...schemas]),
  };
}

function pick(schema: SchemaObject, keywords: readonly string[]): SchemaObject {
  return objectOf(Object.entries(schema).filter(([keyword]) => keywords.includes(keyword)));
}

function without(schema: SchemaObject, keywords: readonly string[]): SchemaObject {
  return objectOf(Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword)));
}
