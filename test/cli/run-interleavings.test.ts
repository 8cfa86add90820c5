import { describe, expect, test } from "vitest";
import { carveout } from "./program.ts";

const runOn = (input: string, ...args: string[]) => carveout(["run", input, "--interleavings", ...args]);
const run = (...args: string[]) => runOn("examples/fvp-rfc-v3.dts", ...args);
/** Under rfc-v2, with blocks of two pages. */
const TWO_PAGES = "examples/blocks-8k.dts";

describe("run --interleavings", () => {
  test("the protocol holds: numbers, and exit code 0", () => {
    const { code, out, err } = run("--blocks", "3");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      /interleavings of rfc-v3: up to 3 threads and 3 blocks, \d+ scenarios, \d+ states, \d+ steps\nnothing breaks\n/,
    );
    expect(out).toMatch(/safe: all six obligations hold\n$/);
  });

  test("as JSON, with bounds", () => {
    const { out } = runOn(TWO_PAGES, "--threads", "1", "--blocks", "1", "--format", "json");
    // Counted by hand in test/core/allocator/interleavings.
    expect(JSON.parse(out).interleavings).toEqual({
      threads: 1,
      blocks: 1,
      omission: null,
      scenarios: 1,
      states: 10,
      transitions: 12,
      cutShort: 0,
      breach: null,
      knownLoss: null,
    });
  });

  test("a part left out: the schedule, step by step, and exit code 1", () => {
    const { code, out } = runOn(TWO_PAGES, "--without", "undo");
    expect(code).toBe(1);
    expect(out).toContain("lost, after 8 steps:\n  page 0: blocks 0 to 1, thread 0\n");
    expect(out).toContain("thread 0 cannot take block 1\n");
    expect(out).toContain("thread 0 leaves the mutex, its references where they are\n");
  });

  test("rfc-v2 with blocks of one page: the block that a failure loses, and exit code 1", () => {
    const { code, out } = carveout(["run", "examples/fvp-rfc-v2.dts", "--interleavings", "--blocks", "2"]);
    expect(code).toBe(1);
    expect(out).toContain("lost, after 7 steps:\n");
    expect(out).toContain("thread 0 takes block 0, a free page, straight off the free lists\n");
    expect(out).toContain("\nnothing else breaks\n");
    expect(out).toMatch(/error: rfc-v2 loses a block of one page .* after 7 steps \[interleaving\]\n/);
    expect(out).toMatch(/safe: all six obligations hold; an interleaving loses a block \(1 error\)\n$/);
  });

  test("rfc-v2 with larger blocks holds, for as many threads and blocks as there are bounds for", () => {
    const { out } = runOn(TWO_PAGES);
    expect(out).toMatch(/up to 3 threads and 4 blocks, \d+ scenarios, \d+ states, \d+ steps\nnothing breaks\n/);
  });

  test.each([
    ["hold", "let go while needed, after 11 steps:"],
    ["second-look", "lost, after 12 steps:"],
    ["free-lock", "let go while needed, after 12 steps:"],
    ["undo", "lost, after 8 steps:"],
  ])("rfc-v2 with blocks of one page, without %s: what that breaks, past what is lost anyway", (part, words) => {
    const bounds = ["--threads", "2", "--blocks", "2", "--without", part];
    const { code, out } = runOn("examples/fvp-rfc-v2.dts", ...bounds);
    expect(code).toBe(1);
    expect(out).toContain(`\n${words}\n`);
    expect(out).not.toContain("straight off the free lists\n");
    expect(out).toMatch(/rfc-v2 loses a block that it cannot store with nothing left out too/);
    const { interleavings } = JSON.parse(runOn("examples/fvp-rfc-v2.dts", ...bounds, "--format", "json").out);
    expect(words).toContain(interleavings.breach.what);
    expect(interleavings.knownLoss).toMatchObject({ what: "lost" });
    expect(interleavings.knownLoss.schedule).toHaveLength(7);
  });

  test("too few states are a warning, which can be made to fail, and nothing is called explored", () => {
    const { code, out } = run("--states", "20");
    expect(code).toBe(0);
    const [, scenarios, cut] = /(\d+) scenarios \((\d+) of them not explored to the end\)/.exec(out)!;
    expect(out).toContain("nothing breaks as far as was explored");
    expect(out).toContain(`warning: ${cut} of ${scenarios} scenarios have more states than are allowed`);
    expect(out).toMatch(/safe: all six obligations hold; interleavings are not explored to the end \(1 warning\)\n$/);
    expect(run("--states", "20", "--quiet", "--fail-on", "warning").code).toBe(1);
    expect(run("--states", "20", "--fail-on", "warning", "--disable", "interleavings-cut-short").code).toBe(0);
    expect(JSON.parse(run("--states", "20", "--format", "json").out).findings).toMatchObject([
      { rule: "interleavings-cut-short", severity: "warning", node: null, location: null },
    ]);
  });

  test.each([
    [["--threads", "4"], "from 1 to 3"],
    [["--blocks", "5"], "from 1 to 4"],
    [["--without", "mutex"], "hold, second-look, free-lock, undo"],
    [["--workload", "random"], "cannot be used with"],
  ])("%j is a usage error", (args, words) => {
    const { code, err } = run(...args);
    expect(code).toBe(2);
    expect(err).toContain(words);
  });
});
