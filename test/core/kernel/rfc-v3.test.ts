import { describe, expect, test } from "vitest";
import type { ManagedBoot } from "../../../core/kernel/boot.ts";
import type { TagRegion } from "../../../core/region.ts";
import { buildTree, change, type NodeSpec, node, textAt, u64, type Value } from "../build-tree.ts";
import { boot, flatTags, memory, reserved, reservedTags, reservedTree, rules, TWO_CELLS } from "./layouts.ts";

const MIB = 2 ** 20;
const V3 = { series: "rfc-v3" } as const;
const EXACT = { series: "exact" } as const;

// 64 MiB of memory with its 2 MiB of tags, one pageblock, which a memory node of its own describes
const MEMORY = memory(0x80000000, 64 * MIB, 1);
const TAG_MEMORY = memory(0x90000000, 2 * MIB);
const TAGS = reservedTags(0x90000000, 2 * MIB, 1);
const TAG_PATH = "/reserved-memory/tag-storage@90000000";

const bootV3 = (memoryNodes: NodeSpec[], tags: NodeSpec[], options = {}) =>
  boot(reservedTree(memoryNodes, tags), { ...V3, ...options });

function regionsOf(result: unknown): readonly TagRegion[] {
  return (result as ManagedBoot).regions;
}

const starts = (result: unknown) => regionsOf(result).map((region) => region.tags.start);

test("the smallest layout that nothing is wrong with is managed", () => {
  for (const options of [V3, EXACT]) {
    const result = boot(reservedTree([MEMORY, TAG_MEMORY], [TAGS]), options) as ManagedBoot;
    expect(result.outcome).toBe("managed");
    expect(result.findings).toEqual([]);
    expect(result.regions).toEqual([
      {
        node: TAG_PATH,
        memoryNode: "/memory@80000000",
        memory: { start: 0x80000, end: 0x83fff },
        tags: { start: 0x90000, end: 0x901ff },
        blockPages: 1,
        numaNode: null,
      },
    ]);
  }
});

test("the FVP of the cover letter, in this dialect, gives its two regions", () => {
  const result = bootV3(
    [
      memory(0x80000000, 0x80000000, 1),
      memory(0x880000000, 0x78000000, 2),
      memory(0x8f8000000, 0x4000000),
      memory(0x8fc000000, 0x3c00000),
    ],
    [reservedTags(0x8f8000000, 0x4000000, 1), reservedTags(0x8fc000000, 0x3c00000, 2)],
  ) as ManagedBoot;
  expect(result.outcome).toBe("managed");
  expect(result.findings).toEqual([]);
  expect(result.regions.map(({ memory, tags, blockPages }) => ({ memory, tags, blockPages }))).toEqual([
    { memory: { start: 524288, end: 1048575 }, tags: { start: 9404416, end: 9420799 }, blockPages: 1 },
    { memory: { start: 8912896, end: 9404415 }, tags: { start: 9420800, end: 9436159 }, blockPages: 1 },
  ]);
});

