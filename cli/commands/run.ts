import { type Command, Option } from "commander";
import { jsonReports } from "../formats/json.ts";
import { runLines } from "../formats/run-text.ts";
import { readReplayFile, withReplay } from "../replay.ts";
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
        "do what a file says in place of a workload: one that --breach-file wrote",
      ).conflicts(["workload", "param", "operations", "keepGoing", "breachFile"]),
    )
    .addHelpText("after", () => `\n${workloadHelp()}`)
    .action((inputs, options: RunValues) => {
      const workload = workloadOptions(options, { isBounded: false, stopsAtBreach: options.keepGoing !== true });
      const replay = options.replay === undefined ? null : readReplayFile(options.replay);
      return runInputCommand(inputs, options, FORMATS, async (report) => {
        if (replay !== null) return withReplay(report, replay, workload.seed);
        return withReplayFile(await withWorkload(report, workload), options.breachFile, options);
      });
    });
}
