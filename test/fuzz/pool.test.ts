import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type PoolFinding, runPool } from "./pool.ts";

/**
 * A process that finds something wrong with run 3, hangs at run 5, dies at run 7 and, when it is not alone with it, takes
 * too much for run 9: it speaks to its parent as worker.ts does.
 */
const WORKER = `
const { openSync, writeSync } = require("node:fs");
const state = openSync(process.argv[2], "w");
let beats = 0;
process.on("message", ({ from, to }) => {
  for (let index = from; index < to; index++) {
    const beat = Buffer.alloc(16);
    beat.writeDoubleLE(index, 0);
    beat.writeDoubleLE(++beats, 8);
    writeSync(state, beat, 0, 16, 0);
    const end = (kind, what) => process.send({ counts: {}, next: index, ending: { kind, what, name: "", input: "dts", files: {} } });
    if (index === 3) return end("broken", "a promise");
    if (index === 5) for (;;);
    if (index === 7) process.kill(process.pid, "SIGKILL");
    if (index === 9 && to - from > 1) return end("overBudget", "took 3000 ms");
  }
  process.send({ counts: {}, next: to, ending: null });
});
`;

test("what breaks, hangs or kills a process is found, told by its run, and the others are run all the same", async () => {
  const folder = mkdtempSync(join(tmpdir(), "carveout-pool-"));
  const worker = join(folder, "worker.cjs");
  writeFileSync(worker, WORKER);
  const findings: PoolFinding[] = [];
  const unconfirmed: PoolFinding[] = [];
  let ran = 0;
  const options = { worker, args: [], jobs: 2, pieceRuns: 6, hangMilliseconds: 10_000, folder, heapMegabytes: 100 };
  await runPool(
    { ...options, runs: { from: 0, to: 20 } },
    {
      onReport: (_report, runs) => {
        ran += runs;
      },
      onFinding: (finding) => findings.push(finding),
      onUnconfirmed: (finding) => unconfirmed.push(finding),
    },
  );
  findings.sort((a, b) => a.index - b.index);
  expect(findings.map(({ index }) => index)).toEqual([3, 5, 7]);
  expect(findings[0]!.what).toBe("a promise");
  expect(findings[1]!.what).toMatch(/^hangs/);
  expect(findings[2]!.what).toMatch(/^died \(SIGKILL\)/);
  expect(unconfirmed.map(({ index }) => index)).toEqual([9]);
  // All but the four.
  expect(ran).toBe(16);
}, 120_000);
