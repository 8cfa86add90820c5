/** The file that shows a breach again, and the command that reads it. */
import { operationsText } from "../core/allocator/operations-text.ts";
import { hexPfn } from "../core/machine/units.ts";
import type { InputOptions } from "./commands/input-options.ts";
import { Failure } from "./failure.ts";
import { writeOutputFile } from "./files.ts";
import type { InputReport } from "./report.ts";
import { writeStandardError } from "./standard-streams.ts";
import { VERSION } from "./version.ts";

/** Where it goes when nobody says. */
export const DEFAULT_BREACH_FILE = "carveout-breach.trace";

/**
 * Writes what a run was stopped for, where it was, to a file; the report then names it. `asked` is the path that the user
 * gave, or false for no file. Throws a `Failure` where that path cannot be written.
 */
export function withReplayFile(
  report: InputReport,
  asked: string | false | undefined,
  options: InputOptions,
): InputReport {
  const { workload } = report;
  const exercise = workload?.exercise ?? null;
  if (workload === null || exercise === null || exercise.shown === null || asked === false) return report;
  const path = asked ?? DEFAULT_BREACH_FILE;
  const { breach, operations } = exercise.shown;
  const { pfn, order, block } = breach.first;
  const { pageSize } = report.config;
  const command = replayCommand(report, path, options);
  const text = operationsText(
    operations,
    [
      `written by carveout ${VERSION} for ${report.input}, ${report.series}, pages of ${pageSize} bytes`,
      `from workload ${workload.name}, seed ${workload.seed}, operation ${workload.operations}`,
      `breaks ${breach.name}: order ${order} at PFN ${pfn} (${hexPfn(pfn, pageSize)}), block at PFN ${block} (${hexPfn(block, pageSize)})`,
      `shown again by: ${command}`,
    ].map((line) => line.replace(/[\r\n]/g, " ")),
  );
  try {
    writeOutputFile(path, text);
  } catch (error) {
    if (asked !== undefined || !(error instanceof Failure)) throw error;
    // nobody asked for it: the report has the operations too
    writeStandardError(`carveout: ${error.message}; the report shows what would be in it\n`);
    return report;
  }
  return { ...report, workload: { ...workload, exercise: { ...exercise, replay: { path, command } } } };
}

/** The command line that replays a file on the same input under the same kernel. */
function replayCommand({ input, series, config }: InputReport, path: string, options: InputOptions): string {
  const { maxOrder, pageblockOrder, vaBits, paBits, mem } = options;
  const given = (name: string, value: number | bigint | undefined) =>
    value === undefined ? [] : [name, String(value)];
  const words = [
    ...["carveout", "run", input, "--kernel", series!, "--page-size", `${config.pageSize / 1024}k`],
    ...given("--max-order", maxOrder),
    ...given("--pageblock-order", pageblockOrder),
    ...given("--va-bits", vaBits),
    ...given("--pa-bits", paBits),
    ...given("--mem", mem),
    ...(options.inputFormat === undefined ? [] : ["--input-format", options.inputFormat]),
    ...(options.apply ?? []).flatMap((overlay) => ["-a", overlay]),
    ...(options.include ?? []).flatMap((folder) => ["-I", folder]),
    ...(options.allowOutside === true ? ["--allow-outside"] : []),
    ...["--replay", path],
  ];
  return words.map(quoted).join(" ");
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
