import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { requireProgram } from "./tools.ts";

const work = mkdtempSync(join(tmpdir(), "carveout-c-"));
const STRICT = ["-std=c11", "-pedantic", "-Wall", "-Wextra", "-Werror"];

beforeAll(() => requireProgram("gcc", "gcc"));

function fixture(...args: string[]): string {
  const { stdout, status } = spawnSync(
    process.execPath,
    ["dist/cli/main.js", "regions", "--format", "c", "--quiet", ...args],
    { encoding: "utf8" },
  );
  expect([0, 1]).toContain(status);
  return stdout;
}

/** What the compiler says and, where it says nothing, how the program ends and what it prints. */
function compileAndRun(code: string) {
  const source = join(work, "fixture.c");
  const program = join(work, "fixture");
  writeFileSync(source, code);
  const { stderr } = spawnSync("gcc", [...STRICT, "-o", program, source], { encoding: "utf8" });
  if (stderr !== "") return { compiler: stderr };
  const { status, stdout } = spawnSync(program, { encoding: "utf8" });
  return { compiler: "", status, stdout };
}

const CLEAN = { compiler: "", status: 0, stdout: "" };
const examples = readdirSync("examples")
  .filter((name) => /\.(?:dts|yaml)$/.test(name))
  .map((name) => join("examples", name));

describe("C fixtures compile without a warning and find their own numbers right", () => {
  test.each(examples)("%s", (example) => {
    expect(compileAndRun(fixture(example))).toEqual(CLEAN);
  });

  // The YAML machine is written out in each series' dialect, so all of them manage it.
  const series = ["rfc-v1", "rfc-v2", "rfc-v3", "exact"];
  test.each(series)("the YAML machine under %s, at each page size", (kernel) => {
    for (const pageSize of ["4k", "16k", "64k"]) {
      const code = fixture("examples/machine.yaml", "--kernel", kernel, "--page-size", pageSize);
      expect(compileAndRun(code)).toEqual(CLEAN);
    }
  });

  test("blocks of two pages, which rfc-v2 reserves too many of", () => {
    expect(compileAndRun(fixture("examples/blocks-8k.dts"))).toEqual(CLEAN);
    expect(compileAndRun(fixture("examples/blocks-8k.dts", "--kernel", "exact"))).toEqual(CLEAN);
  });
});

describe("a fixture that is wrong is found out", () => {
  const code = fixture("examples/blocks-8k.dts");
  // Order 6 at the start of memory: hardware uses the first block, rfc-v2 takes the second too, 64 references each.
  const row = /\t\{ 0, 6, UINT64_C\(524288\), [^\n]*\n/;
  const numbers = (code.match(row)?.[0].match(/C\((\d+)\)/g) ?? []).map((number) => number.slice(2, -1));

  test("the row says what hardware uses and what the kernel reserves", () => {
    expect(numbers).toEqual(["524288", "9404416", "9404416", "9404416", "9404418", "64", "64"]);
  });

  test.each([1, 2, 3, 4, 5, 6])("number %i of a row altered", (at) => {
    let index = -1;
    const altered = code.replace(row, (line) =>
      line.replace(/C\((\d+)\)/g, (whole, number) => (++index === at ? `C(${Number(number) + 2})` : whole)),
    );
    expect(compileAndRun(altered)).toMatchObject({
      compiler: "",
      status: 1,
      stdout: expect.stringMatching(/^allocation \d+ is not/),
    });
  });

  test("the block size altered", () => {
    const altered = code.replace(/(UINT64_C\(9420799\) \}, )2,/, "$11,");
    expect(altered).not.toBe(code);
    expect(compileAndRun(altered)).toMatchObject({ status: 1 });
  });
});
