/** One run of the fuzzer, the same whenever it is asked for by the same numbers and the same files. */
import { type Random, randomBelow, seededRandom } from "../../core/allocator/random.ts";
import { isBlob } from "../../dts/blob/header.ts";
import { mutateBlob } from "./mutate-blob.ts";
import { mutateText, SOURCE_WORDS, YAML_WORDS } from "./mutate-text.ts";
import { BrokenPromise, type FuzzInput, latin1, type Outcome, runInput, type Surroundings } from "./pipeline.ts";
import { type Corpus, SEED_KINDS, type Seed, type SeedKind } from "./seeds.ts";

/** Boards take a hundred times as long as the small files, and are no better at what those do: one run in so many has one. */
const LARGE_SHARE = 8;

/** A source is now and then parsed after another one with what that one left behind: one run in so many. */
const CACHE_SHARE = 8;

/** The input of run `index`: a file of the corpus, and what became of it. Each kind has its fifth of the runs. */
export function makeInput(
  corpus: Corpus,
  seed: number,
  index: number,
): { readonly from: Seed; readonly input: FuzzInput } {
  const random = seededRandom(seed * 2 ** 32 + index);
  const kind = SEED_KINDS[randomBelow(random, SEED_KINDS.length)]!;
  const { small, large } = corpus;
  const isLarge = large !== null && large[kind].length > 0 && randomBelow(random, LARGE_SHARE) === 0;
  const seeds = isLarge ? large : small;
  const from = seeds[kind][randomBelow(random, seeds[kind].length)]!;
  const other = (isWanted: (bytes: Uint8Array) => boolean, kinds: readonly SeedKind[]): Uint8Array => {
    for (let tries = 0; tries < 20; tries++) {
      const list = seeds[kinds[randomBelow(random, kinds.length)]!];
      if (list.length === 0) continue;
      const { bytes } = list[randomBelow(random, list.length)]!.load();
      if (isWanted(bytes)) return bytes;
    }
    return new Uint8Array();
  };
  const mutate = (bytes: Uint8Array): Uint8Array => mutated(bytes, kind, other, random);
  const input = from.load();
  if (input.base !== undefined) {
    const isBaseChanged = randomBelow(random, 4) === 0;
    const [base, bytes] = isBaseChanged ? [mutate(input.base), input.bytes] : [input.base, mutate(input.bytes)];
    return { from, input: { ...input, base, bytes } };
  }
  const bytes = mutate(input.bytes);
  const isSecond = input.kind === "dts" && randomBelow(random, CACHE_SHARE) === 0;
  return { from, input: isSecond ? { ...input, bytes, before: input.bytes } : { ...input, bytes } };
}

function mutated(
  bytes: Uint8Array,
  kind: SeedKind,
  other: (isWanted: (bytes: Uint8Array) => boolean, kinds: readonly SeedKind[]) => Uint8Array,
  random: Random,
): Uint8Array {
  if (isBlob(bytes)) return mutateBlob(bytes, { random, other: () => other(isBlob, ["dtb", "overlay"]) });
  const isYaml = kind === "yaml";
  const kinds: readonly SeedKind[] = isYaml ? ["yaml"] : ["dts", "preprocessed", "overlay"];
  const text = mutateText(latin1(bytes), {
    random,
    other: () => latin1(other((donor) => !isBlob(donor), kinds)),
    words: isYaml ? YAML_WORDS : SOURCE_WORDS,
  });
  return Buffer.from(text, "latin1");
}

export interface Budget {
  /** Of processor time, so that a busy machine makes no findings. */
  readonly milliseconds: number;
  /** That the process has ever held. */
  readonly bytes: number;
}

/** The issue's own: 2 seconds and a gigabyte. */
export const BUDGET: Budget = { milliseconds: 2000, bytes: 2 ** 30 };

/** What an input came to: its errors, or what it broke. */
export type Answer =
  | { readonly kind: "outcome"; readonly outcome: Outcome }
  | { readonly kind: "broken" | "overBudget"; readonly what: string };

/** A run that takes a gigabyte takes more than this, and to ask for what a process has held takes a tenth of a millisecond. */
const QUICK_MILLISECONDS = 20;

/** Runs an input. A process that does not live through it tells its parent by that. */
export function tryInput(input: FuzzInput, around: Surroundings, budget: Budget = BUDGET): Answer {
  let outcome: Outcome;
  const start = performance.now();
  try {
    outcome = runInput(input, around);
  } catch (error) {
    return { kind: "broken", what: describe(error) };
  }
  const passed = performance.now() - start;
  if (passed > budget.milliseconds) {
    const milliseconds = processorTime(() => runInput(input, around));
    if (milliseconds > budget.milliseconds) return { kind: "overBudget", what: `took ${Math.round(milliseconds)} ms` };
  }
  if (passed > QUICK_MILLISECONDS) {
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    if (peakBytes > budget.bytes) return { kind: "overBudget", what: `took ${Math.round(peakBytes / 2 ** 20)} MiB` };
  }
  return { kind: "outcome", outcome };
}

function processorTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  const place = error.stack?.split("\n").find((line) => /^\s+at /.test(line)) ?? "";
  const where = error instanceof BrokenPromise ? "" : place.trim();
  return `${error.name}: ${error.message.slice(0, 300)} ${where}`.trim();
}
