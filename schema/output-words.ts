/** What the JSON Schemas of outputs are written with. */
import type { JsonSchema } from "./node-schemas.ts";

export const count = (description: string): JsonSchema => ({ description, type: "integer", minimum: 0 });
export const text = (description: string): JsonSchema => ({ description, type: "string" });
export const flag = (description: string): JsonSchema => ({ description, type: "boolean" });
export const number = (description: string): JsonSchema => ({ description, type: "number", minimum: 0 });
export const orNull = ({ description, ...schema }: JsonSchema): JsonSchema =>
  schema.type === undefined
    ? { description, anyOf: [schema, { type: "null" }] }
    : { description, ...schema, type: [schema.type, "null"] };

/** An object with these fields and no others; those whose names end in `?` may be missing. */
export function object(
  description: string,
  fields: Readonly<Record<string, JsonSchema>>,
): JsonSchema & { readonly required: readonly string[] } {
  const entries = Object.entries(fields);
  return {
    description,
    type: "object",
    properties: Object.fromEntries(entries.map(([name, schema]) => [name.replace("?", ""), schema])),
    required: entries.flatMap(([name]) => (name.endsWith("?") ? [] : [name])),
    additionalProperties: false,
  };
}

export function list(description: string, items: JsonSchema): JsonSchema {
  return { description, type: "array", items };
}
