import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";

const SOURCE_FOLDERS = ["dts", "schema", "core", "cli", "scripts"];
const SOURCE_FILES = ["index.ts", "package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"];
const GENERATED = join("schema", "generated");
const STAMP = join("dist", ".stamp");
const SCHEMA_COMPILER = join("scripts", "compile-schemas.js");

/**
 * Builds dist/ unless its stamp says that it was built from the sources as they stand: the library (dist/dts,
 * dist/schema, dist/core with their types), the bundled program (dist/cli), and both once more as the package has them
 * (dist/lib, dist/types). All of it is built beside and moved into
 * place at the end, so a build that fails or is interrupted leaves the last good one.
 *
 * @returns {Promise<boolean>} false where a step failed; it has said why.
 */
export async function buildIfNeeded() {
  const stamp = sourceStamp();
  if (isBuilt(stamp)) return true;
  process.stderr.write("carveout: building\n");
  const target = join("node_modules", ".cache", "carveout", `build-${process.pid}`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  try {
    if (!compileSchemas() || !emitLibrary(target) || !(await buildProgram(target))) return false;
    if (!(await buildPackage(target))) return false;
    writeFileSync(join(target, ".stamp"), stamp);
    moveIntoPlace(target);
    return true;
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

/** A digest of the path, size and time of change of each source; what is generated from them does not count. */
function sourceStamp() {
  const hash = createHash("sha256");
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  };
  const addFolder = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (path === GENERATED) continue;
      if (entry.isDirectory()) addFolder(path);
      else add(path);
    }
  };
  for (const path of SOURCE_FILES) add(path);
  for (const folder of SOURCE_FOLDERS) addFolder(folder);
  return hash.digest("hex");
}

function isBuilt(stamp) {
  if (existsSync(SCHEMA_COMPILER) && !existsSync(GENERATED)) return false;
  return existsSync(STAMP) && readFileSync(STAMP, "utf8") === stamp;
}

/** Runs a script under this Node; what it prints goes to standard error, and only where it fails. */
function runScript(what, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status === 0) return true;
  process.stderr.write(`${stdout}${stderr}carveout: ${what} failed\n`);
  return false;
}

function compileSchemas() {
  return !existsSync(SCHEMA_COMPILER) || runScript("compiling the schemas", [SCHEMA_COMPILER]);
}

function emitLibrary(target) {
  const tsc = join("node_modules", "typescript", "bin", "tsc");
  if (!runScript("compiling the library", [tsc, "-p", "tsconfig.build.json", "--outDir", target])) return false;
  if (existsSync(GENERATED)) cpSync(GENERATED, join(target, GENERATED), { recursive: true });
  return true;
}

/** The program: see scripts/bundle.js. Its caches hold what these runs call. */
async function buildProgram(target) {
  const { bundleProgram } = await import("./bundle.js");
  const folder = join(target, "cli");
  if (!(await bundleProgram(folder))) return false;
  const output = join(folder, "warm-up.dtb");
  const warmUps = [
    ["check", join("examples", "fvp-rfc-v2.dts")],
    ["convert", join("scripts", "warm-up.dts"), "-O", "dtb", "-o", output],
  ];
  const isDone = warmUps.every((args) =>
    runScript("compiling the program", [join("scripts", "write-code-cache.js"), resolve(folder), ...args]),
  );
  rmSync(output, { force: true });
  return isDone;
}

/** What goes into the package in place of the rest: lib/, and types/ with the declarations that its users can reach. */
async function buildPackage(target) {
  const { bundlePackage } = await import("./bundle.js");
  if (!(await bundlePackage(join(target, "lib")))) return false;
  const reached = new Set();
  const reach = (path) => {
    if (reached.has(path)) return;
    reached.add(path);
    const text = readFileSync(join(target, path), "utf8");
    for (const [, from, inline] of text.matchAll(/ from "(\.[^"]+)"|import\("(\.[^"]+)"\)/g)) {
      reach(join(dirname(path), (from ?? inline).replace(/\.[jt]s$/, ".d.ts")));
    }
    mkdirSync(dirname(join(target, "types", path)), { recursive: true });
    writeFileSync(join(target, "types", path), text);
  };
  for (const entry of ["index", "dts/index", "schema/index", "core/index"]) reach(`${entry}.d.ts`);
  return true;
}

/** Swaps dist/ for the new build; where another build gets there first, its result stays. */
function moveIntoPlace(target) {
  const old = `${target}-old`;
  try {
    renameSync("dist", old);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  try {
    renameSync(target, "dist");
  } catch (error) {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  }
  rmSync(old, { recursive: true, force: true });
}
