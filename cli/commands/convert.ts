import { type Command, InvalidArgumentError, Option } from "commander";
import type { Series } from "../../core/series.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { guessBootCpu } from "../../dts/boot-cpu.ts";
import { structureErrors } from "../../dts/checks/check-structure.ts";
import type { Diagnostic } from "../../dts/diagnostic.ts";
import { LIMITS } from "../../dts/limits.ts";
import { sortTree } from "../../dts/sort-tree.ts";
import { addSymbols } from "../../dts/symbols-node.ts";
import type { DeviceTree } from "../../dts/tree.ts";
import { ExitCode, Failure } from "../failure.ts";
import { type Output, writeOutputFile } from "../files.ts";
import { findingLines } from "../formats/finding-text.ts";
import { printable } from "../formats/printable.ts";
import { INPUT_FORMATS, type InputFormat } from "../input-format.ts";
import {
  allowOutsideOption,
  applyOption,
  includeOption,
  integerBetween,
  parseSeries,
  refuseSecondRead,
  sizeUpTo,
  wordOf,
} from "../options.ts";
import { type ParsedInput, parseInput } from "../parse-input.ts";
import { isTerminal, writeStandardError, writeStandardOutput } from "../standard-streams.ts";
import { COLOR_MODES, type ColorMode, type Paint, painter } from "../style.ts";

const OUTPUT_FORMATS = ["dts", "dtb", "yaml", "json"] as const;

type OutputFormat = (typeof OUTPUT_FORMATS)[number];

const FORMAT_OF_ENDING: Readonly<Record<string, OutputFormat>> = {
  dts: "dts",
  dtsi: "dts",
  dtso: "dts",
  dtb: "dtb",
  dtbo: "dtb",
  yaml: "yaml",
  yml: "yaml",
  json: "json",
};

/** Bytes that the options can ask for: as many as a blob that is read may have. */
const MAX_BYTES = LIMITS.blobBytes;

interface ConvertOptions {
  readonly outputFormat?: OutputFormat;
  readonly output?: string;
  readonly symbols?: boolean;
  readonly force?: boolean;
  readonly sort?: boolean;
  readonly size?: number;
  readonly pad?: number;
  readonly align?: number;
  readonly reserve?: number;
  readonly bootCpu?: number;
  readonly include?: readonly string[];
  readonly allowOutside?: boolean;
  readonly apply?: readonly string[];
  readonly inputFormat?: InputFormat;
  readonly kernel?: Series;
  readonly color: ColorMode;
  readonly quiet?: boolean;
}

/** Options about the layout of a blob, which mean nothing to another format. */
const BLOB_OPTIONS = ["size", "pad", "align", "reserve"] as const;

export function addConvertCommand(program: Command): void {
  const summary = "write the tree as device tree source, a blob, YAML or JSON";
  const options: readonly [string, string, (text: string) => unknown][] = [
    ["-O, --output-format <format>", "dts, dtb, yaml or json (default: see below)", wordOf(OUTPUT_FORMATS)],
    ["--size <bytes>", "make the blob at least so long", sizeUpTo(MAX_BYTES)],
    ["--pad <bytes>", "add so many zeroes to the blob", sizeUpTo(MAX_BYTES)],
    ["--align <bytes>", "make the blob's size a multiple of this power of two", parseAlignment],
    ["--reserve <n>", "leave so many free memory reservations in the blob", integerBetween(0, LIMITS.memReserves)],
    ["--boot-cpu <n>", "the blob's boot CPU (default: the input's)", integerBetween(0, 0xffffffff)],
    ["--kernel <series>", "the dialect to write a YAML description in (default: rfc-v3)", parseSeries],
    ["--input-format <format>", "dtb, dts or yaml (default: by content)", wordOf(INPUT_FORMATS)],
  ];
  const command = program
    .command("convert")
    .summary(summary)
    .description(summary)
    .argument("<input>", "device tree source, blob, YAML description or live tree's folder; - is standard input")
    .option("-o, --output <file>", "write the result to a file, whole or not at all")
    .option("-@, --symbols", "add __symbols__, which overlays need: the path of every label")
    .option("-f, --force", "write the tree in spite of errors in its structure, told as warnings")
    .option("--sort", "sort properties, nodes and memory reservations");
  for (const [flags, description, parse] of options) command.addOption(new Option(flags, description).argParser(parse));
  command
    .addOption(applyOption())
    .addOption(includeOption())
    .addOption(allowOutsideOption())
    .addOption(new Option("--color <when>", "auto, always or never").argParser(wordOf(COLOR_MODES)).default("auto"))
    .option("--quiet", "no warnings: errors alone")
    .addHelpText(
      "after",
      "\nWithout -O the ending of the -o file says what is written; else source becomes a blob, and all else source.",
    )
    .action(convert);
}

