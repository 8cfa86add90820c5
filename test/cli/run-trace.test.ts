import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { carveout, folderWith, fvpSource } from "./program.ts";

const EXCERPT = readFileSync(new URL("../core/allocator/trace/debian-arm64.trace", import.meta.url), "latin1");
const FOLDER = folderWith({ "fvp.dts": fvpSource(), "other.dts": fvpSource("0x2000"), "kernel.trace": EXCERPT });

function run(args: readonly string[], input = "") {
  return carveout(["run", "fvp.dts", ...args], { cwd: FOLDER, input });
}

function workload(args: readonly string[], input = "") {
  const { code, out, err } = run([...args, "--format", "json"], input);
  expect(err).toBe("");
  return { code, ...JSON.parse(out).workload };
}

describe("run --replay of a kernel's trace", () => {
  test("counts by order in text and JSON, the same from a file and from standard input", () => {
    const fromFile = workload(["--replay", "kernel.trace", "--tag-share", "50"]);
    expect(fromFile).toMatchObject({ code: 0, name: "replay", violations: 0, trace: { malformedLines: 0 } });
    expect(workload(["--replay", "-", "--tag-share", "50"], EXCERPT)).toEqual(fromFile);
    const { out } = run(["--replay", "kernel.trace"]);
    const [zero] = fromFile.trace.allocationsByOrder;
    expect(out).toMatch(new RegExp(`^ +0 +${zero} +${fromFile.trace.freesByOrder[0]}$`, "m"));
  });

  test("tells what dynamic tag storage would gain, as a workload does", () => {
    const of = (text: string) => JSON.parse(text).workload;
    const { out } = run(["--workload", "random", "--operations", "100", "--format", "json"]);
    const { code: _, ...replayed } = workload(["--replay", "kernel.trace", "--tag-share", "50"]);
    expect(Object.keys(replayed)).toEqual(Object.keys(of(out)));
    expect(replayed.tagged).toEqual(replayed.trace.tagged);
    expect(replayed.vmstat).toMatchObject({ nr_free_cma: expect.any(Number) });
    const { allocationsByOrder, failedHere, placed } = replayed.trace;
    const allocations = allocationsByOrder.reduce((sum: number, count: number) => sum + count);
    expect(replayed.tagged.asked + replayed.data.asked).toBe(allocations);
    expect(Object.values<number>(placed).reduce((sum, count) => sum + count)).toBe(allocations - failedHere);
    const text = run(["--replay", "kernel.trace", "--tag-share", "50"]).out;
    expect(text).toMatch(/^\d+ allocations? placed where the trace has them/m);
    expect(text).toContain("tag storage that holds data, over the run");
    expect(text).toMatch(/^\/proc\/vmstat: nr_free_pages/m);
  });

  test("the seed decides which share is tagged", () => {
    const asked = (seed: string) =>
      workload(["--replay", "kernel.trace", "--tag-share", "50", "--seed", seed]).trace.tagged.asked;
    expect(asked("3")).toBe(asked("3"));
    expect(new Set(["1", "2", "3", "4"].map(asked)).size).toBeGreaterThan(1);
  });

  test.each([
    [
      "no trace",
      "hello\n",
      /^carveout: standard input is no replay file: it has no mm_page_alloc or mm_page_free event.*trace-cmd/,
    ],
    ["empty", "", /^carveout: standard input is no replay file/],
    [
      "no event that can be read",
      "\n a-1 [000] 1.0: mm_page_free: page=1\n",
      /^carveout: standard input:2: this event has no/,
    ],
  ])("%s: says what it takes", (_, text, message) => {
    const { code, out, err } = run(["--replay", "-"], text);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
  });

  test.each([
    [["--replay", "none.trace"], /cannot read none.trace/],
    [["--tag-share", "5"], /--tag-share need --replay/],
    [["other.dts", "--replay", "-"], /can be read once/],
    [["--replay", "kernel.trace", "--tag-share", "101"], /--tag-share/],
    [
      ["--replay", "kernel.trace", "--tag-gfp", "BOGUS"],
      /"BOGUS" is no GFP flag. There are .*GFP_KERNEL,.*__GFP_ZERO,/,
    ],
    [["--replay", "kernel.trace", "--tag-gfp", "__GFP_ZERO|__GFP_MOVABL"], /Did you mean __GFP_MOVABLE\?/],
  ])("%j is refused", (args, message) => {
    const { code, err } = run(args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

describe("run --record", () => {
  test.each(["random", "thp", "mprotect", "pressure", "pinned", "phone", "churn"])(
    "what %s did, replayed, comes to the same",
    (name) => {
      const recorded = workload(["--workload", name, "--operations", "3000", "--record", `${name}.trace`]);
      const replayed = workload(["--replay", `${name}.trace`]);
      // the stretches of tag storage over time are shorter where the end of a run is known; what is freed after it, a
      // replay leaves
      const told = ({ code, operations, pagesVisited, violations, breaches, idleBlocks, ...more }: typeof recorded) => {
        const { tagged, data, migrations, vmstat, tagStorage } = more;
        const { overTime: _, ...use } = tagStorage;
        return {
          code,
          operations,
          pagesVisited,
          violations,
          breaches,
          idleBlocks,
          tagged,
          data,
          migrations,
          vmstat,
          use,
        };
      };
      expect(told(replayed)).toEqual(told(recorded));
      expect(Object.keys(replayed)).toEqual(Object.keys(recorded));
      expect(replayed).toMatchObject({ parameters: null, stopped: null, lostBlocks: null, trace: null });
      expect(replayed.operations).toBe(3000);
    },
  );

  test("its lines are the kernel's events, and one that does not fit the machine is told", () => {
    run(["--workload", "pressure", "--operations", "2000", "--record", "lines.trace"]);
    const text = readFileSync(join(FOLDER, "lines.trace"), "latin1");
    expect(text).toMatch(
      /^# carveout recording 1\n# written by carveout .*\n# workload pressure, seed 1, 2000 operations\n/,
    );
    expect(text).toMatch(/ mm_page_alloc: page=\S+ pfn=0x[0-9a-f]+ order=\d+ migratetype=\d gfp_flags=\S+\n/);
    // line 4 is the first operation
    const moved = text.replace(/ pfn=0x[0-9a-f]+ /, " pfn=0x7 ");
    const { code, out, err } = run(["--replay", "-"], moved);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(
      /^carveout: standard input:4: this allocation is at PFN 7 in the recording and is at PFN \d+ here/,
    );
    expect(run(["--replay", "-"], `${text}no operation\n`).err).toMatch(
      /this is no operation: the recording was changed/,
    );
  });

  test("refuses what has nothing to record, and leaves no file", () => {
    const { code, err } = run(["--record", "sweep.trace"]);
    expect(code).toBe(2);
    expect(err).toMatch(/--record needs --workload/);
    expect(run(["--workload", "random", "--record", "none/x.trace", "--operations", "10"]).err).toMatch(/cannot write/);
    expect(existsSync(join(FOLDER, "sweep.trace"))).toBe(false);
  });
});
