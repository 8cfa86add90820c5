import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { hostileNameBlob } from "../cli/hostile-name-blob.ts";
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

/** The same for a file beside it that includes it, with further arguments to the compiler. */
function compileIncluding(code: string, user: string, ...args: string[]) {
  writeFileSync(join(work, "table.c"), code);
  const source = join(work, "user.c");
  writeFileSync(source, user);
  const program = join(work, "user");
  const { stderr } = spawnSync("gcc", [...STRICT, ...args, "-o", program, source], { encoding: "utf8" });
  return { compiler: stderr, status: stderr === "" && !args.includes("-c") ? spawnSync(program).status : 0 };
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

  test.each(examples)("%s under every kernel that manages it", (example) => {
    const every = ["regions", example, "--kernel", "all", "--page-size", "all", "--format", "json"];
    const { stdout } = spawnSync(process.execPath, ["dist/cli/main.js", ...every], { encoding: "utf8" });
    const { matrix } = JSON.parse(stdout) as { matrix: { series: string; pageSize: number; outcome: string | null }[] };
    expect(matrix.length).toBe(12);
    for (const { series, pageSize, outcome } of matrix) {
      if (outcome !== "managed") continue;
      const code = fixture(example, "--kernel", series, "--page-size", String(pageSize));
      expect(compileAndRun(code), `${series}, ${pageSize}`).toEqual(CLEAN);
    }
  });

  test("a machine that every series manages at every page size", () => {
    const matrix = ["check", "examples/server-64k.yaml", "--kernel", "all", "--page-size", "all", "--format", "csv"];
    const { stdout } = spawnSync(process.execPath, ["dist/cli/main.js", ...matrix], { encoding: "utf8" });
    // It is among the examples above: all twelve were compiled.
    expect(stdout.match(/,managed,/g)?.length).toBe(12);
  });

  test("blocks of two pages, which rfc-v2 reserves too many of", () => {
    expect(compileAndRun(fixture("examples/blocks-8k.dts"))).toEqual(CLEAN);
    expect(compileAndRun(fixture("examples/blocks-8k.dts", "--kernel", "exact"))).toEqual(CLEAN);
  });
});

test("the fixture of a blob whose node's name holds quotes, trigraphs and the ends of comments", () => {
  const blob = join(work, "name.dtb");
  writeFileSync(blob, hostileNameBlob());
  expect(compileAndRun(fixture(blob))).toEqual(CLEAN);
});

describe("a fixture can be a part of another program", () => {
  const code = fixture("examples/fvp-rfc-v3.dts");
  // Two regions of 2 GiB and 1920 MiB; 4 KiB pages: blocks of one page.
  const uses = `
static int wrong(void)
{
	return CARVEOUT_NUM_TAG_REGIONS != 2 || carveout_tag_regions[1].block_size_pages != 1 ||
	       carveout_allocations[0].pfn != carveout_tag_regions[0].mem_range.start;
}
`;

  test("a selftest with a main of its own", () => {
    const user = `#define CARVEOUT_NO_MAIN\n#include "table.c"\n${uses}\nint main(void)\n{\n\treturn wrong();\n}\n`;
    expect(compileIncluding(code, user)).toEqual({ compiler: "", status: 0 });
  });

  test("a part of the kernel, which has <linux/types.h> and no C library", () => {
    mkdirSync(join(work, "linux"), { recursive: true });
    writeFileSync(
      join(work, "linux", "types.h"),
      "typedef unsigned int uint32_t;\ntypedef int int32_t;\ntypedef unsigned long long uint64_t;\n",
    );
    const user = `#include "table.c"\n${uses}\nint carveout_wrong(void);\nint carveout_wrong(void)\n{\n\treturn wrong();\n}\n`;
    const args = ["-D__KERNEL__", "-nostdinc", "-ffreestanding", "-I", work, "-c"];
    expect(compileIncluding(code, user, ...args)).toEqual({ compiler: "", status: 0 });
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
