/**
 * The allocator at work: single pages allocated and freed at random, a quarter of them tagged, on machines of 4 GiB and of
 * 1 TiB; against the same loop in C (allocator.c). See allocator-loop.js, which is bundled here as the program is.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { tellGoal } from "./measure.js";

const TAGGED_OF_256 = 64;

/**
 * More than one round of each, in turn: what runs first on a virtual machine is the first to touch its memory, which the
 * host then has to find.
 *
 * Slots hold a page or none: half of them do once it has run for a while, 1 GiB of 4 GiB, 32 GiB of 1 TiB.
 */
const MACHINES = [
  { name: "4 GiB", gib: 4, slots: 2 ** 19, warmUp: 2 ** 21, operations: 10_000_000, rounds: 6, goal: 5_000_000 },
  { name: "1 TiB", gib: 1024, slots: 2 ** 24, warmUp: 2 ** 25, operations: 10_000_000, rounds: 2, goal: 1_000_000 },
];
const BYTES_GOAL = 12;
const RATIO_GOAL = 0.4;
/** What a 1 TiB machine takes: 10.2 bytes for each of 277 million pages, and the slots. */
const LARGE_BYTES = 3.2e9;

/** Runs a program, and reads the numbers that it prints. */
function numbersOf(command, args) {
  const { stdout, stderr, status, error } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined || status !== 0) throw new Error(`${command} ${args.join(" ")} failed\n${stderr}`);
  const [perSecond, checksum, bytesPerPage] = stdout.trim().split(" ").map(Number);
  return { perSecond, checksum, bytesPerPage };
}

/** The path of the loop, bundled with the settings of scripts/build.js that matter for speed. */
async function bundle(folder) {
  const outfile = join(folder, "allocator-loop.cjs");
  const entry = fileURLToPath(new URL("allocator-loop.js", import.meta.url));
  await build({ entryPoints: [entry], outfile, bundle: true, format: "cjs", platform: "node", minifySyntax: true });
  return outfile;
}

/** The path of the compiled program, or null where there is no gcc. */
function compile(folder) {
  const program = join(folder, "allocator");
  const source = fileURLToPath(new URL("allocator.c", import.meta.url));
  const { error, status, stderr } = spawnSync("gcc", ["-O2", "-o", program, source], { encoding: "utf8" });
  if (error !== undefined) return null;
  if (status !== 0) throw new Error(`gcc does not compile bench/allocator.c\n${stderr}`);
  return program;
}

const best = (runs) => Math.max(...runs.map(({ perSecond }) => perSecond));
const millions = (perSecond) => `${(perSecond / 1e6).toFixed(1)} million`;

function benchMachine({ name, gib, slots, warmUp, operations, rounds, goal }, loop, program) {
  const args = [gib, slots, warmUp, operations, TAGGED_OF_256].map(String);
  const ours = [];
  const theirs = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(numbersOf(process.execPath, [loop, ...args]));
    if (program !== null) theirs.push(numbersOf(program, args));
  }
  const speed = best(ours);
  tellGoal(
    `allocator, random order 0 on ${name}: ${millions(speed)} operations a second`,
    speed >= goal,
    millions(goal),
  );
  const { bytesPerPage } = ours[0];
  tellGoal(`  ${bytesPerPage} bytes a page`, bytesPerPage <= BYTES_GOAL, `${BYTES_GOAL} or less`);
  if (program === null) return;
  if (theirs.some(({ checksum }) => checksum !== ours[0].checksum)) {
    throw new Error(`bench/allocator.c and the allocator take different pages on ${name}`);
  }
  const ratio = speed / best(theirs);
  tellGoal(
    `  against the same in C: ${ratio.toFixed(2)} of its speed`,
    ratio >= RATIO_GOAL,
    `${RATIO_GOAL} or more; ${millions(best(theirs))} a second`,
  );
}

export async function benchAllocator() {
  const folder = mkdtempSync(join(tmpdir(), "carveout-bench-"));
  try {
    const loop = await bundle(folder);
    const program = compile(folder);
    if (program === null) console.log("allocator: not compared with C, as there is no gcc (Debian package gcc)");
    for (const machine of MACHINES) {
      if (machine.gib >= 1024 && freemem() < LARGE_BYTES) {
        console.log(`allocator: ${machine.name} left out, which takes ${LARGE_BYTES / 1e9} GB of memory`);
        continue;
      }
      benchMachine(machine, loop, program);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
