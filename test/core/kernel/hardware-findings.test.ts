/** What no kernel checks: the corners of the rules that rules-by-series.test.ts breaks one by one. */
import { describe, expect, test } from "vitest";
import { checkTree } from "../../../core/check.ts";
import { type KernelOptions, kernelConfig } from "../../../core/kernel/config.ts";
import type { Series } from "../../../core/series.ts";
import type { DeviceTree } from "../../../dts/tree.ts";
import { buildTree, change, type NodeSpec, node, textAt, u64 } from "../build-tree.ts";
import { flatTags, flatTree, memory, reserved, reservedTags, reservedTree, TWO_CELLS } from "./layouts.ts";

const MIB = 2 ** 20;
const MEMORY = memory(0xa0000000, 64 * MIB, 1);
const TAG_MEMORY = memory(0x90000000, 4 * MIB);
const TAGS = reservedTags(0x90000000, 2 * MIB, 1);
const FLAT_TAGS = flatTags(0x90000000, 2 * MIB, 1);

function check(tree: DeviceTree, series: Series) {
  const { boot, findings } = checkTree(tree, kernelConfig({ series }));
  return { outcome: boot.outcome, findings, told: findings.map(({ rule, node }) => [rule, node]) };
}

const v3 = (...children: NodeSpec[]) => reservedTree([MEMORY, TAG_MEMORY], children);
const hole = (name: string, start: number, size: number) => node(name, { reg: [...u64(start), ...u64(size)] });

describe("reserved-overlap", () => {
  test("names all that lies in a tag range, in one finding", () => {
    // The second is not the next by address, which is all that the kernel compares
    const tree = v3(hole("a", 0x90001000, 0x1000), hole("b", 0x90100000, 0x1000), TAGS, hole("c", 0x90200000, 0x1000));
    const { findings, outcome } = check(tree, "rfc-v3");
    expect(outcome).toBe("managed");
    expect(findings.map(({ rule }) => rule)).toEqual(["reserved-overlap"]);
    expect(findings[0]!.message).toContain(
      "0x90000000-0x901fffff of /reserved-memory/tag-storage@90000000 overlaps 0x90001000-0x90001fff of /reserved-memory/a and 1 more",
    );
    expect(findings[0]!.related!.map(({ message }) => message)).toEqual([
      "/reserved-memory/a lies there too",
      "/reserved-memory/b lies there too",
    ]);
  });

  test("looks at every range of a node, and at no disabled node", () => {
    const two = node("two", { reg: [...u64(0xb0000000), ...u64(0x1000), ...u64(0x901ff000), ...u64(0x1000)] });
    expect(check(v3(two, TAGS), "rfc-v3").told).toEqual([
      ["reserved-overlap", "/reserved-memory/tag-storage@90000000"],
    ]);
    expect(check(v3(change(two, { status: "disabled" }), TAGS), "rfc-v3").told).toEqual([]);
  });

  test.each(["rfc-v2", "rfc-v3"] as const)(
    "%s: an entry of /memreserve/ counts, unless it is the tag range",
    (series) => {
      const tree = series === "rfc-v3" ? v3(TAGS) : flatTree([MEMORY, FLAT_TAGS]);
      const entry = (address: bigint, size: bigint) => ({ address, size, labels: [], span: { start: -1, end: -1 } });
      tree.memReserves = [entry(0x90000000n, 0x200000n), entry(0x90200000n, 0x1000n)];
      expect(check(tree, series).told).toEqual([]);
      tree.memReserves = [entry(0x901ff000n, 0x1000n)];
      const { findings } = check(tree, series);
      expect(findings.map(({ rule }) => rule)).toEqual(["reserved-overlap"]);
      expect(findings[0]!.message).toContain("overlaps 0x901ff000-0x901fffff of /memreserve/");
    },
  );

  test("two tag ranges that overlap as regions break disjointness, and that is told alone", () => {
    const other = { ...change(TAGS, { "tagged-memory": [2] }), name: "tag-storage@90000000,2" };
    const tree = reservedTree([MEMORY, memory(0xb0000000, 64 * MIB, 2), TAG_MEMORY], [TAGS, other]);
    const { told } = check(tree, "rfc-v3");
    expect(told.map(([rule]) => rule)).toEqual(["disjointness"]);
  });
});

