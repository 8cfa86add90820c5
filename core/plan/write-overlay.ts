/**
 * A planned layout as the source of an overlay. Nodes of the base are named by their labels where the tree has them, so a
 * base with labels has to be compiled with `dtc -@`; else by their paths and phandles.
 */
import { sizeText } from "../machine/units.ts";
import type { Stretch } from "./stretch.ts";
import { type Holding, type NewMemory, regCells, type TreeChanges } from "./write-nodes.ts";

const HOLDING_WORDS: Readonly<Record<Exclude<Holding, "tagged">, string>> = {
  tags: "where the tags lie: it is memory that exists",
  reserved: "reserved, so that nothing here is ever tagged: no tags belong to it",
  unseen: "beyond what the kernel uses: as it was",
};

/** `title` lines stand at the top, as a comment. */
export function overlaySource(changes: TreeChanges, title: readonly string[]): string {
  const lines = ["/dts-v1/;", "/plugin/;", "", "/*", ...title.map((line) => ` * ${line}`.trimEnd()), " */", "/ {"];
  let fragment = 0;
  const addFragment = (target: string, label: string | null, comment: readonly string[], body: readonly string[]) => {
    if (fragment > 0) lines.push("");
    lines.push(`\tfragment@${fragment++} {`);
    lines.push(...comment.map((line) => `\t\t/* ${line} */`));
    lines.push(`\t\t${target};`, "");
    lines.push(`\t\t${label === null ? "" : `${label}: `}__overlay__ {`);
    lines.push(...body.map((line) => (line === "" ? "" : `\t\t\t${line}`)), "\t\t};", "\t};");
  };
  const reg = (range: Stretch) => `reg = <${regCells(range, changes.cells).map(hexCell).join(" ")}>;`;
  const atPath = (path: string) => `target-path = "${path}"`;
  for (const { path, ownLabel, range, label, holds } of changes.changed) {
    const target = ownLabel === null ? atPath(path) : `target = <&${ownLabel}>`;
    if (range === null || holds === null)
      addFragment(target, null, ["none of its memory can be used as it stands"], ['status = "disabled";']);
    else addFragment(target, label, [holdingWords(holds, range)], [reg(range)]);
  }
  const nodes: string[] = [];
  for (const memory of changes.memory) {
    if (nodes.length > 0) nodes.push("");
    nodes.push(...memoryNode(memory, reg(memory.range)));
  }
  const tags = changes.tags.flatMap(({ name, region, memoryReference }, index) => [
    ...(index > 0 ? [""] : []),
    `/* tags of ${sizeOf(region.memory)} at ${hex(region.memory.start)} */`,
    `${name} {`,
    '\tcompatible = "arm,mte-tag-storage";',
    `\t${reg(region.tags)}`,
    `\tblock-size = <${hexCell(changes.blockBytes)}>;`,
    `\t${changes.memoryProperty} = <${memoryReference}>;`,
    ...(changes.isReservedMemory ? ["\treusable;"] : []),
    "};",
  ]);
  if (!changes.isReservedMemory) nodes.push(...(nodes.length > 0 ? [""] : []), ...tags);
  else if (!changes.hasReservedMemory) {
    const { address, size } = changes.cells;
    nodes.push(
      ...(nodes.length > 0 ? [""] : []),
      "reserved-memory {",
      `\t#address-cells = <${address}>;`,
      `\t#size-cells = <${size}>;`,
      "\tranges;",
      "",
      ...tags.map((line) => (line === "" ? "" : `\t${line}`)),
      "};",
    );
  }
  if (nodes.length > 0) addFragment(atPath("/"), null, [], cellCounts(changes).concat("", nodes));
  if (changes.isReservedMemory && changes.hasReservedMemory) {
    addFragment(atPath("/reserved-memory"), null, [], cellCounts(changes).concat("", tags));
  }
  lines.push("};");
  return `${lines.join("\n")}\n`;
}

/** What `reg` below it is written by: the base has the same, but a compiler of the overlay does not know it. */
function cellCounts({ cells }: TreeChanges): string[] {
  return [`#address-cells = <${cells.address}>;`, `#size-cells = <${cells.size}>;`];
}

function memoryNode({ name, label, numaNode, holds, range }: NewMemory, reg: string): string[] {
  return [
    `/* ${holdingWords(holds, range)} */`,
    `${label === null ? "" : `${label}: `}${name} {`,
    '\tdevice_type = "memory";',
    `\t${reg}`,
    ...(numaNode === null ? [] : [`\tnuma-node-id = <${numaNode}>;`]),
    "};",
  ];
}

function holdingWords(holds: Holding, range: Stretch): string {
  return holds === "tagged" ? `${sizeOf(range)} with tags` : HOLDING_WORDS[holds];
}

function sizeOf({ start, end }: Stretch): string {
  return sizeText(BigInt(end - start));
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function hexCell(cell: number): string {
  return hex(cell);
}
