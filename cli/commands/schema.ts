import type { Command } from "commander";
import { nearest } from "../../dts/nearest.ts";
import { ownBindings } from "../../schema/bindings/own-bindings.ts";
import { descriptionSchema } from "../../schema/description-schema.ts";
import { outputSchemas } from "../../schema/report-schema.ts";
import { Failure } from "../failure.ts";
import { writeOutputFile } from "../files.ts";
import { completedBy } from "../options.ts";
import { writeStandardOutput } from "../standard-streams.ts";

interface SchemaOptions {
  readonly output?: string;
}

const DESCRIPTION = "description";

export function addSchemaCommand(program: Command): void {
  const summary = "print the schemas of inputs and outputs";
  program
    .command("schema")
    .summary(summary)
    .description(
      `${summary}: of the YAML description as JSON Schema, for editors; of nodes as bindings in the style of dt-schema, for dt-validate and --schema; of the output as JSON Schema, for scripts`,
    )
    .argument("[name]", "without it, the names", completedBy(schemaNames, knownName))
    .option("-o, --output <file>", "write the schema to a file, whole or not at all")
    .action(async (name: string | undefined, { output }: SchemaOptions) => {
      const text = name === undefined ? listText() : await schemaText(name);
      if (output === undefined || output === "-") writeStandardOutput(text);
      else writeOutputFile(output, text);
    });
}

function schemaNames(): string[] {
  return [DESCRIPTION, ...ownBindings.map(({ name }) => name), ...Object.keys(outputSchemas)];
}

function knownName(name: string): string {
  const names = schemaNames();
  if (names.includes(name)) return name;
  const near = nearest(name, names);
  throw new Failure(
    `there is no schema ${name}; ${near === null ? `there are ${names.join(", ")}` : `did you mean ${near}?`}`,
  );
}

function listText(): string {
  const rows = [
    [DESCRIPTION, "The YAML description of a machine (JSON Schema)"],
    ...ownBindings.map(({ name, title }) => [name, title]),
    ...Object.entries(outputSchemas).map(([name, { title }]) => [name, `Output of ${title} (JSON Schema)`]),
  ];
  const width = Math.max(...rows.map(([name]) => name!.length));
  return rows.map(([name, title]) => `${name!.padEnd(width)}  ${title}\n`).join("");
}

async function schemaText(name: string): Promise<string> {
  if (name === DESCRIPTION) return `${JSON.stringify(descriptionSchema, null, 2)}\n`;
  if (Object.hasOwn(outputSchemas, name)) return `${JSON.stringify(outputSchemas[name], null, 2)}\n`;
  const { bindingYaml } = await import("../formats/binding-yaml.ts");
  return bindingYaml(ownBindings.find((binding) => binding.name === name)!.schema);
}
