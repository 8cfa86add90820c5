/**
 * The kernel's boards, ours against `cpp | dtc` of the same machine. Needs the Debian packages device-tree-compiler,
 * cpp and linux-source-6.1; says so where they are missing.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSource } from "../dist/dts/index.js";
import { median, report, tellGoal, time } from "./measure.js";

const ARCHIVE = "/usr/src/linux-source-6.1.tar.xz";
/** The kernel's largest board, by the size of its blob. */
const LARGE_BOARD = "qcom/sc7280-herobrine-crd.dts";
const NO_FILES = { read: () => ({ kind: "missing" }) };

/** The kernel's top folder, its device tree sources unpacked once a machine; null where there is no archive. */
function linuxSource() {
  const folder = join(tmpdir(), "carveout-bench-linux-6.1");
  const top = join(folder, "linux-source-6.1");
  if (existsSync(join(folder, ".done"))) return top;
  if (!existsSync(ARCHIVE)) return null;
  mkdirSync(folder, { recursive: true });
  const parts = [
    "arch/arm64/boot/dts",
    "arch/arm/boot/dts",
    "include/dt-bindings",
    "include/uapi/linux",
    "scripts/dtc",
  ];
  const { status } = spawnSync("tar", [
    "xf",
    ARCHIVE,
    "-C",
    folder,
    ...parts.map((part) => `linux-source-6.1/${part}`),
  ]);
  if (status !== 0) return null;
  writeFileSync(join(folder, ".done"), "");
  return top;
}

function boardsBelow(folder) {
  const boards = [];
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) boards.push(...boardsBelow(path));
    else if (name.endsWith(".dts")) boards.push(path);
  }
  return boards;
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { maxBuffer: 1 << 28, ...options });
  if (result.error !== undefined || result.status !== 0) throw new Error(`${command} failed: ${result.stderr}`);
  return result.stdout;
}

/** Prints what the boards show; false where something that it needs is missing. */
export function benchBoards() {
  const top = linuxSource();
  const hasTools = ["cpp", "dtc"].every((tool) => spawnSync("which", [tool]).status === 0);
  if (top === null || !hasTools) {
    console.log("kernel boards: skipped; apt-get install device-tree-compiler cpp linux-source-6.1");
    return false;
  }
  const dts = join(top, "arch/arm64/boot/dts");
  const prefixes = join(top, "scripts/dtc/include-prefixes");
  const boards = boardsBelow(dts);
  const work = mkdtempSync(join(tmpdir(), "carveout-bench-"));
  const list = join(work, "boards");
  writeFileSync(list, `${boards.join("\n")}\n`);
  const pipeline = (input, output) =>
    `cpp -nostdinc -I ${prefixes} -undef -D__DTS__ -x assembler-with-cpp ${input} | dtc -q -I dts -O dtb -o ${output} -`;

  const compiler = fileURLToPath(new URL("compile-boards.js", import.meta.url));
  let peakBytes = 0;
  const compileOurs = () => {
    peakBytes = Number(run(process.execPath, [compiler, list, prefixes, work], { encoding: "utf8" }));
  };
  const loop = `n=0; while read b; do ${pipeline("$b", `${work}/theirs-$n.dtb`)}; n=$((n+1)); done < ${list}`;
  const compileTheirs = () => run("sh", ["-c", loop]);
  // In turn, twice, as machines are noisy: the better of each.
  let ours = time(compileOurs);
  let theirs = time(compileTheirs);
  ours = Math.min(ours, time(compileOurs));
  theirs = Math.min(theirs, time(compileTheirs));
  const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
  const all = `${boards.length} kernel boards in one process`;
  report(`${all}, against a loop of cpp | dtc`, ours / theirs, 0.2, [ours, theirs].map(seconds));
  const peakMegabytes = Math.round(peakBytes / 1e6);
  tellGoal(`${all}: at most ${peakMegabytes} MB of memory`, peakMegabytes < 500, "less than 500 MB");

  const preprocessed = join(work, "large.dts");
  const large = join(dts, LARGE_BOARD);
  run("sh", ["-c", `cpp -nostdinc -I ${prefixes} -undef -D__DTS__ -x assembler-with-cpp ${large} > ${preprocessed}`]);
  const empty = join(work, "empty.dts");
  writeFileSync(empty, "/dts-v1/;\n/ { };\n");
  const text = readFileSync(preprocessed, "latin1");
  const parse = () => parseSource(preprocessed, text, { files: NO_FILES, includeDirs: [] });
  for (let i = 0; i < 30; i++) parse();
  const best = (job) => Math.min(...Array.from({ length: 15 }, () => time(job)));
  const dtc = (input) => run("dtc", ["-q", "-I", "dts", "-O", "dtb", "-o", join(work, "out.dtb"), input]);
  const dtcMs = best(() => dtc(preprocessed)) - best(() => dtc(empty));
  const oursMs = best(parse);
  const speed = (ms) => `${(text.length / ms / 1000).toFixed(1)} MB/s`;
  tellGoal(
    `a preprocessed board parsed, against dtc: ${(dtcMs / oursMs).toFixed(1)} times its speed`,
    dtcMs / oursMs >= 5,
    `5 or more; ${speed(oursMs)} against ${speed(dtcMs)}, ${(text.length / 1e3).toFixed(0)} kB`,
  );

  const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
  const out = join(work, "ours.dtb");
  const jobs = [
    () => run(process.execPath, ["-e", "0"]),
    // The kernel's headers are linked into its prefixes from elsewhere below its top folder.
    () => run(process.execPath, [program, "convert", large, "-I", prefixes, "-O", "dtb", "-o", out], { cwd: top }),
    () => run("sh", ["-c", pipeline(large, join(work, "theirs.dtb"))]),
  ];
  // In turn, so that all meet the same noise.
  const rounds = Array.from({ length: 15 }, () => jobs.map(time));
  const [startMs, wholeMs, pipeMs] = jobs.map((_, index) => median(rounds.map((times) => times[index])));
  const ownMs = wholeMs - startMs;
  report("one large board, whole process less node -e 0, against cpp | dtc", ownMs / pipeMs, 1, [
    `${ownMs.toFixed(0)} ms`,
    `${pipeMs.toFixed(0)} ms`,
  ]);
  rmSync(work, { recursive: true });
  return true;
}
