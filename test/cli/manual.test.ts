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

  test("has no line that roff would take for a request by accident", () => {
    for (const line of page.split("\n")) if (/^[.']/.test(line)) expect(line).toMatch(/^\.(TH|SH|SS|PP|TP|B)\b/);
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
