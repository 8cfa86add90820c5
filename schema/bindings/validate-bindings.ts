/** Holds a device tree against bindings: the nodes that each selects, as dt-validate does. */
import { Ajv2019, type ValidateFunction } from "ajv/dist/2019.js";
import type { Diagnostic } from "../../dts/diagnostic.ts";
import { LIMITS } from "../../dts/limits.ts";
import { NO_SPAN, type Span } from "../../dts/source.ts";
import type { DeviceTree, TreeNode } from "../../dts/tree.ts";
import { bindingDiagnostic, isDisabled, type Mistake, mistakesIn } from "./binding-words.ts";
import { CORE_SCHEMAS, isLifted } from "./core-schemas.ts";
import { type DecodedTree, decodeTree, isNode } from "./decode-tree.ts";
import { isObject, type JsonValue, type SchemaObject } from "./json.ts";
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

interface Compiled {
  readonly binding: Binding;
  readonly selects: (value: SchemaObject) => boolean;
  readonly validate: ValidateFunction;
}

/**
 * Makes a validator of bindings; `$ref` leads to one of them, or to the core schemas (types.yaml, reserved-memory.yaml).
 * Throws a `BindingProblem` where one is no schema, or refers to what is not there.
 */
export function compileBindings(bindings: readonly Binding[]): BindingsValidator {
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
  for (const binding of bindings) {
    if (ids.has(binding.id))
      throw new BindingProblem(binding, `another file has the $id ${binding.id}`, placeOf(binding, null));
    ids.add(binding.id);
    // Before it is rewritten: what it says is to be told in its own words.
    attempt(binding, () => ajv.validateSchema({ ...(plain(binding.schema) as SchemaObject), $schema: DRAFT }, true));
    attempt(binding, () => ajv.addSchema(plain(liftNode(binding.schema)) as SchemaObject));
  }
  const compiled = bindings.flatMap((binding) => {
    const made = attempt(binding, () => compileOne(ajv, binding));
    return made === null ? [] : [made];
  });
  const types = gatherTypes(bindings.map(({ schema }) => schema));
  return (tree) => validate(tree, compiled, decodeTree(tree, types));
}

/** Null for a binding that selects nothing, and is there for others to refer to. */
function compileOne(ajv: Ajv2019, binding: Binding): Compiled | null {
  const { select } = binding.schema;
  if (select === false) return null;
  const validate = ajv.getSchema(binding.id)!;
  const chosen = select === true ? null : ajv.getSchema(`${binding.id.replace(/#$/, "")}#/select`)!;
  return { binding, selects: (value) => chosen === null || chosen(value) === true, validate };
}

/** What Ajv says of a schema that it cannot use, as a problem of the binding. */
function attempt<Result>(binding: Binding, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof BindingProblem || !(error instanceof Error)) throw error;
    const missing = "missingRef" in error ? String(error.missingRef) : null;
    if (missing !== null) {
      throw new BindingProblem(
        binding,
        `it refers to ${missing}, which is neither among the schemas that were given nor one of the core types`,
        placeOf(binding, null),
      );
    }
    throw new BindingProblem(binding, `it is no JSON Schema: ${error.message}`, placeOf(binding, null));
  }
}

/** With prototypes, as Ajv looks into a schema by `hasOwnProperty`. */
function plain(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  const object: SchemaObject = {};
  for (const [key, part] of Object.entries(value)) {
    Object.defineProperty(object, key, { value: plain(part), enumerable: true, configurable: true, writable: true });
  }
  return object;
}

function validate(tree: DeviceTree, compiled: readonly Compiled[], decoded: DecodedTree): Diagnostic[] {
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
    for (const { binding, selects, validate: holds } of compiled) {
      if (!selects(value) || holds(value) === true) continue;
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
    found.push({ rule: "schema-user", severity: "note", message, node: null, span: NO_SPAN });
  }
  return found;
}

/** Where a property that is wrong begins: findings about a node come in the order of its source. */
function startOf({ node, property }: Mistake): number {
  return (property === null ? null : node.property(property)?.span.start) ?? -1;
}
