import type { Diagnostic } from "../dts/diagnostic.ts";
import type { YamlDocument } from "../dts/yaml/document.ts";
import { MAX_YAML_DIAGNOSTICS } from "../dts/yaml/limits.ts";
import { checkDescription } from "./description-checks.ts";
import { descriptionView } from "./description-view.ts";
import { descriptionDiagnostic } from "./description-words.ts";
import { validators } from "./generated/validators.js";

/**
 * Holds a machine description against its schema (description-schema.ts) and against what a schema cannot say.
 *
 * @returns in the order of the source, as many as are gathered of other mistakes in YAML, all of severity error: `description-missing-field`,
 *   `description-unknown-field`, `description-type`, `description-value`, `description-duplicate`,
 *   `description-unknown-memory`. With none of them the document becomes a whole device tree.
 */
export function validateDescription(document: YamlDocument): Diagnostic[] {
  const validate = validators.description;
  const errors = validate(descriptionView(document.root)) ? [] : (validate.errors ?? []);
  const diagnostics = errors.map((error) => descriptionDiagnostic(error, document)).filter((found) => found !== null);
  const all = [...diagnostics, ...checkDescription(document)].sort((a, b) => a.span.start - b.span.start);
  return all.slice(0, MAX_YAML_DIAGNOSTICS);
}
