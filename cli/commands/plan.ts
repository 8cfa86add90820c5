import { type Command, InvalidArgumentError, Option } from "commander";
import { type KernelOptions, kernelConfig } from "../../core/kernel/config.ts";
import type { Placement } from "../../core/plan/layout.ts";
import type { Stretch } from "../../core/plan/stretch.ts";
import { overlaySource } from "../../core/plan/write-overlay.ts";
import { type Plan, type PlanOptions, planTree } from "../../core/plan-tree.ts";
import type { Series } from "../../core/series.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { structureErrors } from "../../dts/checks/check-structure.ts";
import type { Diagnostic } from "../../dts/diagnostic.ts";
import { parseSource } from "../../dts/parse-source.ts";
import type { DeviceTree } from "../../dts/tree.ts";
import { nameUnfitForSource, writeSource } from "../../dts/write-source.ts";
import { ExitCode, Failure } from "../failure.ts";
import { type Output, writeOutputFile } from "../files.ts";
import { findingLines } from "../formats/finding-text.ts";
import { planDescription } from "../formats/plan-description.ts";
import { planJson } from "../formats/plan-json.ts";
import { noPlanLines, overlayComment, planComment, planLines } from "../formats/plan-text.ts";
import { printable } from "../formats/printable.ts";
import { INPUT_FORMATS, type InputFormat } from "../input-format.ts";
import {
  allowOutsideOption,
  applyOption,
  includeOption,
  integerBetween,
  integerOf,
  listOf,
  orderOptions,
  PAGE_SIZES,
  parsePageSize,
  parseSeries,
  parseSize,
  refuseSecondRead,
  sizeUpTo,
  wordOf,
} from "../options.ts";
import { type ParsedInput, parseInput } from "../parse-input.ts";
import { isTerminal, writeStandardError, writeStandardOutput } from "../standard-streams.ts";
import { COLOR_MODES, type ColorMode, type Paint, painter } from "../style.ts";

const OUTPUT_FORMATS = ["overlay", "dtbo", "dts", "dtb", "yaml"] as const;

type OutputFormat = (typeof OUTPUT_FORMATS)[number];

const FORMAT_OF_ENDING: Readonly<Record<string, OutputFormat>> = {
  dtso: "overlay",
  dtbo: "dtbo",
  dts: "dts",
  dtb: "dtb",
  yaml: "yaml",
  yml: "yaml",
};

const PLACEMENTS = ["same-bank", "anywhere"] as const;

/** Bytes that a cell can hold. */
const MAX_BLOCK_BYTES = 2 ** 32 - 1;

interface Values {
  readonly kernel?: Series;
  readonly pageSize?: readonly (4096 | 16384 | 65536)[];
  readonly blockSize?: number;
  readonly placement: (typeof PLACEMENTS)[number];
  readonly tagsIn?: string;
  readonly tagsAt?: number;
  readonly keepClear?: readonly Stretch[];
  readonly maxOrder?: number;
  readonly pageblockOrder?: number;
  readonly vaBits?: number;
  readonly paBits?: number;
  readonly mem?: bigint;
  readonly outputFormat?: OutputFormat;
  readonly output?: string;
  readonly format: "text" | "json";
  readonly include?: readonly string[];
  readonly allowOutside?: boolean;
  readonly apply?: readonly string[];
  readonly inputFormat?: InputFormat;
  readonly color: ColorMode;
  readonly quiet?: boolean;
}

