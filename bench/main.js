/** Benchmarks, on the built program and library: `npm run bench`. Ratios, as machines differ; 1 where a goal is missed. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSource } from "../dist/dts/index.js";
import { benchAllocator } from "./allocator.js";
import { benchBoards } from "./boards.js";
import { benchHostile } from "./hostile.js";
import { largeSource } from "./large-source.js";
import { compare, median, report, tellGoal, time } from "./measure.js";
import { benchProof } from "./proof.js";
import { benchSchema } from "./schema.js";

const root = fileURLToPath(new URL("..", import.meta.url));

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

/** A thousand trees in one call against a thousand calls, of which a few are made. */
function benchManyInputs() {
  const folder = mkdtempSync(join(tmpdir(), "carveout-bench-many-"));
  try {
    const blob = join(folder, "0.dtb");
    node("dist/cli/main.js", "convert", "examples/fvp-rfc-v3.dts", "-O", "dtb", "-o", blob);
    for (let i = 1; i < 1000; i++) copyFileSync(blob, join(folder, `${i}.dtb`));
    const [all, one] = compare(
      () => node("dist/cli/main.js", "check", folder, "-o", join(folder, "report")),
      () => node("dist/cli/main.js", "check", blob),
      5,
    );
    const times = (1000 * one) / all;
    tellGoal(
      `1000 trees in one call: ${times.toFixed(0)} times as fast as in 1000`,
      times >= 10,
      `10 or more; ${(all / 1000).toFixed(1)} s against ${one.toFixed(0)} ms each`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
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

benchStart();
benchManyInputs();
benchProof();
benchParser();
await benchAllocator();
benchBoards();
benchSchema();
await benchHostile();
