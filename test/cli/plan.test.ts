import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { carveout, folderWith } from "./program.ts";

const BANKS = `/dts-v1/;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	memory@80000000 {
		device_type = "memory";
		reg = <0x0 0x80000000 0x0 0x80000000>;
	};
	upper: memory@880000000 {
		device_type = "memory";
		reg = <0x8 0x80000000 0x0 0x80000000>;
	};
};
`;

const YAML = `memory:
  - name: low
    base: 0x80000000
    size: 2G
`;

const folder = () => folderWith({ "board.dts": BANKS, "machine.yaml": YAML });

describe("what is written", () => {
  test.each(["dts", "dtb", "yaml"])(
    "-O %s: the tree with the layout in it, which check finds managed and safe",
    (format) => {
      const cwd = folder();
      const out = `planned.${format}`;
      const run = carveout(["plan", "board.dts", "--kernel", "rfc-v2", "-o", out], { cwd });
      expect(run).toMatchObject({ code: 0, err: "" });
      expect(run.out).toContain("3968 MiB of 4 GiB of memory are taggable");
      expect(readdirSync(cwd).sort()).toEqual(["board.dts", "machine.yaml", out].sort());
      const { code, out: report } = carveout(["check", out, "--kernel", "rfc-v2", "--format", "json"], { cwd });
      expect(code).toBe(0);
      expect(JSON.parse(report)).toMatchObject({ series: "rfc-v2", outcome: "managed", safe: true, findings: [] });
    },
  );

  test.each([
    ["plan.dtso", "rfc-v1"],
    ["plan.dtbo", "rfc-v2"],
    ["plan.dtso", "rfc-v3"],
  ])("%s for %s: an overlay that makes the input managed and safe", (overlay, series) => {
    const cwd = folder();
    expect(carveout(["plan", "board.dts", "--kernel", series, "-o", overlay], { cwd })).toMatchObject({
      code: 0,
      err: "",
    });
    const { code, out } = carveout(["check", "board.dts", "-a", overlay, "--format", "json"], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ series, outcome: "managed", safe: true, findings: [] });
  });

  test("a description of YAML for rfc-v3, reserved memory in it", () => {
    const reserved = "\nreserved-memory:\n  - name: firmware\n    base: 0x90000000\n    size: 16M\n    no-map: true\n";
    const cwd = folderWith({ "machine.yaml": YAML + reserved });
    expect(carveout(["plan", "machine.yaml", "-o", "planned.yaml"], { cwd })).toMatchObject({ code: 0, err: "" });
    const { code, out } = carveout(["check", "planned.yaml", "--format", "json"], { cwd });
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, outcome: "managed", safe: true });
    const dts = carveout(["plan", "machine.yaml", "-O", "dts", "--quiet"], { cwd }).out;
    const ofDts = carveout(["check", "-", "--format", "json"], { input: dts }).out;
    const ranges = (report: string) => JSON.parse(report).regions.map(({ memory, tags }: never) => ({ memory, tags }));
    expect(ranges(out)).toEqual(ranges(ofDts));
  });

  test("what a description cannot say is told, and nothing is written", () => {
    const cwd = folderWith({ "board.dts": BANKS.replace("/ {", "/memreserve/ 0x90000000 0x1000;\n/ {") });
    const { code, err } = carveout(["plan", "board.dts", "-o", "planned.yaml"], { cwd });
    expect(code).toBe(2);
    expect(err).toContain("a YAML description cannot say /memreserve/");
    expect(existsSync(join(cwd, "planned.yaml"))).toBe(false);
  });

  test("to standard output the overlay alone, and the report beside it", () => {
    const { code, out, err } = carveout(["plan", "board.dts"], { cwd: folder() });
    expect(code).toBe(0);
    expect(out).toMatch(/^\/dts-v1\/;\n\/plugin\/;\n/);
    expect(err).toContain("managed, all six obligations hold");
    expect(carveout(["plan", "board.dts", "--quiet"], { cwd: folder() })).toEqual({ code: 0, out, err: "" });
  });

  test("a YAML description will do for a machine", () => {
    const { code, out } = carveout(["plan", "machine.yaml", "--kernel", "rfc-v2", "-O", "dts"], { cwd: folder() });
    expect(code).toBe(0);
    expect(carveout(["check", "-", "--quiet"], { input: out })).toEqual({ code: 0, out: "", err: "" });
  });

  test("the report as JSON, its sums right", () => {
    const cwd = folder();
    const { code, out, err } = carveout(["plan", "board.dts", "--format", "json", "--tags-in", "&upper"], { cwd });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { taggableBytes, tagBytes, leftOutBytes, memoryBytes, regions, fits } = JSON.parse(out);
    expect(fits).toBe(true);
    expect(memoryBytes).toBe(2 ** 32);
    expect(taggableBytes + tagBytes + leftOutBytes).toBe(memoryBytes);
    expect(regions[0].memory).toEqual({ start: 0x80000000, end: 0x100000000 });
  });

  test("one layout for all page sizes, where memory has room for 16 GiB a pageblock of 64 KiB pages", () => {
    // The lower bank is too small for a pageblock's 16 GiB, and would hold the kernel's image: the upper alone, 36 GiB.
    const source = BANKS.replace(/memory@80000000 \{[^}]*\};/, "").replace("0x0 0x80000000>", "0x9 0x0>");
    const cwd = folderWith({ "board.dts": source });
    const args = ["plan", "board.dts", "--kernel", "rfc-v2", "--page-size", "all", "--placement", "anywhere"];
    expect(carveout([...args, "-o", "planned.dts"], { cwd })).toMatchObject({ code: 0, err: "" });
    for (const size of ["4k", "16k", "64k"]) {
      const { code, out } = carveout(["check", "planned.dts", "--page-size", size, "--format", "json"], { cwd });
      expect({ code, ...JSON.parse(out) }, size).toMatchObject({ code: 0, outcome: "managed", safe: true });
    }
  });
});