describe("each rule, broken alone", () => {
  const elsewhere = memory(0xc0000000, MIB);
  const broken: [string, string, NodeSpec[], NodeSpec[], string, string][] = [
    [
      "block-size",
      "absent",
      [MEMORY, TAG_MEMORY],
      [change(TAGS, { "block-size": undefined })],
      TAG_PATH,
      "tag-storage@90000000",
    ],
    ["block-size", "0", [MEMORY, TAG_MEMORY], [change(TAGS, { "block-size": [0] })], TAG_PATH, "block-size = <0x0>"],
    // 512 pages in blocks of 3
    [
      "block-size-multiple",
      "blocks of 3 pages",
      [MEMORY, TAG_MEMORY],
      [change(TAGS, { "block-size": [0x3000] })],
      TAG_PATH,
      "block-size = <0x3000>",
    ],
    [
      "tagged-memory-property",
      "absent",
      [MEMORY, TAG_MEMORY],
      [change(TAGS, { "tagged-memory": undefined })],
      TAG_PATH,
      "tag-storage@90000000",
    ],
    [
      "tagged-memory-property",
      "empty",
      [MEMORY, TAG_MEMORY],
      [change(TAGS, { "tagged-memory": true })],
      TAG_PATH,
      "tagged-memory",
    ],
    [
      "tagged-memory-node",
      "a phandle of no node",
      [MEMORY, TAG_MEMORY],
      [change(TAGS, { "tagged-memory": [9] })],
      TAG_PATH,
      "tagged-memory = <0x9>",
    ],
    [
      "tagged-memory-node",
      "phandle 0",
      [MEMORY, TAG_MEMORY],
      [change(TAGS, { "tagged-memory": [0] })],
      TAG_PATH,
      "tagged-memory = <0x0>",
    ],
    [
      "reg-missing",
      "a node without reg",
      [change(MEMORY, { reg: undefined }), TAG_MEMORY],
      [TAGS],
      "/memory@80000000",
      "memory@80000000",
    ],
    [
      "reg-short",
      "a size of one cell",
      [change(MEMORY, { reg: [0, 0x80000000, 1] }), TAG_MEMORY],
      [TAGS],
      "/memory@80000000",
      "reg = <0x0 0x80000000 0x1>",
    ],
    [
      "tagged-memory-address",
      "below a node without ranges",
      [TAG_MEMORY, node("bus", TWO_CELLS, [MEMORY])],
      [TAGS],
      "/bus/memory@80000000",
      "reg = <0x0 0x80000000 0x0 0x4000000>",
    ],
    [
      "tagged-memory-address",
      "outside of what the ranges map",
      [TAG_MEMORY, node("bus", { ...TWO_CELLS, ranges: [0, 0, 0, 0, 0, 0x80000000] }, [MEMORY])],
      [TAGS],
      "/bus/memory@80000000",
      "reg = <0x0 0x80000000 0x0 0x4000000>",
    ],
    [
      "tagged-memory-size",
      "0",
      [change(MEMORY, { reg: [0, 0x80000000, 0, 0] }), TAG_MEMORY],
      [TAGS],
      "/memory@80000000",
      "0x0 0x0",
    ],
    [
      "tag-range-outside-memory",
      "no memory node that high",
      [MEMORY],
      [TAGS],
      TAG_PATH,
      "reg = <0x0 0x90000000 0x0 0x200000>",
    ],
    [
      // 3072 pages in blocks of 3, but PFN 1048576 is 3 * 349525 + 1, and 1024 pages from the start of the tags
      "zone-split-alignment",
      "blocks of 3 pages across 4 GiB",
      [memory(0x80000000, 384 * MIB, 1), memory(0xffc00000, 12 * MIB)],
      [reservedTags(0xffc00000, 12 * MIB, 1, 0x3000)],
      "/reserved-memory/tag-storage@ffc00000",
      "reg = <0x0 0xffc00000 0x0 0xc00000>",
    ],
    ["cma-reserved", "no-map", [MEMORY, TAG_MEMORY], [change(TAGS, { "no-map": true })], TAG_PATH, "no-map"],
    [
      "cma-reserved",
      "half of the first page not in reg",
      [MEMORY, TAG_MEMORY],
      [change(TAGS, { reg: [...u64(0x90000800), ...u64(2 * MIB - 0x800)] })],
      TAG_PATH,
      "reg = <0x0 0x90000800 0x0 0x1ff800>",
    ],
    [
      "cma-alignment",
      "half a pageblock off",
      [MEMORY, memory(0x90000000, 4 * MIB)],
      [change(TAGS, { reg: [0, 0x90100000, 0, 0x200000] })],
      TAG_PATH,
      "reg = <0x0 0x90100000 0x0 0x200000>",
    ],
    [
      "cma-pages",
      "no memory node for the tags",
      [MEMORY, elsewhere],
      [TAGS],
      TAG_PATH,
      "reg = <0x0 0x90000000 0x0 0x200000>",
    ],
    [
      "cma-pages",
      "a memory node one page short",
      [MEMORY, memory(0x90000000, 2 * MIB - 4096), elsewhere],
      [TAGS],
      TAG_PATH,
      "reg = <0x0 0x90000000 0x0 0x200000>",
    ],
    [
      "cma-pages",
      "below the start of DRAM",
      [MEMORY],
      [change(TAGS, { reg: [0, 0x10000000, 0, 0x200000] })],
      TAG_PATH,
      "reg = <0x0 0x10000000 0x0 0x200000>",
    ],
  ];

  test.each(broken)("%s: %s turns management off", (rule, _what, memoryNodes, tags, path, text) => {
    const tree = reservedTree(memoryNodes, tags);
    for (const options of [V3, EXACT]) {
      const result = boot(tree, options);
      expect(result.outcome).toBe("disabled");
      expect(rules(result)).toEqual([rule]);
      const finding = result.findings[0]!;
      expect(finding.severity).toBe("error");
      expect(finding.consequence).toBe("disabled");
      expect(finding.node).toBe(path);
      expect(textAt(tree, finding.span)).toBe(text);
    }
  });
});

