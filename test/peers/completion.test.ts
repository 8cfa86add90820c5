/** What `carveout completion` prints, in the shells themselves: all three complete a command line by the same words. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { carveout, folderWith } from "../cli/program.ts";
import { requireProgram } from "./tools.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

const cwd = folderWith({
  ...Object.fromEntries(SHELLS.map((shell) => [`carveout.${shell}`, carveout(["completion", shell]).out])),
  "board.dts": "",
});
const commands = [...carveout(["--help"]).out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);

const lines: readonly (readonly string[])[] = [
  ...commands.map((command) => [command, "--"]),
  ["pl"],
  [""],
  ["boa"],
  ["check", "--format", "s"],
  ["check", "--kernel", "r"],
  ["check", "--disable", "precis"],
  ["check", "--severity", "precision=e"],
  ["regions", "--page-size", ""],
  ["run", "board.dts", "--workload", "ph"],
  ["plan", "-O", "o"],
  ["schema", "d"],
  ["board.dts", "--for"],
  ["board.dts", "--format", "g"],
  ["check", ""],
  ["check", "-o", ""],
  ["board.dts", "--baseline", ""],
  ["schema", "-o", ""],
  ["check", "-I", ""],
  ["check", "--mem", ""],
  ["man", ""],
];

/** What each shell offers for the last word of each line, in alphabetical order: all lines in one run of the shell. */
const offers = new Map(SHELLS.map((shell) => [shell, complete(shell)]));

function complete(shell: (typeof SHELLS)[number]): Map<string, string[]> {
  const calls = lines.map((words) => {
    const typed = words.map((word) => `'${word}'`).join(" ");
    return shell === "fish"
      ? `complete -C 'carveout ${words.join(" ")}'; echo ==`
      : `COMP_WORDS=(carveout ${typed}); COMP_CWORD=${words.length}; _carveout; printf '%s\\n' "\${COMPREPLY[@]}" ==`;
  });
  const before = {
    bash: [". ./carveout.bash"],
    // zsh calls it under the rules of sh (bashcompinit)
    zsh: ["autoload -Uz compinit; compinit -u -D; source ./carveout.zsh; emulate sh"],
    fish: ["source carveout.fish"],
  }[shell];
  const flags = { bash: [], zsh: ["-f"], fish: ["--no-config"] }[shell];
  const { stdout, stderr, error } = spawnSync(shell, [...flags, "-c", [...before, ...calls].join("\n")], {
    cwd,
    encoding: "utf8",
  });
  if (error !== undefined) return new Map();
  expect(stderr).toBe("");
  const offered = stdout.split("==\n").map((text) => text.split("\n").map((line) => line.replace(/\t.*/, "")));
  return new Map(
    // zsh leaves out by itself what does not begin as typed, once the function has given its words
    lines.map((words, i) => [
      words.join(" "),
      offered[i]!.filter((word) => word !== "" && word.startsWith(words.at(-1)!)).sort(),
    ]),
  );
}

function words(shell: (typeof SHELLS)[number], typed: readonly string[]): string[] {
  return offers.get(shell)!.get(typed.join(" "))!;
}

test("the shells are there", () => {
  requireProgram("zsh", "zsh");
  requireProgram("fish", "fish");
});

test.each(SHELLS)("%s: the commands, and a file in place of one", (shell) => {
  expect(words(shell, ["pl"])).toEqual(["plan"]);
  expect(words(shell, [""])).toEqual(expect.arrayContaining(commands));
  // where the function has no word, bash and zsh go on to files
  if (shell === "fish") expect(words(shell, ["boa"])).toEqual(["board.dts"]);
  else expect(words(shell, ["boa"])).toEqual([]);
});

test.each(commands)("the options of %s are the same in all", (command) => {
  const expected = words("bash", [command, "--"]);
  expect(expected).toContain("--help");
  for (const shell of SHELLS) expect(words(shell, [command, "--"])).toEqual(expected);
});

test.each([
  [["check", "--format", "s"], ["sarif"]],
  [
    ["check", "--kernel", "r"],
    ["rfc-v1", "rfc-v2", "rfc-v3"],
  ],
  [["check", "--disable", "precis"], ["precision"]],
  [["check", "--severity", "precision=e"], ["precision=error"]],
  [
    ["regions", "--page-size", ""],
    ["16k", "4k", "64k", "all"],
  ],
  [["run", "board.dts", "--workload", "ph"], ["phone"]],
  [["plan", "-O", "o"], ["overlay"]],
  [["schema", "d"], ["description"]],
  [["board.dts", "--for"], ["--format"]],
  [["board.dts", "--format", "g"], ["github"]],
])("%j has values in all: %j", (typed, expected) => {
  for (const shell of SHELLS) expect(words(shell, typed)).toEqual(expected);
});

test("fish offers files where a file is wanted, folders for -I, and neither for a number", () => {
  for (const typed of [
    ["check", ""],
    ["check", "-o", ""],
    ["board.dts", "--baseline", ""],
    ["schema", "-o", ""],
  ]) {
    expect(words("fish", typed)).toContain("board.dts");
  }
  for (const typed of [
    ["check", "-I", ""],
    ["check", "--mem", ""],
    ["man", ""],
  ]) {
    expect(words("fish", typed)).toEqual([]);
  }
});
