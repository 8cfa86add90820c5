import { type Command, Option } from "commander";
import { jsonReports } from "../formats/json.ts";
import { reportLines } from "../formats/report-text.ts";
import { integerBetween, wordOf } from "../options.ts";
import { WORKLOADS, withWorkload } from "../workload.ts";
import { addInputCommand, type Formats, type InputOptions, runInputCommand, textRenderer } from "./common.ts";

const FORMATS: Formats = { renderers: { text: textRenderer(reportLines), json: jsonReports } };

export interface WorkloadValues extends InputOptions {
  readonly seed: number;
  readonly operations?: number;
}

/** The options of a workload, for the commands that run one. */
export function addWorkloadOptions(command: Command): Command {
  return command
    .addOption(new Option("--workload <name>", WORKLOADS.join(", ")).argParser(wordOf(WORKLOADS)).default("sweep"))
    .addOption(
      new Option("--operations <n>", "stop after so many").argParser(integerBetween(1, Number.MAX_SAFE_INTEGER)),
    )
    .addOption(
      new Option("--seed <n>", "of what is left to chance")
        .argParser(integerBetween(0, Number.MAX_SAFE_INTEGER))
        .default(1),
    );
}

export function addRunCommand(program: Command): void {
  const summary = "allocate and free tagged memory through every page at every order, checking as it goes";
  addWorkloadOptions(addInputCommand(program, "run", summary, FORMATS)).action((inputs, options: WorkloadValues) =>
    runInputCommand(inputs, options, FORMATS, (report, { isQuiet }) =>
      withWorkload(report, {
        seed: options.seed,
        operations: options.operations ?? null,
        isBounded: false,
        showProgress: !isQuiet && process.stderr.isTTY === true,
      }),
    ),
  );
}
