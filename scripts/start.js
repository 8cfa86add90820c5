/** Sets up, then runs the program with the arguments given, or on a shipped example where there are none. */
import "./setup.js";
import { chdir } from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const program = `${root}dist/cli/main.js`;
const given = process.argv.slice(2);
// npm runs scripts in the package's folder; paths that a user gives are relative to where the user stands.
chdir(given.length > 0 ? (process.env.INIT_CWD ?? process.cwd()) : root);
process.argv.splice(
  1,
  Number.POSITIVE_INFINITY,
  program,
  ...(given.length > 0 ? given : ["check", "examples/fvp-rfc-v2.dts"]),
);
await import(program);
