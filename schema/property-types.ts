/**
 * How the bytes of each property that matters are to be read, and what JSON value a schema sees for them.
 *
 * | type | bytes | JSON |
 * | --- | --- | --- |
 * | `u32`, `phandle` | one cell | a number |
 * | `flag` | none; any are taken for none, with a warning | `true` |
 * | `string` | one text with its NUL | a string |
 * | `strings` | one text or more, each with its NUL | a list of strings |
 * | `length` | `#size-cells` cells of the parent | a list of cells |
 * | `ranges-of-parent` | rows of one address and one size by the parent's cells (`reg`) | a list of rows, a row a list of cells |
 * | `translation` | none, or rows of a child's address, a parent's address and a size (`ranges`) | a list of rows |
 *
 * A cell is a number from 0 to 2^32 - 1. A property that is not in the table of its node's kind is `true`: there, of
 * no known type.
 */
import type { NodeKind } from "./node-kinds.ts";

export type PropertyType =
  | "u32"
  | "phandle"
  | "flag"
  | "string"
  | "strings"
  | "length"
  | "ranges-of-parent"
  | "translation";

type PropertyTypes = Readonly<Record<string, PropertyType>>;

const ANY_NODE = { phandle: "phandle", "linux,phandle": "phandle", status: "string" } as const satisfies PropertyTypes;

/** The devicetree specification's section 3.5 and its children's common properties. */
const RESERVED_RANGE = {
  ...ANY_NODE,
  compatible: "strings",
  reg: "ranges-of-parent",
  size: "length",
  alignment: "length",
  "alloc-ranges": "ranges-of-parent",
  "no-map": "flag",
  reusable: "flag",
  "linux,cma-default": "flag",
  "linux,dma-default": "flag",
} as const satisfies PropertyTypes;

const TAG_STORAGE = {
  ...ANY_NODE,
  compatible: "strings",
  reg: "ranges-of-parent",
  "block-size": "u32",
} as const satisfies PropertyTypes;

export const PROPERTY_TYPES: Readonly<Record<NodeKind, PropertyTypes>> = {
  root: { "#address-cells": "u32", "#size-cells": "u32", compatible: "strings", model: "string" },
  memory: {
    ...ANY_NODE,
    device_type: "string",
    reg: "ranges-of-parent",
    "linux,usable-memory": "ranges-of-parent",
    "numa-node-id": "u32",
    hotpluggable: "flag",
  },
  reservedMemory: { "#address-cells": "u32", "#size-cells": "u32", ranges: "translation" },
  reservedRange: RESERVED_RANGE,
  rootTagStorage: { ...TAG_STORAGE, memory: "phandle" },
  reservedTagStorage: { ...RESERVED_RANGE, ...TAG_STORAGE, "tagged-memory": "phandle" },
};
