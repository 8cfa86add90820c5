/** The numbers of the first test are those of Debian's Linux 6.1 under QEMU. */
import { describe, expect, test } from "vitest";
import { type KernelOptions, kernelConfig } from "../../../core/kernel/config.ts";
import { readMemoryMap } from "../../../core/kernel/memory-map.ts";
import { readNodeZones } from "../../../core/kernel/node-zones.ts";
import { readResources } from "../../../core/kernel/resources.ts";
import { readMachine } from "../../../core/machine.ts";
import { NO_SPAN } from "../../../dts/source.ts";
import type { DeviceTree } from "../../../dts/tree.ts";
import { buildTree, change, type NodeSpec, node, u64, type Value } from "../build-tree.ts";
import { memory, reserved, reservedTree, TWO_CELLS } from "./layouts.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

function shown(tree: DeviceTree, options: Partial<KernelOptions> = {}) {
  const config = kernelConfig({ series: "rfc-v3", ...options });
  const machine = readMachine(tree);
  const map = readMemoryMap(machine, config);
  const resources = readResources(machine, map, config);
  return {
    ram: resources.systemRam.map(({ start, end }) => [start, end]),
    noMap: resources.noMap.map(({ start, end }) => [start, end]),
    kinds: resources.reserved.map(({ node, kind }) => [node?.name ?? "/memreserve/", kind]),
    kept: resources.reserved.map(({ kept }) => kept.map(({ start, end }) => [Number(start), Number(end)])),
    zones: readNodeZones(map, resources.pieces, config).map(({ numaNode, name, start, spanned, present }) => [
      numaNode,
      name,
      start,
      spanned,
      present,
    ]),
  };
}

function range(address: number, size: number, more: Record<string, Value> = {}): NodeSpec {
  return node(`r@${address.toString(16)}`, { reg: [...u64(address), ...u64(size)], ...more });
}

test("two banks with a no-map range off page boundaries: a page is lost on either side of it", () => {
  const banks = change(memory(0, 0), { reg: [...u64(0x80000000), ...u64(GIB), ...u64(0xd0000000), ...u64(GIB / 2)] });
  const tree = reservedTree([banks], [range(0x90000000, 0x100800), range(0xa0000800, 2 * MIB, { "no-map": true })]);
  expect(shown(tree)).toMatchObject({
    ram: [
      [0x80000, 0x9ffff],
      [0xa0201, 0xbffff],
      [0xd0000, 0xeffff],
    ],
    noMap: [[0xa0000, 0xa0200]],
    zones: [[0, "DMA", 524288, 458752, 393214]],
  });
});

describe("reserved memory", () => {
  const bank = memory(0x80000000, GIB);
  const noMap = { "no-map": true } as const;

  test("what is reserved already cannot become no-map, in the order of the tree", () => {
    const overlapping = [range(0x80000000, 2 * MIB), range(0x80100000, 2 * MIB, noMap)];
    expect(shown(reservedTree([bank], overlapping))).toMatchObject({
      noMap: [],
      kinds: [
        ["r@80000000", "reserved"],
        ["r@80100000", "refused"],
      ],
    });
    expect(shown(reservedTree([bank], overlapping.toReversed()))).toMatchObject({
      noMap: [[0x80100, 0x802ff]],
      kinds: [
        ["r@80100000", "no-map"],
        ["r@80000000", "reserved"],
      ],
    });
    const tree = reservedTree([bank], [range(0x80100000, MIB, noMap)]);
    tree.memReserves = [{ address: 0x80100000n, size: 1n, labels: [], span: NO_SPAN }];
    expect(shown(tree).kinds).toEqual([
      ["/memreserve/", "reserved"],
      ["r@80100000", "refused"],
    ]);
  });

  test("every range of a node counts, and those that are disabled, of size 0 or no whole pairs do not", () => {
    const two = change(range(0x80000000, MIB), {
      reg: [...u64(0x80000000), ...u64(MIB), ...u64(0x81000000), ...u64(0), ...u64(0x82000000), ...u64(MIB)],
    });
    const others = [
      range(0x83000000, MIB, { status: "disabled" }),
      change(range(0x84000000, MIB), { reg: [0, 0x84000000, 0] }),
    ];
    expect(shown(reservedTree([bank], [two, ...others])).kept).toEqual([
      [[0x80000000, 0x80100000]],
      [[0x82000000, 0x82100000]],
    ]);
  });

  test("none counts where /reserved-memory is malformed", () => {
    const tree = buildTree(TWO_CELLS, [bank, reserved([range(0x80000000, MIB, noMap)], { "#size-cells": [1] })]);
    expect(shown(tree)).toMatchObject({ ram: [[0x80000, 0xbffff]], noMap: [], kinds: [] });
  });

  const pool = { compatible: "shared-dma-pool", reusable: true } as const;

  test.each([
    ["whole pageblocks", range(0x80200000, 2 * MIB, pool), "reserved"],
    ["a size off a pageblock", range(0x80200000, MIB, pool), "given back"],
    ["a start off a pageblock", range(0x80100000, 2 * MIB, pool), "given back"],
    ["no-map", range(0x80200000, 2 * MIB, { ...pool, ...noMap }), "given back"],
    ["not reusable", range(0x80100000, MIB, { compatible: "shared-dma-pool" }), "reserved"],
    ["not a pool", range(0x80100000, MIB, { reusable: true }), "reserved"],
  ])("a reusable pool of %s", (_, spec, kind) => {
    const { kinds, ram, noMap: holes } = shown(reservedTree([bank], [spec]));
    expect([kinds[0]![1], ram, holes]).toEqual([kind, [[0x80000, 0xbffff]], []]);
  });

  test("a pool that is given back takes what overlaps it along", () => {
    const tree = reservedTree([bank], [range(0x80000000, 2 * MIB), range(0x80100000, MIB, pool)]);
    expect(shown(tree).kept).toEqual([[[0x80000000, 0x80100000]], []]);
  });
});

