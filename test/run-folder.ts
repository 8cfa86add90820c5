/** A folder for all that a run of the tests writes, which goes with it. What later runs need again lies beside it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Before the tests: `tmpdir()` is the folder from here on. Gives what is to be done after them. */
export default function setUp(): () => void {
  process.env.CARVEOUT_KEPT = tmpdir();
  const folder = mkdtempSync(join(tmpdir(), "carveout-run-"));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Where what took long to make is kept from run to run. */
export function keptFolder(): string {
  return process.env.CARVEOUT_KEPT ?? tmpdir();
}
