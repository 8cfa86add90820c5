import { describe, expect, test } from "vitest";
import { carveout } from "./program.ts";

const runOn = (input: string, ...args: string[]) => carveout(["run", input, "--interleavings", ...args]);
const run = (...args: string[]) => runOn("examples/fvp-rfc-v3.dts", ...args);
/** Under rfc-v2, with blocks of two pages. */
const TWO_PAGES = "examples/blocks-8k.dts";

describe("run --interleavings", () => {
  test("the protocol holds: numbers, and exit code 0", () => {
    const { code, out, err } = run();
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      /interleavings of rfc-v3: up to 3 threads and 3 blocks, \d+ scenarios, \d+ states, \d+ steps\nnothing breaks\n/,
    );
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
    const { code, out } = carveout(["run", "examples/fvp-rfc-v2.dts", "--interleavings"]);
    expect(code).toBe(1);
    expect(out).toContain("lost, after 7 steps:\n");
    expect(out).toContain("thread 0 takes block 0, a free page, straight off the free lists\n");
    // Its blocks have two pages: they are not taken so.
    expect(carveout(["run", "examples/blocks-8k.dts", "--interleavings"]).out).toContain("nothing breaks");
  });

  test("too few states are said to be", () => {
    const { code, out } = run("--states", "20");
    expect(code).toBe(0);
    expect(out).toMatch(/\d+ scenarios have more states than were allowed/);
    expect(out).toContain("nothing breaks as far as was explored");
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
