/** Small machines for the kernel tests, right in every respect: each test breaks one thing. */

import type { Boot } from "../../../core/kernel/boot.ts";
import { bootKernel } from "../../../core/kernel/boot-kernel.ts";
import { type KernelOptions, kernelConfig } from "../../../core/kernel/config.ts";
import { readMachine } from "../../../core/machine.ts";
import type { DeviceTree } from "../../../dts/tree.ts";
import { buildTree, type NodeSpec, node, u64, type Value } from "../build-tree.ts";

export const TWO_CELLS = { "#address-cells": [2], "#size-cells": [2] } satisfies Record<string, Value>;

export function boot(tree: DeviceTree, options: KernelOptions): Boot {
  return bootKernel(readMachine(tree), kernelConfig(options));
}

export function memory(address: number, size: number, phandle?: number, more: Record<string, Value> = {}): NodeSpec {
  return node(`memory@${address.toString(16)}`, {
    device_type: "memory",
    reg: [...u64(address), ...u64(size)],
    ...(phandle === undefined ? {} : { phandle: [phandle] }),
    ...more,
  });
}

/** A tag storage node as rfc-v2 has it; its name is rfc-v1's too where `name` says so. */
export function flatTags(
  address: number,
  size: number,
  phandle: number,
  blockSize = 0x1000,
  name = "tag-storage",
): NodeSpec {
  return node(`${name}@${address.toString(16)}`, {
    compatible: "arm,mte-tag-storage",
    reg: [...u64(address), ...u64(size)],
    "block-size": [blockSize],
    memory: [phandle],
  });
}

/** A tag storage node as rfc-v3 has it. */
export function reservedTags(address: number, size: number, phandle: number, blockSize = 0x1000): NodeSpec {
  return node(`tag-storage@${address.toString(16)}`, {
    compatible: "arm,mte-tag-storage",
    reg: [...u64(address), ...u64(size)],
    "block-size": [blockSize],
    "tagged-memory": [phandle],
    reusable: true,
  });
}

export function flatTree(children: readonly NodeSpec[]): DeviceTree {
  return buildTree(TWO_CELLS, children);
}

export function reserved(children: readonly NodeSpec[], properties: Record<string, Value> = {}): NodeSpec {
  return node("reserved-memory", { ...TWO_CELLS, ranges: true, ...properties }, children);
}

/** Memory nodes, and reserved memory that holds the rest. */
export function reservedTree(memoryNodes: readonly NodeSpec[], tags: readonly NodeSpec[]): DeviceTree {
  return buildTree(TWO_CELLS, [...memoryNodes, reserved(tags)]);
}

/** The ids of the rules that a boot's findings name, in order. */
export function rules(result: Boot): string[] {
  return result.findings.map((finding) => finding.rule);
}