test("the checks come in the kernel's order", () => {
  // Each step mends what the one before was refused for, and leaves all that comes after broken.
  // 0xffb00000: half a pageblock off, and across 4 GiB
  const steps: [
    Record<string, Value | undefined>,
    Record<string, Value | undefined>,
    NodeSpec[],
    number,
    string | null,
  ][] = [
    [{ "block-size": undefined, "tagged-memory": undefined, "no-map": true }, { reg: undefined }, [], 1, "block-size"],
    [{ "block-size": [0x7000] }, {}, [], 1, "block-size-multiple"],
    [{ "block-size": [0x6000] }, {}, [], 1, "tagged-memory-property"],
    [{ "tagged-memory": [9] }, {}, [], 1, "tagged-memory-node"],
    [{ "tagged-memory": [1] }, {}, [], 1, "reg-missing"],
    [{}, { reg: [0, 0x80000000, 0, 0] }, [], 1, "tagged-memory-size"],
    [{}, { reg: [0, 0x80000000, 0, 0x18000000] }, [], 1, "tag-range-outside-memory"],
    [
      {},
      {},
      [memory(0xfffff000, 0x1000), memory(0x100000000, 0x1000), memory(0x110000000, MIB)],
      1,
      "zone-split-alignment",
    ],
    [{ "block-size": [0x2000] }, {}, [memory(0x100000000, 0x1000), memory(0x110000000, MIB)], 1, "cma-slots"],
    [{}, {}, [memory(0x100000000, 0x1000), memory(0x110000000, MIB)], 20, "cma-reserved"],
    [{ "no-map": undefined }, {}, [memory(0x100000000, 0x1000), memory(0x110000000, MIB)], 20, "cma-alignment"],
    [
      { reg: [0, 0xffa00000, 0, 0xc00000] },
      {},
      [memory(0x100000000, 0x1000), memory(0x110000000, MIB)],
      20,
      "cma-pages",
    ],
    [{}, {}, [memory(0xffa00000, 12 * MIB), memory(0x110000000, MIB)], 20, null],
  ];
  let tagNode = change(TAGS, { reg: [0, 0xffb00000, 0, 0xc00000] });
  let memoryNode = MEMORY;
  for (const [tagChange, memoryChange, more, cmaAreas, rule] of steps) {
    tagNode = change(tagNode, tagChange);
    memoryNode = change(memoryNode, memoryChange);
    const result = bootV3([memoryNode, ...more], [tagNode], { cmaAreas });
    expect(rules(result)).toEqual(rule === null ? [] : [rule]);
    expect(result.outcome).toBe(rule === null ? "managed" : "disabled");
  }
});

describe("a node that is refused", () => {
  const bank = memory(0x90000000, 128 * MIB);
  const at = (index: number) => reservedTags(0x90000000 + index * 2 * MIB, 2 * MIB, 1);
  const refused = (index: number) => change(at(index), { "block-size": [0] });

  test("in the middle of three empties the table, and the node after it is managed", () => {
    const tree = reservedTree([MEMORY, bank], [at(0), refused(1), at(2)]);
    const result = boot(tree, V3);
    expect(result.outcome).toBe("managed");
    expect(starts(result)).toEqual([0x90400]);
    expect(rules(result)).toEqual(["block-size", "tag-table-emptied"]);
    expect(result.findings[0]!.node).toBe("/reserved-memory/tag-storage@90200000");
    expect(result.findings[0]!.message).toContain("empties the table of the 1 region found before it");
    expect(result.findings[1]!.node).toBe("/reserved-memory/tag-storage@90000000");
    expect(result.findings[1]!.message).toContain("/reserved-memory/tag-storage@90200000");
    expect(result.findings[1]!.consequence).toBe("ignored");
  });

  test("at the end leaves an empty table: disabled, not absent", () => {
    const result = bootV3([MEMORY, bank], [at(0), at(1), refused(2)]);
    expect(result.outcome).toBe("disabled");
    expect(rules(result)).toEqual(["block-size", "tag-table-emptied", "tag-table-emptied"]);
  });

  test("at the start costs itself alone", () => {
    const result = bootV3([MEMORY, bank], [refused(0), at(1), at(2)]);
    expect(starts(result)).toEqual([0x90200, 0x90400]);
    expect(rules(result)).toEqual(["block-size"]);
  });

  test("twice leaves what follows the last one", () => {
    const result = bootV3([MEMORY, bank], [at(0), refused(1), at(2), refused(3), at(4), at(5)]);
    expect(starts(result)).toEqual([0x90800, 0x90a00]);
    expect(rules(result)).toEqual(["block-size", "tag-table-emptied", "block-size", "tag-table-emptied"]);
  });

  test("first in the file but last by address empties the table all the same", () => {
    expect(bootV3([MEMORY, bank], [refused(2), at(1), at(0)]).outcome).toBe("disabled");
  });

  test("gives back memory that a region after it needs reserved", () => {
    // The refused node is the smaller of two at one address, so it comes first
    const small = { ...change(refused(0), { reg: [0, 0x90000000, 0, 0x1000] }), name: "tag-storage@90000000,0" };
    const result = bootV3([MEMORY, bank], [at(0), small]);
    expect(result.outcome).toBe("disabled");
    expect(rules(result)).toEqual(["reserved-overlap", "block-size", "cma-reserved"]);
  });

  test("is the 33rd by address: the 32 before it are lost, and the 34th comes up", () => {
    const nodes = Array.from({ length: 34 }, (_, index) => at(index));
    const result = bootV3([MEMORY, bank], nodes.toReversed());
    expect(result.outcome).toBe("managed");
    // 33 * 2 MiB are 0x4200000 bytes
    expect(starts(result)).toEqual([0x94200]);
    expect(rules(result)).toEqual(["region-table-full", ...Array<string>(32).fill("tag-table-emptied")]);
    expect(result.findings[0]!.node).toBe("/reserved-memory/tag-storage@94000000");
    expect(bootV3([MEMORY, bank], nodes.slice(0, 33)).outcome).toBe("disabled");
  });

  test("the table has room before anything of the 33rd node is read", () => {
    const nodes = Array.from({ length: 32 }, (_, index) => at(index));
    expect(rules(bootV3([MEMORY, bank], [...nodes, refused(32)]))[0]).toBe("region-table-full");
  });
});

