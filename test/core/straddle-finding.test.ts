import { expect, test } from "vitest";
import { checkTree } from "../../core/check.ts";
import { type KernelOptions, kernelConfig } from "../../core/kernel/config.ts";
import { parseSource } from "../../dts/parse-source.ts";

/** Two banks without a gap, the boundary between them at `boundary`, and tags for both at `secondTags` for the second. */
function check(
  boundary: number,
  secondTags: string,
  options: KernelOptions,
  nodes: readonly [string, string] = ["", ""],
) {
  const hex = (value: number) => `0x${value.toString(16)}`;
  const start = boundary - 0x40000000;
  const text = `/dts-v1/;
/ { #address-cells = <2>; #size-cells = <2>;
memory0: memory@${start.toString(16)} { device_type = "memory"; ${nodes[0]}
	reg = <0x0 ${hex(start)} 0x0 0x40000000>; };
memory1: memory@${boundary.toString(16)} { device_type = "memory"; ${nodes[1]}
	reg = <0x0 ${hex(boundary)} 0x0 0x40000000>; };
memory@880000000 { device_type = "memory"; reg = <0x8 0x80000000 0x1 0x0>; };
tag-storage@8f8000000 { compatible = "arm,mte-tag-storage"; reg = <0x8 0xf8000000 0x0 0x2000000>;
	block-size = <0x1000>; memory = <&memory0>; };
tag-storage@${secondTags} { compatible = "arm,mte-tag-storage"; reg = <0x${secondTags[0]} 0x${secondTags.slice(1)} 0x0 0x2000000>;
	block-size = <0x1000>; memory = <&memory1>; };
};`;
  const files = { read: () => ({ kind: "missing" }) as const };
  const { tree, diagnostics } = parseSource("t.dts", text, { files, includeDirs: [] });
  if (tree === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const { boot, proof, findings } = checkTree(tree, kernelConfig(options));
  expect(boot.outcome).toBe("managed");
  const finding = findings.find(({ rule }) => rule === "straddling-allocation");
  const line = finding === undefined ? null : tree.sources.lineText(finding.span.start)!.trim();
  return { proof: proof!, finding, line };
}

const OFF_BY_1_MIB = 0xc0100000;

test("two banks that meet off a multiple of the largest allocation: corruption, told of the smallest allocation", () => {
  const { proof, finding, line } = check(OFF_BY_1_MIB, "900000000", { series: "rfc-v2" });
  expect(proof.safe).toBe(true);
  // 0xc0100000 is PFN 786688, 256 past a multiple of 512 and of 1024: orders 9 and 10 lie across it, order 8 does not.
  expect(proof.straddles.map(({ order }) => order)).toEqual([9, 10]);
  expect(finding).toMatchObject({ severity: "error", consequence: "corruption", node: "/memory@80100000" });
  expect(line).toBe("reg = <0x0 0x80100000 0x0 0x40000000>; };");
  expect(finding!.message).toContain(
    "the memory of region 1 (/memory@c0100000) follows that of region 0 (/memory@80100000) without a gap, and rfc-v2 looks up the region of an allocation's first page alone",
  );
  expect(finding!.message).toContain(
    "an order 9 allocation at PFN 786432 (0xc0000000) has 256 pages in region 0 and 256 pages in region 1",
  );
  // The second region's first block, 0x900000000, holds the tags of its first 32 pages, the first of 256 / 32 blocks.
  expect(finding!.message).toContain(
    "block 9437184 (0x900000000-0x900000fff), the first of 8 such blocks, holds the tags of 32 pages of it",
  );
  expect(finding!.message).toContain("in all, 2 straddling allocations are served like this");
});

test("no finding where the walk runs on into the second region's tags, or where no allocation lies across", () => {
  expect(check(OFF_BY_1_MIB, "8fa000000", { series: "rfc-v2" }).finding).toBeUndefined();
  const aligned = check(0xc0000000, "900000000", { series: "rfc-v2" });
  expect([aligned.finding, aligned.proof.straddles]).toEqual([undefined, []]);
});

test("no finding where the banks belong to different NUMA nodes", () => {
  const nodes = ["numa-node-id = <0>;", "numa-node-id = <1>;"] as const;
  expect(check(OFF_BY_1_MIB, "900000000", { series: "rfc-v2" }, nodes).finding).toBeUndefined();
});

test("no series looks further than the first page: exact has the finding too", () => {
  expect(check(OFF_BY_1_MIB, "900000000", { series: "exact" }).finding!.consequence).toBe("corruption");
});
