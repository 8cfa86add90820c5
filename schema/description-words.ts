/** What Ajv has against a machine description, in words about its fields. */
import type { Diagnostic } from "../dts/diagnostic.ts";
import { nearest } from "../dts/nearest.ts";
import type { Span } from "../dts/source.ts";
import {
  entryOf,
  nodeAtPointer,
  pointerSteps,
  textOf,
  valueAt,
  type YamlDocument,
  type YamlNode,
} from "../dts/yaml/document.ts";
import { excerpt } from "../dts/yaml/excerpt.ts";
import type { ValidationError } from "./generated/validators.js";

const SIZE = "a number of bytes: 0x40000000, or 1G with k, M, G or T";

/** What each field takes, as it goes on from "it takes". */
const TAKES: Readonly<Record<string, string>> = {
  machine: "a text, such as Arm FVP Base",
  compatible: "a text or a list of texts, such as arm,fvp-base",
  memory: "a list of banks, each with name, base and size",
  "tag-storage": "a list of ranges, each with base, size, block-size and memory",
  "reserved-memory": "a list of ranges, each with name, base and size",
  name: "a text of letters, digits and , . _ + -, a letter first, 31 characters at the most",
  base: "a physical address: 0x80000000, or 2G with k, M, G or T",
  size: SIZE,
  "block-size": SIZE,
  "numa-node": "a number from 0 to 4294967295",
  "no-map": "true or false",
};

const ENTRY_FIELDS: Readonly<Record<string, readonly string[]>> = {
  memory: ["name", "base", "size", "numa-node"],
  "tag-storage": ["name", "base", "size", "block-size", "memory"],
  "reserved-memory": ["name", "base", "size", "no-map"],
};

const TOP_FIELDS = ["machine", "compatible", "memory", "tag-storage", "reserved-memory"];

/** The finding for one of Ajv's errors; null for one that follows from another. */
export function descriptionDiagnostic(error: ValidationError, document: YamlDocument): Diagnostic | null {
  const steps = pointerSteps(error.instancePath);
  const node = nodeAtPointer(document, error.instancePath) ?? document.root;
  switch (error.keyword) {
    case "required":
      return missingField(error.params.missingProperty!, steps, node, document);
    case "additionalProperties":
      return unknownField(error.params.additionalProperty!, steps, node, document);
    case "type":
      return finding(
        "description-type",
        typeMessage(steps, node, document),
        writtenSpan(error.instancePath, node, document),
      );
    case "pattern":
      return badText(steps, node, document);
    case "minItems":
      return finding(
        "description-value",
        `${fieldText(steps, document)} is empty; it takes ${takes(steps)}`,
        node.span,
      );
    default:
      return finding("description-value", limitMessage(error, steps, node, document), node.span);
  }
}

/** An entry as messages name it: `memory dram0`, `tag-storage entry 2` where it has no name. */
export function entryText(section: string, index: number, entry: YamlNode | null): string {
  const name = entry === null ? null : textOf(valueAt(entry, "name"));
  return name === null || name === "" ? `${section} entry ${index + 1}` : `${section} ${excerpt(name)}`;
}

/** Where to point for something that an entry lacks: its name, or else where it begins. */
function entrySpan(entry: YamlNode): Span {
  const name = valueAt(entry, "name");
  if (name !== null) return name.span;
  if (entry.kind !== "map") return entry.span;
  const [first] = entry.entries.values();
  return first?.keySpan ?? entry.span;
}

function missingField(field: string, steps: string[], node: YamlNode, document: YamlDocument): Diagnostic | null {
  const allowed = fieldsAt(steps);
  const unknown = node.kind === "map" ? [...node.entries.keys()].filter((key) => !allowed.includes(key)) : [];
  // Misspelt rather than missing: the unknown field is reported, with this one as what was meant.
  if (unknown.some((key) => nearest(key, missingOf(node, allowed)) === field)) return null;
  const where = steps.length === 0 ? "the description" : fieldText(steps, document);
  const step =
    field === "memory" && steps[0] === "tag-storage" ? "the name of the bank whose tags it holds" : TAKES[field];
  return finding("description-missing-field", `${where} has no ${field}`, entrySpan(node), `add ${field}: ${step}`);
}

