import { stringify } from "yaml";

/** A binding as a file of its own. The YAML library is larger than all the rest: this file is loaded late. */
export function bindingYaml(schema: object): string {
  return `%YAML 1.2\n---\n${stringify(schema, { aliasDuplicateObjects: false, lineWidth: 100 })}...\n`;
}
