/** Tag storage across a zone boundary under rfc-v3, by hand: the table that the kernel has, and what follows from it. */
import { expect, test } from "vitest";
import { checkTree } from "../../../core/check.ts";
import { type KernelOptions, kernelConfig } from "../../../core/kernel/config.ts";
import { parseSource } from "../../../dts/parse-source.ts";
import { ACROSS_ZONES, type Bank, bankAt, goodTree, MIB } from "./good-trees.ts";

const files = { read: () => ({ kind: "missing" }) as const };

function check(banks: readonly Bank[], options: Partial<KernelOptions> = {}) {
  const text = goodTree("rfc-v3", banks, { start: 0x90000000n, bytes: 0x80000000n });
  const { tree } = parseSource("t.dts", text, { files, includeDirs: [] });
  const result = checkTree(tree!, kernelConfig({ series: "rfc-v3", ...options }));
  const errors = result.findings.filter(({ severity }) => severity === "error").map(({ rule }) => rule);
  const regions = result.boot.outcome === "managed" ? result.boot.regions : [];
  const broken = result.proof?.obligations.filter(({ holds }) => !holds).map(({ name }) => name) ?? null;
  const lineOf = (rule: string) => {
    const { span } = result.findings.find((finding) => finding.rule === rule)!;
    return tree!.sources.lineText(span.start)!.trim();
  };
  return { ...result, errors, regions, broken, lineOf };
}

/*
 * 4 MiB of tags, 512 pages on each side of PFN 1048576 (4 GiB), for 128 MiB of memory from PFN 524288 on.
 *
 * t0 = 1048064, t = 1048575, t1 = 1049087; m0 = 524288, m1 = 524288 + 32768 - 1 = 557055.
 * First row:  memory ends at m0 + (t - t0) * 32 = 524288 + 511 * 32 = 540640; tags 1048064 to 1048575.
 * Second row: memory 540641 to 557055, which are 16415 pages; tags 1048576 to 1049087, which serve 512 * 32 = 16384.
 * Hardware has its boundary at 524288 + 512 * 32 = 540672.
 */
const HALVES: Bank = {
  label: "memory0",
  memory: 0x80000000n,
  memoryBytes: 128n * MIB,
  tags: 0xffe00000n,
  tagBytes: 4n * MIB,
};

test("tags across 4 GiB: two rows, the second 31 pages early, and the obligations that this breaks", () => {
  const { regions, proof, broken, findings, errors, lineOf } = check([HALVES]);
  expect(regions.map(({ memory, tags }) => ({ memory, tags }))).toEqual([
    { memory: { start: 524288, end: 540640 }, tags: { start: 1048064, end: 1048575 } },
    { memory: { start: 540641, end: 557055 }, tags: { start: 1048576, end: 1049087 } },
  ]);
  expect(proof!.safe).toBe(false);
  // containment: 16415 - 16384 = 31 pages beyond the tags, the first at 540641 + 16384 = 557025, which would need tag
  // page 1048576 + 512. coverage: an order 5 allocation at 540672 is 31 pages into the second row, so that its first
  // page has its tags in the row's first page, the other 31 in its second, and one block is reserved. release: that
  // block gets 32 references for the one page.
  expect(broken).toEqual(["containment", "coverage", "release"]);
  const containment = proof!.obligations.find(({ name }) => name === "containment")!;
  expect(containment.counterexample).toMatchObject({ region: 1, pfn: 557025, block: 1049088 });
  const order5 = proof!.orders.find(({ region, order }) => region === 1 && order === 5)!;
  expect(order5.unprotected.first).toBe(540672);
  expect(order5.leaks.first).toBe(540672);
  // The first row is as hardware has it: 511 * 32 + 1 pages from a multiple of 32 on
  const first = proof!.orders.filter(({ region }) => region === 0);
  expect(first.every((row) => row.unprotected.allocations + row.leaks.allocations === 0)).toBe(true);
  // The 32 pages from 540640 on lie in both rows
  expect(errors).toEqual([...broken!, "straddling-allocation"]);

  const split = findings.find(({ rule }) => rule === "zone-split-memory")!;
  expect(split).toMatchObject({ severity: "warning", consequence: "corruption" });
  expect(split.message).toContain("at 0x100000000");
  expect(split.message).toContain("PFNs 540641 to 540671 in the first part, in page 1048575");
  expect(lineOf("zone-split-memory")).toBe("reg = <0x0 0xffe00000 0x0 0x400000>;");
  // One mistake: the second row's start is the split's fault, and told as that
  expect(findings.some(({ rule }) => rule === "memory-start-alignment")).toBe(false);
});

