/** Other people's programs, a few at a time. */
import { spawn } from "node:child_process";

export interface ProcessOptions {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
}

/** What a program writes to standard output; throws with its words where it fails. */
export function outputOf(
  program: string,
  args: readonly string[],
  { input = "", cwd }: ProcessOptions = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "pipe", ...(cwd === undefined ? {} : { cwd }) });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => out.push(data));
    child.stderr.on("data", (data: Buffer) => err.push(data));
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve(Buffer.concat(out));
      else reject(new Error(`${program} ${args.join(" ")}: ${Buffer.concat(err)}`));
    });
    // A program that stops before it has read everything says so by its status.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

/** What a program writes to standard error, whatever it ends with. */
export function complaintsOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
    const err: Buffer[] = [];
    child.stderr.on("data", (data: Buffer) => err.push(data));
    child.on("error", reject);
    child.on("close", () => resolve(Buffer.concat(err).toString()));
  });
}

/** As many as there are cores on the machines that this runs on. */
const AT_ONCE = 3;

/** Works through a list, a few items at a time. Gives the results in the order of the list. */
export async function eachAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

/** What the kernel's build has `cpp` make of a source. */
export function preprocess(source: string, includeFolders: readonly string[]): Promise<Buffer> {
  const flags = includeFolders.flatMap((folder) => ["-I", folder]);
  return outputOf("cpp", ["-nostdinc", ...flags, "-undef", "-D__DTS__", "-x", "assembler-with-cpp", source]);
}

/** What `dtc` makes of an input on standard input; `source` is the file that it stands for, for its includes. */
export function dtc(input: string | Uint8Array, flags: readonly string[], source?: string): Promise<Buffer> {
  const folder = source?.slice(0, source.lastIndexOf("/") + 1);
  const place = folder === undefined ? {} : { cwd: folder };
  return outputOf("dtc", ["-q", ...(folder === undefined ? [] : ["-i", folder]), ...flags, "-"], { input, ...place });
}
