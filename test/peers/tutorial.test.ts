/** docs/tutorial.md, command by command: what it shows is what comes out. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { PROGRAM } from "../cli/program.ts";
import { requireProgram } from "./tools.ts";

beforeAll(() => requireProgram("qemu-system-aarch64", "qemu-system-arm"));

test("the sessions of the tutorial, one after the other in one folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "carveout-tutorial-"));
  const program = join(folder, "carveout");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
  chmodSync(program, 0o755);
  const blocks = [...readFileSync("docs/tutorial.md", "utf8").matchAll(/```console\n([\s\S]*?)```/g)];
  expect(blocks.length).toBeGreaterThan(4);
  for (const [, session] of blocks) {
    let shown = "";
    for (const [, command] of session!.matchAll(/^\$ (.*)$/gm)) {
      const { stdout } = spawnSync("bash", ["-c", `${command} 2>&1`], {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, NO_COLOR: "1" },
      });
      shown += `$ ${command}\n${stdout}`;
    }
    expect(shown).toBe(session);
  }
});
