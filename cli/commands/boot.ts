import { type Command, Option } from "commander";
import { type KernelOptions, kernelConfig } from "../../core/kernel/config.ts";
import { sizeText } from "../../core/machine/units.ts";
import { readMachine } from "../../core/machine.ts";
import type { Series } from "../../core/series.ts";
import { structureErrors } from "../../dts/checks/check-structure.ts";
import type { Diagnostic } from "../../dts/diagnostic.ts";
import { isOverlay } from "../../dts/overlay/is-overlay.ts";
import { type KernelImage, readKernelImage } from "../boot/arm64-image.ts";
import { type BootOptions, bootMachine, commandLines, kernelWords, planBoot } from "../boot/boot-machine.ts";
import { ExitCode, Failure } from "../failure.ts";
import { readInputBytes } from "../files.ts";
import { bootJson } from "../formats/boot-json.ts";
import { bootLines } from "../formats/boot-text.ts";
import { findingLines } from "../formats/finding-text.ts";
import { INPUT_FORMATS, type InputFormat } from "../input-format.ts";
import {
  allowOutsideOption,
  applyOption,
  includeOption,
  integerBetween,
  integerOf,
  parsePageSize,
  parseSeries,
  parseSize,
  refuseSecondRead,
  wordOf,
} from "../options.ts";
import { type ParsedInput, parseInput } from "../parse-input.ts";
import { isTerminal, writeStandardError, writeStandardOutput } from "../standard-streams.ts";
import { COLOR_MODES, type ColorMode, painter } from "../style.ts";

const DAY_SECONDS = 86_400;

interface Values {
  readonly image: string;
  readonly kernel?: Series;
  readonly pageSize?: 4096 | 16384 | 65536;
  readonly vaBits?: number;
  readonly paBits?: number;
  readonly mem?: bigint;
  readonly append: string;
  readonly qemu: string;
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly format: "text" | "json";
  readonly include?: readonly string[];
  readonly allowOutside?: boolean;
  readonly apply?: readonly string[];
  readonly inputFormat?: InputFormat;
  readonly color: ColorMode;
}

export function addBootCommand(program: Command): void {
  const summary = "boot a kernel on the tree's memory under QEMU and compare what it makes of it";
  const options: readonly [string, string, (text: string) => unknown][] = [
    ["--kernel <series>", "the series that the kernel has (default: none, a kernel without tag storage)", parseSeries],
    ["--page-size <size>", "4k, 16k or 64k (default: as the image's header says)", parsePageSize],
    ["--va-bits <n>", "bits of a kernel virtual address (default: 48)", integerOf(36, 39, 42, 47, 48, 52)],
    ["--pa-bits <n>", "bits of a physical address (default: 48)", integerBetween(32, 52)],
    ["--mem <size>", "the kernel's mem= parameter", parseSize],
    ["--input-format <format>", "dtb, dts or yaml (default: by content)", wordOf(INPUT_FORMATS)],
  ];
  const command = program
    .command("boot")
    .summary(summary)
    .description(summary)
    .argument("<input>", "device tree source, blob, YAML description or live tree's folder; - is standard input")
    .requiredOption("--image <file>", "the kernel: an Image of arm64, as it is or packed with gzip");
  for (const [flags, description, parse] of options) command.addOption(new Option(flags, description).argParser(parse));
  command
    .option("--append <words>", "more words for the kernel's command line", "")
    .option("--qemu <program>", "QEMU for arm64", "qemu-system-aarch64")
    .addOption(
      new Option("--timeout <seconds>", "give the kernel so long")
        .argParser(integerBetween(1, DAY_SECONDS))
        .default(300),
    )
    .option("--dry-run", "print QEMU's command lines and run nothing")
    .addOption(new Option("--format <format>", "text or json").argParser(wordOf(["text", "json"])).default("text"))
    .addOption(applyOption())
    .addOption(includeOption())
    .addOption(allowOutsideOption())
    .addOption(new Option("--color <when>", "auto, always or never").argParser(wordOf(COLOR_MODES)).default("auto"))
    .addHelpText(
      "after",
      "\nThe kernel runs on the devices of QEMU's virt machine, with the memory of the input. Exit code: 0 where it made of it\n" +
        "what carveout says, 1 where it did not or the input has an error, 2 where it could not be booted.",
    )
    .action(boot);
}

