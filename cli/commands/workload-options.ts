/** The options of a workload, for the commands that run one. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { WORKLOAD_MODELS } from "../../core/allocator/workloads/catalogue.ts";
import type { ParameterValues, WorkloadParameter } from "../../core/allocator/workloads/model.ts";
import { integerBetween, wordOf } from "../options.ts";
import { createInterruption } from "../progress.ts";
import { isTerminal } from "../standard-streams.ts";
import { checkParameters, WORKLOADS, type WorkloadOptions } from "../workload.ts";
import { wrap } from "../wrap.ts";
import type { InputOptions } from "./input-options.ts";

export interface WorkloadValues extends InputOptions {
  readonly workload: string;
  readonly param?: ParameterValues;
  readonly seed: number;
  readonly operations?: number;
}

/** `usual` is the workload where none is named. */
export function addWorkloadOptions(command: Command, usual = "sweep"): Command {
  return command
    .addOption(new Option("--workload <name>", WORKLOADS.join(", ")).argParser(wordOf(WORKLOADS)).default(usual))
    .addOption(
      new Option(
        "--param <name=value>",
        "a parameter of the workload (see run --help); can be given more than once",
      ).argParser(addParameter),
    )
    .addOption(
      new Option("--operations <n>", "stop after so many").argParser(integerBetween(1, Number.MAX_SAFE_INTEGER)),
    )
    .addOption(
      new Option("--seed <n>", "of what is left to chance")
        .argParser(integerBetween(0, Number.MAX_SAFE_INTEGER))
        .default(1),
    );
}

function addParameter(text: string, known: ParameterValues = {}): ParameterValues {
  const match = /^([^=]+)=(\d+)$/.exec(text);
  if (match === null || !Number.isSafeInteger(Number(match[2]))) {
    throw new InvalidArgumentError("It is a name, = and a whole number.");
  }
  return { ...known, [match[1]!]: Number(match[2]) };
}

/** What a command's options ask to be exercised. Throws a `Failure` where the workload has no such parameter. */
export function workloadOptions(
  { workload, param = {}, seed, operations, quiet }: WorkloadValues,
  { isBounded, stopsAtBreach }: Pick<WorkloadOptions, "isBounded" | "stopsAtBreach">,
): WorkloadOptions {
  checkParameters(workload, param);
  return {
    name: workload,
    parameters: param,
    seed,
    operations: operations ?? null,
    isBounded,
    stopsAtBreach,
    showProgress: !isBounded && quiet !== true && isTerminal("stderr"),
    interruption: createInterruption(),
  };
}

/** Less than a terminal has: the manual page sets the lines in. */
const WIDTH = 70;

/** What each workload does, and its parameters. */
export function workloadHelp(): string {
  const lines = WORKLOAD_MODELS.flatMap(({ name, summary, parameters }) => [
    ...indented(`${name}: ${summary}`, 2),
    ...parameters.flatMap((parameter) => indented(parameterText(parameter), 6)),
  ]);
  return [
    "Workloads, with the parameters that --param sets:",
    ...indented("sweep: every page of tagged memory at every order, by arithmetic alone", 2),
    ...lines,
  ].join("\n");
}

function parameterText({ name, description, least, most, default: usual }: WorkloadParameter): string {
  const word = (bound: number | string) =>
    bound === "huge-order" ? "a pageblock's" : bound === "max-order" ? "the largest" : `${bound}`;
  return `${name}=N: ${description}; ${least} to ${word(most)}, by default ${word(usual)}`;
}

function indented(text: string, by: number): string[] {
  return wrap(text, WIDTH - by).map((line, i) => `${" ".repeat(i === 0 ? by : by + 4)}${line}`);
}