test("an edge that memory has for another reason costs its page too: of a NUMA node, of what is hotpluggable", () => {
  const bank = (more: Record<string, Value>) => memory(0x80000000, GIB, 1, more);
  const other = (more: Record<string, Value>) => memory(0x90000800, 0x2000, 2, more);
  const lost = {
    ram: [
      [0x80000, 0x8ffff],
      [0x90001, 0x90001],
      [0x90003, 0xbffff],
    ],
  };
  const numa = [bank({ "numa-node-id": [0] }), other({ "numa-node-id": [1], status: "disabled" })];
  expect(shown(buildTree(TWO_CELLS, numa))).toMatchObject({
    ...lost,
    zones: [
      [0, "DMA", 0x80000, 0x40000, 0x40000 - 3],
      [1, "DMA", 0x90001, 1, 1],
    ],
  });
  const plugged = buildTree(TWO_CELLS, [bank({}), other({ hotpluggable: true })]);
  expect(shown(plugged)).toMatchObject({ ...lost, zones: [[0, "DMA", 0x80000, 0x40000, 0x40000 - 2]] });
  const alike = [bank({ "numa-node-id": [0] }), other({ "numa-node-id": [0] })];
  expect(shown(buildTree(TWO_CELLS, alike)).ram).toEqual([[0x80000, 0xbffff]]);
});

describe("zones of NUMA nodes", () => {
  const on = (numaNode: number) => ({ "numa-node-id": [numaNode] });

  test("each node has its own, from its first page to its last", () => {
    const tree = buildTree(TWO_CELLS, [
      memory(0x80000000, GIB, 1, on(0)),
      memory(0xc0000000, 2 * GIB, 2, on(1)),
      memory(0x880000000, MIB, 3, on(0)),
    ]);
    expect(shown(tree).zones).toEqual([
      [0, "DMA", 0x80000, 0x80000, 0x40000],
      [0, "Normal", 0x100000, 0x780100, 0x100],
      [1, "DMA", 0xc0000, 0x40000, 0x40000],
      [1, "Normal", 0x100000, 0x40000, 0x40000],
    ]);
  });

  test.each<[string, NodeSpec[]]>([
    ["memory without a node", [memory(0x80000000, GIB, 1, on(1)), memory(0xc0000000, MIB)]],
    ["a node number that is too high", [memory(0x80000000, GIB, 1, on(1)), memory(0xc0000000, MIB, 2, on(16))]],
    ["no node at all", [memory(0x80000000, GIB), memory(0xc0000000, MIB)]],
    [
      "usable memory beyond reg",
      [memory(0x80000000, GIB, 1, { ...on(1), "linux,usable-memory": [...u64(0x80000000), ...u64(GIB + MIB)] })],
    ],
  ])("%s: all is on node 0", (_, nodes) => {
    expect(shown(buildTree(TWO_CELLS, nodes)).zones).toEqual([[0, "DMA", 0x80000, 0x40100, 0x40100]]);
  });

  test("mem= leaves a node without memory, and so without zones", () => {
    const tree = buildTree(TWO_CELLS, [memory(0x80000000, GIB, 1, on(0)), memory(0xc0000000, GIB, 2, on(1))]);
    expect(shown(tree, { memLimitBytes: BigInt(GIB) }).zones).toEqual([[0, "DMA", 0x80000, 0x40000, 0x40000]]);
  });
});
