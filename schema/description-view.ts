import type { YamlNode } from "../dts/yaml/document.ts";

const BEYOND_64_BITS = 1n << 64n;

/**
 * A YAML value as JSON Schema sees it: JSON's numbers are doubles, so an integer is rounded towards zero, which keeps
 * it on its own side of every limit that is a power of two; beyond 64 bits it is any number beyond.
 */
export function descriptionView(node: YamlNode): unknown {
  switch (node.kind) {
    case "scalar":
      return typeof node.value === "bigint" ? roundedTowardsZero(node.value) : node.value;
    case "sequence":
      return node.items.map(descriptionView);
    case "map": {
      // No prototype: a field may be called `constructor`.
      const view: Record<string, unknown> = Object.create(null);
      for (const [key, entry] of node.entries) view[key] = descriptionView(entry.value);
      return view;
    }
  }
}

function roundedTowardsZero(value: bigint): number {
  if (value < 0n) return -1;
  if (value >= BEYOND_64_BITS) return 2 ** 65;
  // A double keeps 53 bits: what a 64-bit number has below its first 53 is at most its last 11.
  return value >> 53n === 0n ? Number(value) : Number(value & ~0x7ffn);
}
