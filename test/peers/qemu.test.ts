import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { checkAsJson, dumpQemuBlob, requireProgram } from "./tools.ts";

let folder: string;

beforeAll(() => {
  requireProgram("qemu-system-aarch64", "qemu-system-arm");
  folder = mkdtempSync(join(tmpdir(), "carveout-qemu-"));
});

const TWO_NUMA_NODES = [
  ...["-smp", "2"],
  ...["-object", "memory-backend-ram,id=m0,size=2G", "-numa", "node,memdev=m0,cpus=0"],
  ...["-object", "memory-backend-ram,id=m1,size=2G", "-numa", "node,memdev=m1,cpus=1"],
];

describe("the blob that QEMU writes for its virt machine, which has no tag storage", () => {
  test.each([
    ["4 GiB", []],
    ["4 GiB in two NUMA nodes", TWO_NUMA_NODES],
  ])("%s: absent under every series, and clean", (name, options) => {
    const blob = join(folder, `${name.replaceAll(" ", "-")}.dtb`);
    dumpQemuBlob(blob, ["-m", "4G", ...options]);
    for (const series of ["rfc-v1", "rfc-v2", "rfc-v3", "exact"]) {
      const { status, report } = checkAsJson(blob, "--kernel", series);
      expect(report, series).toMatchObject({ series, outcome: "absent", safe: null, regions: [], proof: null });
      expect(report.findings, series).toEqual([]);
      expect(status, series).toBe(0);
    }
  });
});
