/** Replaying a file on the machine of a report, in place of a workload: operations, a recording, or a kernel's trace. */
import { isOperationsText, parseOperations } from "../core/allocator/operations-text.ts";
import { isRecording } from "../core/allocator/trace/recording.ts";
import type { TraceCounts } from "../core/allocator/trace/replay-trace.ts";
import type { TagRuleOptions } from "../core/allocator/trace/tag-rule.ts";
import type { ReplayResult } from "../core/allocator/workloads/replay-operations.ts";
import { Failure } from "./failure.ts";
import { filePieces } from "./file-pieces.ts";
import { MAX_INPUT_BYTES } from "./files.ts";
import type { Interruption } from "./progress.ts";
import type { InputReport } from "./report.ts";
import { refuseLargeMachine, userErrors } from "./workload.ts";

export interface ReplayOptions {
  /** `-` for standard input. */
  readonly path: string;
  readonly tagRule: TagRuleOptions;
  readonly interruption: Interruption;
}

/** The report with what the replay shows; as it is where nothing is managed. Throws a `Failure` where the file is none. */
export async function withReplay(report: InputReport, options: ReplayOptions): Promise<InputReport> {
  const { boot } = report;
  if (boot?.outcome !== "managed" || options.interruption.isInterrupted()) return report;
  const { bootMemory, readMachine } = await import("./exercise.ts");
  const memory = bootMemory(readMachine(report.tree!), boot);
  refuseLargeMachine(report, memory);
  const replayed = await options.interruption.during(() => replayFile(report, memory, options));
  const { operations, pagesVisited, violations } = replayed;
  const common = { name: "replay", seed: options.tagRule.seed, operations, pagesVisited, violations };
  const isInterrupted = options.interruption.isInterrupted();
  return { ...report, workload: { ...common, isInterrupted, exercise: null, replayed } };
}

type Memory = Parameters<typeof refuseLargeMachine>[1];

/** Longer than any header of ours. */
const HEAD_LENGTH = 64;

async function replayFile(
  report: InputReport,
  memory: Memory,
  { path, tagRule, interruption }: ReplayOptions,
): Promise<ReplayResult & { readonly trace?: TraceCounts }> {
  const name = path === "-" ? "standard input" : path;
  const { createRecordingReplay, createTagRule, createTraceReplay, replayOperations } = await import("./exercise.ts");
  const pieces = filePieces(path);
  let head = "";
  for (let piece = pieces.next(); piece.done !== true; piece = pieces.next()) {
    head += piece.value;
    if (head.length >= HEAD_LENGTH) break;
  }

  async function writeAll<Replay extends { write(piece: string): unknown }>(replay: Replay): Promise<void> {
    let isWrong = replay.write(head);
    let written = 0;
    for (const piece of pieces) {
      if (isWrong) return;
      isWrong = replay.write(piece);
      if (++written % PIECES_BETWEEN_PAUSES !== 0) continue;
      await interruption.pause();
      if (interruption.isInterrupted()) return;
    }
  }

  if (isOperationsText(head)) {
    let text = head;
    for (const piece of pieces) {
      text += piece;
      if (text.length > MAX_INPUT_BYTES)
        throw new Failure(`cannot read ${name}: it has more than ${MAX_INPUT_BYTES >> 20} MiB`);
    }
    const { operations, problems } = parseOperations(text);
    const [problem] = problems;
    if (problem !== undefined) throw new Failure(`${name}:${problem.line}: ${problem.message}`);
    return userErrors(report, () => replayOperations(memory, operations));
  }
  if (isRecording(head)) {
    const replay = userErrors(report, () => createRecordingReplay(memory));
    await writeAll(replay);
    const { result, problem } = replay.finish();
    if (problem !== null) throw new Failure(`${name}:${problem.line}: ${problem.message}`);
    return result;
  }
  const replay = userErrors(report, () => createTraceReplay(memory, createTagRule(tagRule)));
  await writeAll(replay);
  const result = replay.finish();
  refuseNoTrace(name, result.trace);
  return result;
}

const PIECES_BETWEEN_PAUSES = 16;

function refuseNoTrace(name: string, { allocationsByOrder, freesByOrder, failedThere, ...counts }: TraceCounts): void {
  if (allocationsByOrder.length + freesByOrder.length + failedThere > 0) return;
  const { firstMalformedLine: line } = counts;
  throw new Failure(
    line === null
      ? `${name} is no replay file: it has no mm_page_alloc or mm_page_free event. The text of a trace with both on will do, as by trace-cmd record -e kmem:mm_page_alloc -e kmem:mm_page_free, then trace-cmd report`
      : `${name}:${line}: this event has no page, PFN, order, migratetype or GFP flags that can be read: it takes the text as tracefs, trace-cmd report or perf script print it`,
  );
}
