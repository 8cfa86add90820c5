import { expect, test } from "vitest";
import { carveout, folderWith, fvpSource } from "./program.ts";

const FIELDS = [
  "carveout",
  "input",
  "series",
  "pageSize",
  "maxOrder",
  "pageblockOrder",
  "outcome",
  "safe",
  "regions",
  "proof",
  "workload",
  "findings",
];

const FOLDER = folderWith({
  "safe.dts": fvpSource(),
  // The review that the project started from: blocks of two pages.
  "blocks.dts": fvpSource("0x2000"),
  "off.dts": fvpSource("0"),
  "none.dts": "/dts-v1/;\n/ {\n};\n",
  "syntax.dts": "/dts-v1/;\n/ {\n\ta = <1>\n};\n",
});

function json(...args: string[]) {
  const { code, out, err } = carveout([...args, "--format", "json"], { cwd: FOLDER });
  expect(err).toBe("");
  return { code, report: JSON.parse(out) };
}

test("a safe layout: every field in the contract's order, the table, the proof, a workload, exit code 0", () => {
  const { code, report } = json("check", "safe.dts");
  expect(code).toBe(0);
  expect(Object.keys(report)).toEqual(FIELDS);
  expect(report).toMatchObject({
    carveout: "0.1.0",
    input: "safe.dts",
    series: "rfc-v2",
    pageSize: 4096,
    maxOrder: 10,
    pageblockOrder: 9,
    outcome: "managed",
    safe: true,
    findings: [],
  });
  // 0x80000000 / 4096 = 524288 and 2 GiB / 4096 = 524288 pages; 0x8f8000000 / 4096 = 9404416 and 64 MiB / 4096 = 16384.
  expect(JSON.stringify(report.regions)).toBe(
    JSON.stringify([
      {
        node: "/tag-storage@8f8000000",
        memoryNode: "/memory@80000000",
        memory: { start: 524288, end: 1048575 },
        tags: { start: 9404416, end: 9420799 },
        blockPages: 1,
        numaNode: null,
      },
    ]),
  );
  expect(Object.keys(report.workload)).toEqual(["name", "seed", "operations", "pagesVisited", "violations"]);
  expect(report.workload).toMatchObject({ name: "sweep", seed: 1, violations: 0 });
  expect(report.workload.operations).toBeGreaterThan(1000);
});

test("an unsafe layout: the rows of the seed review, the counterexamples, findings with places, exit code 1", () => {
  const { code, report } = json("prove", "blocks.dts");
  expect(code).toBe(1);
  expect(report.safe).toBe(false);
  expect(report.workload).toBeNull();
  const { orders, obligations } = report.proof;
  expect(orders.map(({ order }: { order: number }) => order)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const none = { allocations: 0, first: null };
  expect(JSON.stringify(orders[5])).toBe(
    JSON.stringify({
      region: 0,
      order: 5,
      allocations: 16384,
      unprotected: { allocations: 0, pages: 0, first: null },
      overReserved: { allocations: 0, blocks: 0, first: null },
      outOfRegion: none,
      leaks: none,
      earlyReleases: none,
    }),
  );
  // The numbers: 64 pages need one block of two tag pages, rfc-v2 reserves two; the last takes one outside.
  expect(orders[6]).toEqual({
    region: 0,
    order: 6,
    allocations: 8192,
    unprotected: { allocations: 0, pages: 0, first: null },
    overReserved: { allocations: 8192, blocks: 8192, first: 524288 },
    outOfRegion: { allocations: 1, first: 1048512 },
    leaks: { allocations: 8192, first: 524288 },
    earlyReleases: none,
  });
  expect(JSON.stringify(obligations)).toBe(
    JSON.stringify(
      ["containment", "disjointness", "coverage", "precision", "release", "retention"].map((name) => {
        const holds = name !== "precision" && name !== "release";
        const counterexample = holds ? null : { region: 0, order: 6, pfn: 524288, block: 9404418 };
        return { name, holds, counterexample };
      }),
    ),
  );
  const findings = report.findings as { rule: string; consequence: string; message: string }[];
  expect(Object.keys(findings[0]!)).toEqual(["rule", "severity", "consequence", "message", "node", "location"]);
  expect(findings.map(({ rule, consequence }) => [rule, consequence])).toEqual([
    ["precision", "overrun"],
    ["release", "leak"],
  ]);
  // block-size = <0x2000> stands in line 16 from column 3 to 24.
  expect(report.findings[0]).toMatchObject({
    severity: "error",
    node: "/tag-storage@8f8000000",
    location: { file: "blocks.dts", line: 16, column: 3, endLine: 16, endColumn: 24 },
  });
  expect(Object.keys(report.findings[0].location)).toEqual(["file", "line", "column", "endLine", "endColumn"]);
  // 8192 + 4096 + 2048 + 1024 + 512 = 15872.
  expect(findings[0]!.message).toContain("15872 allocations");
});

test("several inputs make an array: disabled, absent and unparsable ones have nulls, and the worst decides", () => {
  const { code, report } = json("check", "off.dts", "none.dts", "syntax.dts");
  expect(code).toBe(1);
  expect(report.map((one: { input: string }) => one.input)).toEqual(["off.dts", "none.dts", "syntax.dts"]);
  const common = { safe: null, regions: [], proof: null, workload: null };
  expect(report[0]).toMatchObject({ ...common, series: "rfc-v2", outcome: "disabled" });
  expect(report[1]).toMatchObject({ ...common, series: "rfc-v3", outcome: "absent" });
  expect(report[2]).toMatchObject({ ...common, series: null, outcome: null, pageSize: 4096 });
  for (const one of report) expect(Object.keys(one)).toEqual(FIELDS);
  // The semicolon is missed after `<1>`, in line 3.
  expect(report[2].findings[0]).toMatchObject({ severity: "error", location: { file: "syntax.dts", line: 3 } });
});

test("kernel options reach the kernel, and sizes take suffixes", () => {
  const { code, report } = json(
    ...["regions", "safe.dts", "--kernel", "rfc-v2", "--page-size", "16k", "--max-order", "0x5"],
    ...["--pageblock-order", "3", "--va-bits", "47", "--pa-bits", "44", "--mem", "0x800M"],
  );
  expect(report).toMatchObject({ pageSize: 16384, maxOrder: 5, pageblockOrder: 3, series: "rfc-v2" });
  // mem= of 2 GiB leaves the first bank alone, and the tags lie in the second.
  expect([code, report.outcome]).toEqual([1, "disabled"]);
});
