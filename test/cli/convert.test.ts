import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { LIMITS } from "../../dts/limits.ts";
import { parse } from "../dts/memory-files.ts";
import { carveout, folderWith, fvpSource, PROGRAM } from "./program.ts";

const SOURCE = `/dts-v1/;
/memreserve/ 0x1000 0x2000;
/ {
	compatible = "test,board";
	b = <1>;
	a;
	cpus { cpu@1 { reg = <1>; }; };
	l: node { link = <&l>; };
};
`;

const TREE = () => parse(SOURCE).tree!;
const BLOB = writeBlob(TREE());

const YAML = `memory:
  - name: low
    base: 0x80000000
    size: 2G
`;

const folder = () => folderWith({ "board.dts": SOURCE, "board.dtb": BLOB, "machine.yaml": YAML });

/** What a run writes to standard output, as bytes. */
function bytesOf(args: readonly string[], cwd: string): Buffer {
  const { stdout, stderr } = spawnSync(process.execPath, [PROGRAM, "convert", ...args], { cwd });
  expect(stderr.toString()).toBe("");
  return stdout;
}

describe("what is written", () => {
  test.each([
    ["source becomes a blob", ["board.dts"], "dtb"],
    ["a blob becomes source", ["board.dtb"], "dts"],
    ["a YAML description becomes source", ["machine.yaml"], "dts"],
    ["-O says otherwise", ["board.dtb", "-O", "json"], "json"],
    ["so does the ending of -o", ["board.dts", "-o", "x.dts"], "dts"],
    ["the ending in any case", ["board.dts", "-o", "x.DTB"], "dtb"],
    ["an overlay's ending", ["board.dts", "-o", "x.dtbo"], "dtb"],
    ["YAML by its ending", ["board.dts", "-o", "x.yml", "--quiet"], "yaml"],
    ["-O against the ending", ["board.dts", "-o", "x.dts", "-O", "json"], "json"],
    ["an ending that says nothing", ["board.dts", "-o", "x.txt"], "dtb"],
  ])("%s", (_what, args, format) => {
    const cwd = folder();
    const { code, out, err } = carveout(["convert", ...args], { cwd });
    expect([code, err]).toEqual([0, ""]);
    const output = args.indexOf("-o");
    const text = output < 0 ? out : readFileSync(join(cwd, args[output + 1]!), "latin1");
    if (output >= 0) expect(out).toBe("");
    const beginning = {
      dtb: /^[\xd0\ufffd]\r/,
      dts: /^\/dts-v1\/;\n/,
      yaml: /^---\n- /,
      json: /^\{\n {2}"bootCpuId"/,
    };
    expect(text).toMatch(beginning[format as keyof typeof beginning]);
  });

  test("bytes go to standard output as they are", () => {
    const cwd = folder();
    expect(bytesOf(["board.dts"], cwd)).toEqual(Buffer.from(BLOB));
    expect(bytesOf(["board.dtb", "-O", "dtb"], cwd)).toEqual(Buffer.from(BLOB));
  });

  test("standard input is taken for what it is", () => {
    const { out } = carveout(["convert", "-"], { input: BLOB });
    expect(out).toContain('compatible = "test,board";');
    expect(carveout(["convert", "-", "-O", "dts"], { input: SOURCE }).out).toContain("l: node {");
  });
});

describe("options", () => {
  test("about the layout reach the blob", () => {
    const cwd = folder();
    const args = ["board.dts", "--pad", "100", "--align", "64", "--reserve", "3", "--boot-cpu", "7"];
    const tree = TREE();
    tree.bootCpuId = 7;
    expect(bytesOf(args, cwd)).toEqual(
      Buffer.from(writeBlob(tree, { padBytes: 100, alignBytes: 64, reserveSlots: 3 })),
    );
    expect(bytesOf(["board.dts", "--size", "4k"], cwd)).toHaveLength(4096);
  });

  test("--sort sorts, -@ adds symbols", () => {
    const cwd = folder();
    expect(carveout(["convert", "board.dtb", "--sort"], { cwd }).out).toMatch(/\ta;\n\tb = <0x01>;\n\tcompatible = /);
    const { tree } = readBlob(bytesOf(["board.dts", "-@"], cwd));
    expect(tree!.nodeAt("/__symbols__")!.property("l")!.strings()).toEqual(["/node"]);
    expect(readBlob(bytesOf(["board.dts", "--symbols"], cwd)).tree!.nodeAt("/__symbols__")).not.toBeNull();
  });

  test("-I finds included files, --kernel names the dialect of a YAML description", () => {
    const cwd = folder();
    mkdirSync(join(cwd, "inc"));
    writeFileSync(join(cwd, "inc", "soc.dtsi"), "/ { soc; };\n");
    writeFileSync(join(cwd, "main.dts"), '/dts-v1/;\n#include "soc.dtsi"\n');
    expect(carveout(["convert", "main.dts", "-O", "dts", "-I", "inc"], { cwd }).out).toContain("soc;");
    writeFileSync(
      join(cwd, "tags.yaml"),
      `${YAML}tag-storage:\n  - base: 0xbc000000\n    memory: low\n    size: 64M\n    block-size: 4k\n`,
    );
    for (const [kernel, name] of [
      ["rfc-v2", "tag-storage@"],
      ["rfc-v3", "reserved-memory {"],
    ] as const) {
      const { out, err } = carveout(["convert", "tags.yaml", "--kernel", kernel], { cwd });
      expect(err).toBe("");
      expect(out).toContain(`\n\t${name}`);
    }
  });
});

describe("what is lost is told on standard error, and not with --quiet", () => {
  test.each([
    ["reservations in YAML", ["board.dts", "-O", "yaml"], /memory reservations: 1 of them/],
    ["the boot CPU in source", ["board.dts", "-O", "dts", "--boot-cpu", "7"], /boot CPU, 7/],
    ["-@ without labels", ["board.dtb", "-O", "dtb", "-@"], /no node has a label/],
    ["a size that is exceeded", ["board.dts", "--size", "10"], /more than the 10 of --size/],
  ])("%s", (_what, args, message) => {
    const cwd = folder();
    const loud = carveout(["convert", ...args], { cwd });
    expect(loud.err).toMatch(/^board\.dt[sb]: warning: /);
    expect(loud.err).toMatch(message);
    const quiet = carveout(["convert", ...args, "--quiet"], { cwd });
    expect(quiet.err).toBe("");
    expect([loud.code, quiet.code]).toEqual([0, 0]);
    expect(quiet.out).toBe(loud.out);
  });
});

describe("an input with errors", () => {
  test("ends with exit code 1, findings on standard error, and no output, an old one kept", () => {
    const cwd = folderWith({ "bad.dts": "/dts-v1/;\n/ {\n\ta = <1>\n};\n", "out.dtb": "before" });
    const { code, out, err } = carveout(["convert", "bad.dts", "-o", "out.dtb"], { cwd });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^bad\.dts:3:9: error: .*\n/);
    expect(err).toContain("\ta = <1>\n");
    expect(readFileSync(join(cwd, "out.dtb"), "utf8")).toBe("before");
    expect(readdirSync(cwd).sort()).toEqual(["bad.dts", "out.dtb"]);
  });
});

