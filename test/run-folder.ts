/** A folder for all that a run of the tests writes, which goes with it. What later runs need again lies beside it. */
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
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

/**
 * A folder that is kept, with what `make` puts into it the first time. It is whole or not there at all, also where two
 * processes want it at once: each makes its own, and one of them stays.
 */
export function keptOnce(name: string, make: (folder: string) => void): string {
  const folder = join(keptFolder(), name);
  if (existsSync(folder)) return folder;
  const partial = mkdtempSync(`${folder}-`);
  try {
    make(partial);
    renameSync(partial, folder);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
