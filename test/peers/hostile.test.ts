import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { structureErrors } from "../../dts/checks/check-structure.ts";
import type { ParseResult } from "../../dts/input.ts";
import { applyOverlay } from "../../dts/overlay/apply-overlay.ts";
import { parseSource } from "../../dts/parse-source.ts";
import { SourceMap } from "../../dts/source.ts";
import { addSymbols } from "../../dts/symbols-node.ts";
import { parseYaml } from "../../dts/yaml/parse.ts";
import { hostileCases } from "../dts/hostile/all.ts";
import { bytesOf, FULL_SIZES, type HostileCase } from "../dts/hostile/case.ts";
import { memoryFiles } from "../dts/memory-files.ts";

/** The second, for what dtc does with an input. The best of a few tries counts. */
const MOST_MILLISECONDS = 1000;
const TRIES = 3;

/**
 * What a stretch of work took: the shorter of the time that passed and the processor time, so that neither other programs
 * nor a second processor that collects garbage counts. Where other programs share the cores and caches, processor time is
 * up to twice what it is alone: it is halved there.
 */
function taken(passed: number, processor: number): number {
  return passed > processor * 1.3 ? processor / 2 : Math.min(passed, processor);
}

/** What the loop below takes on the machine that the limits are meant for, at its ordinary speed. */
const LOOP_MILLISECONDS = 45;

/**
 * How much slower the machine is just now: machines here are clocked down to two thirds of their speed for minutes at a
 * time. At least 1, so that a fast machine is held to the same limit.
 */
function slowness(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES; tries++) {
    const start = performance.now();
    let value = 1;
    for (let i = 0; i < 60_000_000; i++) value = (Math.imul(value, 1664525) + i) | 0;
    expect(value).not.toBe(1);
    least = Math.min(least, performance.now() - start);
  }
  return Math.max(1, least / LOOP_MILLISECONDS);
}

/** Whether what took so long took longer than it may, on a machine of ordinary speed. */
function isTooLong(milliseconds: number, most: number): boolean {
  return milliseconds >= most && milliseconds / slowness() >= most;
}

/** What the fuzzer holds all of `check` to. */
const MOST_CHECK_MILLISECONDS = 2000;
const MOST_BYTES = 2 ** 30;

const cases = hostileCases(FULL_SIZES);

interface Measured {
  readonly name: string;
  readonly milliseconds: number;
  readonly bytes?: number;
}

function report(title: string, all: readonly Measured[]): void {
  console.log(`${title}:`);
  for (const { name, milliseconds, bytes } of all.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, 10)) {
    const memory = bytes === undefined ? "" : `${Math.round(bytes / 2 ** 20)} MiB`.padStart(9);
    console.log(`${milliseconds.toFixed(0).padStart(6)} ms ${memory}  ${name}`);
  }
}

describe("what is hard on a compiler, at its full size, is compiled or refused within a second", () => {
  const times: Measured[] = [];

  test.each(cases)("$kind: $name", (hostile) => {
    const input = hostile.make();
    const base = hostile.base?.();
    let milliseconds = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < TRIES && milliseconds >= MOST_MILLISECONDS; tries++) {
      const start = performance.now();
      const before = process.cpuUsage();
      const rule = compile(hostile, input, base);
      const { user, system } = process.cpuUsage(before);
      milliseconds = Math.min(milliseconds, taken(performance.now() - start, (user + system) / 1000));
      expect(rule).toBe(hostile.answer);
    }
    times.push({ name: hostile.name, milliseconds });
    expect(isTooLong(milliseconds, MOST_MILLISECONDS), `${milliseconds} ms`).toBe(false);
  });

  afterAll(() => report("the slowest to compile", times));
});

/** Reads, checks and writes as a compiler would; gives the rule of the first error that stands in the way of a tree, or `tree`. */
function compile({ kind, files }: HostileCase, input: string | Uint8Array, base?: string | Uint8Array): string {
  const sources = new SourceMap();
  const read = (text: string | Uint8Array): Pick<ParseResult, "tree" | "diagnostics"> =>
    typeof text === "string"
      ? parseSource("board.dts", text, { files: memoryFiles(files ?? {}), includeDirs: [], sources })
      : readBlob(text);
  let result: Pick<ParseResult, "tree" | "diagnostics">;
  if (kind === "yaml") result = { tree: null, diagnostics: parseYaml("board.yaml", input as string).diagnostics };
  else if (base === undefined) result = read(input);
  else {
    const [below, above] = [read(base), read(input)];
    result = below.tree === null ? below : above;
    if (below.tree !== null && above.tree !== null) {
      addSymbols(below.tree);
      addSymbols(above.tree);
      result = applyOverlay(below.tree, above.tree);
    }
  }
  if (result.tree !== null) {
    structureErrors(result.tree);
    writeBlob(result.tree);
  }
  return result.diagnostics.find(({ severity }) => severity === "error")?.rule ?? "tree";
}

const PROGRAM = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Says in a file what the process has used, when it ends. */
const METER = `process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const used = { passed: performance.now(), processor: (user + system) / 1000, bytes: process.resourceUsage().maxRSS * 1024 };
  require("node:fs").writeFileSync(process.env.METER_FILE, JSON.stringify(used));
});`;

describe("carveout check lives through all of it, and stays small", () => {
  const used: Measured[] = [];

  test.each(cases)("$kind: $name", ({ name, kind, make, base, files = {} }) => {
    const folder = mkdtempSync(join(tmpdir(), "carveout-hostile-"));
    const at = (path: string): string => join(folder, path);
    const write = (path: string, content: string | Uint8Array) => writeFileSync(at(path), bytesOf(content));
    const input = kind === "yaml" ? "input.yaml" : "input.dts";
    write("meter.cjs", METER);
    for (const [path, content] of Object.entries(files)) write(path, content);
    write(input, (base ?? make)());
    if (base !== undefined) write("overlay.dts", make());
    const args = ["check", at(input), ...(base === undefined ? [] : ["-a", at("overlay.dts")])];
    let milliseconds = Number.POSITIVE_INFINITY;
    let bytes = 0;
    for (let tries = 0; tries < TRIES && milliseconds >= MOST_CHECK_MILLISECONDS; tries++) {
      const { status, stdout, stderr } = spawnSync(process.execPath, ["-r", at("meter.cjs"), PROGRAM, ...args], {
        encoding: "latin1",
        maxBuffer: 1 << 28,
        env: { PATH: process.env.PATH, METER_FILE: at("used.json") },
        timeout: 60_000,
      });
      expect(status === 0 || status === 1, `${status}: ${stderr}`).toBe(true);
      expect(`${stdout}${stderr}`).not.toMatch(/^ {4}at .*:\d+:\d+\)?$/m);
      const meter = JSON.parse(readFileSync(at("used.json"), "utf8"));
      milliseconds = Math.min(milliseconds, taken(meter.passed, meter.processor));
      bytes = Math.max(bytes, meter.bytes);
    }
    rmSync(folder, { recursive: true });
    used.push({ name, milliseconds, bytes });
    expect(bytes).toBeLessThan(MOST_BYTES);
    expect(isTooLong(milliseconds, MOST_CHECK_MILLISECONDS), `${milliseconds} ms`).toBe(false);
  });

  afterAll(() => report("the slowest to check, node's own start counted", used));
});