/** Reads both files, boots, and prints the comparison. */
async function boot(input: string, values: Values): Promise<void> {
  const { color, apply = [] } = values;
  refuseSecondRead([input, values.image, ...apply]);
  const parsed = await parseInput(input, {
    format: values.inputFormat ?? null,
    includeDirs: values.include ?? [],
    allowOutside: values.allowOutside ?? false,
    series: values.kernel ?? "rfc-v3",
    overlays: apply,
  });
  const { tree } = parsed;
  const refusals = tree !== null && parsed.format === "dts" ? structureErrors(tree) : [];
  writeErrors(input, parsed, [...parsed.diagnostics, ...refusals], color);
  if (tree === null || refusals.length > 0) {
    process.exitCode = ExitCode.findings;
    return;
  }
  if (isOverlay(tree)) throw new Failure(`${input} is an overlay: give its base, and the overlay with -a`);
  const image = readKernelImage(values.image, readInputBytes(values.image));
  const options = bootOptions(image, values);
  const machine = readMachine(tree);
  if (values.dryRun) {
    writeStandardOutput(dryRun(planBoot(machine, image, options), options));
    return;
  }
  const report = await bootMachine(machine, image, options);
  const { pageSize } = options.config;
  const paint = painter(color, isTerminal("stdout"));
  writeStandardOutput(
    values.format === "json"
      ? bootJson(input, pageSize, report)
      : `${bootLines(input, pageSize, report, paint).join("\n")}\n`,
  );
  const agrees = report.comparisons.every((line) => line.agrees);
  process.exitCode = agrees ? ExitCode.clean : ExitCode.findings;
}

function writeErrors(input: string, parsed: ParsedInput, diagnostics: readonly Diagnostic[], color: ColorMode): void {
  const paint = painter(color, isTerminal("stderr"));
  const context = { input, sources: parsed.sources, isBytes: parsed.format !== "yaml", paint };
  for (const diagnostic of diagnostics) {
    if (diagnostic.severity === "error") writeStandardError(`${findingLines(diagnostic, context).join("\n")}\n\n`);
  }
}

function bootOptions(image: KernelImage, values: Values): BootOptions {
  const { kernel, pageSize, vaBits, paBits, mem, append } = values;
  if (pageSize !== undefined && image.pageSize !== null && pageSize !== image.pageSize) {
    const text = (bytes: number) => sizeText(BigInt(bytes));
    throw new Failure(
      `${values.image} is a kernel of ${text(image.pageSize)} pages by its header, and --page-size says ${text(pageSize)}`,
    );
  }
  if (/(^|\s)mem=/.test(append))
    throw new Failure("give --mem SIZE in place of mem= in --append: the comparison needs it");
  const kernelOptions: KernelOptions = {
    series: kernel ?? "rfc-v3",
    pageSize: image.pageSize ?? pageSize ?? 4096,
    ...(vaBits === undefined ? {} : { vaBits }),
    ...(paBits === undefined ? {} : { paBits }),
    ...(mem === undefined ? {} : { memLimitBytes: mem }),
  };
  return {
    config: kernelConfig(kernelOptions),
    hasSeries: kernel !== undefined,
    qemu: values.qemu,
    append,
    timeoutSeconds: values.timeout,
  };
}

/** The command lines as a shell takes them, for files in a folder that is not there. */
function dryRun(plan: ReturnType<typeof planBoot>, options: BootOptions): string {
  const { dump, boot: booted } = commandLines(plan, "FOLDER");
  const line = (words: readonly string[]) => words.map(shellWord).join(" ");
  return [
    "# writes the devices of QEMU's machine, which the input's memory is merged into",
    line([options.qemu, ...dump]),
    `# boots, with ${kernelWords(options)}`,
    line([options.qemu, ...booted]),
    "",
  ].join("\n");
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