export function addPlanCommand(program: Command): void {
  const summary = "choose tag storage for a machine's memory and write the nodes";
  const options: readonly [string, string, (text: string) => unknown][] = [
    ["--kernel <series>", "rfc-v1, rfc-v2, rfc-v3 or exact (default: rfc-v3)", parseSeries],
    [
      "--page-size <size>",
      "4k, 16k or 64k; several with commas, or all: the layout suits each (default: 4k)",
      listOf(parsePageSize, PAGE_SIZES),
    ],
    ["--block-size <bytes>", "hardware's block of tag storage (default: 4k)", parseBlockSize],
    ["--tags-in <node>", "have all tags in this memory node: its path, or &label", (text: string) => text],
    ["--tags-at <address>", "have all tags in one piece from this address on", parseAddress],
    ...orderOptions(),
    ["--va-bits <n>", "bits of a kernel virtual address (default: 48)", integerOf(36, 39, 42, 47, 48, 52)],
    ["--pa-bits <n>", "bits of a physical address (default: 48)", integerBetween(32, 52)],
    ["--mem <size>", "the kernel's mem= parameter", parseSize],
    ["--input-format <format>", "dtb, dts or yaml (default: by content)", wordOf(INPUT_FORMATS)],
    ["-O, --output-format <format>", `${OUTPUT_FORMATS.join(", ")} (default: see below)`, wordOf(OUTPUT_FORMATS)],
  ];
  const command = program
    .command("plan")
    .summary(summary)
    .description(summary)
    .argument("<input>", "device tree source, blob, YAML description or live tree's folder; - is standard input")
    .addOption(
      new Option("--placement <place>", "tags in the bank whose tags they are (same-bank), or anywhere")
        .argParser(wordOf(PLACEMENTS))
        .default("same-bank"),
    )
    .addOption(
      new Option("--keep-clear <range>", "ADDRESS+SIZE without tags; can be given more than once").argParser(
        (text: string, ranges: readonly Stretch[] = []) => [...ranges, parseRange(text)],
      ),
    );
  for (const [flags, description, parse] of options) command.addOption(new Option(flags, description).argParser(parse));
  command
    .option("-o, --output <file>", "write the nodes to a file, whole or not at all; the report goes to standard output")
    .addOption(
      new Option("--format <format>", "of the report: text or json")
        .argParser(wordOf(["text", "json"]))
        .default("text"),
    )
    .addOption(applyOption())
    .addOption(includeOption())
    .addOption(allowOutsideOption())
    .addOption(new Option("--color <when>", "auto, always or never").argParser(wordOf(COLOR_MODES)).default("auto"))
    .option("--quiet", "no report where there is a layout")
    .addHelpText(
      "after",
      "\nWithout -O the ending of the -o file says what is written; else the source of an overlay. Without -o that goes to\n" +
        "standard output and the report to standard error, but with --format json the report alone is printed.\n" +
        "As yaml it is a description, which check reads with the --kernel that it was planned for.\n" +
        "Tags keep clear of reserved memory, the initrd, and the first 64 MiB of memory, where the kernel's image lies;\n" +
        "image and initrd have to have tags, as their pages are handed out one day.",
    )
    .action(plan);
}

function parseBlockSize(text: string): number {
  const bytes = sizeUpTo(MAX_BLOCK_BYTES)(text);
  if (bytes === 0) throw new InvalidArgumentError("A block has a byte at least.");
  return bytes;
}

function parseAddress(text: string): number {
  const address = parseSize(text);
  if (address > BigInt(Number.MAX_SAFE_INTEGER)) throw new InvalidArgumentError("It is above all memory.");
  return Number(address);
}

function parseRange(text: string): Stretch {
  const [address, size, ...rest] = text.split("+");
  if (address === undefined || size === undefined || rest.length > 0) {
    throw new InvalidArgumentError("A range is ADDRESS+SIZE, as 0x80000000+64M.");
  }
  const start = parseAddress(address);
  return { start, end: start + parseAddress(size) };
}

/** Reads the input, plans, writes the nodes and tells what they are. */
async function plan(input: string, values: Values): Promise<void> {
  const { include = [], color, quiet: isQuiet = false, apply = [], kernel: series = "rfc-v3" } = values;
  refuseSecondRead([input, ...apply]);
  if (values.tagsIn !== undefined && values.tagsAt !== undefined) {
    throw new Failure("--tags-in and --tags-at exclude each other");
  }
  const parsed = await parseInput(input, {
    format: values.inputFormat ?? null,
    includeDirs: include,
    allowOutside: values.allowOutside ?? false,
    series,
    overlays: apply,
  });
  const { tree } = parsed;
  const paintError = painter(color, isTerminal("stderr"));
  const refusals = tree !== null && parsed.format === "dts" ? structureErrors(tree) : [];
  writeFindings(input, parsed, [...parsed.diagnostics, ...refusals], isQuiet, paintError);
  if (tree === null || refusals.length > 0) {
    process.exitCode = ExitCode.findings;
    return;
  }
  const options = planOptions(tree, series, values);
  const result = planTree(tree, options);
  const isJson = values.format === "json";
  if (isJson) writeStandardOutput(planJson(input, options, result));
  if (result.kind === "none") {
    process.exitCode = ExitCode.findings;
    if (isJson) return;
    writeStandardError(`${noPlanLines(input, options, result, paintError).join("\n")}\n`);
    for (const { message, rule } of result.findings) writeStandardError(`      ${printable(message)} [${rule}]\n`);
    return;
  }
  const { output } = values;
  const isToFile = output !== undefined && output !== "-";
  if (isToFile || !isJson) write(outputOf(input, result, options, values), isToFile ? output : null);
  if (isJson || isQuiet) return;
  const paint = painter(color, isTerminal(isToFile ? "stdout" : "stderr"));
  const tell = isToFile ? writeStandardOutput : writeStandardError;
  tell(`${planLines(input, options, result, paint).join("\n")}\n`);
}

