/** What Ajv has against a node under a binding, in words about its properties: one finding for one mistake. */
import type { ErrorObject } from "ajv/dist/2019.js";
import type { Diagnostic } from "../../dts/diagnostic.ts";
import { nearest } from "../../dts/nearest.ts";
import type { Span } from "../../dts/source.ts";
import type { TreeNode } from "../../dts/tree.ts";
import { pointerSteps } from "../../dts/yaml/document.ts";
import { excerpt } from "../../dts/yaml/excerpt.ts";
import { nodeText } from "../node-text.ts";
import { isTooLong } from "./decode-tree.ts";

/** One thing that is wrong with a node. */
export interface Mistake {
  readonly node: TreeNode;
  /** Null where it is about the node as a whole. */
  readonly property: string | null;
  /** The error that tells it best, and, where it is about alternatives, those of the nearest of them. */
  readonly error: ErrorObject;
  readonly parts: readonly ErrorObject[];
}

/** Keywords that say only that others failed. */
const FOLLOWS = ["if", "allOf", "$ref"];
const ALTERNATIVES = ["anyOf", "oneOf"];
/** In the path of a keyword: the alternative that it belongs to. */
const ALTERNATIVE = /\/(?:anyOf|oneOf)\/\d+\//g;

interface Placed {
  readonly error: ErrorObject;
  readonly node: TreeNode;
  readonly property: string | null;
}

