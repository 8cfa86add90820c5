import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { carveout, folderWith, fvpSource } from "./program.ts";

const overlay = (text: string) => `/dts-v1/;\n/plugin/;\n${text}`;

/** Tag storage for a tree with memory0, and a second one that shares its range. */
const TAGS = overlay(`&{/} {
	tag-storage@8f8000000 {
		compatible = "arm,mte-tag-storage";
		reg = <0x8 0xf8000000 0x0 0x4000000>;
		block-size = <0x1000>;
		memory = <&memory0>;
	};
};
`);

const PLAIN = fvpSource().replace(/\ttag-storage[\s\S]*?};\n/, "");

const FILES = {
  "base.dts": PLAIN,
  "tags.dts": TAGS,
  "blocks.dts": overlay("&{/tag-storage@8f8000000} {\n\tblock-size = <0x2000>;\n};\n"),
  "broken.dts": overlay('&memory00 {\n\tstatus = "okay"\n};\n'),
  "unknown.dts": overlay("&memory00 {\n\tp;\n};\n"),
  "plain.dts": "/dts-v1/;\n&memory0 { p; };\n",
};

const folder = folderWith(FILES);

const run = (...args: string[]) => carveout(args, { cwd: folder });

function json(...args: string[]) {
  const { out, err, code } = run(...args, "--format", "json");
  expect(err).toBe("");
  return { code, report: JSON.parse(out) };
}

const errorsOf = (report: { findings: { severity: string; rule: string; location: unknown }[] }) =>
  report.findings.filter(({ severity }) => severity === "error");

