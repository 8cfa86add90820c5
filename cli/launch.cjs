#!/usr/bin/env node
/**
 * Starts the program from code that V8 compiled when it was built, which halves what it adds to Node's own start. The
 * program lies in pieces in the folder program/, in scripts with what V8 made of each: a command loads those that it
 * needs. The caches are V8's to judge: one of another version of Node is put aside, and its piece compiled as usual.
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
/** What each piece exports, by its name; there before the piece has run, as pieces may import one another in a circle. */
const loaded = new Map();
/** For scripts/write-code-cache.js. */
const scripts = new Map();

/** Where pieces are read to, one after the other: fresh memory for each costs more than reading does. */
const scratch = Buffer.allocUnsafeSlow(1 << 19);

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

/** What the expression in a file of program/ gives: a piece, or those of usual.js. */
function evaluate(name) {
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
  return script.runInThisContext();
}

/** The pieces that most runs load, by name. */
let usual;

function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  usual ??= evaluate("usual.js");
  const run = usual[name] ?? evaluate(name);
  const piece = { exports: {} };
  loaded.set(name, piece);
  run((id) => (id.startsWith("./") ? load(id.slice(2)) : require(id)), piece, piece.exports, __dirname);
  // The bundler gives each export as a function that is called at every use; none of ours changes once its piece has run.
  piece.exports = { ...piece.exports };
  return piece.exports;
}

module.exports = { folder, scripts };

// Ends without taking the heap down page by page, which the system does faster. By now all output is written.
const isWorker = globalThis[Symbol.for("carveout.worker-port")] !== undefined;
if (!isWorker) process.on("beforeExit", () => process.exit());

if (existsSync(folder)) load("main.js");
else {
  // From the package, which has the program as ES modules that it shares with the library.
  globalThis.carveoutFolder = __dirname;
  import(`${__dirname}/../lib/program.js`);
}
