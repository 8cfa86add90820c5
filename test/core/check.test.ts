import { expect, test } from "vitest";
import { checkTree } from "../../core/check.ts";
import { type KernelOptions, kernelConfig } from "../../core/kernel/config.ts";
import { findRule } from "../../core/rules/catalogue.ts";
import { parseSource } from "../../dts/parse-source.ts";

/** Checks a tree whose root has two cells of address and two of size. */
function check(nodes: string, options: KernelOptions) {
  const text = `/dts-v1/;\n/ { #address-cells = <2>; #size-cells = <2>;\n${nodes}\n};`;
  const files = { read: () => ({ kind: "missing" }) as const };
  const { tree, diagnostics } = parseSource("t.dts", text, { files, includeDirs: [] });
  if (tree === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const result = checkTree(tree, kernelConfig(options));
  const finding = (rule: string) => result.findings.find((candidate) => candidate.rule === rule);
  const lineOf = (rule: string) => tree.sources.lineText(finding(rule)!.span.start)!.trim();
  const relatedLinesOf = (rule: string) =>
    (finding(rule)!.related ?? []).map(({ span }) => tree.sources.lineText(span.start)!.trim());
  return { ...result, finding, lineOf, relatedLinesOf };
}

const UPPER_BANK = `
memory@880000000 { device_type = "memory"; reg = <0x8 0x80000000 0x0 0x80000000>; };`;

const MEMORY = `
memory0: memory@80000000 { device_type = "memory"; reg = <0x0 0x80000000 0x0 0x80000000>; };${UPPER_BANK}`;

function reservedTags(name: string, reg: string, blockSize = "0x1000") {
  return `
reserved-memory {
	#address-cells = <2>; #size-cells = <2>; ranges;
	${name} {
		compatible = "arm,mte-tag-storage";
		reg = <${reg}>;
		block-size = <${blockSize}>;
		tagged-memory = <&memory0>;
		reusable;
	};
};`;
}

test("a kernel that does not manage tag storage has nothing to prove", () => {
  const { boot, proof } = check(MEMORY, { series: "rfc-v3" });
  expect([boot.outcome, proof]).toEqual(["absent", null]);
});

test("a safe layout gives a proof and no finding of an obligation", () => {
  const { boot, proof, findings } = check(MEMORY + reservedTags("tags@8f8000000", "0x8 0xf8000000 0x0 0x4000000"), {
    series: "rfc-v3",
  });
  expect([boot.outcome, proof!.safe, findings]).toEqual(["managed", true, []]);
});

test("coverage: rfc-v3 with blocks of two pages leaves the second block of an order 7 allocation in use", () => {
  // 128 pages have their tags in 4 tag pages, 2 blocks. The walk ends at block + ceil(4 / 2) = 2 pages, so after 1 block.
  const { finding, lineOf, proof } = check(
    MEMORY + reservedTags("tags@8f8000000", "0x8 0xf8000000 0x0 0x4000000", "0x2000"),
    { series: "rfc-v3" },
  );
  expect(proof!.safe).toBe(false);
  const coverage = finding("coverage")!;
  expect(coverage).toMatchObject({ severity: "error", consequence: "corruption" });
  expect(coverage.node).toBe("/reserved-memory/tags@8f8000000");
  expect(lineOf("coverage")).toBe("block-size = <0x2000>;");
  expect(coverage.message).toContain(
    "an order 7 allocation at PFN 524288 (0x80000000), 512 KiB, has its tags in blocks 9404416 and 9404418, and rfc-v3 reserves block 9404416",
  );
  expect(coverage.message).toContain(
    "block 9404418 (0x8f8002000-0x8f8003fff) holds the tags of 64 pages of it and stays in use for data",
  );
  // Orders 7 to 10: 4096 + 2048 + 1024 + 512.
  expect(coverage.message).toContain("7680 allocations break this, of orders 7 to 10");
});

test("containment: rfc-v3 with half the tags tells the first page without and how many there are", () => {
  // 32 MiB of tags are 8192 pages and serve 8192 * 32 = 262144 of 524288 pages: the first without is 524288 + 262144.
  const { finding, lineOf } = check(MEMORY + reservedTags("tags@8f8000000", "0x8 0xf8000000 0x0 0x2000000"), {
    series: "rfc-v3",
  });
  const { message, consequence } = finding("containment")!;
  expect(consequence).toBe("corruption");
  expect(lineOf("containment")).toBe("reg = <0x8 0xf8000000 0x0 0x2000000>;");
  expect(message).toContain("PFN 786432 (0xc0000000)");
  // The tag range starts at PFN 9404416, so its first page beyond the end is 9404416 + 8192 = 9412608, 0x8fa000000.
  expect(message).toContain("block 9412608 (0x8fa000000-0x8fa000fff), but the tag storage ends at 0x8f9ffffff");
  expect(message).toContain("262144 pages of memory");
  // Page 786432 itself is an order 0 allocation that finds no region.
  expect(finding("coverage")!.message).toContain("rfc-v3 finds no region for it and reserves nothing");
});

test("disjointness: two tag ranges that overlap are both named, with the stretch that they share", () => {
  const { finding } = check(
    `${MEMORY}
memory1: memory@1000000000 { device_type = "memory"; reg = <0x10 0x0 0x0 0x80000000>; };
tag-storage@8f8000000 { compatible = "arm,mte-tag-storage"; reg = <0x8 0xf8000000 0x0 0x4000000>;
	block-size = <0x1000>; memory = <&memory0>; };
tag-storage@8fa000000 { compatible = "arm,mte-tag-storage"; reg = <0x8 0xfa000000 0x0 0x4000000>;
	block-size = <0x1000>; memory = <&memory1>; };`,
    { series: "rfc-v2" },
  );
  // 0x8fa000000 to the end of the first range, 0x8fc000000 - 1: 32 MiB, 8192 pages.
  expect(finding("disjointness")).toMatchObject({ consequence: "corruption", node: "/tag-storage@8fa000000" });
  expect(finding("disjointness")!.message).toBe(
    "the tag storage /tag-storage@8f8000000 (0x8f8000000-0x8fbffffff) and the tag storage /tag-storage@8fa000000 " +
      "(0x8fa000000-0x8fdffffff) overlap in 8192 pages, 0x8fa000000-0x8fbffffff",
  );
});

test("disjointness: tags that lie in the memory of a later row are where it is told, with that memory beside it", () => {
  const { finding, lineOf, relatedLinesOf, proof } = check(
    MEMORY.replace("memory@880000000", "memory1: memory@880000000") +
      ROOT_TAGS("8a0000000", "0x8 0xa0000000 0x0 0x4000000", "memory0") +
      ROOT_TAGS("900000000", "0x9 0x00000000 0x0 0x4000000", "memory1"),
    { series: "rfc-v2" },
  );
  expect(finding("disjointness")!.node).toBe("/tag-storage@8a0000000");
  expect(lineOf("disjointness")).toContain("reg = <0x8 0xa0000000 0x0 0x4000000>");
  expect(relatedLinesOf("disjointness")).toEqual([UPPER_BANK.replace("memory@", "memory1: memory@").trim()]);
  // The row of the counterexample is another thing: the later of the two
  const { counterexample } = proof!.obligations.find(({ name }) => name === "disjointness")!;
  expect(counterexample).toMatchObject({ region: 1, pfn: 0x8a0000 });
});

test("disjointness: where two memory nodes overlap, the later is where it is told", () => {
  const { finding } = check(
    MEMORY.replace(
      UPPER_BANK,
      `\nmemory1: memory@c0000000 { device_type = "memory"; reg = <0x0 0xc0000000 0x0 0x80000000>; };`,
    ) +
      ROOT_TAGS("8f8000000", "0x8 0xf8000000 0x0 0x4000000", "memory0") +
      ROOT_TAGS("8fc000000", "0x8 0xfc000000 0x0 0x4000000", "memory1"),
    { series: "rfc-v2" },
  );
  const { node, related } = finding("disjointness")!;
  expect(node).toBe("/memory@c0000000");
  expect(related!.map((place) => place.message)).toEqual(["the memory /memory@80000000 lies there too"]);
});

test("coverage: under rfc-v3 blocks of a multiple of 1/32 of the largest allocation will do, as its mend says", () => {
  // Orders up to 10 are 1024 pages of 4 KiB: 32 pages of tags, 128 KiB
  expect(findRule("coverage")!.mend).toContain("128 KiB with 4 KiB pages and orders up to 10");
  const isCovered = (blockPages: number) =>
    check(
      MEMORY +
        reservedTags("tags@8f8000000", "0x8 0xf8000000 0x0 0x4000000", `0x${(blockPages * 0x1000).toString(16)}`),
      { series: "rfc-v3" },
    ).finding("coverage") === undefined;
  expect([1, 32, 64, 128, 512].map(isCovered)).toEqual([true, true, true, true, true]);
  expect([2, 4, 8, 16].map(isCovered)).toEqual([false, false, false, false]);
});

test("precision is waste, and an overrun where a block outside the region is taken", () => {
  const tags = (blockSize: string) => `${MEMORY}
tag-storage@8f8000000 { compatible = "arm,mte-tag-storage"; reg = <0x8 0xf8000000 0x0 0x4000000>;
	block-size = <${blockSize}>; memory = <&memory0>; };`;
  const { finding } = check(tags("0x2000"), { series: "rfc-v2" });
  expect(finding("precision")!.consequence).toBe("overrun");
  // The last order 6 allocation: 524288 + 524288 - 64.
  expect(finding("precision")!.message).toContain("as order 6 does at PFN 1048512");
  expect(finding("release")!.message).toContain("64 references stay");
});

test("memory that starts off a boundary is told of beside what it breaks", () => {
  // 0x80010000 is PFN 524304: 16 past a multiple of 32.
  const { finding, lineOf } = check(
    `memory0: memory@80010000 { device_type = "memory"; reg = <0x0 0x80010000 0x0 0x40000000>; };${UPPER_BANK}
tag-storage@8f8000000 { compatible = "arm,mte-tag-storage"; reg = <0x8 0xf8000000 0x0 0x2000000>;
	block-size = <0x1000>; memory = <&memory0>; };`,
    { series: "rfc-v2" },
  );
  const { message } = finding("coverage")!;
  // The first aligned 32 pages start at 524320, 16 pages in: half their tags lie in the first block, half in the next.
  expect(message).toContain("an order 5 allocation at PFN 524320");
  expect(message).toContain("holds the tags of 16 pages of it");
  expect(lineOf("memory-start-alignment")).toContain("reg = <0x0 0x80010000 0x0 0x40000000>");
  expect(finding("memory-start-alignment")).toMatchObject({ severity: "warning", node: "/memory@80010000" });
  expect(finding("memory-start-alignment")!.message).toContain(
    "starts at PFN 524304, 16 pages past a multiple of 32 * B = 32",
  );
  expect(finding("memory-start-alignment")!.hint).toContain("start the memory 16 pages later, at PFN 524320");
});

const ROOT_TAGS = (address: string, reg: string, memory: string) => `
tag-storage@${address} { compatible = "arm,mte-tag-storage"; reg = <${reg}>; block-size = <0x1000>; memory = <&${memory}>; };`;

test("two tag storage nodes that name one memory node: told at the second, with the first beside it", () => {
  const { finding, lineOf, findings } = check(
    MEMORY +
      ROOT_TAGS("8f8000000", "0x8 0xf8000000 0x0 0x4000000", "memory0") +
      ROOT_TAGS("8f4000000", "0x8 0xf4000000 0x0 0x4000000", "memory0"),
    { series: "rfc-v2" },
  );
  expect(findings[0]!.rule).toBe("disjointness");
  const { message, node, related } = finding("disjointness")!;
  expect(node).toBe("/tag-storage@8f4000000");
  expect(lineOf("disjointness")).toContain("tag-storage@8f4000000");
  expect(message).toContain("/tag-storage@8f8000000 and /tag-storage@8f4000000 both name /memory@80000000");
  expect(related!.map((place) => place.message)).toEqual(["/tag-storage@8f8000000 names it first"]);
});

test("of several overlaps the first is told, and the others beside it", () => {
  // The second tag range overlaps the end of the first by 32 MiB, 8192 pages, and lies in memory1 as a whole: so does
  // the first. memory1 is 0x880000000-0x8ffffffff.
  const { finding } = check(
    MEMORY.replace("memory@880000000", "memory1: memory@880000000") +
      ROOT_TAGS("8f8000000", "0x8 0xf8000000 0x0 0x4000000", "memory0") +
      ROOT_TAGS("8fa000000", "0x8 0xfa000000 0x0 0x4000000", "memory1"),
    { series: "rfc-v2" },
  );
  const { message, related } = finding("disjointness")!;
  // PFN 9404416 is the lowest page that two ranges share
  expect(message).toContain("overlap in 16384 pages, 0x8f8000000-0x8fbffffff");
  expect(related!.map((place) => place.message)).toEqual([
    "the memory /memory@880000000 lies there too",
    "the tag storage /tag-storage@8f8000000 and the tag storage /tag-storage@8fa000000 overlap too, in 8192 pages, 0x8fa000000-0x8fbffffff",
    "the memory /memory@880000000 and the tag storage /tag-storage@8fa000000 overlap too, in 16384 pages, 0x8fa000000-0x8fdffffff",
  ]);
});
