import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { carveout, fvpSource } from "./program.ts";

/** Below one folder: the input in `board/`, where the program runs in `work/`, and what lies elsewhere in `other/`. */
const top = realpathSync(mkdtempSync(join(tmpdir(), "carveout-reach-")));
const at = (...path: string[]): string => join(top, ...path);
for (const folder of ["board/sub", "work/sub", "other/sub", "prefixes"]) mkdirSync(at(folder), { recursive: true });
for (const folder of ["board", "board/sub", "work", "work/sub", "other", "other/sub"]) {
  writeFileSync(at(folder, "part.dtsi"), "/ { part; };\n");
}
writeFileSync(at("other", "secret"), "root:x:0:0\n");
symlinkSync(at("other"), at("board", "away"));
symlinkSync(at("other", "part.dtsi"), at("board", "away.dtsi"));
symlinkSync(at("board", "part.dtsi"), at("board", "near.dtsi"));
symlinkSync("../other", at("prefixes", "other"));
symlinkSync("/etc", at("prefixes", "etc"));
symlinkSync("/", at("prefixes", "all"));
symlinkSync(at("nowhere"), at("prefixes", "broken"));
symlinkSync(at("prefixes"), at("prefixes", "loop"));

interface Result {
  readonly code: number | null;
  /** Messages of the errors; empty where the include was read. */
  readonly errors: readonly string[];
}

function check(line: string, args: readonly string[] = []): Result {
  const source = fvpSource().replace("/dts-v1/;\n", `/dts-v1/;\n${line}\n`);
  writeFileSync(at("board", "board.dts"), source);
  const run = carveout(["check", at("board", "board.dts"), "--format", "json", ...args], { cwd: at("work") });
  expect(run.err).toBe("");
  const { findings } = JSON.parse(run.out) as { findings: { rule: string; severity: string; message: string }[] };
  const errors = findings.filter(({ severity }) => severity === "error");
  for (const { rule } of errors) expect(rule).toBe("include");
  return { code: run.code, errors: errors.map(({ message }) => message) };
}

const READ: Result = { code: 0, errors: [] };

function expectRefused(result: Result): void {
  expect(result.code).toBe(1);
  expect(result.errors).toEqual([expect.stringMatching(/it lies outside .* -I, or give --allow-outside$/)]);
}

describe("an include is read where it lies", () => {
  test.each([
    ["beside the input", '#include "part.dtsi"'],
    ["below the input's folder", '#include "sub/part.dtsi"'],
    ["below the input's folder, by way of `..`", '#include "sub/../part.dtsi"'],
    ["below the input's folder, by way of a link", '#include "near.dtsi"'],
    ["below the input's folder, named in full", `#include "${at("board", "part.dtsi")}"`],
    ["below the working directory", '#include "../work/sub/part.dtsi"'],
    ["in dtc's own way", '/include/ "sub/part.dtsi"'],
  ])("%s", (_, line) => {
    expect(check(line)).toEqual(READ);
  });

  test("below an -I folder", () => {
    expect(check("#include <sub/part.dtsi>", ["-I", at("other")])).toEqual(READ);
    expect(check('#include "../other/part.dtsi"', ["-I", at("other")])).toEqual(READ);
  });

  test("where a link leads that stands in an -I folder, as in a kernel's scripts/dtc/include-prefixes", () => {
    expect(check("#include <other/sub/part.dtsi>", ["-I", at("prefixes")])).toEqual(READ);
    expect(check("#include <other/part.dtsi>", ["-I", "../prefixes"])).toEqual(READ);
  });

  test("anywhere, with --allow-outside", () => {
    expect(check('#include "../other/part.dtsi"', ["--allow-outside"])).toEqual(READ);
    expect(check('#include "away/part.dtsi"', ["--allow-outside"])).toEqual(READ);
  });
});

describe("an include is refused where it leads", () => {
  test.each([
    ["out by `..`", '#include "../other/part.dtsi"'],
    ["out by `..` after going in", '#include "sub/../../other/part.dtsi"'],
    ["out by its full name", `#include "${at("other", "part.dtsi")}"`],
    ["out by a link to a file", '#include "away.dtsi"'],
    ["out by a link to a folder", '#include "away/part.dtsi"'],
    ["out, in dtc's own way", '/include/ "../other/part.dtsi"'],
    ["out, to a device", '#include "/dev/zero"'],
    ["out, to a file that the system keeps", '#include "/proc/self/environ"'],
  ])("%s", (_, line) => {
    expectRefused(check(line));
  });

  test("out, for the bytes of a property", () => {
    expectRefused(check('/ { stolen = /incbin/("../other/secret"); };'));
    expectRefused(check('/ { stolen = /incbin/("away/secret", 0, 4); };'));
  });

  test("to nothing in common, by a link in an -I folder", () => {
    expectRefused(check("#include <etc/passwd>", ["-I", at("prefixes")]));
    expectRefused(check("#include <all/etc/passwd>", ["-I", at("prefixes")]));
  });

  test("to another folder of that name: a folder's name is no prefix of its neighbour's", () => {
    mkdirSync(at("board2"), { recursive: true });
    writeFileSync(at("board2", "part.dtsi"), "/ { part; };\n");
    expectRefused(check('#include "../board2/part.dtsi"'));
  });
});

describe("what is no file is an error, not a wait", () => {
  test("a folder", () => {
    expect(check('#include "sub"').errors).toEqual([expect.stringContaining("it is no regular file")]);
  });

  test("a pipe that nobody writes to", () => {
    execFileSync("mkfifo", [at("board", "pipe")]);
    expect(check('#include "pipe"').errors).toEqual([expect.stringContaining("it is no regular file")]);
  });

  test("a device, even where everything is allowed", () => {
    expect(check('#include "/dev/zero"', ["--allow-outside"]).errors).toEqual([
      expect.stringContaining("it is no regular file"),
    ]);
  });

  test("a link that leads nowhere, or round in a circle", () => {
    symlinkSync("b.dtsi", at("board", "a.dtsi"));
    symlinkSync("a.dtsi", at("board", "b.dtsi"));
    expect(check('#include "a.dtsi"').errors).toEqual([expect.stringContaining("symbolic links")]);
    expect(check("#include <broken/part.dtsi>", ["-I", at("prefixes")]).errors).toEqual([
      expect.stringContaining("no such file"),
    ]);
  });

  test("a file of more than 64 MiB", () => {
    writeFileSync(at("board", "large"), "");
    truncateSync(at("board", "large"), (1 << 26) + 1);
    expect(check('#include "large"').errors).toEqual([expect.stringContaining("it has more than 64 MiB")]);
    expect(check('/ { a = /incbin/("large"); };').errors).toEqual([expect.stringContaining("it has more than 64 MiB")]);
  });
});

test("an overlay reaches what lies below its own folder, and not what lies below its base's", () => {
  writeFileSync(at("board", "base.dts"), fvpSource());
  writeFileSync(at("other", "overlay.dts"), '/dts-v1/;\n/plugin/;\n#include "sub/more.dtsi"\n');
  writeFileSync(at("other", "sub", "more.dtsi"), "&{/} { more; };\n");
  const apply = (): { readonly code: number | null; readonly err: string } =>
    carveout(["convert", at("board", "base.dts"), "-a", at("other", "overlay.dts"), "-O", "dts"], { cwd: at("work") });
  expect(apply().code).toBe(0);
  writeFileSync(at("other", "overlay.dts"), '/dts-v1/;\n/plugin/;\n#include "../board/part.dtsi"\n');
  const refused = apply();
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("it lies outside");
});
