/**
 * The process that runs inputs for {@link runPool}. It keeps the index of the run that it is at in a file, so that whoever
 * has to end it, or finds it dead, knows which input it was.
 */
import { openSync, writeSync } from "node:fs";
import { boardSeeds } from "./boards.ts";
import { minimise } from "./minimise.ts";
import type { FuzzInput, InputKind } from "./pipeline.ts";
import { beatOf, type Piece, sameKey, type WorkerReport } from "./protocol.ts";
import { makeInput, tryInput } from "./run.ts";
import { type Corpus, SEED_KINDS, type SeedKind, smallSeeds } from "./seeds.ts";

const [statePath, seedText, top, boards] = process.argv.slice(2);
const seed = Number(seedText);
const corpus: Corpus = {
  small: smallSeeds(),
  large: top === undefined || boards === undefined ? null : boardSeeds(top, boards),
};
const state = openSync(statePath!, "w");
let beats = 0;

function atRun(index: number): void {
  writeSync(state, beatOf(index, ++beats), 0, 16, 0);
}

process.on("message", ({ from, to }: Piece) => {
  const report = runPiece(from, to);
  process.send!(report);
  // What the process has held it has held for good: the next run would be blamed for it.
  if (report.ending?.kind === "overBudget") process.disconnect();
});

function runPiece(from: number, to: number): WorkerReport {
  const counts = Object.fromEntries(SEED_KINDS.map((kind) => [kind, { trees: 0, refused: 0 }])) as Record<
    SeedKind,
    { trees: number; refused: number }
  >;
  for (let index = from; index < to; index++) {
    atRun(index);
    const { from: origin, input } = makeInput(corpus, seed, index);
    const answer = tryInput(input, origin.around);
    if (answer.kind === "outcome") {
      counts[origin.kind][answer.outcome.errors.length === 0 ? "trees" : "refused"]++;
      continue;
    }
    const name = origin.name;
    if (answer.kind === "overBudget") return { counts, next: index, ending: { ...answer, name, ...texts(input) } };
    const breaks = (smaller: FuzzInput): boolean => {
      atRun(index);
      const again = tryInput(smaller, origin.around);
      return again.kind === "broken" && sameKey(again.what, answer.what);
    };
    return { counts, next: index, ending: { ...answer, name, ...texts(minimise(input, breaks)) } };
  }
  return { counts, next: to, ending: null };
}

/** What becomes of an input in a message. */
function texts({ kind, bytes, base, before }: FuzzInput): {
  readonly input: InputKind;
  readonly files: Readonly<Record<string, string>>;
} {
  const files: Record<string, string> = { input: Buffer.from(bytes).toString("base64") };
  if (base !== undefined) files.base = Buffer.from(base).toString("base64");
  if (before !== undefined) files.before = Buffer.from(before).toString("base64");
  return { input: kind, files };
}