test("exact splits the same tags where hardware does, and is safe", () => {
  const { regions, proof, findings } = check([HALVES], { series: "exact" });
  expect(regions.map(({ memory }) => memory)).toEqual([
    { start: 524288, end: 540671 },
    { start: 540672, end: 557055 },
  ]);
  expect([proof!.safe, findings]).toEqual([true, []]);
});

test("a boundary that is no multiple of B by PFN: 1048576 = 3 * 349525 + 1, and management is off", () => {
  // 12 MiB are 3072 pages, 1024 blocks of 3
  const { boot, errors, lineOf } = check([{ ...ACROSS_ZONES, blockBytes: 0x3000 }]);
  expect([boot.outcome, errors]).toEqual(["disabled", ["zone-split-alignment"]]);
  expect(lineOf("zone-split-alignment")).toBe("reg = <0x0 0xffc00000 0x0 0xc00000>;");
});

test("a split needs a free row: 31 nodes leave one, 32 leave none", () => {
  const across = { ...HALVES, memory: 0x400000000n };
  const others = (count: number) => Array.from({ length: count }, (_, index) => bankAt(index));
  const fits = check([across, ...others(30)], { cmaAreas: 64 });
  expect(fits.regions).toHaveLength(32);
  expect(fits.regions.at(-1)!.tags.start).toBe(1048576);
  const full = check([across, ...others(31)], { cmaAreas: 64 });
  expect([full.boot.outcome, full.errors]).toEqual(["disabled", ["zone-split-room"]]);
  expect(full.lineOf("zone-split-room")).toBe("reg = <0x0 0xffe00000 0x0 0x400000>;");
});

test("more tags than memory: a row that ends before it starts serves no page, and the first claims what is not its own", () => {
  // 16 MiB are 4096 pages, PFNs 524288 to 528383. The first row's memory still ends at 540640, 12257 pages beyond the
  // memory node; the second runs from 540641 to 528383, so no page is in it.
  const { regions, proof, broken, findings } = check([{ ...HALVES, memoryBytes: 16n * MIB }]);
  expect(regions.map(({ memory }) => memory)).toEqual([
    { start: 524288, end: 540640 },
    { start: 540641, end: 528383 },
  ]);
  const second = proof!.orders.filter(({ region }) => region === 1);
  expect(second).toHaveLength(11);
  expect(second.every(({ allocations }) => allocations === 0)).toBe(true);
  // 511 * 32 + 1 pages from a multiple of 32 on, in blocks of one page: the first row is right for each of them
  expect(broken).toEqual([]);
  expect(findings.map(({ rule }) => rule)).toEqual(["zone-split-memory"]);
  expect(findings[0]!.message).toContain(
    "lets the first part's memory end at PFN 540640, past its last page at PFN 528383, and leaves the second part none",
  );
});

test("three tag nodes, the middle one broken: the last comes up, and a finding says where the first one went", () => {
  const text = goodTree("rfc-v3", [bankAt(0), bankAt(1), bankAt(2)], { start: 0x90000000n, bytes: 128n * MIB });
  const one = "reg = <0x0 0x90200000 0x0 0x200000>;\n\t\tblock-size = <0x1000>;";
  expect(text.split(one)).toHaveLength(2);
  const { tree } = parseSource("t.dts", text.replace(one, one.split("\n")[0]!), { files, includeDirs: [] });
  const { boot, findings } = checkTree(tree!, kernelConfig({ series: "rfc-v3" }));
  const regions = boot.outcome === "managed" ? boot.regions : [];
  expect(regions.map(({ node }) => node)).toEqual(["/reserved-memory/tag-storage@90400000"]);
  expect(findings.map(({ rule, node }) => [rule, node])).toEqual([
    ["block-size", "/reserved-memory/tag-storage@90200000"],
    ["tag-table-emptied", "/reserved-memory/tag-storage@90000000"],
  ]);
  expect(findings[0]!.message).toContain("empties the table of the 1 region found before it");
  expect(findings[1]!.message).toBe(
    "the region of /reserved-memory/tag-storage@90000000 was found and is lost: the kernel empties its table when it " +
      "refuses /reserved-memory/tag-storage@90200000, and the memory that the region serves has no tag storage",
  );
  expect(tree!.sources.lineText(findings[1]!.span.start)).toContain("tag-storage@90000000 {");
});
