/** The fuzzer as a program: `npm run fuzz -- --runs 100000 --seed 7`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { linuxSource } from "../peers/tools.ts";
import { keptFolder } from "../run-folder.ts";
import { boardSeeds, prepareBoards } from "./boards.ts";
import type { FuzzInput } from "./pipeline.ts";
import { type PoolFinding, runPool } from "./pool.ts";
import { keyOf } from "./protocol.ts";
import { makeInput } from "./run.ts";
import { type Corpus, SEED_KINDS, type SeedKind, smallSeeds } from "./seeds.ts";

const HELP = `npm run fuzz -- [options]

Puts mutated device trees, blobs, overlays and YAML through everything that carveout does with them, and keeps what throws,
hangs (over 2 s) or grows (over 1 GB), as small as it can be made.

  --runs N      inputs to try (default: 100000)
  --seed S      the inputs that are tried (default: 1)
  --jobs N      processes (default: one for each core)
  --corpus C    small: files of this repository; large: the kernel's boards too; auto: large where they are at hand (default)
  --out DIR     where findings are written (default: a new folder for temporary files)
  --only INDEX  one run alone, its input written to the folder

Exit code: 0 nothing found, 1 something was, 2 bad usage.
`;

const OPTIONS = {
  runs: { type: "string", default: "100000" },
  seed: { type: "string", default: "1" },
  jobs: { type: "string", default: String(availableParallelism()) },
  corpus: { type: "string", default: "auto" },
  out: { type: "string" },
  only: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

/** Below the gigabyte: there is more to a process than its heap. */
const HEAP_MEGABYTES = 900;
const HANG_MILLISECONDS = 60_000;
const PIECE_RUNS = 2000;

/** Runs the program. `worker` is the path of worker.ts, ready to run. Gives the exit code. */
export async function fuzz(args: readonly string[], worker: string): Promise<number> {
  const options = readOptions(args);
  if (typeof options === "string") {
    process.stderr.write(options === HELP ? HELP : `fuzz: ${options}\n`);
    return options === HELP ? 0 : 2;
  }
  const { seed, jobs, only } = options;
  const large = options.corpus === "small" ? null : findBoards(options.corpus === "large");
  const corpus: Corpus = { small: smallSeeds(), large: large && boardSeeds(large.top, large.boards) };
  const runs = only === null ? { from: 0, to: options.runs } : { from: only, to: only + 1 };
  const out = options.out ?? mkdtempSync(join(tmpdir(), "carveout-fuzz-"));
  mkdirSync(out, { recursive: true });
  const repeat = (index: number): string =>
    `npm run fuzz -- --seed ${seed} --corpus ${large === null ? "small" : "large"} --only ${index}`;
  if (only !== null) writeInput(out, `${seed}-${only}-whole`, makeInput(corpus, seed, only).input);

  const start = Date.now();
  const counts = Object.fromEntries(SEED_KINDS.map((kind) => [kind, 0])) as Record<SeedKind, number>;
  const found = new Map<string, number>();
  let done = 0;
  let trees = 0;
  const progress = process.stderr.isTTY
    ? () => process.stderr.write(`\r${done} of ${runs.to - runs.from} runs, ${found.size} findings `)
    : () => {};
  const onFinding = (finding: PoolFinding): void => {
    done++;
    const key = keyOf(finding.what);
    const times = (found.get(key) ?? 0) + 1;
    found.set(key, times);
    if (times > 1) return;
    const name = `${seed}-${finding.index}`;
    const from = writeFinding(out, name, finding, corpus, seed);
    process.stdout.write(`${finding.what}\n    from ${from}: ${join(out, name)}*, ${repeat(finding.index)}\n`);
  };
  await runPool(
    {
      worker,
      args: [String(seed), ...(large === null ? [] : [large.top, large.boards])],
      jobs: Math.min(jobs, Math.ceil((runs.to - runs.from) / PIECE_RUNS)),
      runs,
      pieceRuns: PIECE_RUNS,
      hangMilliseconds: HANG_MILLISECONDS,
      folder: out,
      heapMegabytes: HEAP_MEGABYTES,
    },
    {
      onReport(report, ran) {
        done += ran;
        progress();
        // What a process had counted went with it.
        if (report === null) return;
        for (const kind of SEED_KINDS) {
          trees += report.counts[kind].trees;
          counts[kind] += report.counts[kind].trees + report.counts[kind].refused;
        }
      },
      onFinding,
      onUnconfirmed({ index, what }) {
        done++;
        process.stdout.write(`run ${index} ${what}, and did not when it was run alone\n`);
      },
    },
  );
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const seconds = Math.round((Date.now() - start) / 1000);
  const kinds = SEED_KINDS.map((kind) => `${counts[kind]} ${kind}`).join(", ");
  const times = [...found.values()].reduce((sum, count) => sum + count, 0);
  process.stdout.write(
    `seed ${seed}, ${large === null ? "small" : "large"} corpus: ${done} inputs in ${seconds} s (${kinds}); ${trees} trees; ${found.size} findings in ${times} runs\n`,
  );
  if (found.size === 0 && options.out === undefined && only === null) rmSync(out, { recursive: true });
  return found.size === 0 ? 0 : 1;
}

interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  readonly jobs: number;
  readonly corpus: string;
  readonly out: string | undefined;
  readonly only: number | null;
}

/** The options, or what is wrong with them, or {@link HELP} where that was asked for. */
function readOptions(args: readonly string[]): FuzzOptions | string {
  let values: ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];
  try {
    values = parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (values.help) return HELP;
  const { runs, seed, jobs, corpus, out, only } = values;
  const numbers = { runs, seed, jobs, ...(only === undefined ? {} : { only }) };
  for (const [name, text] of Object.entries(numbers)) {
    const least = name === "jobs" || name === "runs" ? 1 : 0;
    if (!/^\d{1,9}$/.test(text) || Number(text) < least) return `--${name} is a whole number from ${least}`;
  }
  if (!["small", "large", "auto"].includes(corpus)) return "--corpus is small, large or auto";
  return {
    runs: Number(runs),
    seed: Number(seed),
    jobs: Number(jobs),
    corpus,
    out,
    only: only === undefined ? null : Number(only),
  };
}

/** The kernel's sources, and the boards made ready; null where they are not at hand. */
function findBoards(isRequired: boolean): { readonly top: string; readonly boards: string } | null {
  try {
    const top = linuxSource();
    return { top, boards: prepareBoards(top, join(keptFolder(), "carveout-fuzz-corpus")) };
  } catch (error) {
    if (isRequired) throw error;
    process.stderr.write(`fuzz: small files alone (${error instanceof Error ? error.message : String(error)})\n`);
    return null;
  }
}

/** Writes what is known of a finding; gives the name of what its input was made from. */
function writeFinding(out: string, name: string, { index, ending, what }: PoolFinding, corpus: Corpus, seed: number) {
  const { from, input } = makeInput(corpus, seed, index);
  writeFileSync(join(out, `${name}.txt`), `${what}\nfrom ${from.name}\n`);
  if (ending === null) writeInput(out, name, input);
  else {
    for (const [role, text] of Object.entries(ending.files)) {
      writeFileSync(join(out, `${name}-${role}.${endingOf(ending.input)}`), Buffer.from(text, "base64"));
    }
  }
  return from.name;
}

function writeInput(out: string, name: string, { kind, bytes, base, before }: FuzzInput): void {
  for (const [role, content] of Object.entries({ input: bytes, base, before })) {
    if (content !== undefined) writeFileSync(join(out, `${name}-${role}.${endingOf(kind)}`), content);
  }
}

function endingOf(kind: FuzzInput["kind"]): string {
  return kind === "overlay" ? "dts" : kind;
}