function planOptions(tree: DeviceTree, series: Series, values: Values): PlanOptions {
  const { pageSize: pageSizes = [4096], maxOrder, pageblockOrder, vaBits, paBits, mem } = values;
  const configs = pageSizes.map((pageSize) => {
    const kernel: KernelOptions = {
      series,
      pageSize,
      ...(maxOrder === undefined ? {} : { maxOrder }),
      ...(pageblockOrder === undefined ? {} : { pageblockOrder }),
      ...(vaBits === undefined ? {} : { vaBits }),
      ...(paBits === undefined ? {} : { paBits }),
      ...(mem === undefined ? {} : { memLimitBytes: mem }),
    };
    return kernelConfig(kernel);
  });
  return {
    configs,
    blockBytes: values.blockSize ?? 4096,
    placement: placementOf(tree, values),
    clear: values.keepClear ?? [],
  };
}

function placementOf(tree: DeviceTree, { placement, tagsIn, tagsAt }: Values): Placement {
  if (tagsAt !== undefined) return { kind: "address", address: tagsAt };
  if (tagsIn === undefined) return { kind: placement };
  if (!tagsIn.startsWith("&")) return { kind: "node", path: tagsIn };
  const label = tagsIn.slice(1);
  const node = tree.root.list().find(({ labels }) => labels.some(({ name }) => name === label));
  if (node === undefined) throw new Failure(`--tags-in ${tagsIn}: no node has the label ${label}`);
  return { kind: "node", path: node.path };
}

function writeFindings(
  input: string,
  { sources, format }: ParsedInput,
  diagnostics: readonly Diagnostic[],
  isQuiet: boolean,
  paint: Paint,
): void {
  const context = { input, sources, isBytes: format !== "yaml", paint };
  for (const diagnostic of diagnostics) {
    if (isQuiet && diagnostic.severity !== "error") continue;
    writeStandardError(`${findingLines(diagnostic, context).join("\n")}\n\n`);
  }
}

function outputOf(input: string, result: Plan, options: PlanOptions, { output, outputFormat }: Values): Output {
  const ending = /\.([a-z]+)$/i.exec(output ?? "")?.[1]?.toLowerCase() ?? "";
  const format = outputFormat ?? FORMAT_OF_ENDING[ending] ?? "overlay";
  const isForTerminal = (output === undefined || output === "-") && isTerminal("stdout");
  if (isForTerminal && (format === "dtb" || format === "dtbo")) {
    throw new Failure("a blob is nothing for a terminal: give -o FILE, or -O dts or overlay to read it");
  }
  const comment = planComment(input, options, result);
  const overlay = () => overlaySource(result.changes, overlayComment(input, options, result));
  switch (format) {
    case "overlay":
      return overlay();
    case "dtbo":
      return compiled(overlay());
    case "dts":
      return fullSource(result, comment);
    case "dtb":
      return writeBlob(result.tree);
    case "yaml":
      return planDescription(result, comment);
  }
}

function compiled(source: string): Uint8Array {
  const files = { read: () => ({ kind: "missing" as const }) };
  const { tree, diagnostics } = parseSource("plan.dtso", source, { files, includeDirs: [] });
  if (tree === null) throw new Error(`the overlay of a plan does not compile: ${diagnostics[0]?.message}`);
  return writeBlob(tree);
}

/** The whole tree, and on top of it what it is. */
function fullSource({ tree }: Plan, comment: readonly string[]): Output {
  const unfit = nameUnfitForSource(tree);
  if (unfit !== null) {
    const name = printable(JSON.stringify(unfit.name));
    throw new Failure(`cannot write source: ${unfit.node.path} holds the name ${name}; -O dtb can`);
  }
  return (emit) => {
    emit(`/*\n${comment.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */\n`);
    writeSource(tree, emit);
  };
}

function write(output: Output, path: string | null): void {
  if (path !== null) writeOutputFile(path, output);
  else writeStandardOutput(output);
}
