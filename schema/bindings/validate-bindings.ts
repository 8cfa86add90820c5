/** Holds a device tree against bindings: the nodes that each selects, as dt-validate does. */
import { Ajv2019, type ValidateFunction } from "ajv/dist/2019.js";
import type { Diagnostic } from "../../dts/diagnostic.ts";
import { LIMITS } from "../../dts/limits.ts";
import type { Span } from "../../dts/source.ts";
import type { DeviceTree, TreeNode } from "../../dts/tree.ts";
import { bindingDiagnostic, isDisabled, type Mistake, mistakesIn } from "./binding-words.ts";
import { CORE_SCHEMAS, isLifted } from "./core-schemas.ts";
import { type DecodedTree, decodeTree, isNode } from "./decode-tree.ts";
import { isList, isObject, type JsonValue, type SchemaObject } from "./json.ts";
import { liftNode } from "./lift.ts";
import { gatherTypes } from "./property-types.ts";
import { type Binding, placeOf } from "./read-binding.ts";

/** Holds trees against some bindings. Its findings are all errors, of the rule `schema-user`. */
export type BindingsValidator = (tree: DeviceTree) => Diagnostic[];

/** What the meta-schemas of dt-schema build on. */
const DRAFT = "https://json-schema.org/draft/2019-09/schema";

/** A binding that cannot be used: `span` is in its own file. */
export class BindingProblem extends Error {
  readonly binding: Binding;
  readonly span: Span;

  constructor(binding: Binding, message: string, span: Span) {
    super(message);
    this.binding = binding;
    this.span = span;
  }
}

/** A binding that some nodes are held against. Compiling takes milliseconds, and is put off until such a node comes. */
interface Checker {
  readonly binding: Binding;
  /** Null where only its compatibles choose its nodes. */
  readonly selects: ((value: SchemaObject) => boolean) | null;
  /** Null where the binding cannot be used after all. */
  readonly validate: () => ValidateFunction | null;
}

/** Where there are more bindings than a user writes, most are never used. */
const COMPILED_AT_ONCE = 100;

/**
 * Makes a validator of bindings; `$ref` leads to one of them, or to the core schemas (types.yaml, reserved-memory.yaml).
 * Where one is no schema, or refers to what is not there, `onProblem` is told, now or as the first node comes that it is
 * for; unless that throws, the binding is passed over.
 */
export function compileBindings(
  given: readonly Binding[],
  onProblem: (problem: BindingProblem) => void = raise,
): BindingsValidator {
  // The types are ours: dt-schema's file is about values as dt-schema decodes them.
  const bindings = given.filter(({ id }) => !isLifted(id));
  const ajv = new Ajv2019({
    allErrors: true,
    verbose: true,
    strict: false,
    validateFormats: false,
    unicodeRegExp: false,
    logger: false,
  });
  for (const [id, schema] of Object.entries(CORE_SCHEMAS)) {
    if (!bindings.some((binding) => binding.id === id))
      ajv.addSchema(isLifted(id) ? schema : (liftNode(schema) as SchemaObject));
  }
  const ids = new Set<string>();
  const usable: Binding[] = [];
  for (const binding of bindings) {
    if (ids.has(binding.id)) {
      onProblem(new BindingProblem(binding, `another file has the $id ${binding.id}`, placeOf(binding, null)));
      continue;
    }
    ids.add(binding.id);
    const isUsable = attempt(binding, onProblem, () => {
      // Before it is rewritten: what it says is to be told in its own words.
      ajv.validateSchema({ ...(plain(binding.schema) as SchemaObject), $schema: DRAFT }, true);
      ajv.addSchema(plain(liftNode(binding.schema)) as SchemaObject);
      return true;
    });
    if (isUsable) usable.push(binding);
  }
  const checkers = usable.flatMap((binding) => checkerOf(ajv, binding, onProblem) ?? []);
  if (bindings.length <= COMPILED_AT_ONCE) for (const { validate } of checkers) validate();
  const types = gatherTypes(bindings.map(({ schema }) => schema));
  const chosen = choose(checkers);
  return (tree) => validate(tree, chosen, decodeTree(tree, types));
}

/** Null for a binding that selects nothing, and is there for others to refer to. */
function checkerOf(ajv: Ajv2019, binding: Binding, onProblem: (problem: BindingProblem) => void): Checker | null {
  const { id, schema, compatibles } = binding;
  let isBroken = false;
  const validate = () => {
    const compiled = isBroken ? null : attempt(binding, onProblem, () => ajv.getSchema(id)!);
    isBroken = compiled === null;
    return compiled;
  };
  if (compatibles !== null) return { binding, selects: null, validate };
  if (schema.select === false) return null;
  if (schema.select === true) return { binding, selects: () => true, validate };
  const select = attempt(binding, onProblem, () => ajv.getSchema(`${id.replace(/#$/, "")}#/select`)!);
  if (select === null) return null;
  return { binding, selects: (value) => select(value) === true, validate };
}

