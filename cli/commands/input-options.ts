/** Options that all commands on inputs share. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { KernelConfig } from "../../core/kernel/boot.ts";
import { allRules, findRule } from "../../core/rules/catalogue.ts";
import { SERIES, type Series } from "../../core/series.ts";
import { nearest } from "../../dts/nearest.ts";
import { INPUT_FORMATS, type InputFormat } from "../input-format.ts";
import type { Shard } from "../inputs.ts";
import {
  allowOutsideOption,
  applyOption,
  completedBy,
  includeOption,
  integerBetween,
  integerOf,
  listOf,
  oneOf,
  orderOptions,
  PAGE_SIZES,
  parsePageSize,
  parseSeries,
  parseSize,
  wordOf,
} from "../options.ts";
import { FAIL_LEVELS, type FailLevel } from "../report.ts";
import { COLOR_MODES, type ColorMode } from "../style.ts";
import type { Level } from "../triage.ts";

import type { Formats } from "./formats.ts";

/** The command where a path is given without one. */
export const DEFAULT_COMMAND = "check";

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
    ...orderOptions(),
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
        completedBy(ruleIds, (rule: string, rules: readonly string[] = []) => [...rules, ruleOf(rule)]),
      ),
    )
    .addOption(
      new Option("--severity <rule=level>", "give a rule's findings another severity; off leaves them out").argParser(
        completedBy(
          () => ruleIds().flatMap((rule) => LEVELS.map((level) => `${rule}=${level}`)),
          (text: string, levels: ReadonlyMap<string, Level> = new Map()) => new Map([...levels, levelOf(text)]),
        ),
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

const ruleIds = () => allRules.map(({ id }) => id);

function ruleOf(id: string): string {
  if (findRule(id) !== null) return id;
  const near = nearest(id, ruleIds());
  const hint = near === null ? "`carveout explain` lists them." : `Did you mean ${near}?`;
  throw new InvalidArgumentError(`There is no rule ${id}. ${hint}`);
}

const LEVELS = ["error", "warning", "note", "off"] as const;

function levelOf(text: string): [string, Level] {
  const [rule = "", level = ""] = text.split("=");
  return [ruleOf(rule), wordOf(LEVELS)(level)];
}
