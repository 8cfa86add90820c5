/** Options and the course of things that all commands on inputs share. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { KernelConfig } from "../../core/kernel/boot.ts";
import { allRules, findRule } from "../../core/rules/catalogue.ts";
import { SERIES, type Series } from "../../core/series.ts";
import { nearest } from "../../dts/nearest.ts";
import { ExitCode, Failure } from "../failure.ts";
import { writeOutputFile } from "../files.ts";
import type { TextContext } from "../formats/report-text.ts";
import { INPUT_FORMATS, type InputFormat } from "../input-format.ts";
import { expandInputs, inputsOfShard, type Shard } from "../inputs.ts";
import {
  allowOutsideOption,
  applyOption,
  includeOption,
  integerBetween,
  integerOf,
  listOf,
  oneOf,
  PAGE_SIZES,
  parsePageSize,
  parseSeries,
  parseSize,
  refuseSecondRead,
  wordOf,
} from "../options.ts";
import { inputProgress } from "../progress.ts";
import {
  FAIL_LEVELS,
  type FailLevel,
  fails,
  type InputReport,
  type KernelChoice,
  type KernelsReport,
  reportInput,
} from "../report.ts";
import { COLOR_MODES, type ColorMode, painter } from "../style.ts";
import { type Level, triageWith } from "../triage.ts";
import { INPUTS_A_THREAD, portToMain, threadsFor, type WorkedInput } from "../worker-port.ts";

/** The command where a path is given without one. */
const DEFAULT_COMMAND = "check";

/** Above every kernel's: an allocation of this order is 4 GiB of 4 KiB pages. */
const MAX_ORDER_LIMIT = 20;

/** Values of the options that all commands on inputs have. */
export interface InputOptions {
  readonly format: string;
  readonly output?: string;
  readonly color: ColorMode;
  readonly quiet?: boolean;
  readonly shard?: Shard;
  readonly failOn: FailLevel;
  readonly disable?: readonly string[];
  readonly severity?: ReadonlyMap<string, Level>;
  readonly baseline?: string;
  readonly schema?: readonly string[];
  readonly jobs?: number;
  readonly include?: readonly string[];
  readonly allowOutside?: boolean;
  readonly apply?: readonly string[];
  readonly inputFormat?: InputFormat;
  readonly kernel?: readonly Series[];
  readonly pageSize?: readonly KernelConfig["pageSize"][];
  readonly maxOrder?: number;
  readonly pageblockOrder?: number;
  readonly vaBits?: number;
  readonly paBits?: number;
  readonly mem?: bigint;
}

/** Makes the output of a command in one format. `isSingle` says that one input was given, readable or not. */
export type Render = (reports: readonly InputReport[], isSingle: boolean, context: TextContext) => string;

/** The same where more than one kernel was named. */
export type RenderMatrix = (inputs: readonly KernelsReport[], isSingle: boolean, context: TextContext) => string;

export interface Formats {
  /** By the format's name, `text` among them: the default. */
  readonly renderers: Readonly<Record<string, Render>>;
  /** For several kernels at once, by the format's name; absent where the command takes one. */
  readonly matrixRenderers?: Readonly<Record<string, RenderMatrix>>;
  /** True where many inputs may be shared among threads: no work on one is long, or to be ended early. */
  readonly sharesWork?: boolean;
  /**
   * Where the command takes one kernel and shows what all others make of the input beside it: the first of the reports is
   * that kernel's, which alone counts; the rest are those of each series with each page size.
   */
  readonly isBesideAll?: boolean;
  /** Puts the whole together from the texts of single inputs. */
  readonly join?: Join;
}

type Join = (texts: readonly string[], isSingle: boolean) => string;

