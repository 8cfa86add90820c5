import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { carveout, folderWith, fvpSource, PROGRAM } from "./program.ts";

const FOLDER = folderWith({ "safe.dts": fvpSource(), "blocks.dts": fvpSource("0x2000") });

function run(...args: string[]) {
  const { code, out, err } = carveout(["run", ...args, "--format", "json"], { cwd: FOLDER });
  expect(err).toBe("");
  return { code, ...JSON.parse(out).workload };
}

describe("the seed review's case, 8 KiB blocks under rfc-v2, and huge pages freed piecemeal", () => {
  const thp = ["--workload", "thp", "--operations", "1000000", "--keep-going"];

  test("leaks blocks that never return, and says how many after a million operations", () => {
    const result = run("blocks.dts", ...thp);
    expect(result).toMatchObject({ code: 1, name: "thp", operations: 1000000, stopped: false });
    // each huge page of the region takes eight blocks too many, and each of these holds references for ever once it is split
    const [precision, release] = result.breaches;
    expect([precision.name, release.name]).toEqual(["precision", "release"]);
    expect(precision.count).toBe(release.count);
    expect(result.violations).toBe(2 * precision.count);
    expect(result.lostBlocks).toBeGreaterThan(1000);
    expect(result.lostPages).toBe(2 * result.lostBlocks);
    const { out } = carveout(["run", "blocks.dts", ...thp], { cwd: FOLDER });
    expect(out).toMatch(new RegExp(`^${result.lostBlocks} blocks of tag storage never came back`, "m"));
  });

  test("leaks none under exact", () => {
    expect(run("blocks.dts", "--kernel", "exact", "--page-size", "4k", ...thp)).toMatchObject({
      code: 0,
      violations: 0,
      lostBlocks: 0,
      lostPages: 0,
    });
  });

  test("stops at the first breach otherwise, and writes what shows it again", () => {
    const folder = folderWith({ "it's.dts": fvpSource("0x2000") });
    const { code, out } = carveout(["run", "it's.dts", "--workload", "thp", "--va-bits", "48"], { cwd: folder });
    expect(code).toBe(1);
    const told =
      /stopped: precision is broken\. 1 operation after boot shows it:\n {2}(.*)\n\nwritten to carveout-breach.trace; to see it again:\n {2}carveout (.*)\n/.exec(
        out,
      )!;
    // the smallest allocation that takes a block too many: two tag pages, which the walk takes for two blocks
    expect(told[1]).toMatch(/^allocate order 6, tagged, at 0x[0-9a-f]+ \(PFN \d+\)$/);
    const file = readFileSync(join(folder, "carveout-breach.trace"), "utf8");
    expect(file).toContain(`# shown again by: carveout ${told[2]}`);
    // an argument with quotes stands as a shell takes it
    const words = told[2]!
      .match(/'(?:[^']|'\\'')*'|\S+/g)!
      .map((word) => word.replace(/^'(.*)'$/, "$1").replaceAll("'\\''", "'"));
    expect(words).toEqual([
      ..."run it's.dts --kernel rfc-v2 --page-size 4k --va-bits 48 --replay carveout-breach.trace".split(" "),
    ]);
    const again = carveout([...words, "--format", "json"], { cwd: folder });
    expect(again.code).toBe(1);
    const { workload } = JSON.parse(again.out);
    expect(workload).toMatchObject({
      name: "replay",
      operations: 1,
      pagesVisited: 64,
      violations: 2,
      withoutEffect: 0,
    });
    expect(workload.breaches.map(({ name }: { name: string }) => name)).toEqual(["precision", "release"]);
    expect(carveout(words, { cwd: folder }).out).toMatch(/^precision +1 +1 +6 /m);
  });

  test("writes the file where it is told to, or not at all", () => {
    const folder = folderWith({ "blocks.dts": fvpSource("0x2000") });
    const args = ["run", "blocks.dts", "--workload", "thp"];
    expect(carveout([...args, "--no-breach-file"], { cwd: folder }).code).toBe(1);
    expect(existsSync(join(folder, "carveout-breach.trace"))).toBe(false);
    expect(carveout([...args, "--breach-file", "here"], { cwd: folder }).out).toContain("written to here;");
    expect(existsSync(join(folder, "here"))).toBe(true);
    expect(carveout([...args, "--breach-file", "none/here"], { cwd: folder })).toMatchObject({
      code: 2,
      out: "",
      err: "carveout: cannot write none/here: no such file or directory\n",
    });
  });

  test("reports all the same where a file that nobody asked for cannot be written", () => {
    const folder = folderWith({ "blocks.dts": fvpSource("0x2000") });
    mkdirSync(join(folder, "carveout-breach.trace"));
    const { code, out, err } = carveout(["run", "blocks.dts", "--workload", "thp"], { cwd: folder });
    expect(code).toBe(1);
    expect(out).toContain("stopped: precision is broken");
    expect(out).not.toContain("written to");
    expect(err).toBe(
      "carveout: cannot write carveout-breach.trace: it is a directory; the report shows what would be in it\n",
    );
  });
});

