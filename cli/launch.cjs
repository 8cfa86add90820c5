#!/usr/bin/env node
/**
 * Starts the program from code that V8 compiled when it was built, which halves what it adds to Node's own start. The
 * program lies in the folder program/, in scripts with what V8 made of each: a command runs those that it needs. The
 * caches are V8's to judge: one of another version of Node is put aside, and its script compiled as usual.
 * The build copies this file to dist/cli/main.js.
 */
const { closeSync, existsSync, openSync, readFileSync, readSync } = require("node:fs");
const { Script } = require("node:vm");

/**
 * As `node:v8` has it. That module loads all of Node's streams, for a twentieth of an empty run, which the binding below
 * it does not; but bindings are deprecated, and may be gone.
 */
function setFlagsFromString(flags) {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  try {
    process.binding("v8").setFlagsFromString(flags);
  } catch {
    require("node:v8").setFlagsFromString(flags);
  } finally {
    process.noDeprecation = noDeprecation;
  }
}

// The optimizing compiler is put off: most runs are over within a tenth of a second, of which it would take a third for
// code that is hardly called again. V8's own figure is 67584 bytes of bytecode. V8 takes no cache that was made under
// other flags.
setFlagsFromString("--interrupt-budget=1000000");
// New objects stay in the first few hundred kilobytes, collected more often: memory that was not touched before costs
// more than collecting what little of it is still in use. A large input changes this: see cli/files.ts.
setFlagsFromString("--semi-space-growth-factor=1");

const folder = `${__dirname}/program`;
/** What each piece exports, by its name, once the script that holds it has run. */
const loaded = new Map();
/** The modules of scripts that are running: pieces may import one another in a circle. */
const running = [];
/** For scripts/write-code-cache.js. */
const scripts = new Map();

/** Where scripts are read to, one after the other: fresh memory for each costs more than reading does. */
const scratch = Buffer.allocUnsafeSlow(1 << 19);
// For what the program reads: see cli/include-reader.ts.
globalThis[Symbol.for("carveout.scratch")] = scratch;

/** The bytes of a file, until the next call. */
function read(path) {
  const descriptor = openSync(path);
  try {
    const length = readSync(descriptor, scratch, 0, scratch.length, null);
    return length < scratch.length ? scratch.subarray(0, length) : readFileSync(path);
  } finally {
    closeSync(descriptor);
  }
}

/** Runs a script of program/, and keeps what its pieces export. */
function run(name) {
  const filename = `${folder}/${name}`;
  // ASCII: see scripts/bundle.js.
  const source = read(filename).latin1Slice();
  let cachedData;
  try {
    cachedData = read(`${filename}.cache`);
  } catch {
    // No cache: slower by some milliseconds.
  }
  const script = new Script(source, { filename, cachedData });
  scripts.set(name, script);
  const module = { exports: {} };
  running.push(module);
  script.runInThisContext()(requirePiece, module, module.exports, __dirname);
  running.pop();
  // The bundler gives each export as a function that is called at every use; none of ours changes once its piece has run.
  for (const piece of Object.keys(module.exports)) {
    if (!loaded.has(piece)) loaded.set(piece, { ...module.exports[piece] });
  }
}

function requirePiece(id) {
  if (!id.startsWith("./")) return require(id);
  const name = id.slice(2);
  if (loaded.has(name)) return loaded.get(name);
  for (const { exports } of running) if (name in exports) return exports[name];
  run(name);
  return loaded.get(name);
}

module.exports = { folder, scripts };

// Ends without taking the heap down page by page, which the system does faster. By now all output is written.
const isWorker = globalThis[Symbol.for("carveout.worker-port")] !== undefined;
if (!isWorker) process.on("beforeExit", () => process.exit());

if (existsSync(folder)) run("usual.js");
else {
  // From the package, which has the program as ES modules that it shares with the library.
  globalThis.carveoutFolder = __dirname;
  import(`${__dirname}/../lib/program.js`);
}
