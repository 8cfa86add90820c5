/** Every JSON output is what `carveout schema` says of it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { mistakes } from "./output-mistakes.ts";
import { carveout, folderWith } from "./program.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const TREES = readdirSync(EXAMPLES).filter((name) => /\.(dts|yaml)$/.test(name));
const json = (args: readonly string[], cwd = EXAMPLES) => carveout([...args, "--format", "json"], { cwd }).out;

test.each(["check", "regions", "prove"])("%s, on all examples", (command) => {
  expect(mistakes("report", json([command, ...TREES]))).toEqual([]);
});

test("all kernels and page sizes", () => {
  expect(mistakes("matrix", json(["check", ...TREES, "--kernel", "all", "--page-size", "all"]))).toEqual([]);
});

test.each(["sweep", "random", "churn", "thp", "mprotect", "pressure", "pinned", "phone"])(
  "run, workload %s",
  (name) => {
    for (const tree of ["fvp-rfc-v3.dts", "blocks-8k.dts"]) {
      const out = json(["run", tree, "--workload", name, "--operations", "3000", "--no-breach-file"]);
      expect(mistakes("report", out)).toEqual([]);
    }
  },
);

test("run, a replay, a trace, interleavings, what is suppressed", () => {
  const cwd = folderWith({
    "x.trace": " app-1 [000] ..... 1.0: mm_page_alloc: page=0 pfn=0x80000 order=0 migratetype=1 gfp_flags=GFP_KERNEL\n",
  });
  const fvp = join(EXAMPLES, "fvp-rfc-v3.dts");
  expect(mistakes("report", json(["run", fvp, "--replay", "x.trace"], cwd))).toEqual([]);
  const recorded = [
    "run",
    join(EXAMPLES, "blocks-8k.dts"),
    "--workload",
    "thp",
    "--operations",
    "100000",
    "--breach-file",
    "b.trace",
  ];
  expect(mistakes("report", json(recorded, cwd))).toEqual([]);
  expect(mistakes("report", json(["run", join(EXAMPLES, "blocks-8k.dts"), "--replay", "b.trace"], cwd))).toEqual([]);
  expect(mistakes("report", json(["run", fvp, "--interleavings", "--threads", "2", "--blocks", "2"], cwd))).toEqual([]);
  const broken = ["run", fvp, "--interleavings", "--threads", "2", "--blocks", "2", "--without", "undo"];
  expect(mistakes("report", json(broken, cwd))).toEqual([]);
  expect(mistakes("report", json(["check", "broken-overlap.dts", "--disable", "disjointness"]))).toEqual([]);
});

test("plan, with and without a plan", () => {
  expect(mistakes("plan", json(["plan", "plain-machine.yaml", "--kernel", "rfc-v2"]))).toEqual([]);
  expect(
    mistakes(
      "plan",
      json(["plan", "plain-machine.yaml", "--kernel", "rfc-v2", "--page-size", "64k", "--block-size", "4k"]),
    ),
  ).toEqual([]);
});
