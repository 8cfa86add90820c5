/**
 * JSON Schema (draft-07, the one that editors know) of the YAML description of a machine. What it cannot say is in
 * description-checks.ts: names that stand for nothing or for two things, and sums of 64 bits.
 */
import { SIZE_PATTERN } from "../dts/yaml/size.ts";
import type { JsonSchema } from "./node-schemas.ts";

const BEYOND_64_BITS = 2 ** 64;

function bytes(description: string, minimum: number, beyond: number): JsonSchema {
  return { description, type: ["integer", "string"], minimum, exclusiveMaximum: beyond, pattern: SIZE_PATTERN };
}

/** Names become labels and, for reserved memory, node names: the characters and lengths of devicetree node names. */
const name: JsonSchema = {
  description: "A name of its own, among all names of the description: letters, digits and , . _ + -, at most 31",
  type: "string",
  pattern: "^[A-Za-z][A-Za-z0-9,._+-]{0,30}$",
};

const base = bytes("Physical address of the first byte", 0, BEYOND_64_BITS);
const size = bytes("Bytes: 0x80000000, 2G, 64M, 4k (k, M, G and T are powers of 1024)", 1, BEYOND_64_BITS);

export const descriptionSchema: JsonSchema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Machine description for carveout",
  description: "The memory of a machine with MTE tag storage",
  type: "object",
  properties: {
    machine: { description: "The machine's name: the model of the device tree", type: "string", pattern: "^[ -~]+$" },
    compatible: {
      description: "The compatible of the device tree, the most specific first",
      type: ["string", "array"],
      pattern: "^[ -~]+$",
      minItems: 1,
      items: { type: "string", pattern: "^[ -~]+$" },
    },
    memory: {
      description: "The banks of memory, tag storage left out",
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        properties: {
          name,
          base,
          size,
          "numa-node": { description: "NUMA node id", type: "integer", minimum: 0, maximum: 0xffffffff },
        },
        required: ["name", "base", "size"],
        additionalProperties: false,
      },
    },
    "tag-storage": {
      description: "The ranges that hold the tags of one bank of memory each",
      type: "array",
      items: {
        type: "object",
        properties: {
          name,
          base,
          size,
          "block-size": bytes("Bytes that are reserved as one, by the memory controller's interleaving", 1, 2 ** 32),
          memory: { description: "The name of the bank whose tags the range holds", type: "string" },
        },
        required: ["base", "size", "block-size", "memory"],
        additionalProperties: false,
      },
    },
    "reserved-memory": {
      description: "Other ranges that firmware keeps",
      type: "array",
      items: {
        type: "object",
        properties: {
          name,
          base,
          size,
          "no-map": { description: "Whether the kernel must not map the range", type: "boolean" },
        },
        required: ["name", "base", "size"],
        additionalProperties: false,
      },
    },
  },
  required: ["memory"],
  additionalProperties: false,
};
