import { describe, expect, test } from "vitest";
import { carveout, folderWith, fvpSource } from "./program.ts";

const FOLDER = folderWith({ "safe.dts": fvpSource(), "syntax.dts": "/dts-v1/;\n/ {\n\ta = <1>\n};\n" });
const run = (...args: string[]) => carveout(args, { cwd: FOLDER });

describe("what cannot be done ends with exit code 2, words on standard error and nothing on standard output", () => {
  test.each([
    ["no arguments", [], /^Usage: carveout/],
    ["an unknown option", ["check", "safe.dts", "--fast"], /unknown option '--fast'/],
    ["an unknown kernel", ["check", "safe.dts", "--kernel", "rfc-v9"], /rfc-v1, rfc-v2, rfc-v3, exact/],
    ["a page size that arm64 has not", ["check", "safe.dts", "--page-size", "8k"], /4k, 16k and 64k/],
    ["an order out of range", ["check", "safe.dts", "--max-order", "99"], /from 0 to 20/],
    ["a size that is none", ["check", "safe.dts", "--mem", "4X"], /a number/],
    ["a format of another command", ["check", "safe.dts", "--format", "c"], /text, json/],
    ["a command without its input", ["prove"], /missing required argument/],
    ["a mistyped command", ["chek", "safe.dts"], /did you mean check\?/],
    ["a folder without trees", ["check", "/proc/self/fdinfo"], /holds no tree/],
    ["standard input twice", ["check", "-", "-"], /only once/],
    ["a rule that is none", ["explain", "precison"], /did you mean precision\?/],
    [
      "an output that cannot be written",
      ["check", "safe.dts", "-o", "no/such/folder"],
      /cannot write no\/such\/folder/,
    ],
  ])("%s", (_what, args, message) => {
    const { code, out, err } = run(...args);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect(out).toBe("");
    expect(code).toBe(2);
  });
});

test("an input that cannot be read does not keep the others from being reported", () => {
  const { code, out, err } = run("check", "missing.dts", "safe.dts", "syntax.dts");
  expect(code).toBe(2);
  expect(err).toBe("carveout: cannot read missing.dts: no such file or directory\n");
  expect(out).toContain("safe.dts: rfc-v2 manages 1 tag region, safe");
  expect(out).toContain("syntax.dts:3:");
});

test("a path without a command is checked, and a text report ends in its verdict", () => {
  const { code, out, err } = run("safe.dts");
  expect([code, err]).toEqual([0, ""]);
  expect(out.trimEnd().split("\n").at(-1)).toMatch(/^safe\.dts: .*safe/);
});

test("help and version go to standard output with exit code 0", () => {
  const help = run("--help");
  expect([help.code, help.err]).toEqual([0, ""]);
  for (const command of ["check", "regions", "prove", "run", "explain"]) expect(help.out).toContain(`  ${command} `);
  const version = run("--version");
  expect([version.code, version.out, version.err]).toEqual([0, "carveout 0.1.0\n", ""]);
});

test("help is a command too; a file of that name is given with its folder", () => {
  expect(run("help")).toEqual(run("--help"));
  expect(run("help", "check")).toEqual(run("check", "--help"));
  expect(run("help", "--quiet")).toEqual(run("--help"));
  expect(run("help", "chek")).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/did you mean check\?/) });
  expect(run("halp")).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/did you mean help\?/) });
  const withFile = folderWith({ help: fvpSource() });
  expect(carveout(["./help"], { cwd: withFile }).out).toContain("./help: rfc-v2 manages 1 tag region, safe");
  expect(carveout(["help"], { cwd: withFile })).toEqual(run("--help"));
});

test.each(["check", "plan"])("%s --help has the orders of a kernel with each page size", (command) => {
  const words = run(command, "--help").out.replaceAll(/\s+/g, " ");
  // ARCH_FORCE_MAX_ORDER of arm64, and the order of a huge page (a PMD): 2 MiB, 32 MiB, 512 MiB
  expect(words).toContain("itself included (default: 10 with 4k, 11 with 16k, 13 with 64k pages)");
  expect(words).toContain("order of a pageblock (default: 9 with 4k, 11 with 16k, 13 with 64k pages)");
});

test("explain tells a rule's whole story, and lists all rules without one", () => {
  const told = run("explain", "precision");
  expect(told.code).toBe(0);
  for (const heading of ["What is checked", "When it is broken", "How to mend it", "Wrong", "Right"]) {
    expect(told.out).toContain(`\n${heading}\n`);
  }
  const listed = run("explain");
  expect(listed.out).toMatch(/^tag-range-alignment +error /m);
  expect(listed.out).toMatch(/^blob-truncated +error /m);
});
