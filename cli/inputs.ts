/** What a command is to look at: files as they are named, what patterns match, and the trees in folders. */
import { existsSync } from "node:fs";
import { Failure } from "./failure.ts";
import { isFolder, isLiveTree, LIVE_TREE_MARKS } from "./live-tree-folder.ts";

/** Trees that a folder is searched for. YAML is not: most of it is something else. */
const TREES_IN_FOLDER = "**/*.{dts,dtb}";

/** One part of the inputs, for machines that share the work: the `part`-th of `parts`, from 1. */
export interface Shard {
  readonly part: number;
  readonly parts: number;
}

/**
 * The inputs in a stable order: as given, those of a pattern or folder sorted by path, without those that were there
 * before. Throws a `Failure` where a pattern or a folder has none.
 */
export async function expandInputs(inputs: readonly string[]): Promise<string[]> {
  const expanded: string[] = [];
  for (const input of inputs) {
    const isOfTrees = isFolderOfTrees(input);
    if (!isOfTrees && !isPattern(input)) {
      expanded.push(input);
      continue;
    }
    const known = new Set(expanded);
    const found = isOfTrees ? await treesIn(input) : await matchesOf(input);
    for (const path of found) if (!known.has(path)) expanded.push(path);
  }
  return expanded;
}

/** Parts are stretches of the list, so that their results, one after the other, are the whole's. */
export function inputsOfShard(inputs: readonly string[], { part, parts }: Shard): string[] {
  const edge = (index: number) => Math.floor((inputs.length * index) / parts);
  return inputs.slice(edge(part - 1), edge(part));
}

function isFolderOfTrees(input: string): boolean {
  return isFolder(input) && !isLiveTree(input);
}

/** A file whose name looks like a pattern is that file. */
function isPattern(input: string): boolean {
  return /[*?[\]{}]/.test(input) && !existsSync(input);
}

async function treesIn(folder: string): Promise<string[]> {
  const { globSync } = await import("tinyglobby");
  const found = globSync(TREES_IN_FOLDER, { cwd: folder, followSymbolicLinks: false });
  if (found.length === 0)
    throw new Failure(`${folder} holds no tree: no file below it ends in .dts or .dtb; ${LIVE_TREE_MARKS}`);
  const base = folder.endsWith("/") ? folder : `${folder}/`;
  return sorted(found).map((path) => (folder === "." ? path : base + path));
}

async function matchesOf(pattern: string): Promise<string[]> {
  const { globSync } = await import("tinyglobby");
  const found = globSync(pattern, { followSymbolicLinks: false, expandDirectories: false });
  if (found.length === 0) throw new Failure(`no file matches ${pattern}`);
  return sorted(found);
}

/** By code unit, the same everywhere. */
function sorted(paths: readonly string[]): string[] {
  return [...paths].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