describe("tag-node-compatible", () => {
  const shaped = node("carve-out", { compatible: "arm,mte-tag-store", "block-size": [0x1000], "tagged-memory": [1] });

  test("a node with the properties of tag storage is told of, where its compatible is, and changes nothing", () => {
    const tree = v3(TAGS, shaped);
    const { findings, outcome } = check(tree, "rfc-v3");
    expect([outcome, findings.map(({ rule }) => rule)]).toEqual(["managed", ["tag-node-compatible"]]);
    expect(textAt(tree, findings[0]!.span)).toBe('compatible = "arm,mte-tag-store"');
    expect(findings[0]).toMatchObject({ severity: "warning", consequence: "ignored" });
  });

  test("is told where no tag storage is seen at all", () => {
    expect(check(flatTree([MEMORY, shaped]), "rfc-v1")).toMatchObject({
      outcome: "absent",
      told: [["tag-node-compatible", "/carve-out"]],
    });
  });

  test("asks nothing of other nodes, nor of compatibles in capitals", () => {
    const flash = node("flash", { compatible: "jedec,spi-nor", "block-size": [0x1000] });
    const capitals = change(TAGS, { compatible: ["x", "ARM,MTE-TAG-STORAGE"] });
    expect(check(v3(capitals, flash), "rfc-v3").told).toEqual([]);
  });
});

describe("status-not-read", () => {
  const off = { status: "disabled" };

  test.each(["rfc-v2", "exact"] as const)("%s: tag storage and its memory are both told of", (series) => {
    const tree = flatTree([memory(0x80000000, MIB), change(MEMORY, off), change(FLAT_TAGS, off)]);
    expect(check(tree, series)).toMatchObject({
      outcome: "managed",
      told: [
        ["status-not-read", "/tag-storage@90000000"],
        ["status-not-read", "/memory@a0000000"],
      ],
    });
  });

  test("rfc-v3 passes over disabled tag storage, which tag-node-status tells", () => {
    expect(check(v3(change(TAGS, off)), "rfc-v3").told).toEqual([
      ["tag-node-status", "/reserved-memory/tag-storage@90000000"],
    ]);
  });
});

describe("tagged-memory-ranges", () => {
  test("is told once, however many ranges there are and whoever names the node", () => {
    const ranges = [
      ...u64(0xa0000000),
      ...u64(64 * MIB),
      ...u64(0xb0000000),
      ...u64(MIB),
      ...u64(0xc0000000),
      ...u64(MIB),
    ];
    const tree = reservedTree([change(MEMORY, { reg: ranges }), TAG_MEMORY], [TAGS]);
    const { findings } = check(tree, "rfc-v3");
    expect(findings.map(({ rule }) => rule)).toEqual(["tagged-memory-ranges"]);
    expect(findings[0]!.message).toContain("its 2 further ranges have no tag storage");
    expect(textAt(tree, findings[0]!.span)).toBe("0x0 0xb0000000 0x0 0x100000 0x0 0xc0000000 0x0 0x100000");
    // Two regions, whose common memory breaks disjointness; what the kernel does not read is told of once
    const second = reservedTags(0x90200000, 2 * MIB, 1);
    const twice = check(reservedTree([change(MEMORY, { reg: ranges }), TAG_MEMORY], [TAGS, second]), "rfc-v3");
    expect(twice.findings.filter(({ rule }) => rule === "tagged-memory-ranges")).toHaveLength(1);
  });

  test("counts by the cells of the node's own bus", () => {
    const bus = node(
      "bus",
      { "#address-cells": [1], "#size-cells": [1], ranges: [0xa0000000, 0, 0xa0000000, 0x4000000] },
      [node("ram", { reg: [0xa0000000, 64 * MIB], phandle: [1] })],
    );
    const same = memory(0xa0000000, 64 * MIB);
    expect(check(buildTree(TWO_CELLS, [TAG_MEMORY, same, bus, reserved([TAGS])]), "rfc-v3")).toMatchObject({
      outcome: "managed",
      told: [],
    });
  });
});

describe("memory-start-alignment", () => {
  test("is told where something breaks by it, in the property that the kernel reads", () => {
    const usable = change(MEMORY, { "linux,usable-memory": [...u64(0xa0010000), ...u64(64 * MIB)] });
    const tree = flatTree([usable, FLAT_TAGS]);
    const { findings } = check(tree, "rfc-v2");
    expect(findings.map(({ rule }) => rule)).toEqual(["memory-start-alignment", "coverage", "release"]);
    expect(textAt(tree, findings[0]!.span)).toMatch(/^linux,usable-memory/);
  });

  test("is not told where no allocation is large enough to straddle: orders 0 to 4 from a multiple of 16 pages on", () => {
    const tree = flatTree([memory(0xa0010000, 64 * MIB, 1), FLAT_TAGS]);
    const config = kernelConfig({ series: "rfc-v2", maxOrder: 4, pageblockOrder: 9 });
    expect(checkTree(tree, config).findings).toEqual([]);
  });
});

