import { type Command, Option } from "commander";
import { Failure } from "../failure.ts";
import { jsonReports } from "../formats/json.ts";
import { runLines } from "../formats/run-text.ts";
import { integerBetween } from "../options.ts";
import { writeRecording } from "../record.ts";
import { withReplay } from "../replay.ts";
import { DEFAULT_BREACH_FILE, withReplayFile } from "../replay-file.ts";
import { withWorkload } from "../workload.ts";
import { addInputCommand, type Formats, runInputCommand, textRenderer } from "./common.ts";
import { addWorkloadOptions, type WorkloadValues, workloadHelp, workloadOptions } from "./workload-options.ts";

const FORMATS: Formats = { renderers: { text: textRenderer(runLines), json: jsonReports } };

interface RunValues extends WorkloadValues {
  readonly keepGoing?: boolean;
  /** False where no file is wanted. */
  readonly breachFile?: string | false;
  readonly replay?: string;
  readonly tagGfp?: string;
  readonly tagComm?: string;
  readonly tagShare?: number;
  readonly record?: string;
}

export function addRunCommand(program: Command): void {
  const summary = "exercise memory under one kernel: allocate, free, split, tag, checking as it goes";
  addWorkloadOptions(addInputCommand(program, "run", summary, FORMATS))
    .option("--keep-going", "go on after a breach, to see what it comes to")
    .option("--breach-file <file>", `where the shortest way to a breach is written (default: "${DEFAULT_BREACH_FILE}")`)
    .option("--no-breach-file", "write no such file")
    .addOption(
      new Option(
        "--replay <file>",
        "do what a file says in place of a workload: the text of a kernel's trace of mm_page_alloc and mm_page_free (tracefs, trace-cmd report, perf script), or what --record or --breach-file wrote; - for standard input",
      ).conflicts(["workload", "param", "operations", "keepGoing", "breachFile", "record"]),
    )
    .option("--tag-gfp <flags>", "of a trace: tag movable allocations with these GFP flags, A|B")
    .option("--tag-comm <name>", "of a trace: tag movable allocations of processes of this name, * for any text")
    .addOption(
      new Option("--tag-share <percent>", "of a trace: tag so many of the movable allocations, by chance").argParser(
        integerBetween(0, 100),
      ),
    )
    .option("--record <file>", "write all that the workload does, for --replay on the same input")
    .addHelpText("after", () => `\n${workloadHelp()}`)
    .action((inputs, options: RunValues) => {
      const workload = workloadOptions(options, { isBounded: false, stopsAtBreach: options.keepGoing !== true });
      checkFiles(inputs, options);
      const { replay, record, tagGfp, tagComm, tagShare, seed } = options;
      const tagRule = {
        gfpFlags: tagGfp ?? null,
        // traces are read a byte a character
        command: tagComm === undefined ? null : Buffer.from(tagComm).toString("latin1"),
        sharePercent: tagShare ?? null,
        seed,
      };
      return runInputCommand(inputs, options, FORMATS, async (report) => {
        const { interruption } = workload;
        if (replay !== undefined) return withReplay(report, { path: replay, tagRule, interruption });
        const exercised = await withWorkload(report, workload);
        if (record !== undefined) await writeRecording(exercised, record);
        return withReplayFile(exercised, options.breachFile, options);
      });
    });
}

/** What commander cannot tell about options that name files. Throws a `Failure`. */
function checkFiles(inputs: readonly string[], { replay, record, workload, ...tag }: RunValues): void {
  const isTagAsked = tag.tagGfp !== undefined || tag.tagComm !== undefined || tag.tagShare !== undefined;
  if (isTagAsked && replay === undefined) throw new Failure("--tag-gfp, --tag-comm and --tag-share need --replay");
  if (replay === "-" && (inputs.length > 1 || inputs.includes("-"))) {
    throw new Failure("--replay - takes standard input, which can be read once: give one input, and that as a file");
  }
  if (record === undefined) return;
  if (inputs.length > 1) throw new Failure("--record takes one input: each would be written over by the next");
  if (workload === "sweep")
    throw new Failure("--record needs --workload: the sweep is arithmetic, and allocates nothing");
}
