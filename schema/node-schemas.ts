/**
 * JSON Schemas (draft-07) of the nodes that matter, as decode.ts shows them. Two for each kind: `shape` is what a reader
 * needs in order to make sense of the node, a breach an error; `binding` is what the devicetree bindings ask besides, a
 * breach a warning. Both together are the schema of the node.
 */
import type { NodeKind } from "./node-kinds.ts";

/** A JSON Schema, as data. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export interface NodeSchemas {
  readonly shape: JsonSchema;
  readonly binding: JsonSchema;
}

const cell = { type: "integer", minimum: 0, maximum: 0xffffffff };
const cells = { type: "array", items: cell };
const ranges = { type: "array", minItems: 1, items: cells };
const strings = { type: "array", minItems: 1, items: { type: "string" } };

/** The devicetree specification, table 2.4; `ok` is the kernel's. */
const status = { type: "string", pattern: "^(okay|ok|disabled|reserved|fail|fail-.+)$" };

/** dt-schema's root-node.yaml, as far as the cells go. */
const root: NodeSchemas = {
  shape: { type: "object", properties: { "#address-cells": cell, "#size-cells": cell } },
  binding: {
    type: "object",
    properties: { "#address-cells": { enum: [1, 2] }, "#size-cells": { enum: [1, 2] } },
    required: ["#address-cells", "#size-cells"],
  },
};

/** dt-schema's memory.yaml; `linux,usable-memory` is the kernel's, and wins over `reg`. */
const memory: NodeSchemas = {
  shape: {
    type: "object",
    properties: {
      device_type: { type: "string" },
      reg: ranges,
      "linux,usable-memory": ranges,
      "numa-node-id": cell,
    },
    anyOf: [{ required: ["reg"] }, { required: ["linux,usable-memory"] }],
  },
  // A warning: some boards leave it to the boot loader, which fills the node in.
  binding: { type: "object", properties: { device_type: { const: "memory" }, status }, required: ["device_type"] },
};

/** The devicetree specification, section 3.5.1. */
const reservedMemory: NodeSchemas = {
  shape: {
    type: "object",
    properties: { "#address-cells": cell, "#size-cells": cell, ranges: { type: "array", items: cells } },
    required: ["#address-cells", "#size-cells", "ranges"],
  },
  binding: { type: "object" },
};

const reservedRangeProperties = {
  compatible: strings,
  reg: ranges,
  size: cells,
  alignment: cells,
  "alloc-ranges": ranges,
  "no-map": { const: true },
  reusable: { const: true },
};

/** reserved-memory.yaml: `reg` or `size`, and not both; `no-map` or `reusable`, and not both. */
const reservedRangeRules = {
  dependencies: {
    reg: { properties: { size: false } },
    "no-map": { properties: { reusable: false } },
  },
};

const reservedRange: NodeSchemas = {
  shape: {
    type: "object",
    properties: reservedRangeProperties,
    anyOf: [{ required: ["reg"] }, { required: ["size"] }],
  },
  binding: { type: "object", properties: { status }, ...reservedRangeRules },
};

/** rfc-v1 patch 11 and rfc-v2 patch 11 read these; neither series came with a binding. */
const rootTagStorage: NodeSchemas = {
  shape: {
    type: "object",
    properties: {
      compatible: strings,
      reg: { ...ranges, maxItems: 1 },
      "block-size": cell,
      memory: cell,
    },
    required: ["reg", "block-size", "memory"],
  },
  binding: { type: "object", properties: { status } },
};

/** rfc-v3's arm,mte-tag-storage.yaml: reserved-memory.yaml and these, nothing unevaluated. */
const reservedTagStorage: NodeSchemas = {
  shape: {
    type: "object",
    properties: { ...reservedRangeProperties, "block-size": cell, "tagged-memory": cell },
    required: ["reg", "block-size", "tagged-memory"],
  },
  binding: {
    type: "object",
    properties: {
      ...Object.fromEntries(Object.keys(reservedRangeProperties).map((name) => [name, true])),
      compatible: { items: { const: "arm,mte-tag-storage" }, maxItems: 1 },
      reg: { maxItems: 1 },
      "iommu-addresses": true,
      "block-size": true,
      "tagged-memory": true,
      status,
      // What dt-schema lets stand in every node (fixup_node_props).
      phandle: true,
      "linux,phandle": true,
      "secure-status": true,
      "pinctrl-names": true,
    },
    patternProperties: { "^pinctrl-[0-9]+$": true },
    required: ["reusable"],
    additionalProperties: false,
    ...reservedRangeRules,
  },
};

export const nodeSchemas: Readonly<Record<NodeKind, NodeSchemas>> = {
  root,
  memory,
  reservedMemory,
  reservedRange,
  rootTagStorage,
  reservedTagStorage,
};