describe("-a", () => {
  test("applies an overlay before anything looks at the tree", () => {
    expect(json("check", "base.dts", "--kernel", "rfc-v2").report.outcome).toBe("absent");
    const { code, report } = json("check", "base.dts", "-a", "tags.dts");
    expect(report).toMatchObject({ input: "base.dts", series: "rfc-v2", outcome: "managed", safe: true });
    expect(report.regions[0].node).toBe("/tag-storage@8f8000000");
    expect(code).toBe(0);
  });

  test.each(["check", "regions", "prove", "run"])("%s has it", (command) => {
    const { code, report } = json(command, "base.dts", "--apply", "tags.dts");
    expect(report.outcome).toBe("managed");
    expect(code).toBe(0);
  });

  test("can be given more than once: overlays are applied in order", () => {
    const { report } = json("check", "base.dts", "-a", "tags.dts", "-a", "blocks.dts");
    expect(report.regions[0].blockPages).toBe(2);
    const wrong = json("check", "base.dts", "-a", "blocks.dts", "-a", "tags.dts");
    expect(errorsOf(wrong.report).map(({ rule }) => rule)).toEqual(["overlay-target"]);
    expect(wrong.code).toBe(1);
  });

  test("findings point into the overlay that the fault comes from", () => {
    const { report } = json("check", "base.dts", "-a", "tags.dts", "-a", "blocks.dts");
    // Blocks of two pages under rfc-v2: precision and release, as in examples/blocks-8k.dts
    expect(errorsOf(report).map(({ rule, location }) => [rule, location])).toEqual([
      ["precision", { file: "blocks.dts", line: 4, column: 2, endLine: 4, endColumn: 23 }],
      ["release", { file: "blocks.dts", line: 4, column: 2, endLine: 4, endColumn: 23 }],
    ]);
    expect(run("check", "base.dts", "-a", "tags.dts", "-a", "blocks.dts").out).toContain("blocks.dts:4:2: error: ");
  });

  test("the report says what was applied", () => {
    expect(run("check", "base.dts", "-a", "tags.dts", "-a", "blocks.dts").out).toMatch(
      /^base\.dts: device tree source with overlays tags\.dts, blocks\.dts, rfc-v2 \(from the tree\)/,
    );
  });

  test("an unknown label is told with its place and the label that was probably meant", () => {
    const { code, out } = run("check", "base.dts", "-a", "unknown.dts");
    expect(code).toBe(1);
    expect(out).toContain("unknown.dts:3:1: error: &memory00 is no label of the base");
    expect(out).toContain("did you mean &memory0?");
    expect(out).toContain("base.dts: cannot be read");
  });

  test("mistakes in the source of base and overlay are told together", () => {
    const files = folderWith({ ...FILES, "base.dts": PLAIN.replace("#size-cells = <2>;", "#size-cells = <2>") });
    const { out, code } = carveout(["check", "base.dts", "-a", "broken.dts"], { cwd: files });
    expect(out).toMatch(/base\.dts:\d+:\d+: error: expected ';'/);
    expect(out).toMatch(/broken\.dts:4:\d+: error: expected ';'/);
    expect(code).toBe(1);
  });

  test("a source that does not say /plugin/ is told to", () => {
    const { out, code } = run("check", "base.dts", "-a", "plain.dts");
    expect(code).toBe(1);
    expect(out).toContain("plain.dts:1:1: note: plain.dts is read as a tree of its own");
    expect(out).toContain("/dts-v1/; /plugin/;");
  });

  test("an overlay alone is an error that tells how to give the base", () => {
    const { out, code } = run("check", "tags.dts");
    expect(code).toBe(1);
    expect(out).toContain("tags.dts:3:1: error: this is an overlay, and no tree to boot");
    expect(out).toContain("carveout check base.dts -a tags.dts");
    expect(out).not.toContain("warning");
    expect(run("check", "blocks.dts", "-a", "tags.dts").out).toContain("FDT_ERR_NOTFOUND");
  });

  test("an overlay from standard input, but not twice", () => {
    const from = (args: string[]) => carveout(args, { cwd: folder, input: TAGS });
    expect(JSON.parse(from(["check", "base.dts", "-a", "-", "--format", "json"]).out).outcome).toBe("managed");
    for (const args of [
      ["check", "-", "-a", "-"],
      ["check", "base.dts", "base.dts", "-a", "-"],
      ["convert", "-", "-a", "-", "-O", "dts"],
    ]) {
      const { code, err } = from(args);
      expect([code, err]).toEqual([2, "carveout: standard input can be read only once\n"]);
    }
  });

  test("an overlay that cannot be read is a failure", () => {
    const { code, err } = run("check", "base.dts", "-a", "none.dts");
    expect([code, err]).toEqual([2, "carveout: cannot read none.dts: no such file or directory\n"]);
  });

  test("blobs: base and overlay, with node paths and the overlay's name in place of lines", () => {
    for (const [name, flags] of [
      ["base", ["-@"]],
      ["plain-base", []],
    ] as const) {
      const source = join(folder, "base.dts");
      expect(run("convert", source, "-O", "dtb", "-o", `${name}.dtb`, ...flags).code).toBe(0);
    }
    for (const name of ["tags", "unknown"]) {
      expect(run("convert", `${name}.dts`, "-O", "dtb", "-o", `${name}.dtbo`).code).toBe(0);
    }
    expect(json("check", "base.dtb", "-a", "tags.dtbo").report).toMatchObject({ outcome: "managed", safe: true });
    expect(json("check", "base.dtb", "-a", "tags.dts").report).toMatchObject({ outcome: "managed", safe: true });
    const unknown = run("check", "base.dtb", "-a", "unknown.dtbo");
    expect(unknown.code).toBe(1);
    expect(unknown.out).toContain(
      "base.dtb:/fragment@0: error: overlay unknown.dtbo: &memory00 is no label of the base",
    );
    const unlabelled = run("check", "plain-base.dtb", "-a", "tags.dtbo");
    expect(unlabelled.out).toContain("the base has no __symbols__");
    expect(unlabelled.out).toContain("dtc -@");
  });

  test("convert writes the tree with the overlay in it", () => {
    const source = run("convert", "base.dts", "-a", "tags.dts", "-O", "dts");
    expect([source.code, source.err]).toEqual([0, ""]);
    expect(source.out).toContain("tag-storage@8f8000000 {");
    expect(run("convert", "base.dts", "-a", "tags.dts", "-O", "dtb", "-o", "whole.dtb").code).toBe(0);
    const { tree } = readBlob(readFileSync(join(folder, "whole.dtb")));
    // libfdt puts new nodes first
    expect(tree!.root.children.map(({ name }) => name)).toEqual([
      "tag-storage@8f8000000",
      "memory@80000000",
      "memory@880000000",
      "__symbols__",
    ]);
    expect(json("check", "whole.dtb").report).toMatchObject({ outcome: "managed", safe: true });
  });

  test("every rule about overlays is explained", () => {
    for (const rule of ["overlay-label", "overlay-target", "overlay-alone"]) {
      expect(run("explain", rule).code).toBe(0);
    }
  });
});
