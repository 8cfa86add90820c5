/** What Ajv has against a decoded node, in words about its properties. */
import type { Diagnostic } from "../dts/diagnostic.ts";
import type { Span } from "../dts/source.ts";
import type { TreeNode } from "../dts/tree.ts";
import { pointerSteps } from "../dts/yaml/document.ts";
import { excerpt } from "../dts/yaml/excerpt.ts";
import { cellCounts } from "./decode.ts";
import type { ValidationError } from "./generated/validators.js";
import type { NodeKind, NodeOfKind } from "./node-kinds.ts";
import { nodeText } from "./node-text.ts";

/** `shape` breaches are errors, `binding` breaches warnings; see node-schemas.ts. */
export type Layer = "shape" | "binding";

interface Words {
  readonly message: string;
  readonly hint?: string;
}

const RESERVED_LOST = "so the kernel ignores everything that is reserved in it";
const PHANDLE_MEANING = "so nothing says whose tags it holds";
const BLOCK_SIZE: Words = {
  message: "so nothing says how much of it is reserved as one",
  hint: "add block-size = <0x1000>, in bytes, as the memory controller interleaves tags",
};
const TAG_REG: Words = { message: "so it has no place in memory", hint: "add reg = <…>, one address and one size" };

/** What becomes of a node without a property. */
const MISSING: Readonly<Partial<Record<NodeKind, Readonly<Record<string, Words>>>>> = {
  root: {
    "#address-cells": {
      message: "so the kernel takes 1, where other readers take 2",
      hint: "add #address-cells = <2>",
    },
    "#size-cells": { message: "so the kernel takes 1", hint: "add #size-cells = <2>" },
  },
  memory: {
    device_type: { message: "so the kernel does not see it as memory", hint: 'add device_type = "memory"' },
  },
  reservedMemory: {
    "#address-cells": { message: RESERVED_LOST, hint: "add #address-cells with the value that the root has" },
    "#size-cells": { message: RESERVED_LOST, hint: "add #size-cells with the value that the root has" },
    ranges: { message: RESERVED_LOST, hint: "add ranges; without a value" },
  },
  rootTagStorage: {
    reg: TAG_REG,
    "block-size": BLOCK_SIZE,
    memory: { message: PHANDLE_MEANING, hint: "add memory = <&label> with the label of the memory node" },
  },
  reservedTagStorage: {
    reg: TAG_REG,
    "block-size": BLOCK_SIZE,
    "tagged-memory": {
      message: PHANDLE_MEANING,
      hint: "add tagged-memory = <&label> with the label of the memory node",
    },
    reusable: {
      message: "which the rfc-v3 binding asks for, though no kernel reads it",
      hint: "add reusable; without a value",
    },
  },
};

/** Where one of two properties must be there. */
const NEITHER: Readonly<Partial<Record<NodeKind, Words>>> = {
  memory: {
    message: "has no reg, so it describes no memory",
    hint: "add reg = <…>, an address and a size for each range",
  },
  reservedRange: {
    message: "has neither reg nor size, so it reserves nothing",
    hint: "add reg = <…> for a fixed range, or size = <…> for one that the kernel places",
  },
};

/** Where two properties exclude each other: by the one that goes. */
const BOTH: Readonly<Record<string, Words>> = {
  size: { message: "has both reg and size; readers take reg and ignore size", hint: "leave size out" },
  reusable: {
    message: "has both no-map and reusable, and the kernel cannot reuse what it does not map",
    hint: "leave one of them out",
  },
};

/** The finding for one of Ajv's errors. The node is known to have the property, unless the error is that it has not. */
export function schemaDiagnostic(error: ValidationError, { node, kind }: NodeOfKind, layer: Layer): Diagnostic {
  const rule = layer === "shape" ? shapeRule(error.keyword) : "schema-binding";
  const name = subjectOf(error);
  const { message, hint } = wordsFor(error, node, kind, name);
  return {
    rule,
    severity: layer === "shape" ? "error" : "warning",
    message,
    ...(hint === undefined ? {} : { hint }),
    node: node.path,
    span: spanFor(error, node, name),
  };
}