function unknownField(field: string, steps: string[], node: YamlNode, document: YamlDocument): Diagnostic {
  const where = steps.length === 0 ? "the description" : fieldText(steps, document);
  const allowed = fieldsAt(steps);
  const meant = nearest(field, missingOf(node, allowed)) ?? nearest(field, allowed);
  const list = `it takes ${allowed.join(", ")}`;
  return finding(
    "description-unknown-field",
    `${where} has a field "${excerpt(field)}", which means nothing here`,
    entryOf(node, field)?.keySpan ?? node.span,
    meant === null ? list : `did you mean ${meant}? ${list}`,
  );
}

/** The fields that are not there: what a misspelt field was most likely meant to be. */
function missingOf(node: YamlNode, allowed: readonly string[]): string[] {
  return allowed.filter((field) => entryOf(node, field) === null);
}

function typeMessage(steps: string[], node: YamlNode, document: YamlDocument): string {
  const [section] = steps;
  if (section === undefined) {
    const isEmpty = node.kind === "scalar" && node.value === null;
    const what = isEmpty ? "is empty" : `is ${valueText(node)}`;
    return `the description ${what}; it takes the fields ${TOP_FIELDS.join(", ")}`;
  }
  const isBlank = node.kind === "scalar" && node.value === null;
  const has = isBlank ? "has no value" : `is ${valueText(node)}`;
  return `${fieldText(steps, document)} ${has}; it takes ${takes(steps)}`;
}

/** Where a value stands; for `base:` and then nothing, where its field does. */
function writtenSpan(pointer: string, node: YamlNode, document: YamlDocument): Span {
  if (node.span.end > node.span.start) return node.span;
  const parent = nodeAtPointer(document, pointer.slice(0, Math.max(0, pointer.lastIndexOf("/"))));
  return (parent === null ? null : entryOf(parent, pointerSteps(pointer).at(-1) ?? "")?.keySpan) ?? node.span;
}

function badText(steps: string[], node: YamlNode, document: YamlDocument): Diagnostic {
  const field = steps.at(-1)!;
  const rule =
    field === "base" || field === "size" || field === "block-size" ? "description-type" : "description-value";
  const decimal = /^[0-9.]+ *[kKmMgGtT](i?[bB])?$/.test(textOf(node) ?? "");
  const hint = rule === "description-type" && decimal ? "write 64M or 64MiB for 64 * 1024 * 1024 bytes" : undefined;
  return finding(
    rule,
    `${fieldText(steps, document)} is ${valueText(node)}; it takes ${takes(steps)}`,
    node.span,
    hint,
  );
}

function limitMessage(error: ValidationError, steps: string[], node: YamlNode, document: YamlDocument): string {
  const subject = `${fieldText(steps, document)} is ${valueText(node)}`;
  if (error.keyword === "minimum") return `${subject}; it takes ${minimumOf(steps.at(-1)!)} or more`;
  const bits = steps.at(-1) === "block-size" || steps.at(-1) === "numa-node" ? 32 : 64;
  return `${subject}, which does not fit in ${bits} bits`;
}

function minimumOf(field: string): number {
  return field === "base" || field === "numa-node" ? 0 : 1;
}

/** The field or entry that a pointer leads to: `base of memory dram0`, `memory dram0`, `machine`. */
function fieldText(steps: readonly string[], document: YamlDocument): string {
  const [section, index, field] = steps;
  if (section === undefined) return "the description";
  if (index === undefined || section === "compatible") return section;
  const entry = nodeAtPointer(document, `/${section}/${index}`);
  const text = entryText(section, Number(index), entry);
  return field === undefined ? text : `${field} of ${text}`;
}

function takes(steps: readonly string[]): string {
  const [section, index, field] = steps;
  if (field === "memory") return "the name of a bank";
  if (field !== undefined) return TAKES[field] ?? "another value";
  if (index !== undefined && section !== "compatible") return `the fields ${fieldsAt(steps).join(", ")}`;
  return TAKES[section ?? ""] ?? "another value";
}

function fieldsAt(steps: readonly string[]): readonly string[] {
  return steps.length === 0 ? TOP_FIELDS : (ENTRY_FIELDS[steps[0]!] ?? []);
}

function valueText(node: YamlNode): string {
  if (node.kind === "map") return "a mapping";
  if (node.kind === "sequence") return "a list";
  const value = node.value;
  if (value === null) return "nothing";
  return typeof value === "string" ? `the text "${excerpt(value)}"` : excerpt(String(value));
}

function finding(rule: string, message: string, span: Span, hint?: string): Diagnostic {
  return { rule, severity: "error", message, ...(hint === undefined ? {} : { hint }), node: null, span };
}