/** Gives the checkers for a node, in the order of the bindings. */
type Chosen = (value: SchemaObject) => readonly Checker[];

function choose(checkers: readonly Checker[]): Chosen {
  const byCompatible = new Map<JsonValue, number[]>();
  const others: number[] = [];
  for (const [index, { binding, selects }] of checkers.entries()) {
    if (selects !== null) others.push(index);
    for (const compatible of binding.compatibles ?? []) {
      const known = byCompatible.get(compatible);
      if (known === undefined) byCompatible.set(compatible, [index]);
      else known.push(index);
    }
  }
  return (value) => {
    const found = new Set(others.filter((index) => checkers[index]!.selects!(value)));
    if (isList(value.compatible)) {
      for (const text of value.compatible) for (const index of byCompatible.get(text) ?? []) found.add(index);
    }
    return [...found].sort((a, b) => a - b).map((index) => checkers[index]!);
  };
}

function raise(problem: BindingProblem): never {
  throw problem;
}

/** What Ajv says of a schema that it cannot use is told as a problem of the binding; null then. */
function attempt<Result>(
  binding: Binding,
  onProblem: (problem: BindingProblem) => void,
  work: () => Result,
): Result | null {
  try {
    return work();
  } catch (error) {
    // A RangeError is about the stack, and not about this binding alone.
    if (!(error instanceof Error) || error instanceof RangeError) throw error;
    const missing = "missingRef" in error ? String(error.missingRef) : null;
    const message =
      missing === null
        ? `it is no JSON Schema: ${error.message}`
        : `it refers to ${missing}, which is neither among the schemas that were given nor one of the core types`;
    onProblem(new BindingProblem(binding, message, placeOf(binding, null)));
    return null;
  }
}

/** With prototypes, as Ajv looks into a schema by `hasOwnProperty`; and references as their authors mean them. */
function plain(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const object: SchemaObject = {};
  for (const [key, part] of Object.entries(value)) {
    const value = key === "$ref" && typeof part === "string" ? reference(part) : plain(part);
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return object;
}

/** The kernel's bindings have `lvds.yaml/#` and `types.yaml#definitions/flag`, which dt-validate takes. */
function reference(text: string): string {
  return text.replace(/\.yaml\/#/, ".yaml#").replace(/#(?=[^/])/, "#/");
}

function validate(tree: DeviceTree, chosen: Chosen, decoded: DecodedTree): Diagnostic[] {
  const found: Diagnostic[] = [];
  const places = new Map<Binding, number>();
  let leftOut = 0;
  const placeIn = (binding: Binding, property: string | null): Span => {
    const base = places.get(binding) ?? tree.sources.enter(binding.file);
    places.set(binding, base);
    const { start, end } = placeOf(binding, property);
    return { start: base + start, end: base + end };
  };
  const pending: { node: TreeNode; isOff: boolean }[] = [{ node: tree.root, isOff: false }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node } = next;
    const isOff = next.isOff || isDisabled(node);
    for (const child of [...node.children].reverse()) if (isNode(child)) pending.push({ node: child, isOff });
    const value = decoded.valueOf(node);
    const mistakes: { mistake: Mistake; binding: Binding }[] = [];
    for (const { binding, validate: compiled } of chosen(value)) {
      const holds = compiled();
      if (holds === null || holds(value) === true) continue;
      for (const mistake of mistakesIn(node, holds.errors ?? [], isOff)) mistakes.push({ mistake, binding });
    }
    mistakes.sort((a, b) => startOf(a.mistake) - startOf(b.mistake));
    for (const { mistake, binding } of mistakes) {
      if (found.length === LIMITS.errors) leftOut++;
      else found.push(bindingDiagnostic(mistake, binding.id, placeIn(binding, mistake.property)));
    }
  }
  if (leftOut > 0) {
    const message = `${leftOut} more findings of the schemas that were given are left out`;
    found.push({ rule: "schema-user", severity: "note", message, node: null, span: tree.root.nameSpan });
  }
  return found;
}

/** Where a property that is wrong begins: findings about a node come in the order of its source. */
function startOf({ node, property }: Mistake): number {
  return (property === null ? null : node.property(property)?.span.start) ?? -1;
}
