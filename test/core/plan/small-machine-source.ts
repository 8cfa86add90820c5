/** Small machines as trees: as they come, and with a layout in them. */
import { expect } from "vitest";
import type { PlanOptions } from "../../../core/plan-tree.ts";
import { parseSource } from "../../../dts/parse-source.ts";
import { SourceMap } from "../../../dts/source.ts";
import type { DeviceTree } from "../../../dts/tree.ts";
import { memoryFiles } from "../../dts/memory-files.ts";
import type { Row } from "./exhaustive-layout.ts";
import type { Cells, SmallMachine } from "./small-machine.ts";

export function machineSource(machine: SmallMachine): string {
  const paths = [...new Set(machine.banks.map(({ path }) => path))];
  const nodes = paths.map((path) => {
    const banks = machine.banks.filter((bank) => bank.path === path);
    const ranges = banks.map((bank) => reg(bank, machine)).join(", ");
    return `${path.slice(1)} { device_type = "memory"; reg = ${ranges};${numa(banks[0]!.numaNode)} };`;
  });
  return source(machine, nodes);
}

export function optionsOf(machine: SmallMachine): PlanOptions {
  const { configs, blockBytes, placement, clear, cellBytes } = machine;
  return {
    configs,
    blockBytes,
    placement: placement.kind === "address" ? { kind: "address", address: placement.cell * cellBytes } : placement,
    clear: clear.map(({ start, end }) => ({ start: start * cellBytes, end: end * cellBytes })),
  };
}

/** The tree of a machine whose memory is this layout's and no other, in the dialect of its kernels. */
export function layoutTree(machine: SmallMachine, rows: readonly Row[]): DeviceTree {
  const { series } = machine.configs[0]!;
  const isReservedMemory = series === "rfc-v3" || series === "exact";
  const at = (cells: Cells) => (cells.start * machine.cellBytes).toString(16);
  const nodes = rows.flatMap(({ memory, tags }, index) => {
    const bank = machine.banks.find(({ start, end }) => start <= memory.start && memory.end <= end)!;
    const ofTags = machine.banks.find(({ start, end }) => start <= tags.start && tags.end <= end)!;
    const node = `m${index}: memory@${at(memory)} { device_type = "memory"; reg = ${reg(memory, machine)};${numa(bank.numaNode)} };`;
    const own = `memory@${at(tags)} { device_type = "memory"; reg = ${reg(tags, machine)};${numa(ofTags.numaNode)} };`;
    return isReservedMemory ? [node, own] : [node];
  });
  const tags = rows.map((row, index) => {
    const name = series === "rfc-v1" ? "metadata" : "tag-storage";
    const property = isReservedMemory ? "reusable; tagged-memory" : "memory";
    return `${name}@${at(row.tags)} { compatible = "arm,mte-tag-storage"; reg = ${reg(row.tags, machine)}; block-size = <${machine.blockBytes}>; ${property} = <&m${index}>; };`;
  });
  const parent = "#address-cells = <2>; #size-cells = <2>; ranges;";
  const text = source(machine, [
    ...nodes,
    ...(isReservedMemory ? [`reserved-memory { ${parent} ${tags.join("\n")} };`] : tags),
  ]);
  return parse(text);
}

export function parse(text: string, sources = new SourceMap()): DeviceTree {
  const { tree, diagnostics } = parseSource("machine.dts", text, { files: memoryFiles({}), includeDirs: [], sources });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return tree!;
}

function source(machine: SmallMachine, nodes: readonly string[]): string {
  const { reserved, initrd, cellBytes } = machine;
  const hex = (cell: number) => `0x${(cell * cellBytes).toString(16)}`;
  const reserves = reserved.map(({ start, end }) => `/memreserve/ ${hex(start)} ${hex(end - start)};`);
  const chosen =
    initrd === null
      ? ""
      : `chosen { linux,initrd-start = <${cells(initrd.start * cellBytes)}>; linux,initrd-end = <${cells(initrd.end * cellBytes)}>; };\n`;
  return `/dts-v1/;\n${reserves.join("\n")}\n/ { #address-cells = <2>; #size-cells = <2>;\n${chosen}${nodes.join("\n")}\n};\n`;
}

function reg({ start, end }: Cells, { cellBytes }: SmallMachine): string {
  return `<${cells(start * cellBytes)} ${cells((end - start) * cellBytes)}>`;
}

function cells(value: number): string {
  return `0x${Math.floor(value / 2 ** 32).toString(16)} 0x${(value % 2 ** 32).toString(16)}`;
}

function numa(node: number | null): string {
  return node === null ? "" : ` numa-node-id = <${node}>;`;
}