/** A command that takes inputs, with the options that all of these have. */
export function addInputCommand(
  program: Command,
  name: string,
  summary: string,
  { renderers, matrixRenderers, sharesWork = false, isBesideAll = false }: Formats,
): Command {
  const takesSeveral = matrixRenderers !== undefined && !isBesideAll;
  const several = takesSeveral ? "; several with commas, or all" : "";
  const values = takesSeveral ? listOf : oneOf;
  const names = Object.keys(isBesideAll ? { ...matrixRenderers } : renderers);
  const command = program
    .command(name, { isDefault: name === DEFAULT_COMMAND })
    .summary(summary)
    .description(summary)
    .argument(
      "<input...>",
      "device tree sources, blobs, YAML descriptions, folders of trees, patterns; - is standard input",
    );
  const options: readonly [string, string, (text: string) => unknown][] = [
    [
      "--kernel <series>",
      `rfc-v1, rfc-v2, rfc-v3 or exact${several} (default: as the tree is written)`,
      values(parseSeries, SERIES),
    ],
    ["--page-size <size>", `4k, 16k or 64k${several} (default: 4k)`, values(parsePageSize, PAGE_SIZES)],
    ["--max-order <n>", "largest order of the page allocator, itself included", integerBetween(0, MAX_ORDER_LIMIT)],
    ["--pageblock-order <n>", "order of a pageblock", integerBetween(0, MAX_ORDER_LIMIT)],
    ["--va-bits <n>", "bits of a kernel virtual address (default: 48)", integerOf(36, 39, 42, 47, 48, 52)],
    ["--pa-bits <n>", "bits of a physical address (default: 48)", integerBetween(32, 52)],
    ["--mem <size>", "the kernel's mem= parameter", parseSize],
    ["--input-format <format>", "dtb, dts or yaml (default: by content)", wordOf(INPUT_FORMATS)],
  ];
  for (const [flags, description, parse] of options) command.addOption(new Option(flags, description).argParser(parse));
  if (sharesWork) {
    const jobs = new Option("--jobs <n>", "threads that share many inputs (default: as many as pay)");
    command.addOption(jobs.argParser(integerBetween(1, 64)));
  }
  return command
    .addOption(applyOption())
    .addOption(includeOption())
    .addOption(allowOutsideOption())
    .addOption(new Option("--format <format>", names.join(", ")).argParser(wordOf(names)).default(names[0]))
    .option("-o, --output <file>", "write the result to a file, whole or not at all")
    .addOption(new Option("--color <when>", "auto, always or never").argParser(wordOf(COLOR_MODES)).default("auto"))
    .option("--quiet", "text without what is in order: errors alone")
    .addOption(new Option("--shard <i/n>", "work on the i-th of n parts of the inputs alone").argParser(parseShard))
    .addOption(
      new Option("--fail-on <level>", "what makes the exit code 1: error, warning, note or never")
        .argParser(wordOf(FAIL_LEVELS))
        .default("error"),
    )
    .addOption(
      new Option("--disable <rule>", "leave a rule's findings out; can be given more than once").argParser(
        (rule: string, rules: readonly string[] = []) => [...rules, ruleOf(rule)],
      ),
    )
    .addOption(
      new Option("--severity <rule=level>", "give a rule's findings another severity; off leaves them out").argParser(
        (text: string, levels: ReadonlyMap<string, Level> = new Map()) => new Map([...levels, levelOf(text)]),
      ),
    )
    .addOption(
      new Option(
        "--schema <file>",
        "hold nodes against this schema too, a binding in the style of dt-schema, or a folder of them; can be given more than once",
      ).argParser((path: string, paths: readonly string[] = []) => [...paths, path]),
    )
    .option("--baseline <file>", "leave out what this report of --format json has: only new findings count");
}

function parseShard(text: string): Shard {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const [part, parts] = [Number(match?.[1]), Number(match?.[2])];
  if (!(part >= 1 && part <= parts)) throw new InvalidArgumentError("It is i/n, as 1/4 for the first of four parts.");
  return { part, parts };
}

function ruleOf(id: string): string {
  if (findRule(id) !== null) return id;
  const near = nearest(
    id,
    allRules.map((rule) => rule.id),
  );
  const hint = near === null ? "`carveout explain` lists them." : `Did you mean ${near}?`;
  throw new InvalidArgumentError(`There is no rule ${id}. ${hint}`);
}

