/** Planned layouts, merged by dtc's own tools, and on the machines that QEMU describes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { carveout } from "../cli/program.ts";
import { checkAsJson, dumpQemuBlob, requireProgram } from "./tools.ts";

let folder: string;

beforeAll(() => {
  requireProgram("qemu-system-aarch64", "qemu-system-arm");
  requireProgram("fdtoverlay", "device-tree-compiler");
  folder = mkdtempSync(join(tmpdir(), "carveout-plan-"));
});

const TWO_NUMA_NODES = [
  ...["-smp", "2"],
  ...["-object", "memory-backend-ram,id=m0,size=2G", "-numa", "node,memdev=m0,cpus=0"],
  ...["-object", "memory-backend-ram,id=m1,size=2G", "-numa", "node,memdev=m1,cpus=1"],
];

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  expect(stderr).not.toMatch(/error/i);
  expect(status).toBe(0);
}

describe.each([
  ["4 GiB", []],
  ["4 GiB in two NUMA nodes", TWO_NUMA_NODES],
])("QEMU's virt machine with %s", (name, options) => {
  const base = () => join(folder, `${name.replaceAll(" ", "-")}.dtb`);

  test.each(["rfc-v1", "rfc-v2", "rfc-v3", "exact"])("planned for %s: managed and safe", (series) => {
    dumpQemuBlob(base(), ["-m", "4G", ...options]);
    const planned = base().replace(".dtb", `-${series}.dtb`);
    expect(carveout(["plan", base(), "--kernel", series, "-o", planned])).toMatchObject({ code: 0, err: "" });
    const { status, report } = checkAsJson(planned, "--kernel", series);
    expect(report).toMatchObject({ series, outcome: "managed", safe: true, findings: [] });
    expect(status).toBe(0);
  });

  test.each(["rfc-v2", "rfc-v3"])("the overlay for %s compiled by dtc and applied by fdtoverlay", (series) => {
    dumpQemuBlob(base(), ["-m", "4G", ...options]);
    const [source, overlay, merged] = ["dtso", "dtbo", "merged.dtb"].map((end) =>
      base().replace("dtb", `${series}.${end}`),
    );
    expect(carveout(["plan", base(), "--kernel", series, "-o", source!])).toMatchObject({ code: 0, err: "" });
    run("dtc", ["-q", "-@", "-I", "dts", "-O", "dtb", "-o", overlay!, source!]);
    run("fdtoverlay", ["-i", base(), "-o", merged!, overlay!]);
    const { status, report } = checkAsJson(merged!, "--kernel", series);
    expect(report).toMatchObject({ series, outcome: "managed", safe: true });
    expect(status).toBe(0);
  });
});