describe("a workload on a safe machine", () => {
  const args = ["safe.dts", "--workload", "phone", "--operations", "60000"];

  test("gives the same bytes for the same seed, and others for another", () => {
    const first = carveout(["run", ...args], { cwd: FOLDER });
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(carveout(["run", ...args], { cwd: FOLDER })).toEqual(first);
    expect(carveout(["run", ...args, "--seed", "2"], { cwd: FOLDER }).out).not.toBe(first.out);
  });

  test("says what it comes to, with the counters of the series", () => {
    const result = run(...args, "--param", "apps=5", "--param", "switch=100");
    expect(result).toMatchObject({
      code: 0,
      name: "phone",
      seed: 1,
      operations: 60000,
      violations: 0,
      parameters: { apps: 5, switch: 100, fill: 92 },
      stopped: false,
      breaches: [],
      shortest: null,
      replayFile: null,
      lostBlocks: 0,
      lostPages: 0,
    });
    expect(Object.keys(result.vmstat)).toEqual(["nr_free_pages", "nr_free_cma", "cma_alloc_success", "cma_alloc_fail"]);
    // 64 MiB, in sixty stretches of a thousand
    expect(result.tagStorage.pages).toBe(16384);
    expect(result.tagStorage.overTime).toHaveLength(60);
    expect(result.tagStorage.overTime[7].operations).toBe(1000);
    expect(result.tagged.asked).toBeGreaterThan(0);
  });

  test("runs under check too, which counts breaches and stops at none", () => {
    const { code, out } = carveout(
      ["check", "blocks.dts", "--workload", "thp", "--operations", "60000", "--format", "json"],
      { cwd: FOLDER },
    );
    expect(code).toBe(1);
    expect(JSON.parse(out).workload).toMatchObject({ name: "thp", operations: 60000, stopped: false });
    expect(JSON.parse(out).workload.violations).toBeGreaterThan(1);
    expect(existsSync(join(FOLDER, "carveout-breach.trace"))).toBe(false);
  });

  test("shows tag storage over the run in a chart", () => {
    const { out } = carveout(["run", "safe.dts", "--workload", "pressure", "--operations", "60000"], { cwd: FOLDER });
    // all memory is full of data within the first stretches, and stays so
    expect(out).toMatch(/^ {4}0 % \|[ .:]?#{50,60}$/m);
    expect(out).toMatch(/^ {8}\+-{60} 60000 operations$/m);
  });
});

describe("what cannot be done", () => {
  test.each([
    [["--workload", "thp", "--param", "splitt=3"], "workload thp has no parameter splitt; did you mean split?"],
    [
      ["--workload", "thp", "--param", "xyzzy=3"],
      "workload thp has no parameter xyzzy; it has fill, tagged, order, split, data",
    ],
    [["--param", "fill=3"], "workload sweep has no parameters"],
    [
      ["--workload", "thp", "--param", "order=11"],
      "safe.dts: parameter order of workload thp is a whole number from 1 to 10",
    ],
    [["--replay", "safe.dts"], "safe.dts is no replay file"],
    [["--replay", "blocks.dts", "--workload", "thp"], "cannot be used with"],
    [["--replay", "nowhere"], "cannot read nowhere: no such file or directory"],
  ])("%j is told", (args, message) => {
    const { code, out, err } = carveout(["run", "safe.dts", ...args], { cwd: FOLDER });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
  });

  test("a parameter without a number is told", () => {
    const { code, err } = carveout(["run", "safe.dts", "--workload", "thp", "--param", "fill=x"], { cwd: FOLDER });
    expect(code).toBe(2);
    expect(err).toContain("It is a name, = and a whole number.");
  });

  test("a machine that is larger than this computer's memory could exercise is told", () => {
    const source = fvpSource().replace("reg = <0x8 0x80000000 0x0 0x80000000>", "reg = <0x8 0x80000000 0x7f0 0x0>");
    const folder = folderWith({ "huge.dts": source });
    const { code, err } = carveout(["run", "huge.dts", "--workload", "random"], { cwd: folder });
    expect(code).toBe(2);
    expect(err).toMatch(/^carveout: huge\.dts: a workload on \d+ pages takes up to [\d.]+ GiB of memory/);
  });
});

test("help lists the workloads with their parameters", () => {
  const { out } = carveout(["run", "--help"]);
  expect(out).toContain("thp: huge tagged pages, freed whole or split and freed piecemeal");
  expect(out).toMatch(/^ {6}split=N: per cent of huge pages/m);
});

test("Ctrl-C gives the results so far", { timeout: 60_000 }, async () => {
  // the longer the wait, the surer that the workload has begun, however busy the machine
  for (const delay of [1000, 5000, 20_000]) {
    const { code, out } = await interrupted(delay);
    if (code === null) continue;
    expect(code).toBe(0);
    const { workload } = JSON.parse(out);
    expect(workload).toMatchObject({ name: "random", interrupted: true, violations: 0 });
    expect(workload.operations).toBeGreaterThan(0);
    expect(workload.operations).toBeLessThan(1e12);
    return;
  }
  throw new Error("the program ended without a result each time");
});

function interrupted(delay: number): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve) => {
    const args = [
      PROGRAM,
      "run",
      "safe.dts",
      "--workload",
      "random",
      "--operations",
      "1000000000000",
      "--format",
      "json",
    ];
    const child = spawn(process.execPath, args, { cwd: FOLDER, stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.on("close", (code) => resolve({ code, out }));
    setTimeout(() => child.kill("SIGINT"), delay);
  });
}