const LEVELS = ["error", "warning", "note", "off"] as const;

function levelOf(text: string): [string, Level] {
  const [rule = "", level = ""] = text.split("=");
  return [ruleOf(rule), wordOf(LEVELS)(level)];
}

/** Adds to a report what the command is about, beyond what all commands work out. */
export type Extend = (
  report: InputReport,
  options: { readonly isQuiet: boolean },
) => InputReport | Promise<InputReport>;

const unchanged: Extend = (report) => report;

/**
 * Works through the inputs and prints. An input that cannot be read is told on standard error and makes the exit code 2;
 * the others are reported in full all the same.
 */
export async function runInputCommand(
  given: readonly string[],
  options: InputOptions,
  { renderers, matrixRenderers = {}, sharesWork = false, isBesideAll = false, join = JOINS[options.format] }: Formats,
  extend: Extend = unchanged,
): Promise<void> {
  const overlays = options.apply ?? [];
  refuseSecondRead(given);
  const port = sharesWork ? portToMain() : null;
  const all = port === null ? await expandInputs(given) : [];
  const inputs = options.shard === undefined ? all : inputsOfShard(all, options.shard);
  // Each input has the overlays read anew, as their places are kept with its own.
  refuseSecondRead([...inputs, ...inputs.flatMap(() => overlays)]);
  const asked = kernelChoices(options);
  const kernels = isBesideAll
    ? [...asked, ...kernelChoices({ ...options, kernel: SERIES, pageSize: PAGE_SIZES })]
    : asked;
  const renderMatrix = matrixRenderers[options.format];
  if (kernels.length > 1 && renderMatrix === undefined) {
    throw new Failure(`--format ${options.format} is of one kernel: name one with --kernel and one --page-size`);
  }
  const isQuiet = options.quiet ?? false;
  const reportOptions = {
    inputFormat: options.inputFormat ?? null,
    includeDirs: options.include ?? [],
    allowOutside: options.allowOutside ?? false,
    overlays,
    ...(options.schema === undefined ? {} : { userSchemas: await userSchemas(options.schema) }),
  };
  const disabled = (options.disable ?? []).map((rule): [string, Level] => [rule, "off"]);
  const levels = new Map([...(options.severity ?? []), ...disabled]);
  const triage = triageWith({ levels, baseline: options.baseline ?? null });
  const toFile = options.output !== undefined && options.output !== "-";
  const paint = painter(options.color, !toFile && process.stdout.isTTY === true);
  const context = { paint, isQuiet };
  const isMatrix = kernels.length > 1;
  const counting = asked.length;
  const render = (results: readonly KernelsReport[], isSingle: boolean) =>
    isMatrix
      ? renderMatrix!(results, isSingle, context)
      : renderers[options.format]!(
          results.map(({ reports }) => reports[0]!),
          isSingle,
          context,
        );
  // Where texts can be put together, no report is kept: a thousand trees would fill the memory.
  const texts: string[] = [];
  const results: KernelsReport[] = [];
  const counts = { clean: 0, errors: 0, unread: 0 };
  const work = async (input: string): Promise<WorkedInput> => {
    try {
      const result = triage(await reportInput(input, kernels, reportOptions));
      const reports: InputReport[] = [];
      for (const [index, report] of result.reports.entries()) {
        reports.push(index < counting ? await extend(report, { isQuiet }) : report);
      }
      if (join === undefined) results.push({ ...result, reports });
      const text = join === undefined ? "" : render([{ ...result, reports }], true);
      return {
        text,
        hasFailed: reports.slice(0, counting).some((report) => fails(report, options.failOn)),
        problem: null,
      };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { text: null, hasFailed: false, problem: error.message };
    }
  };
  if (port !== null) return (await import("../workers.ts")).serveInputs(port, work);
  const progress = inputProgress(inputs.length, isQuiet);
  const onWorked = ({ text, hasFailed, problem }: WorkedInput): void => {
    progress.step();
    if (problem !== null) {
      progress.clear();
      process.stderr.write(`carveout: ${problem}\n`);
      counts.unread++;
      return;
    }
    texts.push(text!);
    counts[hasFailed ? "errors" : "clean"]++;
  };
  const canShare = sharesWork && join !== undefined && !inputs.includes("-");
  const threads = canShare ? await threadsToUse(inputs.length, options.jobs) : 1;
  if (threads === 1) for (const input of inputs) onWorked(await work(input));
  else {
    const { workInThreads } = await import("../workers.ts");
    await workInThreads(inputs, process.argv.slice(2), threads, onWorked);
  }
  progress.clear();
  process.exitCode = counts.unread > 0 ? ExitCode.failure : counts.errors > 0 ? ExitCode.findings : ExitCode.clean;
  if (inputs.length > 0 && counts.unread === inputs.length) return;
  // A part of the work is a list, whatever is in it, as parts are put together.
  const isSingle = all.length === 1 && given.length === 1 && given[0] === all[0] && options.shard === undefined;
  const text = join === undefined ? render(results, isSingle) : join(texts, isSingle);
  if (toFile) writeOutputFile(options.output!, text);
  else process.stdout.write(text);
  if (all.length > given.length && !isQuiet) process.stderr.write(`${summaryLine(inputs.length, counts)}\n`);
}

