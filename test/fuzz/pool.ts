/** Runs over several processes, which may hang, die or grow without end: the parent lives, and tells which run it was. */
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Ending, Piece, WorkerReport } from "./protocol.ts";

export interface PoolOptions {
  /** The program of a process, and what it is given after the path of its state. */
  readonly worker: string;
  readonly args: readonly string[];
  readonly jobs: number;
  readonly runs: Piece;
  /** Runs that a process is given at a time. */
  readonly pieceRuns: number;
  /** A process that is at one run for so long hangs: much longer than a run may take, as other programs may be busy. */
  readonly hangMilliseconds: number;
  /** Where the states of the processes are kept meanwhile. */
  readonly folder: string;
  readonly heapMegabytes: number;
}

export interface PoolFinding {
  readonly index: number;
  /** What the process said of it; null where it hung or died. */
  readonly ending: Ending | null;
  readonly what: string;
}

export interface PoolListener {
  /** After each piece, and each part of one that ended with a run that did not go well: `runs` went well. */
  readonly onReport: (report: WorkerReport | null, runs: number) => void;
  /** A run that did not go well, twice: the second time in a process of its own. */
  readonly onFinding: (finding: PoolFinding) => void;
  /** A run that did not go well, and alone did: the machine was busy, or the runs before had left much behind. */
  readonly onUnconfirmed: (finding: PoolFinding) => void;
}

export async function runPool(options: PoolOptions, listener: PoolListener): Promise<void> {
  const { runs, jobs, pieceRuns } = options;
  let next = runs.from;
  const takePiece = (): Piece | null => {
    if (next >= runs.to) return null;
    const from = next;
    next = Math.min(runs.to, from + pieceRuns);
    return { from, to: next };
  };
  const lanes = Array.from({ length: jobs }, (_, lane) => runLane(`${lane}`, takePiece, options, listener));
  await Promise.all(lanes);
}

async function runLane(
  lane: string,
  takePiece: () => Piece | null,
  options: PoolOptions,
  listener: PoolListener,
): Promise<void> {
  let child = new Child(lane, options);
  for (let piece = takePiece(); piece !== null; piece = takePiece()) {
    for (let { from } = piece; from < piece.to; ) {
      const { report, finding } = await child.run({ from, to: piece.to });
      listener.onReport(report, (report?.next ?? finding!.index) - from);
      if (finding === null) break;
      if (finding.ending?.kind === "broken") listener.onFinding(finding);
      else {
        child.end();
        child = new Child(lane, options);
        // Hangs and sizes are confirmed by a process that does nothing else.
        const again = await child.run({ from: finding.index, to: finding.index + 1 });
        if (again.finding === null) listener.onUnconfirmed(finding);
        else {
          listener.onFinding(again.finding);
          child.end();
          child = new Child(lane, options);
        }
      }
      from = finding.index + 1;
    }
  }
  child.end();
}

interface ChildAnswer {
  readonly report: WorkerReport | null;
  readonly finding: PoolFinding | null;
}

class Child {
  private readonly process: ChildProcess;
  private readonly statePath: string;
  private readonly hangMilliseconds: number;
  private complaints = "";

  constructor(lane: string, { worker, args, folder, heapMegabytes, hangMilliseconds }: PoolOptions) {
    this.statePath = join(folder, `state-${process.pid}-${lane}`);
    rmSync(this.statePath, { force: true });
    this.hangMilliseconds = hangMilliseconds;
    this.process = fork(worker, [this.statePath, ...args], {
      execArgv: [`--max-old-space-size=${heapMegabytes}`],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.process.stderr!.on("data", (data: Buffer) => {
      this.complaints = (this.complaints + data.toString("latin1")).slice(-4000);
    });
  }

  /** Runs a piece up to its first finding. */
  run(piece: Piece): Promise<ChildAnswer> {
    const child = this.process;
    return new Promise((resolve) => {
      let lastState = "";
      let stillSince = Date.now();
      const watch = setInterval(() => {
        const state = this.state().toString("hex");
        if (state !== lastState) {
          lastState = state;
          stillSince = Date.now();
        } else if (Date.now() - stillSince > this.hangMilliseconds) {
          finish(this.lost(piece, `hangs: nothing for ${this.hangMilliseconds / 1000} s`));
        }
      }, 200);
      const onMessage = (message: unknown): void => {
        const report = message as WorkerReport;
        const { ending, next } = report;
        finish({ report, finding: ending === null ? null : { index: next, ending, what: ending.what } });
      };
      const onExit = (code: number | null, signal: string | null): void => {
        const words = this.complaints.split("\n").find((line) => /FATAL|Error/.test(line)) ?? "";
        finish(this.lost(piece, `died (${signal ?? code}): ${words.trim()}`));
      };
      const finish = (answer: ChildAnswer): void => {
        clearInterval(watch);
        child.off("message", onMessage);
        child.off("exit", onExit);
        resolve(answer);
      };
      child.on("message", onMessage);
      child.on("exit", onExit);
      child.send(piece, () => {
        // Where it is gone already, its exit says so.
      });
    });
  }

  end(): void {
    this.process.kill("SIGKILL");
    rmSync(this.statePath, { force: true });
  }

  private state(): Buffer {
    try {
      return readFileSync(this.statePath);
    } catch {
      return Buffer.alloc(0);
    }
  }

  /** The process gave no report: it was at the run that its state says, or did not come so far as to say one. */
  private lost(piece: Piece, what: string): ChildAnswer {
    const state = this.state();
    const at = state.length < 8 ? piece.from : state.readDoubleLE(0);
    const index = at >= piece.from && at < piece.to ? at : piece.from;
    return { report: null, finding: { index, ending: null, what } };
  }
}
