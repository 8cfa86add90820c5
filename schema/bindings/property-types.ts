/** The type of each property that bindings speak of, as dt-schema gathers them: by the property's name, from all of them. */
import { isList, isObject, type JsonValue, type SchemaObject } from "./json.ts";
import { matrixRange } from "./lift.ts";
import { isUnitProperty, typeByName } from "./property-names.ts";

export interface PropertyTypes {
  /** Names of definitions of types.yaml; none where nothing is known. */
  typesOf(name: string): readonly string[];
  /** Rows and columns that the bindings give a matrix; null where they give none. */
  dimensionsOf(name: string): Dimensions | null;
}

/** Least and most of each. 0: not said. */
export interface Dimensions {
  readonly rows: readonly [number, number];
  readonly cells: readonly [number, number];
}

const TYPE = /(flag|u?int(8|16|32|64)(-(array|matrix))?|(non-unique-)?string(-array)?|phandle(-array)?)$/;

interface Gathered {
  readonly types: Set<string>;
  dimensions: Dimensions | null;
}

/** Gathers them from bindings as they are written. */
export function gatherTypes(bindings: Iterable<SchemaObject>): PropertyTypes {
  const byName = new Map<string, Gathered>();
  const byPattern = new Map<string, Gathered>();
  for (const binding of bindings) gatherNode(binding, binding, { byName, byPattern }, 0);
  const patterns = [...byPattern].flatMap(([pattern, gathered]) => {
    // A pattern that leaves the name open, as that of aliases does, says nothing of one property.
    if (gathered.types.size === 0 || !/[0-9a-zA-Z-]{3}/.test(pattern.replace(/\[[^\]]*\]/g, "."))) return [];
    return [{ matches: new RegExp(pattern), gathered }];
  });
  const found = new Map<string, Gathered | null>();
  const find = (name: string): Gathered | null => {
    const before = found.get(name);
    if (before !== undefined) return before;
    const known = byName.get(name);
    const fitting = patterns.filter(({ matches }) => matches.test(name)).map(({ gathered }) => gathered);
    const types = new Set(fitting.flatMap((gathered) => [...gathered.types]));
    const dimensions = fitting.find((gathered) => gathered.dimensions !== null)?.dimensions ?? null;
    const ofPatterns = types.size === 0 ? null : { types, dimensions };
    const result = known !== undefined && known.types.size > 0 ? known : ofPatterns;
    found.set(name, result);
    return result;
  };
  return {
    typesOf(name) {
      const types = find(name)?.types;
      if (types !== undefined) return [...types];
      const named = typeByName(name);
      return named === null ? [] : [named];
    },
    dimensionsOf: (name) => find(name)?.dimensions ?? null,
  };
}

interface Tables {
  readonly byName: Map<string, Gathered>;
  readonly byPattern: Map<string, Gathered>;
}

const MOST_DEEP = 64;

function gatherNode(schema: JsonValue, binding: SchemaObject, tables: Tables, depth: number): void {
  if (!isObject(schema) || depth > MOST_DEEP) return;
  for (const keyword of ["additionalProperties", "unevaluatedProperties", "then", "else"]) {
    if (schema[keyword] !== undefined) gatherNode(schema[keyword], binding, tables, depth + 1);
  }
  for (const keyword of ["allOf", "anyOf", "oneOf"]) {
    const parts = schema[keyword];
    if (isList(parts)) for (const part of parts) gatherNode(part, binding, tables, depth + 1);
  }
  for (const [keyword, table] of [
    ["properties", tables.byName],
    ["patternProperties", tables.byPattern],
  ] as const) {
    const properties = schema[keyword];
    if (!isObject(properties)) continue;
    for (const [name, said] of Object.entries(properties)) {
      if (name.startsWith("$") || !isObject(said)) continue;
      const gathered = table.get(name) ?? { types: new Set<string>(), dimensions: null };
      table.set(name, gathered);
      gatherProperty(said, name, binding, gathered, 0);
      gatherNode(said, binding, tables, depth + 1);
    }
  }
}

function gatherProperty(
  schema: JsonValue,
  name: string,
  binding: SchemaObject,
  gathered: Gathered,
  depth: number,
): void {
  if (!isObject(schema) || depth > MOST_DEEP) return;
  for (const keyword of ["allOf", "anyOf", "oneOf"]) {
    const parts = schema[keyword];
    if (isList(parts)) for (const part of parts) gatherProperty(part, name, binding, gathered, depth + 1);
  }
  const { $ref } = schema;
  if (typeof $ref === "string" && $ref.startsWith("#/")) {
    gatherProperty(at(binding, $ref.slice(2).split("/")), name, binding, gathered, depth + 1);
  }
  const type = typeIn(schema, name);
  if (type === null) return;
  gathered.types.add(type);
  if (type === "phandle-array" || type.endsWith("-matrix")) gathered.dimensions ??= matrixRange(schema);
}

function at(value: JsonValue, steps: readonly string[]): JsonValue {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  return isObject(value) && value[step] !== undefined ? at(value[step], rest) : null;
}

function typeIn(schema: SchemaObject, name: string): string | null {
  if (typeof schema.$ref === "string") return TYPE.exec(schema.$ref)?.[0] ?? null;
  if (schema.type === "boolean") return "flag";
  const { items } = schema;
  const item = isList(items) ? items[0] : items;
  if (isObject(item) && ["const", "enum", "pattern"].some((keyword) => isTextual(item[keyword]))) return "string-array";
  // Rows of quantities: the binding says how long they are.
  return items !== undefined && isUnitProperty(name) ? "uint32-matrix" : null;
}

function isTextual(value: JsonValue | undefined): boolean {
  return typeof (isList(value) ? value[0] : value) === "string";
}
