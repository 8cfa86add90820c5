/** Schemas as data. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A JSON Schema, or another object that is being worked on. */
export interface SchemaObject {
  [keyword: string]: JsonValue;
}

export function isObject(value: JsonValue | undefined): value is SchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** An object of these entries. No prototype: a property may be called `constructor`, or worse. */
export function objectOf(entries: Iterable<readonly [string, JsonValue]>): SchemaObject {
  const object: SchemaObject = Object.create(null);
  for (const [key, value] of entries) object[key] = value;
  return object;
}

/** The same object with each value mapped. */
export function mapValues(object: JsonObject, map: (value: JsonValue, key: string) => JsonValue): SchemaObject {
  return objectOf(Object.entries(object).map(([key, value]) => [key, map(value, key)] as const));
}
