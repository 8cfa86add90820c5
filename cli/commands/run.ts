import { type Command, InvalidArgumentError, Option } from "commander";
import { MOST_BLOCKS, MOST_THREADS } from "../../core/allocator/interleavings/bounds.ts";
import { OMISSIONS, type Omission } from "../../core/allocator/interleavings/protocol.ts";
import { GFP_FLAG_NAMES, unknownFlag } from "../../core/allocator/trace/gfp-flags.ts";
import { nearest } from "../../dts/nearest.ts";
import { Failure } from "../failure.ts";
import { jsonReports } from "../formats/json.ts";
import { runLines } from "../formats/run-text.ts";
import { integerBetween, wordOf } from "../options.ts";
import { writeRecording } from "../record.ts";
import { withReplay } from "../replay.ts";
import { DEFAULT_BREACH_FILE, withReplayFile } from "../replay-file.ts";
import { withWorkload } from "../workload.ts";
import { type Formats, textRenderer } from "./formats.ts";
import { addInputCommand } from "./input-options.ts";
import { runInputCommand } from "./run-inputs.ts";
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
  readonly interleavings?: boolean;
  readonly threads: number;
  readonly blocks: number;
  readonly states: number;
  readonly without?: Omission;
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
    .addOption(
      new Option("--tag-gfp <flags>", "of a trace: tag movable allocations with these GFP flags, A|B").argParser(
        parseGfpFlags,
      ),
    )
    .option("--tag-comm <name>", "of a trace: tag movable allocations of processes of this name, * for any text")
    .addOption(
      new Option("--tag-share <percent>", "of a trace: tag so many of the movable allocations, by chance").argParser(
        integerBetween(0, 100),
      ),
    )
    .option("--record <file>", "write all that the workload does, for --replay on the same input")
    .addOption(
      new Option(
        "--interleavings",
        "explore the series' locking protocol in place of a workload: every order in which threads that reserve and free tag storage can take their steps, every failure included",
      ).conflicts(["workload", "param", "operations", "keepGoing", "breachFile", "record", "replay"]),
    )
    .addOption(
      new Option("--threads <n>", "of interleavings: threads at most")
        .argParser(integerBetween(1, MOST_THREADS))
        .default(MOST_THREADS),
    )
    .addOption(
      new Option("--blocks <n>", "of interleavings: blocks at most")
        .argParser(integerBetween(1, MOST_BLOCKS))
        .default(MOST_BLOCKS),
    )
    .addOption(
      new Option("--states <n>", "of interleavings: states of one scenario at most")
        .argParser(integerBetween(1, 10_000_000))
        .default(1_000_000),
    )
    .addOption(
      new Option(
        "--without <part>",
        `of interleavings: leave a part of the protocol out: ${OMISSIONS.join(", ")}`,
      ).argParser(wordOf(OMISSIONS)),
    )
    .addHelpText("after", () => `\n${workloadHelp()}`)
    .action(async (inputs, options: RunValues) => {
      if (options.interleavings === true) {
        await runInterleavings(inputs, options);
        return;
      }
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
      await runInputCommand(inputs, options, FORMATS, async (report) => {
        const { interruption } = workload;
        if (replay !== undefined) return withReplay(report, { path: replay, tagRule, interruption });
        const exercised = await withWorkload(report, workload);
        if (record !== undefined) await writeRecording(exercised, record);
        return withReplayFile(exercised, options.breachFile, options);
      });
    });
}

/** Flags as they were given; a name that no kernel has would tag nothing, without a word. */
function parseGfpFlags(text: string): string {
  const unknown = unknownFlag(text);
  if (unknown === null) return text;
  const near = nearest(unknown, GFP_FLAG_NAMES);
  const hint = near === null ? `There are ${GFP_FLAG_NAMES.join(", ")}.` : `Did you mean ${near}?`;
  throw new InvalidArgumentError(`${JSON.stringify(unknown)} is no GFP flag. ${hint}`);
}

/** The protocol of the series that each input is for; what it shows is found like anything else. */
async function runInterleavings(inputs: readonly string[], options: RunValues): Promise<void> {
  const [{ exploreAll }, { interleavingFindings }] = await Promise.all([
    import("../../core/allocator/interleavings/explore-all.ts"),
    import("../interleaving-findings.ts"),
  ]);
  await runInputCommand(inputs, options, FORMATS, (report) => {
    if (report.series === null) return report;
    const { threads, blocks, states, without = null } = options;
    const regions = report.boot?.outcome === "managed" ? report.boot.regions : [];
    // Without a layout to look at, blocks of one page: that is what the series are right for. Where some have one page,
    // what can befall those can happen.
    const isOnePage = regions.length === 0 || regions.some(({ blockPages }) => blockPages === 1);
    const bounds = { series: report.series, threads, blocks, mostStates: states, omission: without, isOnePage };
    const interleavings = exploreAll(bounds);
    const findings = [...report.findings, ...interleavingFindings(interleavings, report.series)];
    return { ...report, interleavings, findings };
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
