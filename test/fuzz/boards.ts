/** The large corpus: the boards of a kernel and the overlays for them. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import type { FileContent, FileReader } from "../../dts/input.ts";
import { ARM64, KERNEL_PAIRS, UNITTEST, UNITTEST_PAIRS } from "../peers/kernel-overlays.ts";
import { boardSources, diskFiles } from "../peers/tools.ts";
import type { FuzzInput, Surroundings } from "./pipeline.ts";
import { blobOf, byKind, type Seed, type Seeds } from "./seeds.ts";

const includeDirs = (top: string): string[] => [`${top}/scripts/dtc/include-prefixes`];

/**
 * Runs each source under `top`, a kernel's folder, through `cpp` and compiles it, and gives the folder where all that
 * stands. Does nothing where `cache` has it already.
 *
 * @throws where there is no cpp
 */
export function prepareBoards(top: string, cache: string): string {
  const folder = join(cache, `boards-${createHash("sha256").update(`1 ${top}`).digest("hex").slice(0, 8)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const building = mkdtempSync(join(cache, "building-"));
  for (const path of [...boardSources(top), ...unittestSources(top)]) {
    const text = preprocessed(path, top);
    if (text === null) continue;
    const target = join(building, relative(top, path).replace(/\.dts$/, ""));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(`${target}.cpp.dts`, text, "latin1");
    const blob = blobOf(text, { path, files: diskFiles, includeDirs: includeDirs(top) });
    if (blob !== null) writeFileSync(`${target}.dtb`, blob);
  }
  if (existsSync(folder)) rmSync(building, { recursive: true });
  else renameSync(building, folder);
  return folder;
}

function unittestSources(top: string): string[] {
  const folder = join(top, UNITTEST);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".dts"))
    .map((name) => join(folder, name))
    .sort();
}

/** What `cpp` makes of it as the kernel's build calls it; null where it refuses. */
function preprocessed(path: string, top: string): string | null {
  const flags = ["-nostdinc", ...includeDirs(top).flatMap((dir) => ["-I", dir]), "-undef", "-D__DTS__"];
  const cpp = spawnSync("cpp", [...flags, "-x", "assembler-with-cpp", path], {
    encoding: "latin1",
    maxBuffer: 1 << 28,
  });
  if (cpp.error !== undefined) throw new Error(`cpp: ${cpp.error.message}`);
  return cpp.status === 0 ? cpp.stdout : null;
}

/** The seeds of a folder that {@link prepareBoards} gave. */
export function boardSeeds(top: string, folder: string): Seeds {
  const files = rememberingReader();
  const seeds: Seed[] = [];
  const add = (name: string, kind: Seed["kind"], path: string, load: () => FuzzInput): void => {
    const around: Surroundings = { path, files, includeDirs: includeDirs(top) };
    seeds.push({ name, kind, load, around });
  };
  for (const path of boardSources(top)) {
    const name = relative(join(top, ARM64), path);
    const target = join(folder, relative(top, path).replace(/\.dts$/, ""));
    add(name, "dts", path, () => ({ kind: "dts", bytes: readFileSync(path) }));
    if (!existsSync(`${target}.cpp.dts`)) continue;
    add(`${name}, preprocessed`, "preprocessed", path, () => ({
      kind: "dts",
      bytes: readFileSync(`${target}.cpp.dts`),
    }));
    if (existsSync(`${target}.dtb`))
      add(`blob of ${name}`, "dtb", path, () => ({ kind: "dtb", bytes: readFileSync(`${target}.dtb`) }));
  }
  for (const [under, list] of [
    [ARM64, KERNEL_PAIRS],
    [UNITTEST, UNITTEST_PAIRS],
  ] as const) {
    for (const [base, ...overlays] of list) {
      for (const ending of [".cpp.dts", ".dtb"]) {
        const [basePath, path] = [base, overlays.at(-1)!].map((name) => join(folder, under, `${name}${ending}`));
        if (!existsSync(basePath!) || !existsSync(path!)) continue;
        const load = (): FuzzInput => ({ kind: "overlay", base: readFileSync(basePath!), bytes: readFileSync(path!) });
        add(`${overlays.at(-1)}${ending} on ${base}`, "overlay", path!, load);
      }
    }
  }
  return byKind(seeds);
}

/** Reads each file once: headers are asked for again and again, and mutated names seldom lead anywhere. */
function rememberingReader(): FileReader {
  const known = new Map<string, FileContent>();
  return {
    read(path) {
      const before = known.get(path);
      if (before !== undefined) return before;
      const content = diskFiles.read(path);
      if (content.kind === "text") known.set(path, content);
      return content;
    },
  };
}
