/** Values of options: each parser gives what the option means, or throws what commander shows as a usage error. */
import { type Argument, InvalidArgumentError, Option } from "commander";
import type { KernelConfig } from "../core/kernel/boot.ts";
import { kernelConfig } from "../core/kernel/config.ts";
import { SERIES, type Series } from "../core/series.ts";
import { Failure } from "./failure.ts";

/** What reads a value, with the words that a shell completes the value by. */
interface Completed {
  readonly words: () => readonly string[];
}

/** Keeps with a parser the words that it takes, where these are few enough to list: completion has them from there. */
export function completedBy<Parser extends object>(words: () => readonly string[], parser: Parser): Parser & Completed {
  return Object.assign(parser, { words });
}

/** The words that an option or argument takes; null where they are none to list, as of a file or a number. */
export function wordsOf({ parseArg }: Option | Argument): readonly string[] | null {
  return parseArg !== undefined && "words" in parseArg ? (parseArg as unknown as Completed).words() : null;
}

const SIZE_SHIFTS: Readonly<Record<string, bigint>> = { "": 0n, k: 10n, m: 20n, g: 30n, t: 40n };

/** `64M`, `0x4000000`, `4k`: bytes. Suffixes are powers of 1024 in either case, as in the kernel's `memparse`. */
export function parseSize(text: string): bigint {
  const match = /^(0x[0-9a-f]+|\d+)([kmgt]?)$/i.exec(text);
  if (match === null) throw new InvalidArgumentError("A size is a number, plain or 0x…, with k, M, G or T after it.");
  const bytes = BigInt(match[1]!.toLowerCase()) << SIZE_SHIFTS[match[2]!.toLowerCase()]!;
  if (bytes >> 64n !== 0n) throw new InvalidArgumentError("A size has at most 64 bits.");
  return bytes;
}

/** A parser of sizes that are to fit a file. */
export function sizeUpTo(maxBytes: number): (text: string) => number {
  return (text) => {
    const bytes = parseSize(text);
    if (bytes > BigInt(maxBytes)) throw new InvalidArgumentError(`It is at most ${maxBytes} bytes.`);
    return Number(bytes);
  };
}

export const PAGE_SIZES: readonly KernelConfig["pageSize"][] = [4096, 16384, 65536];

const pageSizeWord = (bytes: number) => `${bytes / 1024}k`;

export const parsePageSize = completedBy(
  () => PAGE_SIZES.map(pageSizeWord),
  (text: string): KernelConfig["pageSize"] => {
    const bytes = parseSize(text);
    const pageSize = PAGE_SIZES.find((size) => BigInt(size) === bytes);
    if (pageSize === undefined) throw new InvalidArgumentError("arm64 has pages of 4k, 16k and 64k.");
    return pageSize;
  },
);

/** A parser of whole numbers, both ends included. */
export function integerBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^(?:0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high)) {
      throw new InvalidArgumentError(`It is a whole number from ${low} to ${high}.`);
    }
    return value;
  };
}

/** A parser of one of a few numbers. */
export function integerOf(...allowed: number[]): (text: string) => number {
  return completedBy(
    () => allowed.map(String),
    (text: string) => {
      const value = Number(text);
      if (!/^\d+$/.test(text) || !allowed.includes(value)) {
        throw new InvalidArgumentError(`It is one of ${allowed.join(", ")}.`);
      }
      return value;
    },
  );
}

export const parseSeries = completedBy(
  () => SERIES,
  (text: string): Series => {
    const series = SERIES.find((name) => name === text);
    if (series === undefined) throw new InvalidArgumentError(`The series are ${SERIES.join(", ")}.`);
    return series;
  },
);

/** What stands for every value of an option that takes several. */
const ALL = "all";

/** A parser of several values with commas between, or `all`: each value once, in the order given. */
export function listOf<Value>(
  parse: ((text: string) => Value) & Completed,
  all: readonly Value[],
): (text: string) => Value[] {
  return completedBy(
    () => [...parse.words(), ALL],
    (text: string) => {
      const values = text.split(",").flatMap((word) => (word === ALL ? all : [parseOfSeveral(word, parse)]));
      return [...new Set(values)];
    },
  );
}

/** What `parse` makes of the word; what it says against it does not know of `all`. */
function parseOfSeveral<Value>(word: string, parse: (text: string) => Value): Value {
  try {
    return parse(word);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError(`${error.message} The word ${ALL} stands for every one.`);
  }
}

/** A parser of several values that takes one alone. */
export function oneOf<Value>(parse: ((text: string) => Value) & Completed): (text: string) => Value[] {
  return completedBy(parse.words, (text: string) => [parse(text)]);
}

/** A parser of one of a few words. */
export function wordOf<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return completedBy(
    () => words,
    (text: string) => {
      const word = words.find((candidate) => candidate === text);
      if (word === undefined) throw new InvalidArgumentError(`It is one of ${words.join(", ")}.`);
      return word;
    },
  );
}

/** Above every kernel's: an allocation of this order is 4 GiB of 4 KiB pages. */
const MAX_ORDER_LIMIT = 20;

/** Flags, description and parser of `--max-order` and `--pageblock-order`, which follow from the page size. */
export function orderOptions(): readonly [string, string, (text: string) => number][] {
  const usual = (order: "maxOrder" | "pageblockOrder") =>
    PAGE_SIZES.map((pageSize) => {
      const config = kernelConfig({ series: "exact", pageSize });
      return `${config[order]} with ${pageSizeWord(pageSize)}`;
    }).join(", ");
  const parse = integerBetween(0, MAX_ORDER_LIMIT);
  return [
    [
      "--max-order <n>",
      `largest order of the page allocator, itself included (default: ${usual("maxOrder")} pages)`,
      parse,
    ],
    ["--pageblock-order <n>", `order of a pageblock (default: ${usual("pageblockOrder")} pages)`, parse],
  ];
}

/** `-I`, for every command that reads trees. */
export function includeOption(): Option {
  return new Option("-I, --include <dir>", "look for included files here too; can be given more than once").argParser(
    (dir: string, dirs: readonly string[] = []) => [...dirs, dir],
  );
}

/** `--allow-outside`, beside {@link includeOption}. */
export function allowOutsideOption(): Option {
  return new Option(
    "--allow-outside",
    "let includes lie outside the working directory, the input's folder and the -I folders",
  );
}

/** `-a`, for every command that takes a tree. */
export function applyOption(): Option {
  return new Option(
    "-a, --apply <overlay>",
    "apply this overlay, source or blob, to the tree; can be given more than once, in order",
  ).argParser((path: string, paths: readonly string[] = []) => [...paths, path]);
}

/** Throws where `-`, standard input, stands for more than one of the files that are to be read. */
export function refuseSecondRead(paths: readonly string[]): void {
  if (paths.filter((path) => path === "-").length > 1) throw new Failure("standard input can be read only once");
}
