/** All JSON Schemas by the name of the validator that scripts/compile-schemas.js makes of each. */
import { descriptionSchema } from "./description-schema.ts";
import { type JsonSchema, nodeSchemas } from "./node-schemas.ts";

export const schemas: Readonly<Record<string, JsonSchema>> = {
  description: descriptionSchema,
  ...Object.fromEntries(
    Object.entries(nodeSchemas).flatMap(([kind, { shape, binding }]) => [
      [`${kind}Shape`, shape],
      [`${kind}Binding`, binding],
    ]),
  ),
};