describe("reserved memory", () => {
  const bank = memory(0x90000000, 160 * MIB);
  const at = (index: number) => reservedTags(0x90000000 + index * 2 * MIB, 2 * MIB, 1);

  test("is sorted by address, and by size where addresses are equal", () => {
    const big = { ...change(at(0), { reg: [0, 0x90000000, 0, 0x400000] }), name: "tag-storage@90000000,big" };
    const result = bootV3([MEMORY, bank], [at(3), big, at(0)]);
    expect(regionsOf(result).map(({ tags }) => [tags.start, tags.end])).toEqual([
      [0x90000, 0x901ff],
      [0x90000, 0x903ff],
      [0x90600, 0x907ff],
    ]);
    // The two that overlap are both used: that they break disjointness, the proof tells
    expect(rules(result)).toEqual([]);
    expect(result.outcome).toBe("managed");
  });

  test("overlaps that no tag storage takes part in are nobody's business here", () => {
    const a = node("a", { reg: [0, 0xa0000000, 0, 0x2000] });
    const b = node("b", { reg: [0, 0xa0001000, 0, 0x2000] });
    expect(rules(bootV3([MEMORY, bank], [a, b, at(0)]))).toEqual([]);
    expect(rules(bootV3([MEMORY, bank], [node("c", { reg: [0, 0x901ff000, 0, 0x2000] }), at(0)]))).toEqual([
      "reserved-overlap",
    ]);
  });

  test("of several ranges the first makes the region, and all are reserved", () => {
    const first = [0, 0x90000000, 0, 0x200000];
    const both = change(at(0), { reg: [...first, 0, 0x90200000, 0, 0x200000] });
    expect(regionsOf(bootV3([MEMORY, bank], [both])).map(({ tags }) => tags)).toEqual([
      { start: 0x90000, end: 0x901ff },
    ]);
  });

  test("keeps 64 regions, in the order of the tree", () => {
    const others = Array.from({ length: 63 }, (_, index) =>
      node(`hole@${index}`, { reg: [0, 0x98000000 + index * 0x1000, 0, 0x1000] }),
    );
    expect(starts(bootV3([MEMORY, bank], [...others, at(0)]))).toEqual([0x90000]);
    const result = bootV3([MEMORY, bank], [...others, at(1), at(0)]);
    expect(starts(result)).toEqual([0x90200]);
    expect(result.findings.map(({ rule, node, severity, consequence }) => [rule, node, severity, consequence])).toEqual(
      [["reserved-region-limit", "/reserved-memory/tag-storage@90000000", "warning", "ignored"]],
    );
    // Skipped nodes take no place, nodes that the kernel is to place do
    const off = Array.from({ length: 9 }, (_, index) =>
      node(`off@${index}`, { status: "disabled", reg: [0, 0, 0, 1] }),
    );
    expect(starts(bootV3([MEMORY, bank], [...off, ...others, at(0)]))).toEqual([0x90000]);
    const placed = node("pool", { size: [0, 0x200000] });
    expect(bootV3([MEMORY, bank], [placed, ...others, at(0)]).outcome).toBe("absent");
  });

  test.each<[string, string, Record<string, Value | undefined>, string]>([
    ["tag-node-status", "status disabled", { status: "disabled" }, 'status = "disabled"'],
    ["tag-node-status", "status in capitals", { status: "OKAY" }, 'status = "OKAY"'],
    ["tag-node-reg", "no reg", { reg: undefined }, "tag-storage@90000000"],
    [
      "tag-node-reg",
      "a place for the kernel to choose",
      { reg: undefined, size: [0, 0x200000] },
      "size = <0x0 0x200000>",
    ],
    ["tag-node-reg", "an empty reg", { reg: true }, "reg"],
    ["tag-node-reg", "a reg of three cells", { reg: [0, 0x90000000, 0x200000] }, "reg = <0x0 0x90000000 0x200000>"],
    ["tag-node-reg", "a size of 0", { reg: [0, 0x90000000, 0, 0] }, "reg = <0x0 0x90000000 0x0 0x0>"],
  ])("%s: a node with %s is passed over", (rule, _what, changes, text) => {
    const tree = reservedTree([MEMORY, bank], [change(at(0), changes), at(1)]);
    const result = boot(tree, V3);
    expect(result.outcome).toBe("managed");
    expect(starts(result)).toEqual([0x90200]);
    expect(rules(result)).toEqual([rule]);
    expect(result.findings[0]).toMatchObject({ node: TAG_PATH, severity: "warning", consequence: "ignored" });
    expect(textAt(tree, result.findings[0]!.span)).toBe(text);
    expect(bootV3([MEMORY, bank], [change(at(0), changes)]).outcome).toBe("absent");
  });

  test("status ok and okay are both in order", () => {
    for (const status of ["ok", "okay"])
      expect(bootV3([MEMORY, bank], [change(at(0), { status })]).outcome).toBe("managed");
  });

  test.each<[string, Record<string, Value>]>([
    ["no #address-cells", { "#size-cells": [2], ranges: true }],
    ["no #size-cells", { "#address-cells": [2], ranges: true }],
    ["other cells than the root", { "#address-cells": [1], "#size-cells": [1], ranges: true }],
    ["no ranges", { ...TWO_CELLS }],
  ])("with %s is ignored as a whole", (_what, properties) => {
    const tree = buildTree(TWO_CELLS, [MEMORY, bank, node("reserved-memory", properties, [at(0), at(1)])]);
    const result = boot(tree, V3);
    expect(result.outcome).toBe("absent");
    expect(rules(result)).toEqual(["reserved-memory-format"]);
    expect(result.findings[0]!.related).toHaveLength(2);
    // Without tag storage in it, it is no business of ours
    expect(rules(boot(buildTree(TWO_CELLS, [MEMORY, node("reserved-memory", properties)]), V3))).toEqual([]);
  });

  test("is found by its name, with or without a unit address", () => {
    const named = { ...reserved([at(0)]), name: "reserved-memory@0" };
    expect(boot(buildTree(TWO_CELLS, [MEMORY, bank, named]), V3).outcome).toBe("managed");
  });

  test("takes any node name, and compatible without regard to case", () => {
    const other = { ...change(at(0), { compatible: ["x", "Arm,MTE-tag-storage"] }), name: "carve-out" };
    expect(bootV3([MEMORY, bank], [other]).outcome).toBe("managed");
  });

  test("nodes elsewhere are told of, and a tree without tag storage is not spoken of", () => {
    const tree = buildTree(TWO_CELLS, [
      MEMORY,
      bank,
      flatTags(0x90000000, 2 * MIB, 1),
      reserved([node("deep", {}, [at(1)])]),
    ]);
    const result = boot(tree, V3);
    expect(result.outcome).toBe("absent");
    expect(result.findings.map(({ rule, node }) => [rule, node])).toEqual([
      ["tag-node-place", "/tag-storage@90000000"],
      ["tag-node-place", "/reserved-memory/deep/tag-storage@90200000"],
    ]);
    expect(boot(buildTree(TWO_CELLS, [MEMORY]), V3)).toMatchObject({ outcome: "absent", findings: [] });
  });

  test("memory that is reserved in the header besides changes nothing, and mends a gap in reg", () => {
    const off = change(at(0), { reg: [...u64(0x90000800), ...u64(2 * MIB - 0x800)] });
    const tree = reservedTree([MEMORY, bank], [off]);
    tree.memReserves = [{ address: 0x90000000n, size: 0x800n, labels: [], span: { start: -1, end: -1 } }];
    expect(boot(tree, V3).outcome).toBe("managed");
  });
});

