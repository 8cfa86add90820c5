/** What `check` tells of the structure checks beside what schema and kernel tell, and what `convert` makes of them. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { checkStructure } from "../../dts/checks/check-structure.ts";
import { FAILING_BLOBS } from "../dts/check-cases.ts";
import { parse } from "../dts/memory-files.ts";
import { carveout, folderWith, fvpSource } from "./program.ts";

interface Report {
  readonly outcome: string;
  readonly safe: boolean | null;
  readonly regions: readonly unknown[];
  readonly proof: unknown;
  readonly findings: readonly { readonly rule: string; readonly severity: string; readonly node: string | null }[];
}

function check(files: Readonly<Record<string, string | Uint8Array>>, ...args: string[]) {
  const { code, out, err } = carveout(["check", ...args, "--format", "json"], { cwd: folderWith(files) });
  expect(err).toBe("");
  return { code, report: JSON.parse(out) as Report };
}

/** The same tree as source and as a blob, which has no places to tell two findings apart by. */
function inBothForms(source: string, ...args: string[]) {
  const { tree } = parse(source);
  return [
    check({ "board.dts": source }, "board.dts", ...args),
    check({ "board.dtb": writeBlob(tree!) }, "board.dtb", ...args),
  ];
}

const CELLS = "#address-cells = <2>; #size-cells = <2>;";
const MEMORY = 'm: memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };';
const TAGS = 'compatible = "arm,mte-tag-storage"; reg = <8 0xf8000000 0 0x4000000>; block-size = <0x1000>;';
const ROOT_TAGS = `tag-storage@8f8000000 { ${TAGS} memory = <&m>; };`;
const RESERVED_TAGS = `tag-storage@8f8000000 { ${TAGS} tagged-memory = <&m>; reusable; };`;

const source = (contents: string) => `/dts-v1/;\n/ {\n${contents}\n};\n`;

describe("one mistake is told once, by whoever knows most about it", () => {
  /** `[what, the tree, the rule that tells it, the check of dtc's that would have]`. */
  test.each([
    ["memory of three cells", `${CELLS} ${MEMORY.replace("<0 ", "<")}`, "schema-reg-length", "reg_format"],
    ["memory of bytes", `${CELLS} ${MEMORY.replace(/<0 .*>/, "[00]")}`, "schema-property-type", "reg_format"],
    [
      "memory without reg",
      `${CELLS} ${MEMORY.replace(/reg = .*>; /, "")}`,
      "schema-missing-property",
      "unit_address_vs_reg",
    ],
    [
      "memory of no type",
      `${CELLS} ${MEMORY.replace('"memory"', "<1>")}`,
      "schema-property-type",
      "device_type_is_string",
    ],
    [
      "memory of no status",
      `${CELLS} ${MEMORY.replace("reg", "status = <1>; reg")}`,
      "schema-property-type",
      "status_is_string",
    ],
    [
      "reserved memory for nothing",
      `${CELLS} reserved-memory { ${CELLS} ranges; n@1 { reg = <0 1 0 1>; compatible = [61]; }; };`,
      "schema-property-type",
      "compatible_is_string_list",
    ],
    [
      "a root of two times two cells",
      `#address-cells = <2 2>; #size-cells = <2>;`,
      "schema-property-type",
      "address_cells_is_cell",
    ],
    ["a root of no sizes", `#address-cells = <2>; #size-cells;`, "schema-property-type", "size_cells_is_cell"],
    [
      "a root without cells",
      'memory@80000000 { device_type = "memory"; reg = <0 0x80000000>; };',
      "schema-binding",
      "avoid_default_addr_size",
    ],
    [
      "a root without cells, and the defaults do not fit",
      'memory@80000000 { device_type = "memory"; reg = <0x80000000 0x1000>; };',
      "schema-binding",
      "reg_format",
    ],
    ["tags of rfc-v2 of three cells", `${CELLS} ${MEMORY} ${ROOT_TAGS.replace("<8 ", "<")}`, "reg-short", "reg_format"],
    [
      "tags of rfc-v2 of five cells",
      `${CELLS} ${MEMORY} ${ROOT_TAGS.replace("<8 ", "<0 8 ")}`,
      "reg-one-range",
      "reg_format",
    ],
    [
      "tags of rfc-v2 without reg",
      `${CELLS} ${MEMORY} ${ROOT_TAGS.replace(/reg = .*?>; /, "")}`,
      "reg-missing",
      "unit_address_vs_reg",
    ],
    [
      "tags of rfc-v3 of three cells",
      `${CELLS} ${MEMORY} reserved-memory { ${CELLS} ranges; ${RESERVED_TAGS.replace("<8 ", "<")} };`,
      "tag-node-reg",
      "reg_format",
    ],
    [
      "reserved memory of other cells, empty ranges",
      `${CELLS} ${MEMORY} reserved-memory { ${CELLS.replace("size-cells = <2>", "size-cells = <1>")} ranges; ${RESERVED_TAGS.replace("0 0x4", "0x4")} };`,
      "reserved-memory-format",
      "ranges_format",
    ],
  ])("%s: %s", (_what, contents, rule, silent) => {
    const { tree } = parse(source(contents));
    expect(checkStructure(tree!).map((finding) => finding.rule)).toContain(silent);
    for (const { report } of inBothForms(source(contents))) {
      const rules = report.findings.map((finding) => finding.rule);
      expect(rules).toContain(rule);
      expect(rules).not.toContain(silent);
    }
  });

  test("two mistakes in one node are both told", () => {
    const contents = `${CELLS} ${MEMORY} ${ROOT_TAGS.replace("@8f8000000", "").replace(/block-size = .*?>;/, "")}`;
    for (const { report } of inBothForms(source(contents))) {
      const rules = report.findings.map(({ rule }) => rule);
      expect(rules).toContain("unit_address_vs_reg");
      expect(rules).toContain("block-size");
    }
    const [inSource] = inBothForms(
      source(`${CELLS} ${MEMORY.replace("device_type", "status = <1>; model = <1>; device_type")}`),
    );
    expect(inSource!.report.findings.map(({ rule }) => rule)).toEqual([
      "series-assumed",
      "model_is_string",
      "schema-property-type",
    ]);
  });
});

