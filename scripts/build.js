import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
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
import { join, resolve } from "node:path";

const SOURCE_FOLDERS = ["dts", "schema", "core", "cli", "scripts"];
const SOURCE_FILES = ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"];
const GENERATED = join("schema", "generated");
const STAMP = join("dist", ".stamp");
/** What the code cache is made from: it holds what this run calls. */
const WARM_UP = ["check", join("examples", "fvp-rfc-v2.dts")];
const SCHEMA_COMPILER = join("scripts", "compile-schemas.js");

/**
 * Builds dist/ unless its stamp says that it was built from the sources as they stand: the library (dist/dts,
 * dist/schema, dist/core with their types) and the bundled program (dist/cli). All of it is built beside and moved into
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
    if (!compileSchemas() || !emitLibrary(target) || !(await bundleProgram(target))) return false;
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

/**
 * The program as one function expression in dist/cli/program.js, the launcher that runs it, and the code cache that
 * makes it start quickly. All in one file, as reading it costs little and what is not called is not compiled.
 */
async function bundleProgram(target) {
  const { build } = await import("esbuild");
  const folder = join(target, "cli");
  try {
    await build({
      entryPoints: [join("cli", "main.ts")],
      outfile: join(folder, "program.js"),
      bundle: true,
      format: "cjs",
      platform: "node",
      target: "node20",
      charset: "ascii",
      minifyWhitespace: true,
      minifySyntax: true,
      // Assignments in constructors: until V8 optimizes them, fields that are defined are slower.
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
      logLevel: "silent",
      banner: { js: "(function(require,module){" },
      footer: { js: "})" },
      plugins: [commanderWithoutChildProcess],
    });
  } catch (error) {
    const { formatMessages } = await import("esbuild");
    const lines = await formatMessages(error.errors ?? [{ text: String(error) }], { kind: "error" });
    process.stderr.write(`${lines.join("")}carveout: bundling the program failed\n`);
    return false;
  }
  copyFileSync(join("cli", "launch.cjs"), join(folder, "main.js"));
  chmodSync(join(folder, "main.js"), 0o755);
  writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }\n');
  return runScript("compiling the program", [join("scripts", "write-code-cache.js"), resolve(folder), ...WARM_UP]);
}

/**
 * commander loads node:child_process for subcommands that are programs of their own. There are none here, and loading
 * it takes a tenth of the time that an empty Node takes to start.
 */
const commanderWithoutChildProcess = {
  name: "commander-without-child-process",
  setup(build) {
    build.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: "child_process", namespace: "empty" } : null,
    );
    build.onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "module.exports = {};" }));
  },
};

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