describe("tagged memory", () => {
  test("may be a node of any depth and any device_type, by its parent's cells and ranges", () => {
    // 0x10000000 on the bus is 0x880000000 to the CPU
    const bus = node(
      "bus",
      { "#address-cells": [1], "#size-cells": [1], ranges: [0x10000000, 8, 0x80000000, 0x10000000] },
      [node("ram@10000000", { reg: [0x10001000, 64 * MIB], phandle: [1] })],
    );
    const result = bootV3([TAG_MEMORY, memory(0xc0000000, MIB), bus], [TAGS]);
    expect(regionsOf(result)[0]).toMatchObject({
      memoryNode: "/bus/ram@10000000",
      memory: { start: 0x880001, end: 0x884000 },
    });
  });

  test("translates through every bus, takes empty ranges as they are, and inherits cells", () => {
    const inner = node("inner", { ranges: true }, [node("ram@0", { reg: [0, 0, 0, 64 * MIB], phandle: [1] })]);
    const outer = node("outer", { ranges: [0, 0, 1, 0, 0, 0x80000000] }, [inner]);
    expect(regionsOf(bootV3([TAG_MEMORY, outer], [TAGS]))[0]!.memory).toEqual({ start: 0x100000, end: 0x103fff });
  });

  test("keeps 32 bits of an address on a bus of one address cell", () => {
    // 0x180000000 on the inner bus, as it is on the outer, which has no room for the 1
    const inner = node("inner", { ...TWO_CELLS, ranges: true }, [
      node("ram", { reg: [...u64(0x180000000), ...u64(64 * MIB)], phandle: [1] }),
    ]);
    const outer = node("outer", { "#address-cells": [1], "#size-cells": [1], ranges: true }, [inner]);
    expect(regionsOf(bootV3([TAG_MEMORY, outer], [TAGS]))[0]!.memory).toEqual({ start: 0x80000, end: 0x83fff });
  });

  test("is not found in a node too deep to be unflattened", () => {
    const below = (depth: number) => {
      let spec = node("ram", { reg: [0, 0x80000000, 0, 64 * MIB], phandle: [1] });
      for (let at = 1; at < depth; at++) spec = node("bus", { ranges: true }, [spec]);
      return bootV3([TAG_MEMORY, spec], [TAGS]);
    };
    expect(below(62).outcome).toBe("managed");
    expect(rules(below(63))).toEqual(["tagged-memory-node"]);
  });

  test("is read from reg, first range alone, whatever linux,usable-memory or status say", () => {
    const node = change(MEMORY, {
      reg: [0, 0x80000000, 0, 0x4000000, 0, 0xa0000000, 0, 0x4000000],
      "linux,usable-memory": [0, 0x80000000, 0, 0x1000],
      status: "disabled",
    });
    expect(regionsOf(bootV3([node, TAG_MEMORY], [TAGS]))[0]!.memory).toEqual({ start: 0x80000, end: 0x83fff });
  });

  test("reaches from the page of its first byte to that of its last", () => {
    const result = bootV3([change(MEMORY, { reg: [0, 0x80000800, 0, 0x1000] }), TAG_MEMORY], [TAGS]);
    expect(regionsOf(result)[0]!.memory).toEqual({ start: 0x80000, end: 0x80001 });
  });

  test("need not be 32 times the tags: short and long both come up, and exact refuses both", () => {
    for (const size of [32 * MIB, 128 * MIB]) {
      const tree = reservedTree([memory(0xa0000000, size, 1), TAG_MEMORY], [TAGS]);
      expect(boot(tree, V3)).toMatchObject({ outcome: "managed", findings: [] });
      const exact = boot(tree, EXACT);
      expect(exact.outcome).toBe("disabled");
      expect(rules(exact)).toEqual(["tag-range-size"]);
      expect(textAt(tree, exact.findings[0]!.span)).toBe("reg = <0x0 0x90000000 0x0 0x200000>");
    }
  });

  test("gives the region its NUMA node", () => {
    const result = bootV3([change(MEMORY, { "numa-node-id": [2] }), TAG_MEMORY], [TAGS]);
    expect(regionsOf(result)[0]!.numaNode).toBe(2);
  });

  test("that wraps past the last address leaves a row that serves no page", () => {
    const wrapping = node("ram", { reg: [0xffffffff, 0xfffff000, 0, 0x2000], phandle: [1] });
    const [region] = regionsOf(bootV3([TAG_MEMORY, wrapping], [TAGS]));
    expect(region!.memory).toEqual({ start: 2 ** 52 - 1, end: 0 });
  });

  test("is found by linux,phandle too", () => {
    const old = change(MEMORY, { phandle: undefined, "linux,phandle": [1] });
    expect(bootV3([old, TAG_MEMORY], [TAGS]).outcome).toBe("managed");
  });
});