describe("findings of the structure checks", () => {
  const WARNED_OF = `soc { n@1 { model = <1>; }; uart@0x1 { reg = <0 1 1>; }; };`;
  const warned = fvpSource().replace(/\};\n$/, `${WARNED_OF}\n};\n`);

  test("that are warnings change neither outcome, regions, proof nor exit code", () => {
    const plain = check({ "board.dts": fvpSource() }, "board.dts");
    expect(plain.report.findings).toEqual([]);
    for (const { code, report } of inBothForms(warned)) {
      expect(code).toBe(0);
      const { outcome, safe, regions, proof } = plain.report;
      expect(report).toMatchObject({ outcome, safe, regions, proof });
      expect(report.findings.map(({ rule, severity, node }) => `${severity} ${rule} ${node}`)).toEqual([
        "warning model_is_string /soc/n@1",
        "warning unit_address_vs_reg /soc/n@1",
        "warning unit_address_format /soc/uart@0x1",
        "warning avoid_default_addr_size /soc/uart@0x1",
      ]);
    }
  });

  test("are shown with the place and the mend, and their rule is explained", () => {
    const cwd = folderWith({ "board.dts": warned });
    const { code, out } = carveout(["check", "board.dts"], { cwd });
    expect(code).toBe(0);
    expect(out).toMatch(/board\.dts:\d+:7: warning: n@1 has a unit address, but no reg.* \[unit_address_vs_reg\]\n/);
    expect(out).toMatch(/^ +help: give it the reg that begins with 0x1, or call it n$/m);
    expect(out).toContain("safe: all six obligations hold (4 warnings)");
    expect(carveout(["check", "board.dts", "--quiet"], { cwd }).out.trim()).toBe("");
    expect(carveout(["explain", "unit_address_vs_reg"]).out).toContain("How to mend it");
  });

  test.each(FAILING_BLOBS)(
    "in a blob, $check ($what) is an error with exit code 1, as dtc refuses it, and an outcome",
    ({ check: rule, tree, node }) => {
      const { code, report } = check({ "board.dtb": writeBlob(tree()) }, "board.dtb");
      expect(code).toBe(1);
      expect(report.outcome).toBe("absent");
      expect(report.findings).toContainEqual(
        expect.objectContaining({ rule, severity: "error", node, location: null }),
      );
    },
  );

  test("are made of the base with its overlays, and not of an overlay alone", () => {
    const overlay = "/dts-v1/;\n/plugin/;\n&{/} { n@1 { }; };\n";
    const files = { "board.dts": fvpSource(), "add.dtso": overlay };
    const applied = check(files, "board.dts", "-a", "add.dtso");
    expect(applied.report.findings.map(({ rule, node }) => `${rule} ${node}`)).toEqual(["unit_address_vs_reg /n@1"]);
    expect(check(files, "add.dtso").report.findings.map(({ rule }) => rule)).not.toContain("unit_address_vs_reg");
  });
});

