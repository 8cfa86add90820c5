import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure, systemReason } from "../failure.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Does a job with a folder of its own, which is gone on every way out: done, failed, or ended by a signal. `onSignal`
 * takes what is to be done before the folder goes, such as ending a process that uses it.
 */
export async function withTemporaryFolder<Result>(
  job: (folder: string, onSignal: (end: () => void) => void) => Promise<Result>,
): Promise<Result> {
  const folder = newFolder();
  const ends: (() => void)[] = [];
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const leave = (signal: NodeJS.Signals) => {
    for (const end of ends) end();
    remove();
    forget();
    // As if nobody had listened: who started us sees what ended us
    process.kill(process.pid, signal);
  };
  const forget = () => {
    for (const signal of SIGNALS) process.off(signal, leave);
    process.off("exit", remove);
  };
  for (const signal of SIGNALS) process.on(signal, leave);
  process.on("exit", remove);
  try {
    return await job(folder, (end) => ends.push(end));
  } finally {
    remove();
    forget();
  }
}

function newFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), "carveout-boot-"));
  } catch (error) {
    const reason = systemReason(error);
    if (reason === null) throw error;
    throw new Failure(`cannot make a folder in ${tmpdir()}: ${reason}`);
  }
}