describe("tagged-memory-absent", () => {
  test("is told of memory that is described where the kernel does not read memory, and pointed at from the node", () => {
    const deep = node("bus", { ...TWO_CELLS, ranges: true }, [MEMORY]);
    const tree = buildTree(TWO_CELLS, [TAG_MEMORY, deep, reserved([TAGS])]);
    const { findings, outcome } = check(tree, "rfc-v3");
    expect([outcome, findings.map(({ rule }) => rule)]).toEqual(["managed", ["tagged-memory-absent"]]);
    expect(textAt(tree, findings[0]!.span)).toBe("tagged-memory = <0x1>");
    expect(findings[0]!.message).toContain("the kernel has no page of that memory at 0xa0000000-0xa3ffffff");
    expect(findings[0]!.related!.map(({ span }) => textAt(tree, span))).toEqual([
      "reg = <0x0 0xa0000000 0x0 0x4000000>",
    ]);
  });

  test("is told of memory that wraps past the last address, and has no range to name", () => {
    const wrapping = change(MEMORY, { reg: [0xffffffff, 0xfffff000, 0, 0x2000] });
    const { findings } = check(reservedTree([wrapping, TAG_MEMORY], [TAGS]), "rfc-v3");
    expect(findings.map(({ rule }) => rule)).toContain("tagged-memory-absent");
    expect(findings.find(({ rule }) => rule === "tagged-memory-absent")!.message).toContain("no page of that memory:");
  });

  test("is not told where some of the memory is there", () => {
    const tree = reservedTree([MEMORY, TAG_MEMORY], [TAGS]);
    // 2 MiB of tags and 2 of TAG_MEMORY besides come first, so that one MiB of the memory is left
    const config = kernelConfig({ series: "rfc-v3", memLimitBytes: BigInt(5 * MIB) });
    expect(checkTree(tree, config).findings).toEqual([]);
    const none = kernelConfig({ series: "rfc-v3", memLimitBytes: BigInt(4 * MIB) });
    expect(checkTree(tree, none).findings.map(({ rule }) => rule)).toEqual(["tagged-memory-absent"]);
  });
});

describe("usable-memory-not-read", () => {
  const usable = (...ranges: [number, number][]) =>
    reservedTree(
      [
        change(MEMORY, { "linux,usable-memory": ranges.flatMap(([start, size]) => [...u64(start), ...u64(size)]) }),
        TAG_MEMORY,
      ],
      [TAGS],
    );
  const rulesOf = (tree: DeviceTree, series: Series) => check(tree, series).findings.map(({ rule }) => rule);

  test("is told where a range reaches out of reg, which is 0xa0000000 to 0xa3ffffff", () => {
    for (const series of ["rfc-v3", "exact"] as const) {
      const told = ["usable-memory-not-read"];
      expect(rulesOf(usable([0xa0000000, 64 * MIB]), series)).toEqual([]);
      expect(rulesOf(usable([0xa1000000, MIB], [0xa2000000, MIB], [0, 0]), series)).toEqual([]);
      expect(rulesOf(usable([0xa1000000, MIB], [0xb0000000, MIB]), series)).toEqual(told);
      expect(rulesOf(usable([0xa0000000, 65 * MIB]), series)).toEqual(told);
      expect(rulesOf(usable([0x9ff00000, 2 * MIB]), series)).toEqual(told);
    }
  });

  test("is not told of memory that a split leaves in two rows", () => {
    const across = change(memory(0xa0000000, 128 * MIB, 1), {
      "linux,usable-memory": [...u64(0xa0000000), ...u64(128 * MIB)],
    });
    const tree = reservedTree([across, memory(0xffe00000, 4 * MIB)], [reservedTags(0xffe00000, 4 * MIB, 1)]);
    expect(check(tree, "exact")).toMatchObject({ outcome: "managed", told: [] });
    expect(rulesOf(tree, "rfc-v3")).not.toContain("usable-memory-not-read");
  });
});