/** The property that an error is about; null where it is about the node as a whole. */
export function subjectOf(error: ValidationError): string | null {
  const { missingProperty, additionalProperty } = error.params;
  return missingProperty ?? additionalProperty ?? pointerSteps(error.instancePath)[0] ?? null;
}

function shapeRule(keyword: string): string {
  return keyword === "required" || keyword === "anyOf" ? "schema-missing-property" : "schema-reg-length";
}

function wordsFor(error: ValidationError, node: TreeNode, kind: NodeKind, name: string | null): Words {
  const where = nodeText(node);
  const property = name === null ? "" : excerpt(name);
  switch (error.keyword) {
    case "required": {
      const missing = MISSING[kind]?.[property];
      return { message: `${where} has no ${property}, ${missing?.message ?? ""}`, ...hintOf(missing) };
    }
    case "anyOf": {
      const neither = NEITHER[kind];
      return { message: `${where} ${neither?.message ?? ""}`, ...hintOf(neither) };
    }
    case "minItems":
      return { message: `${property} of ${where} is empty`, hint: `give it at least one address and size` };
    case "maxItems":
      return property === "compatible" ? onlyCompatible(where) : oneRange(node, where, kind);
    case "enum":
      return {
        message: `${property} of ${where} is ${node.property(property)?.cell(0)}; the bindings allow 1 and 2`,
      };
    case "pattern":
      return {
        message: `${property} of ${where} is "${textValue(node, property)}", so the node is off`,
        hint: "the values that it takes are okay, disabled, reserved, fail and fail-…",
      };
    case "const":
      return property === "compatible"
        ? onlyCompatible(where)
        : {
            message: `${property} of ${where} is "${textValue(node, property)}", so the kernel does not see it as memory`,
            hint: 'write device_type = "memory", or name the node after what it is',
          };
    case "false schema": {
      const both = BOTH[property];
      return { message: `${where} ${both?.message ?? ""}`, ...hintOf(both) };
    }
    case "additionalProperties":
      return { message: `${where} has ${property}, which the rfc-v3 binding does not know`, hint: "leave it out" };
    default:
      return { message: `${property} of ${where} is not what its schema asks for (${error.keyword})` };
  }
}

function onlyCompatible(where: string): Words {
  return {
    message: `compatible of ${where} is other than the one text that the rfc-v3 binding takes`,
    hint: 'write compatible = "arm,mte-tag-storage"',
  };
}

function oneRange(node: TreeNode, where: string, kind: NodeKind): Words {
  const ranges = node.property("reg")!.cellCount / rowCells(node);
  const use = kind === "rootTagStorage" ? "rfc-v1 and rfc-v2 refuse more" : "rfc-v3 takes tags from the first alone";
  return { message: `reg of ${where} has ${ranges} ranges; ${use}`, hint: "give each range a node of its own" };
}

function hintOf(words: Words | undefined): Pick<Words, "hint"> {
  return words?.hint === undefined ? {} : { hint: words.hint };
}

function textValue(node: TreeNode, name: string): string {
  return excerpt(node.property(name)?.strings()[0] ?? "");
}

function rowCells(node: TreeNode): number {
  const cells = cellCounts(node.parent);
  return cells === null ? 1 : cells.address + cells.size;
}

function spanFor(error: ValidationError, node: TreeNode, name: string | null): Span {
  const property = name === null ? null : node.property(name);
  if (property === null) return (name === null ? null : node.child(name)?.nameSpan) ?? node.nameSpan;
  // The range that is too much.
  if (error.keyword === "maxItems" && name === "reg") return property.spanAt(rowCells(node) * 4);
  return property.span;
}
