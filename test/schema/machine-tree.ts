/** A machine that no schema has anything against, in each dialect, for tests to break one thing in. */
import type { Diagnostic } from "../../dts/diagnostic.ts";
import type { DeviceTree } from "../../dts/tree.ts";
import { validateTree } from "../../schema/validate-tree.ts";
import { buildTree, type NodeSpec, node, textAt } from "../core/build-tree.ts";

export const CELLS = { "#address-cells": [2], "#size-cells": [2] };

export const memory = node("memory@80000000", {
  device_type: "memory",
  reg: [0, 0x80000000, 0, 0x80000000],
  phandle: [1],
});

/** The memory node that rfc-v3 asks for beside the tag range. */
export const tagMemory = node("memory@8f8000000", { device_type: "memory", reg: [8, 0xf8000000, 0, 0x4000000] });

/** In the dialect of rfc-v2. */
export const rootTags = node("tag-storage@8f8000000", {
  compatible: "arm,mte-tag-storage",
  reg: [8, 0xf8000000, 0, 0x4000000],
  "block-size": [0x1000],
  memory: [1],
});

/** In the dialect of rfc-v3. */
export const reservedTags = node("tag-storage@8f8000000", {
  compatible: "arm,mte-tag-storage",
  reg: [8, 0xf8000000, 0, 0x4000000],
  "block-size": [0x1000],
  "tagged-memory": [1],
  reusable: true,
});

export const reservedRange = node("secure@ff000000", { reg: [0, 0xff000000, 0, 0x1000000], "no-map": true });

export function reservedMemory(...children: NodeSpec[]): NodeSpec {
  return node("reserved-memory", { ...CELLS, ranges: true }, children);
}

export function machine(...children: NodeSpec[]): DeviceTree {
  return buildTree(CELLS, children);
}

/** `severity rule node "marked text"` for each finding. */
export function findings(tree: DeviceTree): string[] {
  return validateTree(tree).map((found) => report(tree, found));
}

export function report(tree: DeviceTree, { severity, rule, node: path, span }: Diagnostic): string {
  return `${severity} ${rule} ${path} ${JSON.stringify(textAt(tree, span))}`;
}

export function messages(tree: DeviceTree): string[] {
  return validateTree(tree).map(({ message }) => message);
}