describe("convert", () => {
  test("writes without a word what dtc warns of", () => {
    const cwd = folderWith({ "board.dts": source("n@1 { };") });
    expect(carveout(["convert", "board.dts", "-O", "dts"], { cwd })).toMatchObject({ code: 0, err: "" });
  });

  test.each([
    ["node_name_chars", "n#1 { };"],
    ["node_name_format", "n@1@2 { };"],
    ["property_name_chars", "memory@1;"],
  ])("refuses source that dtc refuses: %s", (rule, contents) => {
    const cwd = folderWith({ "board.dts": source(contents), "board.dtb": "left alone" });
    const { code, out, err } = carveout(["convert", "board.dts", "-o", "board.dtb"], { cwd });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(new RegExp(`^board\\.dts:3:1: error: .* \\[${rule}\\]\n`));
    expect(readFileSync(join(cwd, "board.dtb"), "latin1")).toBe("left alone");
  });

  test.each(FAILING_BLOBS)("refuses a blob that dtc refuses: $check ($what)", ({ check: rule, tree }) => {
    const cwd = folderWith({ "board.dtb": writeBlob(tree()) });
    for (const format of ["dts", "dtb", "yaml", "json"]) {
      const { code, out, err } = carveout(["convert", "board.dtb", "-O", format], { cwd });
      expect([code, out]).toEqual([1, ""]);
      expect(err).toMatch(new RegExp(`^board\\.dtb:/.*: error: .* \\[${rule}\\]\n`));
      expect(err).toContain("--force writes it as it is");
    }
  });

  test("refuses a live tree that dtc refuses", () => {
    const cwd = folderWith({ compatible: "x\0" });
    mkdirSync(join(cwd, "n@1"));
    writeFileSync(join(cwd, "n@1/name"), "zz\0");
    const { code, out, err } = carveout(["convert", "."], { cwd });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^\.:\/n@1: error: .* \[name_properties\]\n/);
  });

  test("writes with --force, as dtc -f does, a blob that dtc refuses, so that it can be looked at", () => {
    const { tree } = FAILING_BLOBS.find(({ check: name }) => name === "duplicate_property_names")!;
    const cwd = folderWith({ "board.dtb": writeBlob(tree()) });
    const { code, out, err } = carveout(["convert", "-f", "board.dtb"], { cwd });
    expect(code).toBe(0);
    expect(err).toMatch(/^board\.dtb:\/.*: warning: .* \[duplicate_property_names\]\n/);
    expect(out).toContain("\t\ta = <0x01>;\n\t\tb = <0x02>;\n\t\ta = <0x03>;\n");
    expect(carveout(["convert", "--force", "--quiet", "board.dtb"], { cwd })).toEqual({ code: 0, out, err: "" });
  });

  test("applies an overlay to a blob that dtc refuses, as fdtoverlay does, and refuses to write it as dtc does", () => {
    const { tree } = FAILING_BLOBS.find(({ check: name }) => name === "duplicate_property_names")!;
    const cwd = folderWith({
      "base.dtb": writeBlob(tree()),
      "add.dtso": "/dts-v1/;\n/plugin/;\n&{/} { x; };\n",
    });
    expect(carveout(["convert", "base.dtb", "-a", "add.dtso", "-o", "out.dtb"], { cwd })).toMatchObject({ code: 0 });
    expect(carveout(["convert", "base.dtb", "-a", "add.dtso", "-O", "dts"], { cwd })).toMatchObject({ code: 1 });
  });
});
