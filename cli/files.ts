import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { FileContent, FileReader } from "../dts/input.ts";
import { Failure, systemReason } from "./failure.ts";

/** More than any description of a machine has: an endless input (`/dev/zero`, a runaway pipe) ends here. */
const MAX_INPUT_BYTES = 1 << 28;

const STANDARD_INPUT = 0;

/** The bytes of an input, `-` for standard input. A pipe or a process substitution will do for a file. */
export function readInputBytes(path: string): Buffer {
  const name = path === "-" ? "standard input" : path;
  let descriptor = STANDARD_INPUT;
  try {
    if (path !== "-") descriptor = openSync(path, "r");
    return readAll(descriptor);
  } catch (error) {
    const reason = error instanceof TooLarge ? error.message : systemReason(error);
    if (reason === null) throw error;
    throw new Failure(`cannot read ${name}: ${reason}`);
  } finally {
    if (descriptor !== STANDARD_INPUT) closeSync(descriptor);
  }
}

class TooLarge extends Error {
  constructor() {
    super(`it has more than ${MAX_INPUT_BYTES >> 20} MiB`);
  }
}

function readAll(descriptor: number): Buffer {
  const { size } = fstatSync(descriptor);
  if (size > MAX_INPUT_BYTES) throw new TooLarge();
  let buffer = Buffer.allocUnsafe(size > 0 ? size + 1 : 1 << 16);
  let length = 0;
  for (;;) {
    if (length === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
    const count = readSome(descriptor, buffer, length);
    if (count === 0) return buffer.subarray(0, length);
    length += count;
    if (length > MAX_INPUT_BYTES) throw new TooLarge();
  }
}

/** Standard input that does not block (a terminal, some pipes) has to be asked again until it has something. */
function readSome(descriptor: number, buffer: Buffer, offset: number): number {
  for (;;) {
    try {
      return readSync(descriptor, buffer, offset, buffer.length - offset, null);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

/** Reads what an input includes. Only regular files: a pipe or a device would block or never end. */
export const includeReader: FileReader = {
  read(path) {
    const content = readInclude(path);
    // Paths from device tree source hold bytes as characters; one with UTF-8 in it is looked for by its bytes.
    if (content.kind !== "missing" || !/[\x80-\xff]/.test(path)) return content;
    return readInclude(Buffer.from(path, "latin1"));
  },
};

function readInclude(path: string | Buffer): FileContent {
  if (path.includes("\0")) return { kind: "missing" };
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(descriptor).isFile()) return { kind: "refused", reason: "it is no regular file" };
    return { kind: "text", text: readAll(descriptor).toString("latin1") };
  } catch (error) {
    const reason = error instanceof TooLarge ? error.message : systemReason(error);
    if (reason === null) throw error;
    const isMissing =
      error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
    return isMissing ? { kind: "missing" } : { kind: "refused", reason };
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** Writes a file whole or not at all: beside its place first, then moved there. A device or a pipe is written to. */
export function writeOutputFile(path: string, text: string): void {
  let temporary: string | null = null;
  try {
    const existing = statSync(path, { throwIfNoEntry: false });
    if (existing !== undefined && !existing.isFile()) {
      writeFileSync(path, text);
      return;
    }
    const target = existing === undefined ? path : realpathSync(path);
    temporary = `${target}.${process.pid}.tmp`;
    writeFileSync(temporary, text, { flag: "wx" });
    if (existing !== undefined) chmodSync(temporary, existing.mode & 0o777);
    renameSync(temporary, target);
  } catch (error) {
    if (temporary !== null) rmSync(temporary, { force: true });
    const reason = systemReason(error);
    if (reason === null) throw error;
    throw new Failure(`cannot write ${path}: ${reason}`);
  }
}
