/** What a proof costs: by the size of memory, of blocks, by the number of regions, and against a walk over every page. */

import { deepStrictEqual } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { prove } from "../dist/core/proof/prove.js";
import { compare, median, report, tellGoal, time } from "./measure.js";
import { walkRegion } from "./slow-proof.js";

const PAGES_PER_GIB = 2 ** 18;
const MAX_ORDER = 10;
const SERIES = ["rfc-v1", "rfc-v2", "rfc-v3", "exact"];

/** Tagged memory of so many pages, 4 KiB each, tags of exactly 1/32. */
function region(memoryStart, memoryPages, tagsStart, blockPages) {
  return {
    node: "/tag-storage",
    memoryNode: "/memory",
    memory: { start: memoryStart, end: memoryStart + memoryPages - 1 },
    tags: { start: tagsStart, end: tagsStart + memoryPages / 32 - 1 },
    blockPages,
    numaNode: null,
  };
}

/** Blocks of 8 KiB: there is something to count at every order from 6 on. */
const oneRegion = (memoryGib) => [region(2 ** 19, memoryGib * PAGES_PER_GIB, 2 ** 45, 2)];
const blocksOf512 = [region(2 ** 19, 64 * PAGES_PER_GIB, 2 ** 45, 512)];
const regions32 = Array.from({ length: 32 }, (_, row) =>
  region(2 ** 19 + row * 2 ** 25, 64 * PAGES_PER_GIB, 2 ** 45 + row * 2 ** 20, 2),
);
/** Each row's memory lies in the next one's, and no two have blocks of one size: the kernel finds each row somewhere. */
const nested32 = Array.from({ length: 32 }, (_, row) =>
  region(2 ** 40 - (row + 1) * 2 ** 30, (row + 1) * 2 ** 31, 2 ** 45 + row, 2 * row + 1),
);

/** Milliseconds of the first proof in a process of its own, before anything is compiled: of the series that takes longest. */
function coldMs(regions) {
  const script = `import { prove } from ${JSON.stringify(new URL("../dist/core/proof/prove.js", import.meta.url))};
    const start = performance.now();
    prove(${JSON.stringify(regions)}, process.argv[1], ${MAX_ORDER});
    console.log(performance.now() - start);`;
  const once = (series) =>
    Number(spawnSync(process.execPath, ["--input-type=module", "-e", script, series], { encoding: "utf8" }).stdout);
  return Math.max(...SERIES.map((series) => median(Array.from({ length: 5 }, () => once(series)))));
}

/** The same of later proofs in this process. */
function warmMs(regions) {
  const once = (series) => time(() => prove(regions, series, MAX_ORDER));
  return Math.max(...SERIES.map((series) => median(Array.from({ length: 20 }, () => once(series)))));
}

export function benchProof() {
  const proofs = (memoryGib) => () => {
    for (let i = 0; i < 1000; i++) prove(oneRegion(memoryGib), "rfc-v2", MAX_ORDER);
  };
  const [large, small] = compare(proofs(2 ** 20), proofs(1), 10);
  report("proof of one region, all orders, 1 PiB against 1 GiB", large / small, 1.2, [
    `${large.toFixed(0)} µs`,
    `${small.toFixed(0)} µs`,
  ]);
  const milliseconds = (what, regions, goal) => {
    for (const [where, ms] of [
      ["first proof in a process", coldMs(regions)],
      ["later ones", warmMs(regions)],
    ]) {
      tellGoal(`${what}, ${where}: ${ms.toFixed(1)} ms`, ms < goal, `less than ${goal}`);
    }
  };
  milliseconds("proof of one region, blocks of 512 pages, all orders", blocksOf512, 5);
  milliseconds("proof of 32 regions, all orders", regions32, 20);
  console.log(`proof of 32 regions inside one another, first proof in a process: ${coldMs(nested32).toFixed(1)} ms`);

  const walked = oneRegion(64);
  let rows = [];
  const slowMs = time(() => {
    rows = walkRegion(walked[0], MAX_ORDER);
  });
  deepStrictEqual(prove(walked, "rfc-v2", MAX_ORDER).orders, rows);
  const quickMs = time(() => proofs(64)()) / 1000;
  tellGoal(
    `proof of 64 GiB, all orders, against walking every page: ${Math.floor(slowMs / quickMs)} times as fast`,
    slowMs / quickMs >= 1000,
    `1000 or more; ${(quickMs * 1000).toFixed(0)} µs against ${slowMs.toFixed(0)} ms, same counts`,
  );
}
