/** What `carveout completion` prints for bash and for zsh, in the shells themselves: the same words in both. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { carveout, folderWith } from "../cli/program.ts";
import { requireProgram } from "./tools.ts";

const cwd = folderWith({
  "carveout.bash": carveout(["completion", "bash"]).out,
  "carveout.zsh": carveout(["completion", "zsh"]).out,
});
const commands = [...carveout(["--help"]).out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);

function words(shell: "bash" | "zsh", typed: readonly string[]): string[] {
  // zsh calls it under the rules of sh (bashcompinit), and leaves out later what does not begin as typed.
  const before =
    shell === "zsh" ? "autoload -Uz compinit; compinit -u -D; source ./carveout.zsh; emulate sh" : ". ./carveout.bash";
  const script = `${before}; COMP_WORDS=(carveout ${typed.join(" ")} ''); COMP_CWORD=${typed.length + 1}; _carveout; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = shell === "zsh" ? ["-f", "-c", script] : ["-c", script];
  const { status, stdout, stderr } = spawnSync(shell, args, { cwd, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.trim().split("\n");
}

test("the commands", () => {
  requireProgram("zsh", "zsh");
  expect(words("zsh", [])).toEqual(expect.arrayContaining(commands));
  expect(words("zsh", [])).toEqual(words("bash", []));
});

test.each(commands)("what %s takes", (command) => {
  expect(words("zsh", [command])).toEqual(words("bash", [command]));
  expect(words("zsh", [command, "x"])).toContain("--help");
});
