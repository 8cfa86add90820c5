/**
 * Reads what an input includes, and nothing that the user did not put in its reach: a tree from somewhere else may name
 * any file, and what is in it would show in the report, or in the blob that is made of it.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FileContent, FileReader } from "../dts/input.ts";
import { LIMITS } from "../dts/limits.ts";
import { systemReason } from "./failure.ts";
import { readInto, TooLarge } from "./files.ts";

export interface IncludeOptions {
  /** The file that includes, `-` for standard input. */
  readonly input: string;
  /** The folders given with `-I`. */
  readonly includeDirs: readonly string[];
  /** True where the user allows every file. */
  readonly allowOutside: boolean;
}

const OUTSIDE =
  "outside the working directory, the input's folder and the -I folders; name its folder with -I, or give --allow-outside";

/**
 * A reader of what lies below the working directory, the input's own folder and the `-I` folders, links and `..`
 * resolved first, and of regular files alone: a pipe or a device would block or never end. Anything else is refused.
 */
export function includeReader(options: IncludeOptions): FileReader {
  const isInReach = options.allowOutside ? () => true : reach(options);
  const folders = new Map<string, string>();
  return {
    read(path) {
      const content = readInclude(path, folders, isInReach);
      // Paths from device tree source hold bytes as characters; one with UTF-8 in it is looked for by its bytes.
      if (content.kind !== "missing" || !/[\x80-\xff]/.test(path)) return content;
      return readInclude(Buffer.from(path, "latin1"), folders, isInReach);
    },
  };
}

/**
 * Where files are read to, one after the other, if they are no larger: fresh memory costs more than reading. It is the
 * launcher's, which has read the program by then.
 */
const SCRATCH = Symbol.for("carveout.scratch");
const scratch = (globalThis as { [SCRATCH]?: Buffer })[SCRATCH] ?? Buffer.allocUnsafeSlow(1 << 18);

function readInclude(
  path: string | Buffer,
  folders: Map<string, string>,
  isInReach: (file: string) => boolean,
): FileContent {
  if (path.includes("\0")) return { kind: "missing" };
  let descriptor: number | null = null;
  try {
    descriptor = openWithoutLinks(path, folders, isInReach) ?? openResolved(path, isInReach);
    if (descriptor === null) return { kind: "refused", reason: `it lies ${OUTSIDE}` };
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { kind: "refused", reason: "it is no regular file" };
    const bytes = readInto(scratch, descriptor, stats.size, LIMITS.sourceCharacters);
    return { kind: "text", text: bytes.toString("latin1") };
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

const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/** Opens a file whose folder was resolved before; null where it is a link or, by that folder, out of reach. */
function openWithoutLinks(
  path: string | Buffer,
  folders: Map<string, string>,
  isInReach: (file: string) => boolean,
): number | null {
  // What is not ASCII is told apart by its bytes, below.
  if (typeof path !== "string" || /[^\0-\x7f]/.test(path)) return null;
  const slash = path.lastIndexOf("/");
  const name = path.slice(slash + 1);
  if (slash <= 0 || name === "" || name === "." || name === "..") return null;
  const folder = path.slice(0, slash);
  let place = folders.get(folder);
  if (place === undefined) folders.set(folder, (place = resolved(folder)));
  const file = `${place}/${name}`;
  if (!isInReach(file)) return null;
  try {
    return openSync(Buffer.from(file, "latin1"), FLAGS | constants.O_NOFOLLOW);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ELOOP") return null;
    throw error;
  }
}

/** Opens a file wherever its links lead; null where that is out of reach. */
function openResolved(path: string | Buffer, isInReach: (file: string) => boolean): number | null {
  const file = resolved(path);
  return isInReach(file) ? openSync(Buffer.from(file, "latin1"), FLAGS) : null;
}

/** The path without links and `..`, a byte a character. */
function resolved(path: string | Buffer): string {
  return realpathSync.native(path, { encoding: "latin1" });
}

/** Says of a resolved path whether the user put it in reach. The folders are looked at when first asked. */
function reach({ input, includeDirs }: IncludeOptions): (file: string) => boolean {
  let folders: readonly string[] | null = null;
  let linked: readonly string[] | null = null;
  return (file) => {
    folders ??= [".", ...(input === "-" ? [] : [dirname(input)]), ...includeDirs].flatMap(resolvedFolder);
    if (folders.some((folder) => isBelow(file, folder))) return true;
    linked ??= includeDirs.flatMap(linkedFolders);
    return linked.some((folder) => isBelow(file, folder));
  };
}

function isBelow(file: string, folder: string): boolean {
  return file.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

/** The folder, resolved, as a list of one; empty where there is none. */
function resolvedFolder(path: string): string[] {
  try {
    return statSync(path).isDirectory() ? [resolved(path)] : [];
  } catch (error) {
    if (systemReason(error) === null) throw error;
    return [];
  }
}

/**
 * Where the links lead that stand in an `-I` folder itself: a kernel's `scripts/dtc/include-prefixes` holds nothing else,
 * and all of them lead to other folders of the kernel. They count as part of the folder, so long as they stay in the
 * same tree: where link and folder have no more in common than `/` or a folder that holds the user's home, whoever made
 * the link did not make it for includes.
 */
function linkedFolders(includeDir: string): string[] {
  const [folder] = resolvedFolder(includeDir);
  if (folder === undefined) return [];
  const [home] = homeFolders().flatMap(resolvedFolder);
  return readdirSync(includeDir, { withFileTypes: true })
    .filter((entry) => entry.isSymbolicLink())
    .flatMap((entry) => resolvedFolder(join(includeDir, entry.name)))
    .filter((target) => {
      const common = commonFolder(folder, target);
      return common !== "/" && (home === undefined || !(isBelow(home, common) || home === common));
    });
}

/** As `homedir` of node:os has it, which is loaded only where the environment does not say. */
function homeFolders(): string[] {
  const home = process.env.HOME ?? process.getBuiltinModule?.("node:os").homedir();
  return home === undefined ? [] : [home];
}

/** The lowest folder that two resolved paths lie in, or are. */
function commonFolder(a: string, b: string): string {
  let common = a;
  while (common !== "/" && common !== b && !isBelow(b, common)) common = dirname(common);
  return common;
}
