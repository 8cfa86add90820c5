/** Holds what the program prints against the schemas that it prints. */
import { Ajv } from "ajv";
import { outputSchemas } from "../../schema/report-schema.ts";

const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, strictTypes: false });
const validators = Object.fromEntries(
  Object.entries(outputSchemas).map(([name, schema]) => [name, ajv.compile(schema)]),
);

/** What an output has that its schema does not allow, or lacks. */
export function mistakes(name: string, out: string): unknown[] {
  const parsed: unknown = JSON.parse(out);
  const validate = validators[name]!;
  return (Array.isArray(parsed) ? parsed : [parsed]).flatMap((object) => (validate(object) ? [] : validate.errors));
}
