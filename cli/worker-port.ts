/** What a command asks before it shares its inputs among threads; see workers.ts, which is loaded where it does. */
import type { MessagePort } from "node:worker_threads";

/** What became of one input. */
export interface WorkedInput {
  /** Its part of the output; null where it could not be read. */
  readonly text: string | null;
  readonly hasFailed: boolean;
  /** Why it could not be read; null where it could. */
  readonly problem: string | null;
}

/** Below this many inputs a thread costs more than it brings. */
export const INPUTS_A_THREAD = 128;
const MOST_THREADS = 16;

/** As many threads as pay: one works where it stands. */
export function threadsFor(inputs: number, cores: number, asked: number | null): number {
  const most = asked ?? Math.min(cores, Math.floor(inputs / INPUTS_A_THREAD));
  return Math.max(1, Math.min(most, inputs, MOST_THREADS));
}

/** Where worker.cjs leaves what a thread is to listen to. */
const PORT = Symbol.for("carveout.worker-port");

/** The main thread's end of a thread; null in the main thread. */
export function portToMain(): MessagePort | null {
  return (globalThis as { [PORT]?: MessagePort })[PORT] ?? null;
}