describe("what is refused", () => {
  const refused = (args: readonly string[], cwd = folder()) => carveout(["plan", ...args], { cwd });

  test("no layout: what is in the way, exit code 1, and no file", () => {
    const cwd = folder();
    const { code, out, err } = refused(["board.dts", "--kernel", "rfc-v2", "--page-size", "64k", "-o", "x.dts"], cwd);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("no tag storage fits this machine's memory");
    expect(err).toContain("without pageblocks: tags are whole ones, 3968 MiB could be tagged");
    expect(existsSync(join(cwd, "x.dts"))).toBe(false);
  });

  test("the same as JSON", () => {
    const { code, out } = refused(["board.dts", "--kernel", "rfc-v2", "--page-size", "64k", "--format", "json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      fits: false,
      regions: [],
      reason: expect.stringContaining("no tag storage fits"),
    });
  });

  test("blocks that the series gets wrong: what it does, and that exact can", () => {
    const { code, err } = refused(["board.dts", "--block-size", "8k"]);
    expect(code).toBe(1);
    expect(err).toContain("rfc-v3 reserves the wrong blocks");
    expect(err).toContain("[coverage]");
    expect(err).toContain("--kernel exact");
  });

  test.each([
    [["board.dts", "--block-size", "0"], "A block has a byte at least"],
    [["board.dts", "--keep-clear", "0x80000000"], "ADDRESS+SIZE"],
    [["board.dts", "--tags-in", "&lower"], "no node has the label lower"],
    [["board.dts", "--tags-in", "&upper", "--tags-at", "0x8f0000000"], "exclude each other"],
    [["none.dts"], "cannot read none.dts"],
  ])("%j", (args, words) => {
    const { code, out, err } = refused(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(words);
  });

  test("a tree with errors, with its place", () => {
    const { code, err } = carveout(["plan", "-"], { input: "/dts-v1/;\n/ { memory@0 };\n" });
    expect(code).toBe(1);
    expect(err).toContain("<stdin>:2:");
  });
});
