/** What long work shows on the way, and how the user ends it early. */
import { isTerminal, writeStandardError } from "./standard-streams.ts";

/** A line on standard error that is written over as work goes on. */
export function progressLine(input: string) {
  const start = performance.now();
  let width = 0;
  let shownAt = start;
  const write = (text: string) => {
    writeStandardError(`\r${text.padEnd(width)}`);
    width = text.length;
  };
  return {
    show(done: number, total: number) {
      const now = performance.now();
      if (done === 0 || now - shownAt < 100) return;
      shownAt = now;
      const left = ((now - start) / 1000) * (total / done - 1);
      write(`${input}: ${Math.floor((100 * done) / total)} % of the workload, ${Math.ceil(left)} s left`);
    },
    clear() {
      if (width > 0) write("");
      if (width > 0) writeStandardError("\r");
    },
  };
}

/** How many inputs are done, on standard error where that is a terminal: told after a while, where there are more than a few. */
export function inputProgress(inputs: number, isQuiet: boolean) {
  const isShown = inputs > 1 && !isQuiet && isTerminal("stderr");
  let done = 0;
  let width = 0;
  let shownAt = isShown ? performance.now() : 0;
  return {
    step(): void {
      done++;
      if (!isShown || performance.now() - shownAt < 200) return;
      shownAt = performance.now();
      const text = `carveout: ${done} of ${inputs} inputs`;
      writeStandardError(`\r${text}`);
      width = text.length;
    },
    clear(): void {
      if (width > 0) writeStandardError(`\r${" ".repeat(width)}\r`);
      width = 0;
    },
  };
}

/** Ctrl-C: asked once, work ends where it stands and is reported; asked again, the program ends at once. */
export interface Interruption {
  /** Runs work that asks in its pauses. Before and after it, Ctrl-C ends the program as ever. */
  during<Result>(work: () => Promise<Result>): Promise<Result>;
  isInterrupted(): boolean;
  /** Lets the program hear of it. */
  pause(): Promise<void>;
}

/** As a shell has it for a program that SIGINT ended. */
const INTERRUPTED_EXIT_CODE = 130;

export function createInterruption(): Interruption {
  let isInterrupted = false;
  const onInterrupt = () => {
    if (isInterrupted) process.exit(INTERRUPTED_EXIT_CODE);
    isInterrupted = true;
  };
  return {
    async during(work) {
      process.on("SIGINT", onInterrupt);
      try {
        return await work();
      } finally {
        process.off("SIGINT", onInterrupt);
      }
    },
    isInterrupted: () => isInterrupted,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  };
}
