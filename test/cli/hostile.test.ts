import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hostileCases } from "../dts/hostile/all.ts";
import { bytesOf, type HostileCase, SMALL_SIZES } from "../dts/hostile/case.ts";
import { carveout, folderWith, type Run } from "./program.ts";

/** The worst of their kinds, by the beginning of their names. `npm run test:peers` has all of them, at full size. */
const WORST = [
  "aliases of aliases",
  "/bits/ 8, 16, 32 and 64",
  "buses 62 deep",
  "calls within calls",
  "endpoints that refer to no node",
  "files that each include the next twice",
  "macros that double forty times",
  "memory reservations without an end",
  "nodes 512 deep",
  "NUL in the source",
  "phandles that leave no low number free",
  "references to the base without name",
  "#*-cells of 2^32 - 1",
  "the structure block as its own strings",
] as const;

const ENDINGS = { dts: "dts", overlay: "dts", dtb: "dtb", yaml: "yaml" } as const;

const all = hostileCases(SMALL_SIZES);

/** Runs a command on a case, whose includes stand beside it. */
function run(command: readonly string[], { kind, make, base, files = {} }: HostileCase): Run {
  const folder = folderWith(files);
  const [input, overlay] = [`input.${ENDINGS[kind]}`, "overlay.dts"];
  writeFileSync(join(folder, input), bytesOf((base ?? make)()));
  if (base !== undefined) writeFileSync(join(folder, overlay), bytesOf(make()));
  return carveout([...command, input, ...(base === undefined ? [] : ["-a", overlay])], { cwd: folder });
}

const STACK_TRACE = /^ {4}at .*:\d+:\d+\)?$/m;

const FORMATS = ["dts", "dtb", "json", "yaml"] as const;

describe.each(WORST.map((name, index) => [name, FORMATS[index % FORMATS.length]!] as const))("%s …", (name, format) => {
  const hostile = all.find((each) => each.name.startsWith(name))!;
  const isRead = hostile.answer === "tree";

  test("check gives a report, and errors have their place", () => {
    const { code, out, err } = run(["check", "--format", "json"], hostile);
    expect(err).not.toMatch(STACK_TRACE);
    expect([0, 1]).toContain(code);
    const { outcome, findings } = JSON.parse(out);
    expect(outcome === null).toBe(!isRead);
    if (isRead) return;
    const [first] = findings.filter(({ severity }: { severity: string }) => severity === "error");
    expect(first.rule).toBe(hostile.answer);
    if (hostile.kind === "dts" || hostile.kind === "yaml") expect(first.location.line).toBeGreaterThan(0);
  });

  test(`convert to ${format} writes all of it, or nothing and says why`, () => {
    const output = join(folderWith({}), "output");
    const { code, err } = run(["convert", "--quiet", "-O", format, "-o", output], hostile);
    expect(err).not.toMatch(STACK_TRACE);
    // What source has no way to write, and what dtc refuses in a tree, is not written.
    expect(isRead ? [0, 1, 2] : [1]).toContain(code);
    expect(existsSync(output)).toBe(code === 0);
    if (code !== 0) expect(err).toMatch(/error|cannot write/);
  });
});

test("what is larger than a pipe goes through it whole, as into a file", () => {
  const hostile = all.find(({ name }) => name.startsWith("/bits/ 8, 16, 32 and 64"))!;
  const output = join(folderWith({}), "output");
  expect(run(["convert", "-O", "dts", "-o", output], hostile).code).toBe(0);
  const { code, out } = run(["convert", "-O", "dts"], hostile);
  expect(code).toBe(0);
  // A Linux pipe holds 65,536 bytes.
  expect(out.length).toBeGreaterThan(200_000);
  expect(out === readFileSync(output, "utf8")).toBe(true);
});

test("all of the worst are there", () => {
  for (const name of WORST) expect(all.filter((each) => each.name.startsWith(name)).length, name).toBeGreaterThan(0);
});
