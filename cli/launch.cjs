#!/usr/bin/env node
/**
 * Starts the program from code that V8 compiled when it was built, which halves what it adds to Node's own start. The
 * cache is V8's to judge: one of another version of Node is put aside, and the program is compiled as usual.
 * The build copies this file to dist/cli/main.js, beside program.js and program.cache.
 */
const { readFileSync } = require("node:fs");
const { setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");

// The optimizing compiler is put off: most runs are over within a tenth of a second, of which it would take a third for
// code that is hardly called again. V8's own figure is 67584 bytes of bytecode. As in scripts/write-code-cache.js: a
// cache that was made under other flags is refused.
setFlagsFromString("--interrupt-budget=1000000");

const filename = `${__dirname}/program.js`;
let cachedData;
try {
  cachedData = readFileSync(`${__dirname}/program.cache`);
} catch {
  // No cache: slower by some milliseconds.
}
// The bundle is ASCII, and is one function expression: see scripts/build.js.
const script = new Script(readFileSync(filename, "latin1"), { filename, cachedData });
script.runInThisContext()(require, module);
