import {
  chmodSync,
  closeSync,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { Failure, systemReason } from "./failure.ts";
import { wait } from "./wait.ts";

/** More than any description of a machine has: an endless input (`/dev/zero`, a runaway pipe) ends here. */
export const MAX_INPUT_BYTES = 1 << 28;

const LARGE_INPUT_BYTES = 1 << 20;

const STANDARD_INPUT = 0;

/** The bytes of an input, `-` for standard input. A pipe or a process substitution will do for a file. */
export function readInputBytes(path: string): Buffer {
  const name = path === "-" ? "standard input" : path;
  let descriptor = STANDARD_INPUT;
  try {
    if (path !== "-") descriptor = openSync(path, "r");
    return readAll(descriptor, MAX_INPUT_BYTES);
  } catch (error) {
    const reason = error instanceof TooLarge ? error.message : systemReason(error);
    if (reason === null) throw error;
    throw new Failure(`cannot read ${name}: ${reason}`);
  } finally {
    if (descriptor !== STANDARD_INPUT) closeSync(descriptor);
  }
}

export class TooLarge extends Error {
  constructor(maxBytes: number) {
    super(`it has more than ${maxBytes >> 20} MiB`);
  }
}

/** All that is left of an open file. Throws {@link TooLarge} where that is more than `maxBytes`. */
export function readAll(descriptor: number, maxBytes: number): Buffer {
  const { size } = fstatSync(descriptor);
  if (size > maxBytes) throw new TooLarge(maxBytes);
  return readInto(Buffer.allocUnsafe(size > 0 ? size : 1 << 16), descriptor, size, maxBytes);
}

/**
 * As {@link readAll}, into a buffer, or into a larger one where it does not fit. `size` is what the system says that the
 * file has: once that is read, it is not asked whether there is more. It is 0 for a pipe, and for what the kernel makes
 * as it is read.
 */
export function readInto(first: Buffer, descriptor: number, size: number, maxBytes: number): Buffer {
  let buffer = first;
  let length = 0;
  for (;;) {
    if (length === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
    const count = readSome(descriptor, buffer, length);
    if (count === 0) break;
    length += count;
    if (length > maxBytes) throw new TooLarge(maxBytes);
    if (length === size) break;
  }
  // The launcher has V8 collect new objects often, which suits a board; what is made of this one stays longer.
  if (length > LARGE_INPUT_BYTES)
    process.getBuiltinModule?.("node:v8").setFlagsFromString("--semi-space-growth-factor=2");
  return buffer.subarray(0, length);
}

/** Standard input that does not block (a terminal, some pipes) has to be asked again until it has something. */
export function readSome(descriptor: number, buffer: Buffer, offset: number): number {
  for (;;) {
    try {
      return readSync(descriptor, buffer, offset, buffer.length - offset, null);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      wait(10);
    }
  }
}

/** What an output is: all of it, or what gives it piece by piece where it may be longer than a string can be. */
export type Output = string | Uint8Array | ((write: (piece: string) => void) => void);

/** Writes a file whole or not at all: beside its place first, then moved there. A device or a pipe is written to. */
export function writeOutputFile(path: string, output: Output): void {
  let temporary: string | null = null;
  try {
    const existing = statSync(path, { throwIfNoEntry: false });
    if (existing !== undefined && !existing.isFile()) {
      writePieces(path, "w", output);
      return;
    }
    const target = existing === undefined ? path : realpathSync(path);
    temporary = `${target}.${process.pid}.tmp`;
    writePieces(temporary, "wx", output);
    if (existing !== undefined) chmodSync(temporary, existing.mode & 0o777);
    renameSync(temporary, target);
  } catch (error) {
    if (temporary !== null) rmSync(temporary, { force: true });
    const reason = systemReason(error);
    if (reason === null) throw error;
    throw new Failure(`cannot write ${path}: ${reason}`);
  }
}

function writePieces(path: string, flag: "w" | "wx", output: Output): void {
  const descriptor = openSync(path, flag);
  try {
    if (typeof output !== "function") writeFileSync(descriptor, output);
    else output((piece) => writeFileSync(descriptor, piece));
  } finally {
    closeSync(descriptor);
  }
}
