import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { carveout, folderWith } from "./program.ts";

const help = (command: string) => carveout([command, "--help"]).out;
const commands = [...carveout(["--help"]).out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);
const optionsOf = (command: string) => [...new Set(help(command).match(/(?<=^ {2}(?:-\w, )?)--[a-z-]+/gm) ?? [])];

test("there are commands, and options to look for", () => {
  expect(commands).toEqual(expect.arrayContaining(["check", "plan", "run", "completion", "man"]));
  expect(optionsOf("check")).toEqual(expect.arrayContaining(["--kernel", "--baseline", "--output"]));
});

describe("the manual page", () => {
  const page = carveout(["man"]).out;

  test.each(commands)("has %s with all its options", (command) => {
    const from = page.indexOf(`.SS "carveout ${command}"`);
    expect(from).toBeGreaterThan(0);
    const to = page.indexOf("\n.S", from + 4);
    const section = page.slice(from, to).replaceAll("\\-", "-");
    for (const option of optionsOf(command)) if (option !== "--help") expect(section).toContain(option);
  });

  test.each(commands)("says of %s all that its help says, word for word", (command) => {
    const wordsOf = (written: string) => written.match(/[^\s"]+/g) ?? [];
    const shown = page
      .replaceAll(/^\.(?:TP|PP|nf|fi|SS|SH) ?/gm, "")
      .replaceAll(/\\f[BIR]|\\&/g, "")
      .replaceAll("\\-", "-")
      .replaceAll("\\e", "\\");
    // the first word of a sentence and the end of it are written by other rules
    const body = help(command).replace(/^Usage: .*\n\n[\s\S]*?\n\n/, "");
    for (const paragraph of body.split(/\n(?! {4})/)) {
      if (/^(?:Arguments:|Options:|)$/.test(paragraph)) continue;
      expect(wordsOf(shown).join(" ")).toContain(wordsOf(paragraph).join(" "));
    }
  });

  test("has no line that roff would take for a request by accident", () => {
    for (const line of page.split("\n")) if (/^[.']/.test(line)) expect(line).toMatch(/^\.(TH|SH|SS|PP|TP|B|nf|fi)\b/);
  });
});

describe("completion in bash", () => {
  const cwd = folderWith({ "carveout.bash": carveout(["completion", "bash"]).out });
  const complete = (...words: string[]) => {
    const script = `source carveout.bash; COMP_WORDS=(carveout ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}; _carveout; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { status, stdout, stderr } = spawnSync("bash", ["-c", script], { cwd, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout.trim().split("\n");
  };

  test("commands, a command's options, rules", () => {
    expect(complete("pl")).toEqual(["plan"]);
    expect(complete("plan", "--tags-")).toEqual(["--tags-in", "--tags-at"]);
    expect(complete("check", "x.dts", "--basel")).toEqual(["--baseline"]);
    expect(complete("explain", "straddling")).toEqual(["straddling-allocation"]);
  });

  test.each([
    [["check", "--format", "s"], ["sarif"]],
    [
      ["check", "--kernel", "r"],
      ["rfc-v1", "rfc-v2", "rfc-v3"],
    ],
    [
      ["check", "--page-size", ""],
      ["4k", "16k", "64k", "all"],
    ],
    [
      ["run", "x.dts", "--page-size", ""],
      ["4k", "16k", "64k"],
    ],
    [["check", "--workload", "ph"], ["phone"]],
    [["check", "--disable", "precis"], ["precision"]],
    [
      ["check", "--severity", "precis"],
      ["precision=error", "precision=warning", "precision=note", "precision=off"],
    ],
    [
      ["plan", "x.dts", "-O", "dt"],
      ["dtbo", "dts", "dtb"],
    ],
    [
      ["explain", "--color", "a"],
      ["auto", "always"],
    ],
    [["schema", "d"], ["description"]],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["boot", "--va-bits", "5"], ["52"]],
  ])("%j has values: %j", (typed, values) => {
    expect(complete(...typed)).toEqual(values);
  });

  test("a path without a command is for check", () => {
    expect(complete("board.dts", "--for")).toEqual(["--format"]);
    expect(complete("board.dts", "--format", "g")).toEqual(["github"]);
    expect(complete("--shar")).toEqual(["--shard"]);
  });

  test("bash takes = for a word of its own, and wants what comes after it", () => {
    expect(complete("check", "--format", "=")).toEqual(["text", "json", "sarif", "github", "csv", "markdown"]);
    expect(complete("check", "--format", "=", "s")).toEqual(["sarif"]);
    expect(complete("check", "--severity", "precision", "=", "e")).toEqual(["error"]);
  });

  test("no word where a file or a number is wanted: bash looks for files, and for nothing", () => {
    for (const option of ["-o", "--baseline", "--schema", "-a", "-I", "--mem", "--shard"]) {
      expect(complete("check", option, "")).toEqual([""]);
    }
    expect(complete("check", "")).toEqual([""]);
  });

  test.each(commands)("all options of %s", (command) => {
    expect(complete(command, "--")).toEqual(expect.arrayContaining(optionsOf(command)));
  });
});

test("zsh takes bash's, fish has its own, and there is no other shell", () => {
  expect(carveout(["completion", "zsh"]).out).toContain("bashcompinit");
  const fish = carveout(["completion", "fish"]).out;
  for (const command of commands) expect(fish).toContain(`-a ${command} -d '`);
  expect(
    fish
      .trimEnd()
      .split("\n")
      .every((line) => line.startsWith("complete -c carveout ")),
  ).toBe(true);
  expect(carveout(["completion", "tcsh"]).code).toBe(2);
});