/** Sorts Ajv's errors into mistakes. A node that is off may lack what it is to have once it is on. */
export function mistakesIn(node: TreeNode, errors: readonly ErrorObject[], isOff: boolean): Mistake[] {
  const placed = errors.filter(({ keyword }) => !FOLLOWS.includes(keyword)).map((error) => placeIn(node, error));
  // What each of some alternatives has against a node is told once, by the whole of them.
  const either = placed.filter(({ error, property }) => property === null && ALTERNATIVES.includes(error.keyword));
  const told = placed.filter(({ error }) => {
    if (ALTERNATIVES.includes(error.keyword) || error.schemaPath.search(ALTERNATIVE) < 0) return true;
    return !either.some(({ error: whole }) => error.instancePath.startsWith(whole.instancePath));
  });
  const groups = new Map<string, Placed[]>();
  for (const one of told) {
    const key = `${one.node.path} ${one.property ?? ""}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()].flatMap((group) => mistakesOf(group, isOff));
}

function placeIn(top: TreeNode, error: ErrorObject): Placed {
  const steps = pointerSteps(error.instancePath);
  const node = nodeAt(top, steps);
  const named = steps.length > 0 ? null : nameIn(error);
  return { error, node, property: steps[0] ?? named };
}

/** The node that a pointer leads into; takes the steps to it off the list. */
function nodeAt(top: TreeNode, steps: string[]): TreeNode {
  let node = top;
  for (; steps.length > 0; steps.shift()) {
    const child = node.child(steps[0]!);
    if (child === null) break;
    node = child;
  }
  return node;
}

/** The property that an error about a node names. */
function nameIn({ params }: ErrorObject): string | null {
  return (
    params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty ?? params.propertyName ?? null
  );
}

/** Mistakes about one property, or about one node as a whole. */
function mistakesOf(group: readonly Placed[], isOff: boolean): Mistake[] {
  const { node, property } = group[0]!;
  const value = property === null ? null : node.property(property);
  if (value !== null && isTooLong(value)) return [];
  const all = group.map(({ error }) => error);
  if ((isOff || isDisabled(node)) && all.every(isLack)) return [];
  const error = all.findLast(({ keyword }) => ALTERNATIVES.includes(keyword)) ?? all[0]!;
  return [{ node, property, error, parts: nearestAlternative(all) }];
}

/** The errors of the alternative that fails least; of all that fail alike. */
function nearestAlternative(errors: readonly ErrorObject[]): ErrorObject[] {
  const alternatives = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    const which = [...error.schemaPath.matchAll(ALTERNATIVE)].at(-1);
    if (which === undefined || ALTERNATIVES.includes(error.keyword)) continue;
    const name = error.schemaPath.slice(0, which.index + which[0].length);
    alternatives.set(name, [...(alternatives.get(name) ?? []), error]);
  }
  const least = Math.min(...[...alternatives.values()].map((part) => part.length));
  return [...alternatives.values()].filter((part) => part.length === least).flat();
}

/** As dt-validate has it: other values of `status` excuse nothing. */
export function isDisabled(node: TreeNode): boolean {
  return node.property("status")?.strings().includes("disabled") ?? false;
}

/** What is missing; of a node that is off, only what it has is wrong. */
function isLack({ keyword, schema, params }: ErrorObject): boolean {
  if (keyword === "required" || keyword === "dependentRequired") return true;
  const isNone = ALTERNATIVES.includes(keyword) && !Array.isArray(params.passingSchemas);
  return isNone && Array.isArray(schema) && schema.every((part) => Array.isArray(part?.required));
}

/** The finding for a mistake. `place` is where the binding speaks of the property. */
export function bindingDiagnostic({ node, property, error, parts }: Mistake, id: string, place: Span): Diagnostic {
  const subject = property === null ? nodeText(node) : `${excerpt(property)} of ${nodeText(node)}`;
  const found = property === null ? null : node.property(property);
  const hint = hintFor(error, node, property);
  return {
    rule: "schema-user",
    severity: "error",
    message: `${messageOf(error, parts, node, property, subject)} (${shortId(id)})`,
    ...(hint === null ? {} : { hint }),
    node: node.path,
    span: found?.span ?? (property === null ? null : node.child(property)?.nameSpan) ?? node.nameSpan,
    related: [{ message: "the schema", span: place }],
  };
}

/** The last part of an `$id`, as a maintainer names a binding. */
function shortId(id: string): string {
  return excerpt(id.replace(/#$/, "").replace(/^http:\/\/devicetree\.org\/schemas\//, ""));
}

function messageOf(
  error: ErrorObject,
  parts: readonly ErrorObject[],
  node: TreeNode,
  property: string | null,
  subject: string,
): string {
  const { keyword, params, data } = error;
  const where = nodeText(node);
  switch (keyword) {
    case "required":
      return `${where} has no ${excerpt(params.missingProperty)}`;
    case "dependentRequired":
      return `${where} has ${excerpt(params.property)}, but no ${excerpt(params.missingProperty)}`;
    case "additionalProperties":
    case "unevaluatedProperties":
      return `${where} has ${excerpt(property ?? "")}, which the schema does not know`;
    case "false schema":
      return `${subject} must not be there`;
    case "not":
      return property === null
        ? notMessage(error, where)
        : `${subject} is what the schema rules out: ${valueText(data)}`;
    case "anyOf":
    case "oneOf":
      return eitherMessage(error, parts, node, property, subject);
    default:
      return `${subject} is ${valueText(data)}; it takes ${expectation(error, node)}`;
  }
}

function notMessage({ schema }: ErrorObject, where: string): string {
  const names = (schema as { required?: unknown } | null)?.required;
  if (!Array.isArray(names)) return `${where} is what the schema rules out`;
  const listed = names.map((name) => excerpt(String(name))).join(" and ");
  return names.length === 1
    ? `${where} has ${listed}, which the schema rules out beside what else it has`
    : `${where} has ${listed} together, which the schema rules out`;
}

function eitherMessage(
  { schema, params, data }: ErrorObject,
  parts: readonly ErrorObject[],
  node: TreeNode,
  property: string | null,
  subject: string,
): string {
  const where = nodeText(node);
  const isBoth = Array.isArray(params.passingSchemas);
  if (property === null) {
    const names = (schema as readonly { required?: readonly string[] }[]).flatMap((part) => part?.required ?? []);
    const listed = [...new Set(names)].map((name) => excerpt(name)).join(", ");
    if (names.length === 0) return `${where} is none of what the schema allows`;
    return isBoth
      ? `${where} has more than one of ${listed}; the schema takes one`
      : `${where} has none of ${listed}; the schema takes one of them`;
  }
  if (isBoth) return `${subject} is ${valueText(data)}, which fits more than one form where the schema takes one`;
  const told = [...new Set(parts.map((part) => expectation(part, node)))];
  return `${subject} is ${valueText(data)}; it takes ${told.length === 0 ? "another form" : told.slice(0, 4).join(", or ")}`;
}

/** What a value would have to be, as it goes on from "it takes". */
function expectation({ keyword, params, instancePath, schema }: ErrorObject, node: TreeNode): string {
  const item = isInRow(instancePath, node) ? "cell" : "entry";
  switch (keyword) {
    case "minItems":
      return `at least ${countText(params.limit, item)}`;
    case "maxItems":
      return `at most ${countText(params.limit, item)}`;
    case "const":
      return params.allowedValue === true ? "no value: it is a flag" : valueText(params.allowedValue);
    case "enum":
      return params.allowedValues.length === 1
        ? valueText(params.allowedValues[0])
        : `one of ${listText(params.allowedValues)}`;
    case "minimum":
    case "exclusiveMinimum":
      return `${keyword === "minimum" ? "" : "more than "}${numberText(params.limit)}${keyword === "minimum" ? " or more" : ""}`;
    case "maximum":
    case "exclusiveMaximum":
      return `${keyword === "maximum" ? "" : "less than "}${numberText(params.limit)}${keyword === "maximum" ? " or less" : ""}`;
    case "multipleOf":
      return `multiples of ${numberText(params.multipleOf)}`;
    case "pattern":
      return `texts that match ${excerpt(String(params.pattern))}`;
    case "uniqueItems":
      return "each text once";
    case "contains":
      return "a list with one that the schema names";
    case "type":
      return TYPES[String(params.type)] ?? `what is of type ${String(schema)}`;
    default:
      return `what the schema asks for (${keyword})`;
  }
}

/** Whether a pointer leads into a row of a property, as in `/led-0/gpios/1`. */
function isInRow(pointer: string, node: TreeNode): boolean {
  const steps = pointerSteps(pointer);
  const at = steps.indexOf(node.name);
  return steps.length - (at + 1) >= 2;
}

function countText(count: number, item: "cell" | "entry"): string {
  const plural = item === "cell" ? "cells" : "entries";
  return `${count} ${count === 1 ? item : plural}`;
}

const TYPES: Readonly<Record<string, string>> = {
  array: "a value of whole cells or texts",
  boolean: "no value: it is a flag",
  object: "a node",
  string: "texts",
  integer: "cells",
};

const MOST_LISTED = 8;

function listText(values: readonly unknown[]): string {
  const listed = values.slice(0, MOST_LISTED).map(valueText).join(", ");
  return values.length > MOST_LISTED ? `${listed}, …` : listed;
}

/** As source has it: `"text"`, `<0x1 0x2>`, `<0x1>, <0x2>`. */
function valueText(value: unknown): string {
  if (value === true) return "empty";
  if (value === false) return "bytes that are no whole cells";
  if (typeof value === "number") return numberText(value);
  if (typeof value === "string") return `"${excerpt(value)}"`;
  if (!Array.isArray(value)) return "a node";
  const shown = value.slice(0, MOST_LISTED);
  const rest = value.length > MOST_LISTED ? ", …" : "";
  if (shown.every((part) => typeof part === "number"))
    return `<${shown.map(numberText).join(" ")}${rest === "" ? "" : " …"}>`;
  return shown.map(valueText).join(", ") + rest;
}

function numberText(value: number): string {
  return value < 0 ? String(value) : `0x${value.toString(16)}`;
}

function hintFor({ keyword, parentSchema }: ErrorObject, node: TreeNode, property: string | null): string | null {
  if (property === null) return null;
  const known = Object.keys((parentSchema as { properties?: object } | undefined)?.properties ?? {});
  if (keyword === "required") {
    const unknown = node.properties.map(({ name }) => name).filter((name) => !known.includes(name));
    const meant = nearest(property, unknown);
    return meant === null ? `add ${excerpt(property)}` : `it has ${excerpt(meant)}: write ${excerpt(property)}`;
  }
  if (keyword !== "additionalProperties" && keyword !== "unevaluatedProperties") return null;
  const meant = nearest(property, known);
  return meant === null ? "leave it out, or add it to the schema" : `did you mean ${excerpt(meant)}?`;
}