describe("what cannot be done ends with exit code 2 and words, and nothing is written", () => {
  test.each([
    ["an unknown format", ["board.dts", "-O", "asm"], /dts, dtb, yaml, json/],
    ["two inputs", ["board.dts", "board.dtb"], /too many arguments/],
    ["--size beside --pad", ["board.dts", "--size", "1", "--pad", "1"], /exclude each other/],
    ["an alignment that is no power of two", ["board.dts", "--align", "24"], /power of two/],
    ["more padding than a blob may have", ["board.dts", "--pad", "1G"], new RegExp(`at most ${LIMITS.blobBytes}`)],
    [
      "a blob's option for source",
      ["board.dts", "-O", "dts", "--pad", "4"],
      /--pad is about blobs, and dts is written/,
    ],
    [
      "a folder that is no live tree",
      ["."],
      /cannot read \.: it is a directory; a live tree's folder has a file #address-cells, /,
    ],
    ["an input that is not there", ["none.dts"], /no such file/],
    ["a folder that is not there", ["board.dts", "-o", "no/x.dtb"], /cannot write no\/x\.dtb/],
  ])("%s", (_what, args, message) => {
    const cwd = folder();
    const before = readdirSync(cwd).sort();
    const { code, out, err } = carveout(["convert", ...args], { cwd });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/\n\s+at /);
    expect([code, out]).toEqual([2, ""]);
    expect(readdirSync(cwd).sort()).toEqual(before);
  });

  test("a name that source cannot hold, where JSON can", () => {
    const tree = TREE();
    tree.root.addChild("two words");
    const cwd = folderWith({ "odd.dtb": writeBlob(tree) });
    const { code, out, err } = carveout(["convert", "--force", "odd.dtb"], { cwd });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain('/ holds the name "two words"');
    expect(carveout(["convert", "--force", "odd.dtb", "-O", "json"], { cwd }).out).toContain('"name": "two words"');
  });

  test("a blob on a terminal", () => {
    const cwd = folder();
    const run = (command: string) =>
      spawnSync("script", ["-qec", `${process.execPath} ${PROGRAM} convert ${command}`, "/dev/null"], {
        cwd,
        encoding: "utf8",
      });
    const refused = run("board.dts");
    // util-linux's script gives the program a terminal; where it is not installed there is none to be had.
    if (refused.error !== undefined) return;
    expect(refused.stdout).toContain("a blob is nothing for a terminal: give -o FILE");
    expect(refused.status).toBe(2);
    expect(run("board.dts -o x.dtb").status).toBe(0);
    expect(run("board.dtb").stdout).toContain("/dts-v1/;");
  });
});