describe("a tag range across zones", () => {
  // 4 MiB of tags, 2 MiB on each side of 4 GiB (PFN 1048576), for 128 MiB of memory: PFNs 524288 to 557055.
  // t0 = 1048064, t = 1048575: t - t0 = 511
  const memoryNodes = [memory(0x80000000, 128 * MIB, 1), memory(0xffe00000, 4 * MIB)];
  const tags = reservedTags(0xffe00000, 4 * MIB, 1);
  const ranges = (result: unknown) => regionsOf(result).map(({ memory, tags }) => ({ memory, tags }));

  test("is split where rfc-v3 puts the boundary: m0 + (t - t0) * 32 is the last page kept", () => {
    // 524288 + 511 * 32 = 540640
    const result = bootV3(memoryNodes, [tags]);
    expect(result.outcome).toBe("managed");
    expect(ranges(result)).toEqual([
      { memory: { start: 524288, end: 540640 }, tags: { start: 1048064, end: 1048575 } },
      { memory: { start: 540641, end: 557055 }, tags: { start: 1048576, end: 1049087 } },
    ]);
    expect(regionsOf(result).map((region) => region.node)).toEqual(
      Array(2).fill("/reserved-memory/tag-storage@ffe00000"),
    );
  });

  test("is split where hardware has the boundary under exact: (t - t0 + 1) * 32 pages kept", () => {
    // 524288 + 512 * 32 = 540672
    expect(ranges(boot(reservedTree(memoryNodes, [tags]), EXACT))).toEqual([
      { memory: { start: 524288, end: 540671 }, tags: { start: 1048064, end: 1048575 } },
      { memory: { start: 540672, end: 557055 }, tags: { start: 1048576, end: 1049087 } },
    ]);
  });

  test("puts its second part at the end of the table", () => {
    const result = bootV3(
      [...memoryNodes, memory(0x180000000, 64 * MIB, 2), memory(0x190000000, 2 * MIB)],
      [tags, reservedTags(0x190000000, 2 * MIB, 2)],
    );
    expect(starts(result)).toEqual([1048064, 0x190000, 1048576]);
  });

  test("over three zones is split twice, the second part in its turn", () => {
    // dma-ranges leave 30 bits: zones end at 1 GiB (PFN 0x40000) and 4 GiB (PFN 0x100000).
    // Tags from 0x3fe00000 to 0x1001fffff are 0xc0400 pages, of 0x1808000 pages of memory from PFN 0x1000000
    const tree = reservedTree(
      [
        memory(0x3fe00000, 0xc0400000),
        memory(0x1000000000, 0x1808000000, 1),
        node("soc", { ...TWO_CELLS, "dma-ranges": [0, 0, 0, 0, 0, 0x40000000] }),
      ],
      [reservedTags(0x3fe00000, 0xc0400000, 1)],
    );
    expect(ranges(boot(tree, V3))).toEqual([
      // 0x200 tag pages: 0x1000000 + 0x1ff * 32 = 0x1003fe0
      { memory: { start: 0x1000000, end: 0x1003fe0 }, tags: { start: 0x3fe00, end: 0x3ffff } },
      // 0xc0000 tag pages: 0x1003fe1 + 0xbffff * 32 = 0x1003fe1 + 0x17fffe0 = 0x2803fc1
      { memory: { start: 0x1003fe1, end: 0x2803fc1 }, tags: { start: 0x40000, end: 0xfffff } },
      { memory: { start: 0x2803fc2, end: 0x2807fff }, tags: { start: 0x100000, end: 0x1001ff } },
    ]);
  });

  test("counts the boundary in absolute PFNs, exact from the start of the tags", () => {
    // 3 pageblocks, in blocks of 1024 pages from t0 = 1048064 = 1023 * 1024 + 512, no multiple of 1024; 4096 pages are.
    // The boundary is one by PFN (1048576 = 1024 * 1024), and 512 pages, half a block, from t0
    const odd = reservedTree(
      [memory(0x80000000, 512 * MIB, 1), memory(0xffe00000, 16 * MIB)],
      [reservedTags(0xffe00000, 16 * MIB, 1, 4 * MIB)],
    );
    expect(boot(odd, V3).outcome).toBe("managed");
    expect(rules(boot(odd, EXACT))).toEqual(["zone-split-alignment"]);
  });

  test("of more tags than its memory needs leaves a row that serves no page", () => {
    // 16 MiB of memory are 4096 pages, PFNs 524288 to 528383; the row split off would start at 540641
    const result = bootV3([memory(0x80000000, 16 * MIB, 1), memory(0xffe00000, 4 * MIB)], [tags]);
    expect(ranges(result)).toEqual([
      { memory: { start: 524288, end: 540640 }, tags: { start: 1048064, end: 1048575 } },
      { memory: { start: 540641, end: 528383 }, tags: { start: 1048576, end: 1049087 } },
    ]);
  });

  test("needs a free row", () => {
    const bank = memory(0x90000000, 64 * MIB);
    const others = Array.from({ length: 31 }, (_, index) => reservedTags(0x90000000 + index * 2 * MIB, 2 * MIB, 1));
    const options = { cmaAreas: 64 };
    expect(regionsOf(bootV3([...memoryNodes, bank], [...others.slice(1), tags], options))).toHaveLength(32);
    const result = bootV3([...memoryNodes, bank], [...others, tags], options);
    expect(result.outcome).toBe("disabled");
    expect(rules(result)).toEqual(["zone-split-room"]);
  });
});

