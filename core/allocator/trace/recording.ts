/**
 * A whole run as text: the lines of a replay file, but made to be done again in the same order by the same page allocator,
 * which then chooses the same places. On another layout, or under other options, it does not: that is told.
 */
import { createMachineMemory, type MachineOptions } from "../machine-memory.ts";
import { USE } from "../machine-operations.ts";
import { applyOperation, type Operation } from "../operation.ts";
import { operationLine, operationOf } from "../operations-text.ts";
import { createTally } from "../tally.ts";
import { figuresOf } from "../workloads/figures.ts";
import { countOperation, type ReplayResult } from "../workloads/replay-operations.ts";
import { createUsageMeter } from "../workloads/usage.ts";
import { createLineSplitter } from "./line-splitter.ts";

const HEADER = "# carveout recording 1";

/** The head of a recording; `comments` are lines to stand there. */
export function recordingHead(comments: readonly string[]): string {
  return [HEADER, ...comments.map((line) => `# ${line}`), ""].join("\n");
}

/** An operation of a recording, as it was done; `index` counts from 0. */
export function recordingLine(operation: Operation, index: number): string {
  return `${operationLine(operation, index)}\n`;
}

/** True where a text, or the first piece of one, is a recording. */
export function isRecording(text: string): boolean {
  return text.startsWith(`${HEADER}\n`) || text.startsWith(`${HEADER}\r\n`);
}

export interface RecordingProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface RecordingReplay {
  /** The next piece of the text; what is wrong with it, or null. After a problem nothing more is done. */
  write(piece: string): RecordingProblem | null;
  finish(): { readonly result: ReplayResult; readonly problem: RecordingProblem | null };
}

/** Throws a RangeError where the machine is too large. */
export function createRecordingReplay(options: MachineOptions): RecordingReplay {
  const machine = createMachineMemory({ ...options, listener: { split: () => {} } });
  const tally = createTally(machine.stats);
  const meter = createUsageMeter(machine, options, null);
  let [line, operations, withoutEffect, pagesVisited] = [0, 0, 0, 0];
  let problem: RecordingProblem | null = null;
  const splitter = createLineSplitter((text) => {
    line++;
    if (problem !== null) return;
    const operation = operationOf(text);
    if (operation === null) return;
    if (operation === "unknown") {
      problem = { line, message: "this is no operation: the recording was changed or cut short" };
      return;
    }
    operations++;
    tally.begin();
    const isDone = operation.kind === "allocate" ? allocate(operation) : applyOperation(machine, operation);
    countOperation(tally, operation, isDone);
    meter.sample();
    if (!isDone) withoutEffect++;
  });

  /** True where there is memory for it, wherever that lies. */
  function allocate({ pfn, order, use }: Operation & { readonly kind: "allocate" }): boolean {
    const page = machine.allocate(order, USE[use], 0);
    const place = page < 0 ? null : machine.pfnOf(page);
    if (place !== null) pagesVisited += 2 ** order;
    if (place !== pfn) problem = misplaced(pfn, place);
    return place !== null;
  }

  function misplaced(pfn: number | null, place: number | null): RecordingProblem {
    const words = (where: number | null) => (where === null ? "fails" : `is at PFN ${where}`);
    return {
      line,
      message: `this allocation ${words(pfn)} in the recording and ${words(place)} here: it was recorded on another layout, or under other options`,
    };
  }

  return {
    write(piece) {
      splitter.write(piece);
      return problem;
    },
    finish() {
      splitter.end();
      const [fault] = machine.audit().faults;
      if (fault !== undefined) throw new Error(`after a recording of ${operations} operations: ${fault.what}`);
      const result = {
        operations,
        withoutEffect,
        pagesVisited,
        violations: machine.breachTotal(),
        breaches: machine.breaches(),
        idleBlocks: machine.stats.idleBlocksNow,
        ...figuresOf(machine, tally, meter),
      };
      return { result, problem };
    },
  };
}
