/** What `carveout man` prints, set by man itself. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { carveout, folderWith } from "../cli/program.ts";
import { requireProgram } from "./tools.ts";

test("man warns of nothing in the page, and shows commands as they are typed", () => {
  requireProgram("man", "man-db");
  const cwd = folderWith({ "carveout.1": carveout(["man"]).out });
  const { status, stdout, stderr } = spawnSync("man", ["--warnings", "-l", "carveout.1"], {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", MANWIDTH: "80" },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain('eval "$(carveout completion bash)"');
  expect(stdout).toContain("carveout completion fish > ~/.config/fish/completions/carveout.fish");
});