describe("CMA areas", () => {
  const bank = memory(0x90000000, 128 * MIB);
  const nodes = (count: number) =>
    Array.from({ length: count }, (_, index) => reservedTags(0x90000000 + index * 2 * MIB, 2 * MIB, 1));

  test("of the 20 the default area takes one: 19 regions come up, 20 do not", () => {
    expect(regionsOf(bootV3([MEMORY, bank], nodes(19)))).toHaveLength(19);
    const result = bootV3([MEMORY, bank], nodes(20));
    expect(result.outcome).toBe("disabled");
    expect(rules(result)).toEqual(["cma-slots"]);
    expect(result.findings[0]!.node).toBe("/reserved-memory/tag-storage@92600000");
    expect(regionsOf(bootV3([MEMORY, bank], nodes(32), { cmaAreas: 33 }))).toHaveLength(32);
  });

  test("a zone split takes one more", () => {
    const memoryNodes = [memory(0x80000000, 128 * MIB, 1), memory(0xffe00000, 4 * MIB)];
    const tags = [reservedTags(0xffe00000, 4 * MIB, 1)];
    expect(bootV3(memoryNodes, tags, { cmaAreas: 3 }).outcome).toBe("managed");
    expect(rules(bootV3(memoryNodes, tags, { cmaAreas: 2 }))).toEqual(["cma-slots"]);
  });

  const pool = node("pool@97000000", {
    compatible: "shared-dma-pool",
    reusable: true,
    reg: [0, 0x97000000, 0, 0x200000],
  });

  test.each<[string, NodeSpec, number]>([
    ["a reusable pool takes one", pool, 18],
    ["a pool that is the default takes the default's", change(pool, { "linux,cma-default": true }), 19],
    ["a pool that the kernel is to place takes one", change(pool, { reg: undefined, size: [0, 0x200000] }), 18],
    ["a pool that is not reusable takes none", change(pool, { reusable: undefined }), 19],
    ["a no-map pool takes none", change(pool, { "no-map": true }), 19],
    ["a pool off the pageblock takes none", change(pool, { reg: [0, 0x97100000, 0, 0x200000] }), 19],
  ])("%s", (_what, other, room) => {
    expect(bootV3([MEMORY, bank], [other, ...nodes(room)]).outcome).toBe("managed");
    expect(rules(bootV3([MEMORY, bank], [other, ...nodes(room + 1)]))).toEqual(["cma-slots"]);
  });
});

