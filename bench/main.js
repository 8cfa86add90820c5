/** Benchmarks, on the built program and library: `npm run bench`. Ratios, as machines differ. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { prove } from "../dist/core/proof/prove.js";
import { parseSource } from "../dist/dts/index.js";
import { benchBoards } from "./boards.js";
import { largeSource } from "./large-source.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Milliseconds that a function takes. */
function time(job) {
  const start = performance.now();
  job();
  return performance.now() - start;
}

function median(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median times of two jobs, run in turn so that both meet the same noise. */
function compare(first, second, rounds) {
  const times = [[], []];
  for (let round = 0; round < rounds; round++) {
    times[0].push(time(first));
    times[1].push(time(second));
  }
  return times.map(median);
}

function node(...args) {
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: "ignore" });
  if (error !== undefined || status !== 0) throw new Error(`node ${args.join(" ")} failed`);
}

function benchStart() {
  const [check, empty] = compare(
    () => node("dist/cli/main.js", "check", "examples/fvp-rfc-v2.dts"),
    () => node("-e", "0"),
    10,
  );
  report("check of an example, whole process, against node -e 0", check / empty, 2, [
    `${check.toFixed(1)} ms`,
    `${empty.toFixed(1)} ms`,
  ]);
}

const PAGES_PER_GIB = 2 ** 18;

/** One region of so much memory, 4 KiB pages; blocks of 8 KiB, so that there is something to count at every order. */
function region(memoryGib) {
  const pages = memoryGib * PAGES_PER_GIB;
  return {
    node: "/tag-storage",
    memoryNode: "/memory",
    memory: { start: 2 ** 19, end: 2 ** 19 + pages - 1 },
    tags: { start: 2 ** 31, end: 2 ** 31 + pages / 32 - 1 },
    blockPages: 2,
    numaNode: null,
  };
}

function benchProof() {
  const proofs = (memoryGib) => {
    const regions = [region(memoryGib)];
    return () => {
      for (let i = 0; i < 2000; i++) prove(regions, "rfc-v2", 10);
    };
  };
  const [large, small] = compare(proofs(1024), proofs(1), 10);
  report("proof of 1 TiB against 1 GiB", large / small, 1.2, [
    `${(large / 2).toFixed(1)} µs`,
    `${(small / 2).toFixed(1)} µs`,
  ]);
}

function benchParser() {
  const text = largeSource(4000);
  const files = { read: () => ({ kind: "missing" }) };
  const parse = () => {
    const { tree } = parseSource("large.dts", text, { files, includeDirs: [] });
    if (tree === null) throw new Error("the large source has errors");
  };
  for (let i = 0; i < 3; i++) parse();
  const times = Array.from({ length: 10 }, () => time(parse));
  const megabytes = text.length / 1e6;
  console.log(
    `DTS parsed: ${((1000 * megabytes) / median(times)).toFixed(1)} MB/s (${megabytes.toFixed(1)} MB of made-up board source)`,
  );
}

function report(what, ratio, goal, details) {
  console.log(`${what}: ${ratio.toFixed(2)} (goal ${goal} or less; ${details.join(" against ")})`);
}

benchStart();
benchProof();
benchParser();
benchBoards();
