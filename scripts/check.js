/** Formatter, linter, types and unused code; prints the report of each that fails. */
import { spawn } from "node:child_process";

const colors = process.stderr.isTTY && !process.env.NO_COLOR ? "force" : "off";

const CHECKS = [
  { name: "format and lint", args: ["node_modules/@biomejs/biome/bin/biome", "ci", `--colors=${colors}`] },
  { name: "types of the library", args: ["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"] },
  { name: "types of the program and tests", args: ["node_modules/typescript/bin/tsc", "-p", "tsconfig.node.json"] },
  { name: "types of the page", args: ["node_modules/typescript/bin/tsc", "-p", "tsconfig.browser.json"] },
  { name: "unused code", args: ["node_modules/knip/bin/knip.js", "--no-progress"] },
];

function run({ name, args }) {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    const gather = (data) => {
      output += data;
    };
    child.stdout.on("data", gather);
    child.stderr.on("data", gather);
    child.on("close", (code) => resolve({ name, output, failed: code !== 0 }));
  });
}

for (const { name, output, failed } of await Promise.all(CHECKS.map(run))) {
  if (!failed) continue;
  process.stderr.write(`${output.trimEnd()}\ncheck failed: ${name}\n`);
  process.exitCode = 1;
}