test("a reusable pool off the pageblock is freed again, and with it the tag storage that it overlaps", () => {
  const pool = (address: number) =>
    node("pool", { compatible: "shared-dma-pool", reusable: true, reg: [...u64(address), 0, 0x1000] });
  const nodes = (address: number) => [TAGS, pool(address)];
  expect(rules(bootV3([MEMORY, TAG_MEMORY], nodes(0x90001000)))).toEqual(["reserved-overlap", "cma-reserved"]);
  expect(bootV3([MEMORY, TAG_MEMORY], nodes(0x80001000)).outcome).toBe("managed");
});

test.each([
  // pageblocks of 32 and 512 MiB
  [16384, 32 * MIB],
  [65536, 512 * MIB],
] as const)("with pages of %i bytes a tag range is whole pageblocks of %i bytes", (pageSize, pageblock) => {
  const bank = memory(0x800000000, pageblock * 32, 1);
  const own = memory(0x80000000, pageblock * 2);
  const good = bootV3([bank, own], [reservedTags(0x80000000, pageblock, 1, pageSize)], { pageSize });
  expect(regionsOf(good)[0]!.tags).toEqual({
    start: 0x80000000 / pageSize,
    end: (0x80000000 + pageblock) / pageSize - 1,
  });
  const off = bootV3([bank, own], [reservedTags(0x80000000 + pageblock / 2, pageblock, 1, pageSize)], { pageSize });
  expect(rules(off)).toEqual(["cma-alignment"]);
});

test("memory limits clip tag storage as they clip memory", () => {
  const tree = reservedTree([MEMORY, memory(2 ** 40, 2 * MIB)], [reservedTags(2 ** 40, 2 * MIB, 1)]);
  expect(boot(tree, V3).outcome).toBe("managed");
  for (const limits of [{ paBits: 40 }, { vaBits: 39 }, { memLimitBytes: BigInt(65 * MIB) }]) {
    const result = boot(tree, { ...V3, ...limits });
    expect(result.outcome).toBe("disabled");
    expect(rules(result)).toEqual(["tag-range-outside-memory"]);
  }
});

describe("exact", () => {
  test("boots a tree of another dialect by that dialect's rules", () => {
    const v2 = buildTree(TWO_CELLS, [MEMORY, flatTags(0x90000000, 2 * MIB, 1)]);
    expect(boot(v2, EXACT)).toMatchObject({ outcome: "managed", config: { series: "exact" } });
    const v1 = buildTree(TWO_CELLS, [MEMORY, flatTags(0x90000000, 2 * MIB, 1, 0x1000, "metadata")]);
    expect(boot(v1, EXACT).outcome).toBe("managed");
    const off = buildTree(TWO_CELLS, [MEMORY, flatTags(0x90100000, 2 * MIB, 1)]);
    expect(rules(boot(off, EXACT))).toEqual(["tag-range-alignment"]);
  });

  test("takes a tree of mixed dialects for rfc-v3's", () => {
    const tree = buildTree(TWO_CELLS, [
      MEMORY,
      memory(0x90000000, 4 * MIB),
      flatTags(0x90000000, 2 * MIB, 1),
      reserved([reservedTags(0x90200000, 2 * MIB, 1)]),
    ]);
    const result = boot(tree, EXACT);
    expect(starts(result)).toEqual([0x90200]);
    expect(rules(result)).toEqual(["tag-node-place"]);
  });
});
