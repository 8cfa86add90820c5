/** A file that may be larger than memory, read as it is needed. */
import { closeSync, openSync } from "node:fs";
import { Failure, systemReason } from "./failure.ts";
import { readSome } from "./files.ts";

const PIECE_BYTES = 1 << 16;
const STANDARD_INPUT = 0;

/** The text of a file, `-` for standard input, a byte a character. Throws a `Failure` where it cannot be read. */
export function* filePieces(path: string): Generator<string, void> {
  let descriptor = STANDARD_INPUT;
  try {
    if (path !== "-") descriptor = openSync(path, "r");
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    for (let count = readSome(descriptor, buffer, 0); count > 0; count = readSome(descriptor, buffer, 0)) {
      yield buffer.toString("latin1", 0, count);
    }
  } catch (error) {
    const reason = systemReason(error);
    if (reason === null) throw error;
    throw new Failure(`cannot read ${path === "-" ? "standard input" : path}: ${reason}`);
  } finally {
    if (descriptor !== STANDARD_INPUT) closeSync(descriptor);
  }
}
