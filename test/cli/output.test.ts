import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { begin, end, finish, writeBlob } from "../dts/blob-writer.ts";
import { carveout, folderWith, fvpSource, PROGRAM } from "./program.ts";

const BLOB = writeBlob({ items: [begin(""), end, finish] }).bytes;

const YAML = `memory:
  - name: low
    base: 0x80000000
    size: 2G
`;

const FOLDER = folderWith({ "safe.dts": fvpSource(), "blocks.dts": fvpSource("0x2000") });
const run = (...args: string[]) => carveout(args, { cwd: FOLDER });

describe("standard input", () => {
  test.each([
    ["source", fvpSource("0x2000"), "<stdin>"],
    ["a blob", BLOB, null],
    ["YAML that misses a field", "tag-storage:\n  - base: 0x8f8000000\n", "<stdin>"],
    ["YAML", YAML, null],
  ])("is taken for what it is: %s", (what, input, file) => {
    const { out, err } = carveout(["check", "-", "--format", "json"], { input });
    expect(err).toBe("");
    const report = JSON.parse(out);
    expect(report.input).toBe("-");
    const place = report.findings.find((finding: { severity: string }) => finding.severity === "error")?.location;
    expect(place?.file ?? null, what).toBe(file);
  });

  test("can be declared to be what it does not look like", () => {
    const { code, out } = carveout(["check", "-", "--input-format", "dtb"], { input: fvpSource() });
    expect(code).toBe(1);
    expect(out).toMatch(/^-: error: .*\[blob-magic\]$/m);
  });
});

describe("-o", () => {
  test("writes the whole report to the file, nothing to standard output, and leaves nothing else behind", () => {
    const folder = folderWith({ "safe.dts": fvpSource() });
    const { code, out, err } = carveout(["regions", "safe.dts", "--format", "csv", "-o", "table.csv"], { cwd: folder });
    expect([code, out, err]).toEqual([0, "", ""]);
    expect(readdirSync(folder).sort()).toEqual(["safe.dts", "table.csv"]);
    expect(readFileSync(join(folder, "table.csv"), "utf8")).toBe(
      "input,region,node,memoryNode,memoryStart,memoryEnd,tagsStart,tagsEnd,blockPages,numaNode\n" +
        "safe.dts,0,/tag-storage@8f8000000,/memory@80000000,524288,1048575,9404416,9420799,1,\n",
    );
  });

  test("leaves an existing file as it is where the job cannot be done", () => {
    const folder = folderWith({ "report.txt": "before" });
    const { code } = carveout(["check", "missing.dts", "-o", "report.txt"], { cwd: folder });
    expect(code).toBe(2);
    expect(readdirSync(folder)).toEqual(["report.txt"]);
    expect(readFileSync(join(folder, "report.txt"), "utf8")).toBe("before");
  });
});

test("regions as Markdown: a table that says the same as the kernel's", () => {
  const { code, out } = run("regions", "safe.dts", "--format", "markdown");
  expect(code).toBe(0);
  const lines = out.split("\n");
  expect(lines[0]).toContain("| node | memoryNode |");
  expect(lines[2]).toBe(
    "| safe.dts | 0 | /tag-storage@8f8000000 | /memory@80000000 | 524288 | 1048575 | 9404416 | 9420799 | 1 |  |",
  );
});

describe("colour", () => {
  const ESCAPE = "\x1b[";

  test("is off where output is no terminal, and can be asked for", () => {
    expect(run("check", "blocks.dts").out).not.toContain(ESCAPE);
    expect(run("check", "blocks.dts", "--color", "always").out).toContain(`${ESCAPE}31m`);
  });

  test("is on on a terminal, unless NO_COLOR is set or it is asked not to be", () => {
    // util-linux's script gives the program a terminal; where it is not installed there is none to be had.
    const onTerminal = (args: string, env: Record<string, string>) =>
      spawnSync("script", ["-qec", `${process.execPath} ${PROGRAM} check blocks.dts ${args}`, "/dev/null"], {
        cwd: FOLDER,
        encoding: "utf8",
        env: { PATH: process.env.PATH, TERM: "xterm", ...env },
      });
    const plainRun = onTerminal("", {});
    if (plainRun.error !== undefined) return;
    expect(plainRun.stdout).toContain(ESCAPE);
    expect(onTerminal("", { NO_COLOR: "1" }).stdout).not.toContain(ESCAPE);
    expect(onTerminal("--color never", {}).stdout).not.toContain(ESCAPE);
  });
});

test("--quiet prints nothing where all is well, and only errors elsewhere", () => {
  const { code, out, err } = run("check", "safe.dts", "blocks.dts", "--quiet");
  expect([code, err]).toEqual([1, ""]);
  expect(out.match(/error: /g)?.length).toBe(2);
  expect(out).not.toContain("safe.dts");
  expect(out).not.toContain("workload");
});

test("a reader that stops early is no error", () => {
  const { stdout, stderr } = spawnSync("sh", ["-c", `"$0" "$1" explain | head -n 1`, process.execPath, PROGRAM], {
    encoding: "utf8",
  });
  expect(stdout.split("\n").length).toBe(2);
  expect(stderr).toBe("");
});

test("the place is marked under its line, tabs and includes and all", () => {
  const folder = folderWith({
    "board.dts": '/dts-v1/;\n#include "tags.dtsi"\n',
    "tags.dtsi": "/ {\n\tcaf\xc3\xa9 = \x22a\x22, <0x1ffffffff>;\n};\n",
  });
  // The file's bytes are UTF-8 already; writing the text again would encode them twice.
  writeFileSync(join(folder, "tags.dtsi"), '/ {\n\ta = "é", <0x1ffffffff>;\n};\n');
  const { code, out } = carveout(["check", "board.dts"], { cwd: folder });
  expect(code).toBe(1);
  const lines = out.split("\n");
  const at = lines.findIndex((line) => line.startsWith("tags.dtsi:2:"));
  expect(lines[at + 1]).toBe('    2 | \ta = "é", <0x1ffffffff>;');
  expect(lines[at + 2]).toBe("      | \t          ^~~~~~~~~~~");
  expect(lines[at + 3]).toBe("      included from board.dts:2");
});
