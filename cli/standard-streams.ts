/**
 * Standard output and standard error, written to at once. Node's own streams for them are left alone: to load them
 * takes longer than to check a small file.
 */
import { fstatSync, writeSync } from "node:fs";
import { ExitCode, Failure, systemReason } from "./failure.ts";
import type { Output } from "./files.ts";
import { wait } from "./wait.ts";

const DESCRIPTORS = { stdout: 1, stderr: 2 } as const;

/** Whether a terminal shows the stream. */
export function isTerminal(stream: keyof typeof DESCRIPTORS): boolean {
  try {
    if (!fstatSync(DESCRIPTORS[stream]).isCharacterDevice()) return false;
  } catch {
    return false;
  }
  return process[stream].isTTY === true;
}

/** Columns where nothing says how many there are. */
export const USUAL_WIDTH = 80;

/** More than any terminal has. */
const MOST_COLUMNS = 10_000;

/**
 * Columns of the terminal that shows standard output. One may not know, as over a serial line, and says 0. Where there is
 * none, those that the variable COLUMNS asks for, as other tools have it.
 */
export function outputWidth(): number {
  if (isTerminal("stdout")) return process.stdout.columns || USUAL_WIDTH;
  const { COLUMNS = "" } = process.env;
  return /^[1-9]\d*$/.test(COLUMNS) ? Math.min(Number(COLUMNS), MOST_COLUMNS) : USUAL_WIDTH;
}

/**
 * Writes to standard output, each piece gone before the next is made: what is written may be larger than memory, and a
 * stream would keep all of it for a reader that is slower. Where nobody reads any more (`| head`), the program is over.
 * Throws a `Failure` where it cannot be written, as to a full disk.
 */
export function writeStandardOutput(output: Output): void {
  const write = (piece: string | Uint8Array) => {
    const code = writeAll(DESCRIPTORS.stdout, piece);
    if (code !== null) throw new Failure(`cannot write the result: ${systemReason(code) ?? code.message}`);
  };
  if (typeof output === "function") output(write);
  else write(output);
}

/** Writes to standard error. Where that fails nobody can be told, and the program is over. */
export function writeStandardError(text: string): void {
  if (writeAll(DESCRIPTORS.stderr, text) !== null) process.exit(ExitCode.failure);
}

/** Why not all of it was taken; null where it was. */
function writeAll(descriptor: number, piece: string | Uint8Array): NodeJS.ErrnoException | null {
  const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (thrown) {
      const error = thrown as NodeJS.ErrnoException;
      if (error.code === "EPIPE") process.exit();
      if (error.code !== "EAGAIN") return error;
      // A pipe that does not block, and is full.
      wait(1);
    }
  }
  return null;
}