describe("a live tree's folder", () => {
  const live = () => {
    const cwd = folderWith({});
    mkdirSync(join(cwd, "base", "cpus", "cpu@3"), { recursive: true });
    writeFileSync(join(cwd, "base", "compatible"), "test,board\0");
    writeFileSync(join(cwd, "base", "name"), "\0");
    writeFileSync(join(cwd, "base", "cpus", "cpu@3", "reg"), Buffer.from([0, 0, 0, 3]));
    symlinkSync("base", join(cwd, "device-tree"));
    return cwd;
  };

  test("becomes source, by way of a link too", () => {
    const { code, out, err } = carveout(["convert", "device-tree"], { cwd: live() });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe(
      '/dts-v1/;\n\n/ {\n\tcompatible = "test,board";\n\n\tcpus {\n\n\t\tcpu@3 {\n\t\t\treg = <0x03>;\n\t\t};\n\t};\n};\n',
    );
  });

  test("is taken by the other commands as any tree is", () => {
    const { out, err } = carveout(["check", "base"], { cwd: live() });
    expect(err).toBe("");
    expect(out).toMatch(/^base: live tree, /);
    expect(out).toContain("no tag storage");
  });

  test("with a link in it is read without, and with a word", () => {
    const cwd = live();
    symlinkSync("/etc/passwd", join(cwd, "base", "away"));
    const { code, out, err } = carveout(["convert", "base"], { cwd });
    expect(code).toBe(0);
    expect(err).toContain("warning: away in / is a symbolic link: it is passed over [live-tree-entry]");
    expect(out).not.toContain("away");
    expect(carveout(["explain", "live-tree-entry"]).code).toBe(0);
  });
});

test("a tree goes through every format that can be read back without a change", () => {
  const cwd = folderWith({ "fvp.dts": fvpSource() });
  for (const step of ["fvp.dts -o 1.dtb", "1.dtb -o 2.dts", "2.dts -o 3.dtb", "3.dtb -o 4.dts"]) {
    expect(carveout(["convert", ...step.split(" ")], { cwd })).toEqual({ code: 0, out: "", err: "" });
  }
  expect(readFileSync(join(cwd, "3.dtb"))).toEqual(readFileSync(join(cwd, "1.dtb")));
  expect(readFileSync(join(cwd, "4.dts"), "utf8")).toBe(readFileSync(join(cwd, "2.dts"), "utf8"));
});