function parseAlignment(text: string): number {
  const bytes = sizeUpTo(MAX_BYTES)(text);
  if (bytes === 0 || (bytes & (bytes - 1)) !== 0) throw new InvalidArgumentError("It is a power of two.");
  return bytes;
}

/** Reads the input, changes its tree as asked and writes it. What is wrong with the input goes to standard error. */
async function convert(input: string, options: ConvertOptions): Promise<void> {
  const { inputFormat = null, include = [], kernel = "rfc-v3", color, quiet: isQuiet = false, apply = [] } = options;
  refuseSecondRead([input, ...apply]);
  if (options.size !== undefined && options.pad !== undefined) throw new Failure("--size and --pad exclude each other");
  const paint = painter(color, isTerminal("stderr"));
  const parsed = await parseInput(input, {
    format: inputFormat,
    includeDirs: include,
    allowOutside: options.allowOutside ?? false,
    series: kernel,
    overlays: apply,
    keepsLabelled: options.symbols ?? false,
  });
  const { tree } = parsed;
  const format = options.outputFormat ?? formatOfEnding(options.output) ?? (parsed.format === "dts" ? "dtb" : "dts");
  // What dtc refuses is refused, be it source, blob or live tree; fdtoverlay looks at nothing.
  const isUnchecked = parsed.format !== "dts" && appliedBlob(parsed, format, options) !== null;
  const faults =
    tree === null || isUnchecked ? [] : structureErrors(tree, parsed.format === "dts" && apply.length === 0);
  const isRefused = faults.length > 0 && !options.force;
  const told = isRefused ? faults : faults.map((fault) => ({ ...fault, severity: "warning" as const }));
  writeFindings(input, { ...parsed, diagnostics: [...parsed.diagnostics, ...told] }, isQuiet, paint);
  if (tree === null || isRefused) {
    if (isRefused && parsed.format !== "dts") {
      writeStandardError(
        `${printable(input)}: nothing is written because of these errors; --force writes it as it is\n`,
      );
    }
    process.exitCode = ExitCode.findings;
    return;
  }
  // With overlays, labels are known without being asked for.
  const changes = apply.length > 0 ? { ...options, symbols: false } : options;
  const changed = changeTree(tree, changes);
  if (changed.error !== null) {
    writeFindings(input, { ...parsed, diagnostics: [changed.error] }, isQuiet, paint);
    process.exitCode = ExitCode.findings;
    return;
  }
  const warnings = [...changed.warnings, ...lossOf(tree, format)];
  const output = await outputOf(parsed, tree, format, options, warnings);
  if (!isQuiet) {
    for (const warning of warnings) {
      writeStandardError(`${printable(input)}: ${paint("warning:", "yellow", "bold")} ${printable(warning)}\n`);
    }
  }
  write(output, options.output);
}

function formatOfEnding(path: string | undefined): OutputFormat | null {
  const ending = /\.([a-z]+)$/i.exec(path ?? "")?.[1];
  return ending === undefined ? null : (FORMAT_OF_ENDING[ending.toLowerCase()] ?? null);
}

function writeFindings(input: string, { diagnostics, sources, format }: ParsedInput, isQuiet: boolean, paint: Paint) {
  const context = { input, sources, isBytes: format !== "yaml", paint };
  const isShown = ({ severity }: Diagnostic) => !isQuiet || severity === "error";
  for (const diagnostic of diagnostics.filter(isShown)) {
    writeStandardError(`${findingLines(diagnostic, context).join("\n")}\n\n`);
  }
}

