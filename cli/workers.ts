/**
 * Inputs shared among threads. Each thread runs the program anew with the same words, up to the point where the command
 * would take its first input; there it waits for the inputs that it is sent. What comes of them is put together in their
 * order, so that nothing shows how many threads there were.
 */
import { type MessagePort, Worker } from "node:worker_threads";
import { isTerminal, outputWidth } from "./standard-streams.ts";
import type { WorkedInput } from "./worker-port.ts";

/** In a thread: works on each input that is sent, until there are no more. */
export function serveInputs(port: MessagePort, work: (input: string) => Promise<WorkedInput>): Promise<void> {
  return new Promise((resolve, reject) => {
    port.on("message", (inputs: readonly string[]) => {
      if (inputs.length === 0) {
        port.close();
        resolve();
        return;
      }
      workInTurn(inputs, work).then((worked) => port.postMessage(worked), reject);
    });
    port.postMessage([]);
  });
}

async function workInTurn(
  inputs: readonly string[],
  work: (input: string) => Promise<WorkedInput>,
): Promise<WorkedInput[]> {
  const worked: WorkedInput[] = [];
  for (const input of inputs) worked.push(await work(input));
  return worked;
}

/** Beside the launcher; `__dirname` is the launcher's. */
const threadFile = () => `${__dirname}/worker.js`;

interface Thread {
  readonly worker: Worker;
  /** Index of the first of the inputs that it works on. */
  first: number;
}

/** Parts of the list for each thread: neighbours include the same files, and the last parts end at nearly one time. */
const PARTS_A_THREAD = 6;

/**
 * Works on inputs in so many threads, each started with these words. `onWorked` is called for one after the other, in
 * the order of the inputs, as soon as that can be. Rejects with a thread's error.
 */
export function workInThreads(
  inputs: readonly string[],
  words: readonly string[],
  threads: number,
  onWorked: (worked: WorkedInput, input: string) => void,
): Promise<void> {
  const results: (WorkedInput | undefined)[] = new Array(inputs.length);
  const running: Thread[] = [];
  let next = 0;
  let told = 0;
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      for (const { worker } of running) void worker.terminate();
      reject(error);
    };
    const part = Math.ceil(inputs.length / (threads * PARTS_A_THREAD));
    const give = (thread: Thread): void => {
      thread.first = next;
      thread.worker.postMessage(inputs.slice(next, (next += part)));
    };
    // The first word of a thread is empty, and says that it is ready.
    const take = (thread: Thread, worked: readonly WorkedInput[]): void => {
      for (const [index, one] of worked.entries()) results[thread.first + index] = one;
      give(thread);
      for (let ready = results[told]; ready !== undefined; ready = results[told]) {
        onWorked(ready, inputs[told]!);
        results[told++] = undefined;
      }
      if (told === inputs.length) resolve();
    };
    for (let i = 0; i < threads; i++) {
      const worker = new Worker(threadFile(), {
        argv: [...words],
        workerData: { isTerminal: isTerminal("stdout"), width: outputWidth() },
      });
      const thread = { worker, first: -1 };
      running.push(thread);
      worker.on("message", (worked: readonly WorkedInput[]) => take(thread, worked));
      worker.on("error", fail);
      worker.on("exit", (code) => {
        if (code !== 0) fail(new Error(`a thread ended with code ${code}`));
      });
    }
  });
}
