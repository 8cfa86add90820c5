/** Replaying a file on the machine of a report, in place of a workload. */
import type { Operation } from "../core/allocator/operation.ts";
import { isOperationsText, parseOperations } from "../core/allocator/operations-text.ts";
import { Failure } from "./failure.ts";
import { readInputBytes } from "./files.ts";
import type { InputReport } from "./report.ts";
import { refuseLargeMachine, userErrors } from "./workload.ts";

export interface Replay {
  readonly path: string;
  readonly operations: readonly Operation[];
}

/** Throws a `Failure` where the file cannot be read or says what is no operation. */
export function readReplayFile(path: string): Replay {
  const text = readInputBytes(path).toString("latin1");
  if (!isOperationsText(text)) throw new Failure(`${path} is no replay file: none that run --breach-file wrote`);
  const { operations, problems } = parseOperations(text);
  const [problem] = problems;
  if (problem !== undefined) throw new Failure(`${path}:${problem.line}: ${problem.message}`);
  return { path, operations };
}

/** The report with what the replay shows; as it is where nothing is managed. */
export async function withReplay(report: InputReport, { operations }: Replay, seed: number): Promise<InputReport> {
  const { boot } = report;
  if (boot?.outcome !== "managed") return report;
  const { bootMemory, readMachine, replayOperations } = await import("./exercise.ts");
  const memory = bootMemory(readMachine(report.tree!), boot);
  refuseLargeMachine(report, memory);
  const replayed = userErrors(report, () => replayOperations(memory, operations));
  const { operations: done, pagesVisited, violations } = replayed;
  const common = { name: "replay", seed, operations: done, pagesVisited, violations };
  return { ...report, workload: { ...common, isInterrupted: false, exercise: null, replayed } };
}