describe("tag-range-excess", () => {
  const tags = (bytes: number, memoryBytes: number, blockSize = 0x1000) =>
    check(
      reservedTree(
        [memory(0xa0000000, memoryBytes, 1), memory(0x90000000, 64 * MIB)],
        [reservedTags(0x90000000, bytes, 1, blockSize)],
      ),
      "rfc-v3",
    );

  test("is a note that says where the tags end and how many would do", () => {
    const { findings, outcome } = tags(6 * MIB, 64 * MIB);
    expect([outcome, findings.map(({ rule }) => rule)]).toEqual(["managed", ["tag-range-excess"]]);
    expect(findings[0]).toMatchObject({ severity: "note", consequence: "none" });
    // 64 MiB are 16384 pages, which need 512 of tags: 2 MiB
    expect(findings[0]!.message).toContain("has 1536 pages, and /memory@a0000000 needs 512");
    expect(findings[0]!.message).toContain("from 0x90200000 on");
    expect(findings[0]!.hint).toContain("make the tag range 2 MiB");
  });

  test("a block is reserved whole: the rest of the last one that is needed is none of the excess", () => {
    // 1 GiB is 262144 pages, which need 8192 of tags: 6 blocks of 1536 pages, 9216 pages or 36 MiB
    const tree = reservedTree(
      [memory(0x100000000, 1024 * MIB, 1), memory(0xc0000000, 64 * MIB)],
      [reservedTags(0xc0000000, 48 * MIB, 1, 0x600000)],
    );
    const { message, hint } = check(tree, "rfc-v3").findings.find(({ rule }) => rule === "tag-range-excess")!;
    expect(message).toContain("has 12288 pages, and /memory@100000000 needs 9216 in whole blocks");
    expect(message).toContain("from 0xc2400000 on");
    expect(hint).toContain("make the tag range 36 MiB");
  });

  test("leaves room for whole pageblocks and whole blocks", () => {
    // One MiB needs 8 pages of tags, and the least tag range is a pageblock
    expect(tags(2 * MIB, MIB).told).toEqual([]);
    expect(tags(4 * MIB, MIB).told.map(([rule]) => rule)).toEqual(["tag-range-excess"]);
    // Blocks of 3 pages: 1536 pages is the least that is whole pageblocks and whole blocks
    expect(tags(6 * MIB, 64 * MIB, 0x3000).told.map(([rule]) => rule)).not.toContain("tag-range-excess");
  });

  test("is nothing to rfc-v3 beside a split, which tells its own story", () => {
    const tree = reservedTree(
      [memory(0xa0000000, 64 * MIB, 1), memory(0xffe00000, 4 * MIB)],
      [reservedTags(0xffe00000, 4 * MIB, 1)],
    );
    expect(check(tree, "rfc-v3").told.map(([rule]) => rule)).not.toContain("tag-range-excess");
  });
});

describe("cma-granule", () => {
  const blocks = (blockSize: number, options: Partial<KernelOptions> = {}) => {
    const tree = reservedTree(
      [memory(0xa0000000, 384 * MIB, 1), memory(0x90000000, 12 * MIB)],
      [reservedTags(0x90000000, 12 * MIB, 1, blockSize)],
    );
    const { boot, findings } = checkTree(tree, kernelConfig({ series: "rfc-v3", ...options }));
    expect(boot.outcome).toBe("managed");
    return findings.map(({ rule }) => rule).filter((rule) => rule === "cma-granule");
  };

  test("is told of powers of two beyond the pageblock: other blocks have granules of one page", () => {
    expect(blocks(2 * MIB)).toEqual([]);
    expect(blocks(4 * MIB)).toEqual(["cma-granule"]);
    // 1536 pages
    expect(blocks(6 * MIB)).toEqual([]);
    expect(blocks(4 * MIB, { pageblockOrder: 10 })).toEqual([]);
    expect(blocks(4 * MIB, { series: "exact" })).toEqual([]);
  });

  test("is told once of a node that is split", () => {
    const tree = reservedTree(
      [memory(0x80000000, 256 * MIB, 1), memory(0xffc00000, 8 * MIB)],
      [reservedTags(0xffc00000, 8 * MIB, 1, 4 * MIB)],
    );
    const { boot, findings } = checkTree(tree, kernelConfig({ series: "rfc-v3" }));
    expect(boot.outcome === "managed" && boot.regions.length).toBe(2);
    expect(findings.filter(({ rule }) => rule === "cma-granule")).toHaveLength(1);
  });
});
