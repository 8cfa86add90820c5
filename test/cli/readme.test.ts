import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const readme = readFileSync("README.md", "utf8");

/** The sessions in the README: a command after `$ carveout`, and what it prints. */
const sessions = [...readme.matchAll(/```console\n\$ carveout ([^\n]*)\n([\s\S]*?)```/g)];

test("the README shows at least one session", () => {
  expect(sessions.length).toBeGreaterThan(0);
});

test.each(sessions.map(([, command, output]) => [command!, output!]))(
  "carveout %s prints what the README shows",
  (command, output) => {
    const run = spawnSync(process.execPath, ["dist/cli/main.js", ...command.split(" ")], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.stdout).toBe(output);
  },
);
