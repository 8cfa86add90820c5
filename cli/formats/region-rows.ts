import type { InputReport } from "../report.ts";

/** Columns of the region table in formats for other programs; PFNs, both ends included. */
export const regionColumns = [
  "input",
  "region",
  "node",
  "memoryNode",
  "memoryStart",
  "memoryEnd",
  "tagsStart",
  "tagsEnd",
  "blockPages",
  "numaNode",
] as const;

/** A row for each region of an input; what is unknown is empty. */
export function regionRows({ input, boot }: InputReport): (string | number)[][] {
  if (boot?.outcome !== "managed") return [];
  return boot.regions.map(({ node, memoryNode, memory, tags, blockPages, numaNode }, row) => [
    input,
    row,
    node,
    memoryNode,
    memory.start,
    memory.end,
    tags.start,
    tags.end,
    blockPages,
    numaNode ?? "",
  ]);
}
