/** QEMU as a process that ends in time and says a bounded lot. */
import { spawn } from "node:child_process";
import { Failure, systemReason } from "../failure.ts";

export interface MachineRun {
  /** What it printed, standard output and standard error. */
  readonly output: string;
  readonly errors: string;
  readonly end: "done" | "exit" | "panic" | "timeout" | "too much output";
}

/** Characters that no mark is longer than. */
const MAX_MARK = 64;

/** More than any guest has to say: a kernel that prints without end is stopped here. */
const MAX_OUTPUT_BYTES = 1 << 24;

/** The kernel's, which need not come to an end after it; a moment later the rest has been said. */
const PANIC_MARK = "Kernel panic";
const PANIC_MILLISECONDS = 1000;

export interface RunOptions {
  readonly timeoutSeconds: number;
  /** Ends the process early: looked for in what it prints. */
  readonly doneMark: string | null;
  /** Takes what ends the process at once. */
  readonly onSignal: (end: () => void) => void;
}

/** Runs to the end. Throws a `Failure` where the program cannot be started. */
export function runMachine(program: string, args: readonly string[], options: RunOptions): Promise<MachineRun> {
  return new Promise((resolve, reject) => {
    // In a process group of its own, which ends as one: the program may be a script that starts QEMU
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    const kill = () => killGroup(child.pid);
    options.onSignal(kill);
    const printed: Record<"output" | "errors", Buffer[]> = { output: [], errors: [] };
    let bytes = 0;
    let end: MachineRun["end"] = "exit";
    let last = "";
    let panicTimer: NodeJS.Timeout | null = null;
    const stop = (why: MachineRun["end"]) => {
      if (end !== "exit") return;
      end = why;
      kill();
    };
    const timer = setTimeout(() => stop("timeout"), options.timeoutSeconds * 1000);
    const take = (into: Buffer[], isOutput: boolean) => (data: Buffer) => {
      if (end !== "exit") return;
      into.push(data);
      bytes += data.length;
      if (isOutput && options.doneMark !== null) {
        // A mark may come in two pieces
        last = last.slice(-MAX_MARK) + data.toString("latin1");
        if (last.includes(options.doneMark)) stop("done");
        else if (last.includes(PANIC_MARK)) panicTimer ??= setTimeout(() => stop("panic"), PANIC_MILLISECONDS);
      }
      if (bytes > MAX_OUTPUT_BYTES) stop("too much output");
    };
    child.stdout.on("data", take(printed.output, true));
    child.stderr.on("data", take(printed.errors, false));
    child.on("error", (error) => {
      clearTimeout(timer);
      const reason = systemReason(error) ?? error.message;
      reject(new Failure(`cannot run ${program}: ${reason}; Debian has QEMU for arm64 in qemu-system-arm`));
    });
    child.on("close", () => {
      clearTimeout(timer);
      if (panicTimer !== null) clearTimeout(panicTimer);
      const text = (pieces: Buffer[]) => Buffer.concat(pieces).toString("latin1").replaceAll("\r", "");
      resolve({ output: text(printed.output), errors: text(printed.errors), end });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself
  }
}
