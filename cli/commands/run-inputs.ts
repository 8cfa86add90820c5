/** The course of things that all commands on inputs share. */
import { SERIES } from "../../core/series.ts";
import { ExitCode, Failure } from "../failure.ts";
import { writeOutputFile } from "../files.ts";
import { allFindingLines } from "../formats/report-text.ts";
import { expandInputs, inputsOfShard } from "../inputs.ts";
import { PAGE_SIZES, refuseSecondRead } from "../options.ts";
import { inputProgress } from "../progress.ts";
import { fails, type InputReport, type KernelChoice, type KernelsReport, reportInput } from "../report.ts";
import { isTerminal, outputWidth, USUAL_WIDTH, writeStandardError, writeStandardOutput } from "../standard-streams.ts";
import { type Paint, painter } from "../style.ts";
import { type Level, triageWith } from "../triage.ts";
import { INPUTS_A_THREAD, portToMain, threadsFor, type WorkedInput } from "../worker-port.ts";
import { type Formats, JOINS } from "./formats.ts";
import type { InputOptions } from "./input-options.ts";

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
  {
    renderers,
    matrixRenderers = {},
    sharesWork = false,
    isBesideAll = false,
    withoutFindings = [],
    join = JOINS[options.format],
  }: Formats,
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
  const paint = painter(options.color, !toFile && isTerminal("stdout"));
  const context = { paint, isQuiet, width: toFile ? USUAL_WIDTH : outputWidth() };
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
      const reported = await reportInput(input, kernels, reportOptions);
      const extended: InputReport[] = [];
      for (const [index, report] of reported.reports.entries()) {
        extended.push(index < counting ? await extend(report, { isQuiet }) : report);
      }
      const result = triage({ ...reported, reports: extended });
      if (join === undefined) results.push(result);
      const text = join === undefined ? "" : await render([result], true);
      return {
        text,
        hasFailed: result.reports.slice(0, counting).some((report) => fails(report, options.failOn)),
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
      writeStandardError(`carveout: ${problem}\n`);
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
  const text = join === undefined ? await render(results, isSingle) : join(texts, isSingle);
  if (withoutFindings.includes(options.format)) {
    const lines = results.flatMap((result) => errorLines(result, painter(options.color, isTerminal("stderr"))));
    writeStandardError(lines.map((line) => `${line}\n`).join(""));
  }
  if (toFile) writeOutputFile(options.output!, text);
  else writeStandardOutput(text);
  if (all.length > given.length && !isQuiet) writeStandardError(`${summaryLine(inputs.length, counts)}\n`);
}

/** The errors of an input; under several kernels those that are none of a kernel's, whose outcome the format shows. */
function errorLines({ reports, commonFindings }: KernelsReport, paint: Paint): string[] {
  const report = reports[0]!;
  return allFindingLines(reports.length === 1 ? report : { ...report, findings: commonFindings }, paint, true);
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
