/** What CI systems call is there, and does what docs/ci.md says. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { carveout, folderWith, fvpSource } from "./program.ts";

describe("the hook of pre-commit", () => {
  const [hook] = parse(readFileSync(".pre-commit-hooks.yaml", "utf8"));

  test("calls a program that the package has, and options that it knows", () => {
    const [program, ...args] = hook.entry.split(" ");
    expect(Object.keys(JSON.parse(readFileSync("package.json", "utf8")).bin)).toContain(program);
    const cwd = folderWith({ "a.dts": fvpSource(), "b.dts": fvpSource("0x2000") });
    expect(carveout([...args, "a.dts"], { cwd })).toEqual({ code: 0, out: "", err: "" });
    expect(carveout([...args, "a.dts", "b.dts"], { cwd }).code).toBe(1);
  });

  test("is for trees, not for what they include", () => {
    const files = new RegExp(hook.files);
    expect(["a.dts", "x/b.dtb"].every((name) => files.test(name))).toBe(true);
    expect(["a.dtsi", "b.dtso", "dts.txt"].some((name) => files.test(name))).toBe(false);
  });
});

describe("the action", () => {
  const action = parse(readFileSync("action.yml", "utf8"));

  function run(env: Readonly<Record<string, string>>, files: Readonly<Record<string, string>>) {
    const cwd = folderWith(files);
    const script = join(process.cwd(), "scripts", "action.sh");
    const { status, stdout, stderr } = spawnSync("bash", [script], {
      cwd,
      encoding: "utf8",
      env: { PATH: process.env.PATH, ARGUMENTS: "", SARIF: "", ...env },
    });
    return { status, stdout, stderr, cwd };
  }

  test("hands each of its inputs on, and calls scripts that are there", () => {
    const [build, check] = action.runs.steps;
    for (const step of [build, check]) {
      const [, script] = /GITHUB_ACTION_PATH\/([\w./]+)/.exec(step.run)!;
      expect(existsSync(script!)).toBe(true);
    }
    expect(
      Object.keys(action.inputs)
        .map((name) => name.toUpperCase())
        .sort(),
    ).toEqual(Object.keys(check.env).sort());
  });

  test("annotates, writes SARIF, and fails where there is an error", () => {
    const files = { "a b.dts": fvpSource("0x2000"), "c.dts": fvpSource() };
    const { status, stdout, stderr, cwd } = run({ TREES: "a b.dts\nc.dts\n", SARIF: "out.sarif" }, files);
    expect(stderr).toBe("");
    expect(status).toBe(1);
    expect(stdout).toMatch(/^::error file=a b\.dts,line=/);
    const { results } = JSON.parse(readFileSync(join(cwd, "out.sarif"), "utf8")).runs[0];
    expect(results).toHaveLength(stdout.trimEnd().split("\n").length);
  });

  test("annotates what can be read where an input or the SARIF file cannot be, and ends with 2", () => {
    const files = { "a.dts": fvpSource("0x2000") };
    const { status, stdout, stderr, cwd } = run({ TREES: "a.dts\nnope.dts\n", SARIF: "out.sarif" }, files);
    expect(status).toBe(2);
    expect(stderr).toContain("cannot read nope.dts");
    expect(stdout).toMatch(/^::error file=a\.dts,line=/);
    expect(JSON.parse(readFileSync(join(cwd, "out.sarif"), "utf8")).runs[0].results.length).toBeGreaterThan(0);
    const unwritten = run({ TREES: "a.dts\n", SARIF: "no/such/folder/out.sarif" }, files);
    expect([unwritten.status, unwritten.stdout]).toEqual([2, stdout]);
  });

  test("passes options on", () => {
    const { status, stdout } = run({ TREES: ".\n", ARGUMENTS: "--kernel=exact\n" }, { "a.dts": fvpSource("0x2000") });
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  });
});

test("the comment of docs/ci.md allows what it says", () => {
  const [, comment] = /```dts\n([\s\S]*?)\s*```/.exec(readFileSync("docs/ci.md", "utf8"))!;
  const source = fvpSource("0x2000").replace(/block-size = [^;]*;/, comment!);
  const { code, out } = carveout(["check", "-", "--format", "json"], { input: source });
  expect(code).toBe(1);
  const { findings, suppressed } = JSON.parse(out);
  expect(findings.map(({ rule }: { rule: string }) => rule)).toEqual(["release"]);
  expect(suppressed.map(({ rule }: { rule: string }) => rule)).toEqual(["precision"]);
});
