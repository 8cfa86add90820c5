/** `check` of one tree against dt-validate with the kernel's bindings processed beforehand: whole processes. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, tellGoal, time } from "./measure.js";

const ARCHIVE = "/usr/src/linux-source-6.1.tar.xz";
const FOLDER = join(tmpdir(), "carveout-bench-bindings");
const TOP = join(FOLDER, "linux-source-6.1");
/** The FVP, for which the series were written. */
const BOARD = "arch/arm64/boot/dts/arm/fvp-base-revc.dts";
const PROGRAM = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const GOAL = 20;

function run(command, args, options = {}) {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (error !== undefined || (status !== 0 && options.mayFail !== true)) {
    throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
  }
}

const isInstalled = (program) => spawnSync("which", [program]).status === 0;

export function benchSchema() {
  if (!isInstalled("dt-validate") || !existsSync(ARCHIVE)) {
    console.log("schema: not compared with dt-validate (Debian packages dt-schema, linux-source-6.1)");
    return;
  }
  const processed = join(FOLDER, "processed.json");
  if (!existsSync(processed)) {
    mkdirSync(FOLDER, { recursive: true });
    const parts = [
      "Documentation/devicetree/bindings",
      "arch/arm64/boot/dts/arm",
      "include/dt-bindings",
      "scripts/dtc",
    ];
    run("tar", ["xf", ARCHIVE, "-C", FOLDER, ...parts.map((part) => `linux-source-6.1/${part}`)]);
    const out = openSync(processed, "w");
    run("dt-mk-schema", ["-j", join(TOP, "Documentation/devicetree/bindings")], { stdio: ["ignore", out, "ignore"] });
  }
  const blob = join(FOLDER, "board.dtb");
  run(process.execPath, [
    PROGRAM,
    "convert",
    join(TOP, BOARD),
    "-I",
    join(TOP, "scripts/dtc/include-prefixes"),
    "--allow-outside",
    "-O",
    "dtb",
    "-o",
    blob,
  ]);
  const ours = [];
  const theirs = [];
  for (let round = 0; round < 3; round++) {
    ours.push(time(() => run(process.execPath, [PROGRAM, "check", blob])));
    theirs.push(time(() => run("dt-validate", ["-s", processed, blob], { mayFail: true })));
  }
  const ratio = median(theirs) / median(ours);
  tellGoal(
    `check of the FVP's board against dt-validate with the kernel's bindings: ${ratio.toFixed(0)} times as fast`,
    ratio >= GOAL,
    `${GOAL} or more; ${median(ours).toFixed(0)} ms against ${(median(theirs) / 1000).toFixed(1)} s`,
  );
}
