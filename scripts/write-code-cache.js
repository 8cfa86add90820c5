/**
 * Runs the program in a folder with some arguments, then writes what V8 compiled on the way beside each piece of it:
 * `node scripts/write-code-cache.js FOLDER ARGS…`. The launcher, cli/launch.cjs, starts from it. A second run adds to
 * what the first one left.
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, ...args] = process.argv.slice(2);
const launcher = `${folder}/main.js`;
process.argv.splice(1, Number.POSITIVE_INFINITY, launcher, ...args);
const program = createRequire(import.meta.url)(launcher);
process.on("exit", () => {
  for (const [name, script] of program.scripts) {
    writeFileSync(`${program.folder}/${name}.cache`, script.createCachedData());
  }
  process.exitCode = 0;
});
