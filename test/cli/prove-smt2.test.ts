import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readExpressions, readScript } from "../core/proof/smt-language.ts";
import { carveout, folderWith, fvpSource } from "./program.ts";

const FOLDER = folderWith({
  "safe.dts": fvpSource(),
  // The review that the project started from: blocks of two pages.
  "blocks.dts": fvpSource("0x2000"),
  "off.dts": fvpSource("0"),
  "none.dts": "/dts-v1/;\n/ {\n};\n",
  "syntax.dts": '/dts-v1/;\n/ {\n\ta = "é\n};\n',
});

function smt2(...args: string[]) {
  const run = carveout(["prove", "--format", "smt2", ...args], { cwd: FOLDER });
  expect(run.err).toBe("");
  return run;
}

const OBLIGATIONS = ["containment", "disjointness", "coverage", "precision", "release", "retention"];

function verdicts(script: string): string[] {
  return readScript(script).queries.map(({ label, status }) => `${label} ${status}`);
}

test("a safe layout: a query for each obligation, all to be answered unsat, exit code 0", () => {
  const { out, code } = smt2("safe.dts");
  expect(verdicts(out)).toEqual(OBLIGATIONS.map((name) => `${name} unsat`));
  expect(code).toBe(0);
});

test("an unsafe layout: the broken obligations are to be answered sat, exit code 1", () => {
  const { out, code } = smt2("blocks.dts");
  const broken = ["precision", "release"];
  expect(verdicts(out)).toEqual(OBLIGATIONS.map((name) => `${name} ${broken.includes(name) ? "sat" : "unsat"}`));
  expect(out).toContain("; blocks.dts: rfc-v2 manages 1 tag region, UNSAFE: precision, release broken");
  // Order 6 in the seed review: two blocks taken where 64 pages need one.
  expect(out).toContain("; carveout: yes, the smallest at region 0, order 6, pfn 524288");
  expect(code).toBe(1);
});

test("no table, no query: comments say what the kernel or the parser has against the tree", () => {
  for (const [input, words, exitCode] of [
    ["off.dts", "rfc-v2 turns tag storage management off", 1],
    ["none.dts", "no tag storage for rfc-v3 to manage", 0],
    ["syntax.dts", "cannot be read", 1],
  ] as const) {
    const { out, code } = smt2(input);
    expect(readExpressions(out)).toEqual([]);
    expect(out).toContain(words);
    expect(out).toMatch(/^(?:;[\x20-\x7e]*\n)+$/);
    expect(code).toBe(exitCode);
  }
});

test("each of several inputs begins anew, after its name", () => {
  const { out, code } = smt2("safe.dts", "off.dts", "blocks.dts");
  const scripts = out.split("(reset)\n").slice(1);
  expect(scripts.map((script) => script.slice(0, script.indexOf("\n")))).toEqual([
    '(echo "safe.dts")',
    '(echo "off.dts")',
    '(echo "blocks.dts")',
  ]);
  expect(scripts.map((script) => verdicts(script).length)).toEqual([6, 0, 6]);
  expect(code).toBe(1);
});

test("-o writes the script that standard output would have had", () => {
  const path = join(FOLDER, "proof.smt2");
  expect(smt2("blocks.dts", "-o", path).out).toBe("");
  expect(readFileSync(path, "utf8")).toBe(smt2("blocks.dts").out);
});
