import { describe, expect, test } from "vitest";
import type { ManagedBoot } from "../../../core/kernel/boot.ts";
import { NODE_NAME_PART } from "../../../core/kernel/detect-series.ts";
import { buildTree, change, type NodeSpec, node, textAt, u64, type Value } from "../build-tree.ts";
import { boot, flatTags, flatTree, memory, reserved, reservedTags, rules, TWO_CELLS } from "./layouts.ts";

const MIB = 2 ** 20;

describe.each(["rfc-v1", "rfc-v2"] as const)("%s", (series) => {
  const name = NODE_NAME_PART[series];
  const tags = (address: number, size: number, phandle: number, blockSize?: number) =>
    flatTags(address, size, phandle, blockSize, name);
  const bootFlat = (...children: NodeSpec[]) => boot(flatTree(children), { series });

  // 64 MiB of memory with its 2 MiB of tags, one pageblock
  const MEMORY = memory(0x80000000, 64 * MIB, 1);
  const TAGS = tags(0x90000000, 2 * MIB, 1);

  test("the smallest layout that nothing is wrong with is managed", () => {
    const result = bootFlat(MEMORY, TAGS) as ManagedBoot;
    expect(result.outcome).toBe("managed");
    expect(result.findings).toEqual([]);
    expect(result.regions).toEqual([
      {
        node: `/${name}@90000000`,
        memoryNode: "/memory@80000000",
        memory: { start: 0x80000, end: 0x83fff },
        tags: { start: 0x90000, end: 0x901ff },
        blockPages: 1,
        numaNode: null,
      },
    ]);
    // The tag range is memory although no memory node has it
    expect(result.memoryMap.ranges).toEqual([
      { start: 0x80000, end: 0x83fff },
      { start: 0x90000, end: 0x901ff },
    ]);
  });

  test("the FVP of the cover letter gives its two regions", () => {
    const result = bootFlat(
      memory(0x80000000, 0x80000000, 1),
      memory(0x880000000, 0x78000000, 2),
      tags(0x8f8000000, 0x4000000, 1),
      tags(0x8fc000000, 0x3c00000, 2),
    ) as ManagedBoot;
    expect(result.outcome).toBe("managed");
    expect(result.findings).toEqual([]);
    expect(result.regions.map(({ memory, tags, blockPages }) => ({ memory, tags, blockPages }))).toEqual([
      { memory: { start: 524288, end: 1048575 }, tags: { start: 9404416, end: 9420799 }, blockPages: 1 },
      { memory: { start: 8912896, end: 9404415 }, tags: { start: 9420800, end: 9436159 }, blockPages: 1 },
    ]);
    // 0x880000000 to 0x8ffc00000 without a gap: tags begin where memory ends
    expect(result.memoryMap.ranges).toEqual([
      { start: 524288, end: 1048575 },
      { start: 8912896, end: 9436159 },
    ]);
    expect(result.memoryMap.zones).toEqual([
      { name: "DMA", start: 524288, end: 1048575 },
      { name: "Normal", start: 1048576, end: 9436159 },
    ]);
  });

  /** Each rule broken alone: the tree's nodes, the node and the source text that the finding must point at. */
  const broken: [string, string, NodeSpec[], string, string][] = [
    [
      "reg-missing",
      "tag storage without reg",
      [MEMORY, change(TAGS, { reg: undefined })],
      `/${name}@90000000`,
      `${name}@90000000`,
    ],
    [
      "reg-missing",
      "memory without reg",
      [change(MEMORY, { reg: undefined }), TAGS],
      "/memory@80000000",
      "memory@80000000",
    ],
    [
      "reg-one-range",
      "tag storage of two ranges",
      [MEMORY, change(TAGS, { reg: [0, 0x90000000, 0, 0x200000, 0, 0xa0000000, 0, 0x200000] })],
      `/${name}@90000000`,
      "reg = <0x0 0x90000000 0x0 0x200000 0x0 0xa0000000 0x0 0x200000>",
    ],
    [
      "reg-one-range",
      "memory one cell longer than a range",
      [change(MEMORY, { reg: [0, 0x80000000, 0, 0x4000000, 0] }), TAGS],
      "/memory@80000000",
      "reg = <0x0 0x80000000 0x0 0x4000000 0x0>",
    ],
    [
      "reg-short",
      "tag storage one cell short of a range",
      [MEMORY, change(TAGS, { reg: [0, 0x90000000, 0x200000] })],
      `/${name}@90000000`,
      "reg = <0x0 0x90000000 0x200000>",
    ],
    ["reg-short", "memory with an empty reg", [change(MEMORY, { reg: true }), TAGS], "/memory@80000000", "reg"],
    [
      "reg-no-page",
      "tag storage of half a page",
      [MEMORY, change(TAGS, { reg: [0, 0x90000000, 0, 0x800] })],
      `/${name}@90000000`,
      "0x0 0x800",
    ],
    [
      "reg-no-page",
      "memory a byte short of a page",
      [change(MEMORY, { reg: [0, 0x80000000, 0, 0xfff] }), TAGS],
      "/memory@80000000",
      "0x0 0xfff",
    ],
    [
      "tag-range-alignment",
      "tag storage that starts half a pageblock off",
      [MEMORY, change(TAGS, { reg: [0, 0x90100000, 0, 0x200000] })],
      `/${name}@90000000`,
      "0x0 0x90100000",
    ],
    [
      "tag-range-alignment",
      "tag storage of one and a half pageblocks",
      [memory(0x80000000, 96 * MIB, 1), tags(0x90000000, 3 * MIB, 1)],
      `/${name}@90000000`,
      "0x0 0x300000",
    ],
    [
      "memory-property",
      "no memory property",
      [MEMORY, change(TAGS, { memory: undefined })],
      `/${name}@90000000`,
      `${name}@90000000`,
    ],
    [
      "memory-node",
      "a phandle of no node",
      [MEMORY, change(TAGS, { memory: [9] })],
      `/${name}@90000000`,
      "memory = <0x9>",
    ],
    [
      "memory-node",
      "the phandle of a node that is not device_type memory",
      [change(MEMORY, { device_type: undefined }), TAGS],
      `/${name}@90000000`,
      "memory = <0x1>",
    ],
    [
      "memory-node",
      "a memory node below the root's children",
      [memory(0xa0000000, MIB), node("bus", {}, [MEMORY]), TAGS],
      `/${name}@90000000`,
      "memory = <0x1>",
    ],
    [
      "tag-range-size",
      "tags for half of the memory",
      [memory(0x80000000, 128 * MIB, 1), TAGS],
      `/${name}@90000000`,
      "reg = <0x0 0x90000000 0x0 0x200000>",
    ],
    [
      "tag-range-size",
      "memory one page short",
      [memory(0x80000000, 64 * MIB - 4096, 1), TAGS],
      `/${name}@90000000`,
      "reg = <0x0 0x90000000 0x0 0x200000>",
    ],
    [
      "block-size",
      "no block-size",
      [MEMORY, change(TAGS, { "block-size": undefined })],
      `/${name}@90000000`,
      `${name}@90000000`,
    ],
    [
      "block-size",
      "a block-size of 0",
      [MEMORY, change(TAGS, { "block-size": [0] })],
      `/${name}@90000000`,
      "block-size = <0x0>",
    ],
    [
      "block-size-multiple",
      // 512 pages in blocks of 3
      "blocks that do not divide the tag range",
      [MEMORY, change(TAGS, { "block-size": [0x3000] })],
      `/${name}@90000000`,
      "block-size = <0x3000>",
    ],
    [
      "tag-range-outside-memory",
      "a tag range above 48 bits",
      [MEMORY, tags(2 ** 48, 2 * MIB, 1)],
      `/${name}@1000000000000`,
      "reg = <0x10000 0x0 0x0 0x200000>",
    ],
    [
      "block-zones",
      // 1536 pages in blocks of 3, of which 512 pages, no multiple of 3, lie below 4 GiB
      "a block across 4 GiB",
      [memory(0x80000000, 192 * MIB, 1), tags(0xffe00000, 6 * MIB, 1, 0x3000)],
      `/${name}@ffe00000`,
      "reg = <0x0 0xffe00000 0x0 0x600000>",
    ],
  ];

  test.each(broken)("%s: %s turns management off", (rule, _what, children, path, text) => {
    const tree = flatTree(children);
    const result = boot(tree, { series });
    expect(result.outcome).toBe("disabled");
    expect(rules(result)).toEqual([rule]);
    const finding = result.findings[0]!;
    expect(finding.severity).toBe("error");
    expect(finding.consequence).toBe("disabled");
    expect(finding.node).toBe(path);
    expect(textAt(tree, finding.span)).toBe(text);
  });

  test("the checks come in the kernel's order", () => {
    // Each step mends what the one before was refused for, and leaves all that comes after broken
    const steps: [Record<string, Value | undefined>, Record<string, Value | undefined>, string | null][] = [
      [{ reg: undefined, memory: undefined, "block-size": undefined }, { reg: undefined }, "reg-missing"],
      [{ reg: [0, 0, 0, 0, 0] }, {}, "reg-one-range"],
      [{ reg: [0, 0x90100000, 0, 0] }, {}, "reg-no-page"],
      [{ reg: [0, 0x90100000, 0, 0x200000] }, {}, "tag-range-alignment"],
      [{ reg: [0, 0x90000000, 0, 0x200000] }, {}, "memory-property"],
      [{ memory: [9] }, {}, "memory-node"],
      [{ memory: [1] }, {}, "reg-missing"],
      [{}, { reg: [0, 0, 0, 0, 0] }, "reg-one-range"],
      [{}, { reg: [0, 0x80000000, 0, 0] }, "reg-no-page"],
      [{}, { reg: [0, 0x80000000, 0, 0x2000000] }, "tag-range-size"],
      [{}, { reg: [0, 0x80000000, 0, 0x4000000] }, "block-size"],
      [{ "block-size": [0x3000] }, {}, "block-size-multiple"],
      [{ "block-size": [0x1000] }, {}, null],
    ];
    let tagNode = TAGS;
    let memoryNode = MEMORY;
    for (const [tagChange, memoryChange, rule] of steps) {
      tagNode = change(tagNode, tagChange);
      memoryNode = change(memoryNode, memoryChange);
      const result = bootFlat(memoryNode, tagNode);
      expect(rules(result)).toEqual(rule === null ? [] : [rule]);
      expect(result.outcome).toBe(rule === null ? "managed" : "disabled");
    }
  });

  test("DRAM is looked at before zones, whatever the order of the nodes", () => {
    const result = bootFlat(
      memory(0x80000000, 192 * MIB, 1),
      memory(0xa0000000, 64 * MIB, 2),
      tags(0xffe00000, 6 * MIB, 1, 0x3000),
      tags(2 ** 48, 2 * MIB, 2),
    );
    expect(rules(result)).toEqual(["tag-range-outside-memory"]);
  });

  test("the 33rd region is one too many, and two tag nodes may name one memory node", () => {
    const nodes = Array.from({ length: 33 }, (_, index) => tags(0x90000000 + index * 2 * MIB, 2 * MIB, 1));
    expect((bootFlat(MEMORY, ...nodes.slice(0, 32)) as ManagedBoot).regions).toHaveLength(32);
    const result = bootFlat(MEMORY, ...nodes);
    expect(result.outcome).toBe("disabled");
    expect(rules(result)).toEqual(["region-table-full"]);
    expect(result.findings[0]!.node).toBe(`/${name}@94000000`);
    // The 32 ranges that were added are memory no longer
    expect(result.memoryMap.ranges).toEqual([{ start: 0x80000, end: 0x83fff }]);
  });

  test("the table has room before anything of the 33rd node is read", () => {
    const nodes = Array.from({ length: 32 }, (_, index) => tags(0x90000000 + index * 2 * MIB, 2 * MIB, 1));
    const last = node(`${name}@a0000000`, { compatible: "arm,mte-tag-storage" });
    expect(rules(bootFlat(MEMORY, ...nodes, last))).toEqual(["region-table-full"]);
  });

  test("a failing scan takes the tag ranges found so far out of memory that had them before", () => {
    // 256 MiB at 0x80000000, with the tags of another bank at 0x88000000 inside it
    const result = bootFlat(
      memory(0x80000000, 256 * MIB, 1),
      memory(0xa0000000, 64 * MIB, 2),
      tags(0x88000000, 2 * MIB, 2),
      change(tags(0xc0000000, 2 * MIB, 2), { "block-size": [0] }),
    );
    expect(result.outcome).toBe("disabled");
    expect(rules(result)).toEqual(["block-size"]);
    expect(result.memoryMap.ranges).toEqual([
      { start: 0x80000, end: 0x87fff },
      { start: 0x88200, end: 0x8ffff },
      { start: 0xa0000, end: 0xa3fff },
    ]);
  });

  test("bytes short of a page on either side go unnoticed, and memory is mapped from the page it starts in", () => {
    const result = bootFlat(
      change(MEMORY, { reg: [...u64(0x80000800), ...u64(64 * MIB + 0xfff)] }),
      change(TAGS, { reg: [...u64(0x90000fff), ...u64(2 * MIB + 1)] }),
    ) as ManagedBoot;
    expect(result.findings).toEqual([]);
    expect(result.regions[0]).toMatchObject({
      memory: { start: 0x80000, end: 0x83fff },
      tags: { start: 0x90000, end: 0x901ff },
    });
  });

  test("linux,usable-memory wins over reg, and its faults are its own", () => {
    const usable = change(MEMORY, { "linux,usable-memory": [...u64(0x81000000), ...u64(32 * MIB)] });
    const tree = flatTree([usable, TAGS]);
    const result = boot(tree, { series });
    expect(rules(result)).toEqual(["tag-range-size"]);
    expect(textAt(tree, result.findings[0]!.related![0]!.span)).toMatch(/^linux,usable-memory/);
    const good = bootFlat(
      change(usable, { reg: [1], "linux,usable-memory": [...u64(0x81000000), ...u64(64 * MIB)] }),
      TAGS,
    );
    expect((good as ManagedBoot).regions[0]!.memory).toEqual({ start: 0x81000, end: 0x84fff });
  });

  test("status is looked at on neither node", () => {
    const off = { status: "disabled" };
    const result = bootFlat(change(MEMORY, off), memory(0xc0000000, MIB), change(TAGS, off)) as ManagedBoot;
    expect(result.outcome).toBe("managed");
    expect(result.findings).toEqual([]);
    // The memory scan does look at it
    expect(result.memoryMap.ranges[0]).toEqual({ start: 0x90000, end: 0x901ff });
  });

  test("compatible is a list, compared without regard to case", () => {
    const result = bootFlat(MEMORY, change(TAGS, { compatible: ["vendor,tags", "ARM,MTE-Tag-Storage"] }));
    expect(result.outcome).toBe("managed");
    expect(bootFlat(MEMORY, change(TAGS, { compatible: "arm,mte-tag-storage-v2" })).outcome).toBe("absent");
  });

  test("the name's part may stand anywhere in it, the unit address included", () => {
    const renamed = { ...TAGS, name: `x@my-${name}-0` };
    expect(bootFlat(MEMORY, renamed).outcome).toBe("managed");
  });

  test("phandle 0 finds the first memory node that has none", () => {
    const result = bootFlat(
      memory(0x70000000, MIB, 5),
      change(MEMORY, { phandle: undefined }),
      change(TAGS, { memory: [0] }),
    ) as ManagedBoot;
    expect(result.regions[0]!.memoryNode).toBe("/memory@80000000");
  });

  test("a phandle may be linux,phandle, and the first node that has it counts", () => {
    const old = change(MEMORY, { phandle: undefined, "linux,phandle": [1] });
    expect((bootFlat(old, memory(0xa0000000, 64 * MIB, 1), TAGS) as ManagedBoot).regions[0]!.memoryNode).toBe(
      "/memory@80000000",
    );
  });

  test("the NUMA node is the memory node's", () => {
    const result = bootFlat(change(MEMORY, { "numa-node-id": [3] }), change(TAGS, { "numa-node-id": [1] }));
    expect((result as ManagedBoot).regions[0]!.numaNode).toBe(3);
  });

  test("regions keep the order of the tree", () => {
    const result = bootFlat(memory(0xc0000000, 64 * MIB, 2), tags(0xd0000000, 2 * MIB, 2), MEMORY, TAGS) as ManagedBoot;
    expect(result.regions.map((region) => region.tags.start)).toEqual([0xd0000, 0x90000]);
  });

  test("cells of the root are counted, 1 and 1 where it has none", () => {
    const shrink = (spec: NodeSpec, reg: number[]) => change(spec, { reg });
    const children = [shrink(MEMORY, [0x80000000, 0x4000000]), shrink(TAGS, [0x90000000, 0x200000])];
    expect(boot(buildTree({}, children), { series }).outcome).toBe("managed");
    expect(rules(boot(buildTree(TWO_CELLS, children), { series }))).toEqual(["reg-short"]);
    // A #size-cells of 0 leaves no size to read
    expect(rules(boot(buildTree({ "#size-cells": [0] }, [MEMORY, shrink(TAGS, [0x90000000])]), { series }))).toEqual([
      "reg-no-page",
    ]);
  });

  test("of an address of three cells the low 64 bits stay", () => {
    const wide = (spec: NodeSpec, address: number, size: number) =>
      change(spec, { reg: [0xffff, ...u64(address), ...u64(size)] });
    const children = [wide(MEMORY, 0x80000000, 64 * MIB), wide(TAGS, 0x90000000, 2 * MIB)];
    const result = boot(buildTree({ "#address-cells": [3], "#size-cells": [2] }, children), { series });
    expect((result as ManagedBoot).regions[0]!.tags).toEqual({ start: 0x90000, end: 0x901ff });
  });

  test("cell counts that no property can hold are a reg too short, not a hang", () => {
    const result = boot(buildTree({ "#address-cells": [0xffffffff], "#size-cells": [0x7fffffff] }, [MEMORY, TAGS]), {
      series,
    });
    expect(rules(result)).toEqual(["reg-short"]);
    expect(result.memoryMap.ranges).toEqual([]);
  });

  test("the largest addresses and sizes are refused, not miscounted", () => {
    const ones = [0xffffffff, 0xffffffff];
    const huge = change(TAGS, { reg: [...ones, ...ones] });
    expect(rules(bootFlat(MEMORY, huge))).toEqual(["tag-range-alignment"]);
    const aligned = change(TAGS, { reg: [0xffffffff, 0xffe00000, 0xffffffff, 0xffe00000] });
    expect(rules(bootFlat(change(MEMORY, { reg: [...ones, ...ones] }), aligned))).toEqual(["tag-range-size"]);
  });

  test.each([
    // lcm(block-size, page) / page
    [1, 1],
    [0x800, 1],
    [0x1000, 1],
    [0x1800, 3],
    [0x2000, 2],
    [0x3000, 3],
    [0x1001, 0x1001],
    [0xffffffff, 0xffffffff],
  ])("a block-size of %i bytes makes blocks of %i pages", (blockSize, blockPages) => {
    // 1.5 GiB of memory, 48 MiB of tags: 12288 = 2^12 * 3 pages
    const result = bootFlat(memory(0x80000000, 1536 * MIB, 1), tags(0xe0000000, 48 * MIB, 1, blockSize));
    if (12288 % blockPages === 0) expect((result as ManagedBoot).regions[0]!.blockPages).toBe(blockPages);
    else {
      expect(rules(result)).toEqual(["block-size-multiple"]);
      expect(result.findings[0]!.message).toContain(`blocks of ${blockPages} pages`);
    }
  });

  test("a block of one page may lie at a zone boundary, as may blocks that meet there", () => {
    // 512 pages below 4 GiB, 1024 above: blocks of 1, and of 2 counted from the start of the range
    for (const blockSize of [0x1000, 0x2000]) {
      const result = bootFlat(memory(0x80000000, 192 * MIB, 1), tags(0xffe00000, 6 * MIB, 1, blockSize));
      expect(result.outcome).toBe("managed");
      expect(result.memoryMap.zones.map((zone) => zone.name)).toEqual(["DMA", "Normal"]);
    }
  });

  test.each([
    // pageblocks of 32 and 512 MiB: the least tags, and 32 times as much memory
    [16384, 32 * MIB],
    [65536, 512 * MIB],
  ] as const)("with pages of %i bytes a tag range is whole pageblocks of %i bytes", (pageSize, pageblock) => {
    const bank = memory(0x800000000, pageblock * 32, 1);
    const options = { series, pageSize };
    const good = boot(flatTree([bank, tags(0x80000000, pageblock, 1, pageSize)]), options) as ManagedBoot;
    expect(good.outcome).toBe("managed");
    expect(good.regions[0]!.tags).toEqual({
      start: 0x80000000 / pageSize,
      end: (0x80000000 + pageblock) / pageSize - 1,
    });
    const off = boot(flatTree([bank, tags(0x80000000 + pageblock / 2, pageblock, 1, pageSize)]), options);
    expect(rules(off)).toEqual(["tag-range-alignment"]);
    // lcm(4096, page) is a page
    const small = boot(flatTree([bank, tags(0x80000000, pageblock, 1, 4096)]), options) as ManagedBoot;
    expect(small.regions[0]!.blockPages).toBe(1);
  });

  test("a pageblock order that the user sets is the one that counts", () => {
    const tree = flatTree([memory(0x80000000, 32 * MIB, 1), tags(0x90000000, MIB, 1)]);
    expect(rules(boot(tree, { series }))).toEqual(["tag-range-alignment"]);
    expect(boot(tree, { series, pageblockOrder: 8 }).outcome).toBe("managed");
    expect(boot(tree, { series, pageblockOrder: 5000 }).outcome).toBe("disabled");
    expect(boot(tree, { series, pageblockOrder: -3 }).outcome).toBe("managed");
  });

  test("mem= that clips the tag range turns management off", () => {
    const tree = flatTree([MEMORY, TAGS]);
    expect(rules(boot(tree, { series, memLimitBytes: BigInt(65 * MIB) }))).toEqual(["tag-range-outside-memory"]);
    expect(boot(tree, { series, memLimitBytes: BigInt(66 * MIB) }).outcome).toBe("managed");
  });

  test("no tag storage node at all: absent, and not a word about it", () => {
    const result = bootFlat(MEMORY);
    expect(result.outcome).toBe("absent");
    expect(result.findings).toEqual([]);
  });

  test("nodes that the scan does not see are told, and change nothing", () => {
    const other = { ...TAGS, name: "tags@90000000" };
    const tree = flatTree([MEMORY, other, node("soc", {}, [TAGS]), reserved([reservedTags(0xa0000000, 2 * MIB, 1)])]);
    const result = boot(tree, { series });
    expect(result.outcome).toBe("absent");
    expect(result.findings.map(({ rule, node, severity, consequence }) => [rule, node, severity, consequence])).toEqual(
      [
        ["tag-node-name", "/tags@90000000", "warning", "ignored"],
        ["tag-node-place", `/soc/${name}@90000000`, "warning", "ignored"],
        ["tag-node-place", "/reserved-memory/tag-storage@a0000000", "warning", "ignored"],
      ],
    );
    expect(bootFlat(MEMORY, other, TAGS).outcome).toBe("managed");
  });
});

test("rfc-v1 and rfc-v2 each see their own name alone", () => {
  const children = [memory(0x80000000, 64 * MIB, 1), flatTags(0x90000000, 2 * MIB, 1, 0x1000, "metadata")];
  expect(boot(flatTree(children), { series: "rfc-v1" }).outcome).toBe("managed");
  expect(boot(flatTree(children), { series: "rfc-v2" }).outcome).toBe("absent");
});
