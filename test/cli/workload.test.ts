import { expect, test } from "vitest";
import { carveout, folderWith, fvpSource } from "./program.ts";

const FOLDER = folderWith({ "safe.dts": fvpSource(), "blocks.dts": fvpSource("0x2000") });

function workload(...args: string[]) {
  const { code, out, err } = carveout([...args, "--format", "json"], { cwd: FOLDER });
  expect(err).toBe("");
  return { code, ...JSON.parse(out).workload };
}

test("run visits every page at every order and counts each breach that the proof counts", () => {
  // 524288 pages at each of 11 orders. Two allocations, a whole free and a free a page make 2^o + 3 operations for each of
  // 524288 + 262144 + … + 512 = 1048064 allocations: 5767168 + 3 * 1048064 = 8911360.
  // Each of the 15872 allocations of order 6 and above over-reserves and leaks; one of each of five orders leaves the region.
  expect(workload("run", "blocks.dts")).toEqual({
    code: 1,
    name: "sweep",
    seed: 1,
    operations: 8911360,
    pagesVisited: 5767168,
    violations: 2 * 15872 + 5,
  });
});

test("a seed and a number of operations are kept to", () => {
  const first = workload("check", "safe.dts", "--operations", "5000", "--seed", "7");
  expect(first).toMatchObject({ code: 0, seed: 7, operations: 5000, violations: 0 });
  expect(workload("check", "safe.dts", "--operations", "5000", "--seed", "7")).toEqual(first);
  expect(workload("run", "safe.dts", "--operations", "5000")).toMatchObject({ code: 0, operations: 5000 });
});
