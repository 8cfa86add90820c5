/**
 * Runs the program bundled in a folder with some arguments, then writes what V8 compiled on the way to program.cache:
 * `node scripts/write-code-cache.js FOLDER ARGS…`. The launcher, cli/launch.cjs, starts from it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";

// The launcher's flags: V8 takes no cache that was made under others.
setFlagsFromString("--interrupt-budget=1000000");

const [folder, ...args] = process.argv.slice(2);
const filename = `${folder}/program.js`;
const script = new Script(readFileSync(filename, "latin1"), { filename });
process.argv.splice(1, Number.POSITIVE_INFINITY, filename, ...args);
script.runInThisContext()(createRequire(import.meta.url), {});
process.on("exit", () => {
  writeFileSync(`${folder}/program.cache`, script.createCachedData());
  process.exitCode = 0;
});