async function threadsToUse(inputs: number, asked: number | undefined): Promise<number> {
  if (asked === undefined && inputs < 2 * INPUTS_A_THREAD) return 1;
  const { availableParallelism } = await import("node:os");
  return threadsFor(inputs, availableParallelism(), asked ?? null);
}

async function userSchemas(paths: readonly string[]) {
  const { loadUserSchemas } = await import("../user-schemas.ts");
  return loadUserSchemas(paths);
}

/** `766 inputs: 760 clean, 6 with errors`. */
function summaryLine(
  inputs: number,
  { clean, errors, unread }: { readonly clean: number; readonly errors: number; readonly unread: number },
): string {
  const told = [
    `${clean} clean`,
    ...(errors === 0 ? [] : [`${errors} with errors`]),
    ...(unread === 0 ? [] : [`${unread} not read`]),
  ];
  return `carveout: ${inputs} ${inputs === 1 ? "input" : "inputs"}: ${told.join(", ")}`;
}

/** Formats in which the whole is put together from the texts of single inputs. */
const JOINS: Readonly<Record<string, Join>> = {
  text: (texts) => texts.filter((text) => text !== "").join("\n"),
  github: (texts) => texts.join(""),
  json: (texts, isSingle) => {
    if (isSingle) return texts[0]!;
    const indented = texts.map((text) => text.trimEnd().replaceAll(/^/gm, "  "));
    return texts.length === 0 ? "[]\n" : `[\n${indented.join(",\n")}\n]\n`;
  },
};

/** The kernels that the user named: each series with each page size. */
function kernelChoices(options: InputOptions): KernelChoice[] {
  const { kernel = [null], pageSize: pageSizes = [undefined], maxOrder, pageblockOrder, vaBits, paBits, mem } = options;
  return kernel.flatMap((series) =>
    pageSizes.map((pageSize) => ({
      series,
      ...(pageSize === undefined ? {} : { pageSize }),
      ...(maxOrder === undefined ? {} : { maxOrder }),
      ...(pageblockOrder === undefined ? {} : { pageblockOrder }),
      ...(vaBits === undefined ? {} : { vaBits }),
      ...(paBits === undefined ? {} : { paBits }),
      ...(mem === undefined ? {} : { memLimitBytes: mem }),
    })),
  );
}

/** A text format from the lines of one input: blank lines between inputs, and none at all where all is quiet. */
export function textRenderer<Report>(lines: (report: Report, context: TextContext) => string[]) {
  return (reports: readonly Report[], _isSingle: boolean, context: TextContext): string => {
    const texts = reports.map((report) => lines(report, context)).filter((text) => text.length > 0);
    return texts.map((text) => `${text.join("\n")}\n`).join("\n");
  };
}
