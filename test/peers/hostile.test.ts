/**
 * What is hard on a compiler, at its full size. No clock decides here: `npm run bench` measures each against the second
 * that it may take. What grows with the square of its input does not end before the limits of time below, at these sizes.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PROGRAM } from "../cli/program.ts";
import { hostileCases } from "../dts/hostile/all.ts";
import { bytesOf, FULL_SIZES } from "../dts/hostile/case.ts";
import { compile } from "../dts/hostile/compile.ts";

/** Against what never ends: far more than any takes on a machine that does other things as well. */
const HANG_MILLISECONDS = 60_000;
const MOST_BYTES = 2 ** 30;

const cases = hostileCases(FULL_SIZES);

describe("what is hard on a compiler, at its full size, is compiled or refused", () => {
  test.each(cases)(
    "$kind: $name",
    (hostile) => expect(compile(hostile, hostile.make(), hostile.base?.())).toBe(hostile.answer),
    HANG_MILLISECONDS,
  );
});

/** Says in a file how much memory the process has held, when it ends. */
const METER = `process.on("exit", () =>
  require("node:fs").writeFileSync(process.env.METER_FILE, String(process.resourceUsage().maxRSS * 1024)));`;

describe("carveout check lives through all of it, and stays small", () => {
  test.each(cases)("$kind: $name", ({ kind, make, base, files = {} }) => {
    const folder = mkdtempSync(join(tmpdir(), "carveout-hostile-"));
    const at = (path: string): string => join(folder, path);
    const write = (path: string, content: string | Uint8Array) => writeFileSync(at(path), bytesOf(content));
    const input = kind === "yaml" ? "input.yaml" : "input.dts";
    write("meter.cjs", METER);
    for (const [path, content] of Object.entries(files)) write(path, content);
    write(input, (base ?? make)());
    if (base !== undefined) write("overlay.dts", make());
    const args = ["check", at(input), ...(base === undefined ? [] : ["-a", at("overlay.dts")])];
    const { status, stdout, stderr } = spawnSync(process.execPath, ["-r", at("meter.cjs"), PROGRAM, ...args], {
      encoding: "latin1",
      maxBuffer: 1 << 28,
      env: { PATH: process.env.PATH, METER_FILE: at("bytes") },
      timeout: HANG_MILLISECONDS,
    });
    expect(status === 0 || status === 1, `${status}: ${stderr}`).toBe(true);
    expect(`${stdout}${stderr}`).not.toMatch(/^ {4}at .*:\d+:\d+\)?$/m);
    expect(Number(readFileSync(at("bytes"), "utf8"))).toBeLessThan(MOST_BYTES);
    rmSync(folder, { recursive: true });
  });
});