/** Does what was asked for to the tree; gives what could not be done, and why none of it was. */
function changeTree(
  tree: DeviceTree,
  { symbols, sort, bootCpu }: ConvertOptions,
): { readonly warnings: readonly string[]; readonly error: Diagnostic | null } {
  const warnings: string[] = [];
  if (symbols) {
    const hasLabels = [...tree.root.walk()].some(({ labels }) => labels.length > 0);
    if (!hasLabels) warnings.push("-@ adds nothing: no node has a label, and a blob has none at all");
    const { kept, error } = addSymbols(tree);
    if (error !== null) return { warnings, error };
    for (const label of kept) warnings.push(`__symbols__ has ${label} already, and keeps it`);
  }
  if (bootCpu !== undefined) tree.bootCpuId = bootCpu;
  if (sort) sortTree(tree);
  return { warnings, error: null };
}

/** What the format has no place for. */
function lossOf({ memReserves, bootCpuId, root }: DeviceTree, format: OutputFormat): string[] {
  const losses: string[] = [];
  if (format === "yaml" && memReserves.length > 0) {
    losses.push(`YAML has no place for memory reservations: ${memReserves.length} of them are left out`);
  }
  if ((format === "dts" || format === "yaml") && bootCpuId !== guessBootCpu(root)) {
    losses.push(
      `${format} has no place for the boot CPU, ${bootCpuId}: give --boot-cpu ${bootCpuId} when a blob is made of it`,
    );
  }
  return losses;
}

async function outputOf(
  parsed: ParsedInput,
  tree: DeviceTree,
  format: OutputFormat,
  options: ConvertOptions,
  warnings: string[],
): Promise<Output> {
  if (format !== "dtb") {
    const given = BLOB_OPTIONS.find((name) => options[name] !== undefined);
    if (given !== undefined) throw new Failure(`--${given} is about blobs, and ${format} is written: add -O dtb`);
  }
  // Source becomes a blob nearly always: what writes anything else is loaded for it alone.
  switch (format) {
    case "json": {
      const { writeJson } = await import("../../dts/write-json.ts");
      return (write) => writeJson(tree, write);
    }
    case "yaml": {
      const { writeYaml } = await import("../../dts/write-yaml.ts");
      return (write) => writeYaml(tree, write);
    }
    case "dts":
      return sourceOutput(tree);
    case "dtb":
      return blobOutput(parsed, tree, options, warnings);
  }
}

async function sourceOutput(tree: DeviceTree): Promise<Output> {
  const { nameUnfitForSource, writeSource } = await import("../../dts/write-source.ts");
  const unfit = nameUnfitForSource(tree);
  if (unfit !== null) {
    const { node, name } = unfit;
    throw new Failure(
      `cannot write source: ${node.path} holds the name ${printable(JSON.stringify(name))}, which source has no way to write; -O json or -O dtb can`,
    );
  }
  return (write) => writeSource(tree, write);
}

/** With overlays and nothing else asked for, makes the bytes that are fdtoverlay's rather than dtc's; else null. */
function appliedBlob(
  { editedBlob }: ParsedInput,
  format: OutputFormat,
  options: ConvertOptions,
): (() => Uint8Array) | null {
  const isChanged = ([...BLOB_OPTIONS, "sort", "bootCpu"] as const).some((name) => options[name] !== undefined);
  return format !== "dtb" || isChanged ? null : (editedBlob ?? null);
}

function blobOutput(parsed: ParsedInput, tree: DeviceTree, options: ConvertOptions, warnings: string[]): Uint8Array {
  const { size = 0, pad = 0, align = 1, reserve = 0, output } = options;
  if (output === undefined && isTerminal("stdout")) {
    throw new Failure("a blob is nothing for a terminal: give -o FILE, or -O dts to read it");
  }
  const applied = appliedBlob(parsed, "dtb", options);
  if (applied !== null) return applied();
  const blob = writeBlob(tree, { minimumBytes: size, padBytes: pad, alignBytes: align, reserveSlots: reserve });
  if (size > 0 && blob.length > Math.ceil(size / align) * align) {
    warnings.push(`the blob has ${blob.length} bytes, more than the ${size} of --size`);
  }
  return blob;
}

function write(output: Output, path: string | undefined): void {
  if (path !== undefined && path !== "-") writeOutputFile(path, output);
  else writeStandardOutput(output);
}
