import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { carveout, folderWith, fvpSource } from "./program.ts";

const GOOD = fvpSource();
const BAD = fvpSource("0x2000");

/** Trees at the top and below, and files that are none. */
function boards(): string {
  const cwd = folderWith({ "z.dts": GOOD, "notes.txt": "no tree", "c.dtsi": "", "ci.yaml": "on: push\n" });
  mkdirSync(join(cwd, "vendor", "deep"), { recursive: true });
  for (const [name, text] of [
    ["b.dts", BAD],
    ["a.dts", GOOD],
    ["deep/[x].dts", GOOD],
  ] as const) {
    writeFileSync(join(cwd, "vendor", name), text);
  }
  return cwd;
}

const ALL = ["vendor/a.dts", "vendor/b.dts", "vendor/deep/[x].dts", "z.dts"];
const inputsOf = (out: string) => JSON.parse(out).map(({ input }: { input: string }) => input);

describe("folders and patterns", () => {
  test("a folder: its trees, those below too, sorted, and a summary beside them", () => {
    const { code, out, err } = carveout(["check", ".", "--format", "json"], { cwd: boards() });
    expect(code).toBe(1);
    expect(inputsOf(out)).toEqual(ALL);
    expect(err).toBe("carveout: 4 inputs: 3 clean, 1 with errors\n");
  });

  test("a pattern, a folder and a file at once: each tree once", () => {
    const { out } = carveout(["check", "z.dts", "vendor/*.dts", "vendor", "--format", "json"], { cwd: boards() });
    expect(inputsOf(out)).toEqual(["z.dts", "vendor/a.dts", "vendor/b.dts", "vendor/deep/[x].dts"]);
  });

  test("a file whose name looks like a pattern is that file", () => {
    const { code, out } = carveout(["check", "vendor/deep/[x].dts", "--format", "json"], { cwd: boards() });
    expect(code).toBe(0);
    expect(JSON.parse(out).input).toBe("vendor/deep/[x].dts");
  });

  test.each([
    ["a pattern that nothing matches", "*.dtb", "no file matches *.dtb"],
    ["a folder without trees", "empty", "empty holds no tree"],
  ])("%s: exit code 2", (_, input, words) => {
    const cwd = boards();
    mkdirSync(join(cwd, "empty"));
    const { code, out, err } = carveout(["check", input], { cwd });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(words);
  });
});

describe("--shard", () => {
  test.each(["json", "github", "text"])("as %s: the parts, one after the other, are the whole", (format) => {
    const cwd = boards();
    const whole = carveout(["check", ".", "--format", format], { cwd }).out;
    const parts = [1, 2, 3].map(
      (part) => carveout(["check", ".", "--format", format, "--shard", `${part}/3`], { cwd }).out,
    );
    if (format === "json") expect(parts.flatMap((part) => JSON.parse(part))).toEqual(JSON.parse(whole));
    else expect(parts.filter((part) => part !== "").join(format === "text" ? "\n" : "")).toBe(whole);
  });

  test("more parts than inputs: some have none, which is in order", () => {
    const runs = [1, 2, 3].map((part) =>
      carveout(["check", "z.dts", "--format", "json", "--shard", `${part}/3`], { cwd: boards() }),
    );
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(runs.map(({ out }) => JSON.parse(out).length)).toEqual([0, 0, 1]);
  });

  test.each(["0/2", "3/2", "1", "1/0", "a/b"])("%s is a usage error", (shard) => {
    const { code, err } = carveout(["check", "z.dts", "--shard", shard], { cwd: boards() });
    expect(code).toBe(2);
    expect(err).toContain("i/n");
  });
});

test("many inputs as JSON: what JSON.stringify would write of all", () => {
  const { out } = carveout(["check", "vendor", "--format", "json"], { cwd: boards() });
  expect(out).toBe(`${JSON.stringify(JSON.parse(out), null, 2)}\n`);
});

describe("--jobs", () => {
  /** Thirty trees, two of them broken, and one that is not there. */
  function many(): { readonly cwd: string; readonly inputs: string[] } {
    const trees = Array.from({ length: 30 }, (_, i) => [`t${i}.dts`, i % 13 === 7 ? BAD : GOOD] as const);
    const cwd = folderWith({ ...Object.fromEntries(trees), "broken.dts": "/dts-v1/;\n/ { a = <; };\n" });
    return { cwd, inputs: [...trees.map(([name]) => name), "missing.dts", "broken.dts"] };
  }

  const { cwd, inputs } = many();
  const run = (...args: string[]) => carveout(["check", ...inputs, ...args], { cwd });

  test.each(["text", "json", "github"])("one, two and five threads give the same in %s", (format) => {
    const alone = run("--format", format, "--jobs", "1");
    expect(alone.code).toBe(2);
    expect(alone.err).toBe("carveout: cannot read missing.dts: no such file or directory\n");
    for (const jobs of ["2", "5"]) expect(run("--format", format, "--jobs", jobs)).toEqual(alone);
  });

  test("formats that are made of all reports at once are made as ever", () => {
    expect(run("--format", "csv", "--jobs", "3")).toEqual(run("--format", "csv"));
  });

  test("colour, a baseline, schemas and shards are the same in threads", () => {
    const options = ["--color", "always", "--shard", "2/3", "--severity", "schema-binding=error"];
    expect(run(...options, "--jobs", "3")).toEqual(run(...options, "--jobs", "1"));
  });

  test("a result for a file is written whole, once", () => {
    const args = (jobs: string, file: string) => ["--format", "json", "--jobs", jobs, "-o", file];
    run(...args("1", "one.json"));
    run(...args("4", "four.json"));
    expect(readFileSync(join(cwd, "four.json"), "utf8")).toBe(readFileSync(join(cwd, "one.json"), "utf8"));
  });

  test.each(["0", "65", "x"])("%s is a usage error", (jobs) => {
    expect(run("--jobs", jobs).code).toBe(2);
  });
});
