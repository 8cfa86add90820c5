import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { carveout, folderWith } from "./program.ts";

/** Blocks of two pages under rfc-v2: precision and release are broken, both told at block-size in line 19. */
const BOARD = (allow = "") => `/dts-v1/;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	memory0: memory@80000000 {
		device_type = "memory";
		reg = <0x0 0x80000000 0x0 0x80000000>;
	};
	memory@880000000 {
		device_type = "memory";
		reg = <0x8 0x80000000 0x0 0x78000000>;
	};
	tag-storage@8f8000000 {
		compatible = "arm,mte-tag-storage";
		reg = <0x8 0xf8000000 0x0 0x4000000>;
		memory = <&memory0>;
${allow}
		block-size = <0x2000>;
	};
};
`;

const rulesOf = (out: string) => JSON.parse(out).findings.map(({ rule }: { rule: string }) => rule);
const folder = (allow?: string) => folderWith({ "board.dts": BOARD(allow) });
const check = (cwd: string, ...args: string[]) =>
  carveout(["check", "board.dts", "--format", "json", ...args], { cwd });

test("without any of it: both rules, exit code 1, and no list of what does not count", () => {
  const { code, out } = check(folder());
  expect(code).toBe(1);
  expect(rulesOf(out)).toEqual(["precision", "release"]);
  expect(out).not.toContain("suppressed");
});

describe("a rule turned off", () => {
  test.each([
    ["--disable", ["--disable", "precision"]],
    ["--severity off", ["--severity", "precision=off"]],
  ])("by %s: the other is left, and the report has a list", (_, args) => {
    const { code, out } = check(folder(), ...args);
    expect(code).toBe(1);
    expect(rulesOf(out)).toEqual(["release"]);
    expect(JSON.parse(out).suppressed).toMatchObject([{ rule: "precision", by: "option", reason: null }]);
  });

  test("both: clean", () => {
    expect(check(folder(), "--disable", "precision", "--disable", "release").code).toBe(0);
  });

  test("by a comment with a reason, on the line or above it, that rule alone", () => {
    const one = "\t\t/* carveout-allow precision: the walk is mended in our tree */";
    const { code, out } = check(folder(one));
    expect(code).toBe(1);
    expect(rulesOf(out)).toEqual(["release"]);
    expect(JSON.parse(out).suppressed).toMatchObject([
      { rule: "precision", by: "comment", reason: "the walk is mended in our tree", location: { line: 18 } },
    ]);
    const two = `${one}\n\t\t// carveout-allow release: the same`;
    expect(check(folder(two)).code).toBe(0);
    const here = folderWith({
      "board.dts": BOARD().replace("<0x2000>;", "<0x2000>; /* carveout-allow release: as above */"),
    });
    expect(rulesOf(check(here).out)).toEqual(["precision"]);
  });

  test.each([
    ["two comments on a line", "/* carveout-allow precision: a */ /* carveout-allow release: c */"],
    [
      "a comment over several lines",
      "/*\n\t\t * carveout-allow precision: a\n\t\t * carveout-allow release: c\n\t\t */",
    ],
    ["a comment that is written to be extracted", "/** carveout-allow precision: a */\n/// carveout-allow release: c"],
    ["comments one above the other", "// carveout-allow precision: a\n/* carveout-allow release:\n\t\t * c */"],
  ])("by %s: both rules, each with its reason", (_, comments) => {
    const { code, out } = check(folder(`\t\t${comments}`));
    expect(code).toBe(0);
    expect(JSON.parse(out).suppressed).toMatchObject([
      { rule: "precision", reason: "a" },
      { rule: "release", reason: "c" },
    ]);
  });

  test("by a comment over several lines beside the property: the reason is all of them", () => {
    const source = BOARD().replace("<0x2000>;", "<0x2000>; /* carveout-allow release: the walk is\n\t * mended */");
    const { out } = check(folderWith({ "board.dts": source }));
    expect(JSON.parse(out).suppressed).toMatchObject([{ rule: "release", reason: "the walk is mended" }]);
  });

  test("with a reason in any script, in every format", () => {
    const cwd = folder("\t\t/* carveout-allow precision: später, 後で */\n\t\t// carveout-allow release: naïve");
    expect(JSON.parse(check(cwd).out).suppressed).toMatchObject([{ reason: "später, 後で" }, { reason: "naïve" }]);
    expect(carveout(["check", "board.dts"], { cwd }).out).toContain("allowed in the source: später, 後で\n");
    expect(carveout(["check", "board.dts", "--format", "sarif"], { cwd }).out).toContain('"später, 後で"');
  });

  test.each([
    ["another rule", "/* carveout-allow coverage: why not */"],
    ["a line between", '/* carveout-allow precision: far */\n\t\tstatus = "okay";'],
    ["other words before it", "/* no carveout-allow precision: never */"],
    ["a word that goes on", "/* carveout-allowed precision: never */"],
    ["another comment around it", "// // carveout-allow precision: was there once"],
    ["a comment that speaks of it", "// see carveout-allow precision: docs"],
  ])("not by a comment with %s", (_, comment) => {
    expect(rulesOf(check(folder(`\t\t${comment}`)).out)).toEqual(["precision", "release"]);
  });

  test.each([
    ["a string", 'foo = "carveout-allow precision: a string";'],
    ["a string with a comment's beginning", 'foo = "/* carveout-allow precision: a string";'],
    ["a string over two lines", 'foo = "a\n// carveout-allow precision: a string";'],
    ["a string after an escaped quote", 'foo = "\\" // carveout-allow precision: a string";'],
  ])("not by %s", (_, text) => {
    const rules = rulesOf(check(folder(`\t\t${text}`)).out);
    expect(rules.filter((rule: string) => ["precision", "release"].includes(rule))).toEqual(["precision", "release"]);
  });

  test.each([
    ["without a reason", "precision:", "it gives no reason"],
    ["without a colon", "precision since it is mended", "it gives no reason"],
    ["without a rule", ": since it is mended", "it names no rule"],
    ["of a misspelt rule", "precison: mended", "there is no rule precison"],
  ])("not by a comment %s, of which there is a warning at its place", (_, words, message) => {
    const { code, out } = check(folder(`\t\t/* carveout-allow ${words} */`));
    const [warning, ...others] = JSON.parse(out).findings;
    expect(code).toBe(1);
    expect(warning).toMatchObject({ rule: "allow-comment", severity: "warning", location: { line: 17, column: 3 } });
    expect(warning.message).toBe(`this comment allows nothing: ${message}`);
    expect(others.map(({ rule }: { rule: string }) => rule)).toEqual(["precision", "release"]);
  });

  test("a comment of a misspelt rule says which may be meant; in a file that is included twice it is told once", () => {
    const cwd = folderWith({
      "board.dts": BOARD().replace("/ {", '#include "a.dtsi"\n#include "a.dtsi"\n/ {'),
      "a.dtsi": "// carveout-allow precison: mended\n",
    });
    const { out } = carveout(["check", "board.dts"], { cwd });
    expect(out.match(/^a\.dtsi:1:1: warning: .*\[allow-comment\]$/gm)).toHaveLength(1);
    expect(out).toContain("help: did you mean precision?");
  });

  test("in YAML by what stands after #, and not by text that looks so", () => {
    const yaml = (block: string) => `memory:
  - { name: low, base: 0x80000000, size: 2G }
  - { name: high, base: 0x880000000, size: 5G }
tag-storage:
${block}
  - { base: 0x9c4000000, size: 160M, block-size: 4k, memory: high }
`;
    const node = "  - { base: 0x9c0000000, size: 64M, block-size: 8k, memory: low }";
    const found = (block: string) => {
      const cwd = folderWith({ "machine.yaml": yaml(block) });
      const { out } = carveout(["check", "machine.yaml", "--kernel", "rfc-v2", "--format", "json"], { cwd });
      const { findings, suppressed = [] } = JSON.parse(out);
      return [findings, suppressed].map((list) => list.map(({ rule }: { rule: string }) => rule));
    };
    expect(found(node)).toEqual([["precision", "release"], []]);
    expect(found(`${node} # carveout-allow release: später`)).toEqual([["precision"], ["release"]]);
    expect(found(`  # carveout-allow release: a\n  # carveout-allow precision: b\n${node}`)).toEqual([
      [],
      ["precision", "release"],
    ]);
    expect(found(`  # see carveout-allow release: a\n${node}`)).toEqual([["precision", "release"], []]);
    expect(found(`  # carveout-allow relase: a\n${node}`)).toEqual([["allow-comment", "precision", "release"], []]);
  });

  test("as text: a line for each, with why", () => {
    const { out } = carveout(["check", "board.dts", "--disable", "release"], {
      cwd: folder("\t\t/* carveout-allow precision: known */"),
    });
    expect(out).toContain("board.dts:18:3: precision does not count, allowed in the source: known");
    expect(out).toContain("board.dts:18:3: release does not count, switched off");
    expect(out).toMatch(/UNSAFE: precision, release broken\n$/);
  });

  test("in SARIF with others that count: all results have suppressions, of these none (3.27.23)", () => {
    const { out } = carveout(["check", "board.dts", "--format", "sarif", "--disable", "precision"], { cwd: folder() });
    const results: { ruleId: string; suppressions?: unknown }[] = JSON.parse(out).runs[0].results;
    expect(results.map(({ ruleId, suppressions }) => [ruleId, suppressions])).toEqual([
      ["release", []],
      ["precision", [{ kind: "external" }]],
    ]);
    const without = carveout(["check", "board.dts", "--format", "sarif"], { cwd: folder() });
    expect(without.out).not.toContain("suppressions");
  });

  test("in SARIF: suppressed results", () => {
    const comment = "\t\t/* carveout-allow precision: known */";
    const { out } = carveout(["check", "board.dts", "--format", "sarif", "--disable", "release"], {
      cwd: folder(comment),
    });
    const { results } = JSON.parse(out).runs[0];
    expect(results.map(({ suppressions }: { suppressions?: unknown }) => suppressions)).toEqual([
      [{ kind: "inSource", justification: "known" }],
      [{ kind: "external" }],
    ]);
  });
});

describe("under several kernels", () => {
  /** precision and release are broken under rfc-v2 alone; rfc-v1 looks for another name. */
  const kernels = ["--kernel", "rfc-v1,rfc-v2"];
  const off = ["--disable", "precision", "--disable", "tag-node-name"];
  /** What every kernel is told, whatever it looks for: a unit address is missing. */
  const misnamed = () => folderWith({ "board.dts": BOARD().replace("memory@880000000", "memory") });

  test("the text lists what does not count, with the kernels whose finding it is", () => {
    const { out } = carveout(["check", "board.dts", ...kernels, ...off], { cwd: folder() });
    const lines = out.trimEnd().split("\n");
    expect(lines.filter((line) => line.includes("does not count"))).toEqual([
      "board.dts:13:2: tag-node-name does not count under rfc-v1, switched off",
      "board.dts:18:3: precision does not count under rfc-v2, switched off",
    ]);
    expect(lines.at(-1)).toMatch(/ 1 unsafe, 1 absent \(1 error\)$/);
  });

  test("what all kernels are told is listed once, and names none", () => {
    const { out } = carveout(["check", "board.dts", ...kernels, "--disable", "unit_address_vs_reg"], {
      cwd: misnamed(),
    });
    expect(out.match(/^.* unit_address_vs_reg does not count.*$/gm)).toEqual([
      "board.dts:9:2: unit_address_vs_reg does not count, switched off",
    ]);
  });

  test("in SARIF each is a result once", () => {
    const { out } = carveout(
      ["check", "board.dts", ...kernels, ...off, "--disable", "unit_address_vs_reg", "--format", "sarif"],
      { cwd: misnamed() },
    );
    const results: { ruleId: string; suppressions: unknown[] }[] = JSON.parse(out).runs[0].results;
    const suppressed = results.filter(({ suppressions }) => suppressions.length > 0).map(({ ruleId }) => ruleId);
    expect(suppressed.sort()).toEqual(["precision", "tag-node-name", "unit_address_vs_reg"]);
  });
});

test("run lists what does not count too", () => {
  const { out } = carveout(["run", "board.dts", "--operations", "10", "--disable", "release"], { cwd: folder() });
  expect(out).toContain("board.dts:18:3: release does not count, switched off\n");
});

test("another severity, and what makes the exit code", () => {
  const cwd = folder();
  const soft = ["--severity", "precision=warning", "--severity", "release=note"];
  const { code, out } = check(cwd, ...soft);
  expect(code).toBe(0);
  expect(JSON.parse(out).findings.map(({ severity }: { severity: string }) => severity)).toEqual(["warning", "note"]);
  expect(check(cwd, ...soft, "--fail-on", "warning").code).toBe(1);
  expect(check(cwd, "--severity", "precision=note", "--disable", "release", "--fail-on", "warning").code).toBe(0);
  expect(check(cwd, "--severity", "precision=note", "--disable", "release", "--fail-on", "note").code).toBe(1);
  expect(check(cwd, "--fail-on", "never").code).toBe(0);
});

describe("an input that cannot be parsed fails whatever does not count", () => {
  // The semicolon after the value is missing: dtc has a syntax error here, too.
  const SOURCE = "/dts-v1/;\n/ {\n\ta = <1>\n};\n";
  const COMMENT = "/* carveout-allow syntax: no */";

  test.each([
    ["--disable", SOURCE, ["--disable", "syntax"]],
    ["--severity off", SOURCE, ["--severity", "syntax=off"]],
    ["--severity note", SOURCE, ["--severity", "syntax=note"]],
    ["a comment", SOURCE.replace("<1>", `<1> ${COMMENT}`), []],
    ["the baseline", SOURCE, ["--baseline", "base.json"]],
    ["--disable, under all kernels", SOURCE, ["--disable", "syntax", "--kernel", "all"]],
  ])("%s", (_, source, args) => {
    const cwd = folderWith({ "board.dts": source });
    check(cwd, "-o", "base.json");
    const { code, out } = carveout(["check", "board.dts", ...args], { cwd });
    expect(code).toBe(1);
    expect(out).toContain("board.dts:3:");
    expect(out).toMatch(/cannot be read \(1 error\)\n$/);
    expect(carveout(["check", "board.dts", "--fail-on", "never", ...args], { cwd }).code).toBe(0);
  });
});

describe("a baseline", () => {
  const withBaseline = () => {
    const cwd = folder();
    expect(check(cwd, "-o", "base.json").code).toBe(1);
    return cwd;
  };

  test("hides what it has, and only that", () => {
    const cwd = withBaseline();
    const { code, out } = check(cwd, "--baseline", "base.json");
    expect(code).toBe(0);
    expect(JSON.parse(out).suppressed.map(({ by }: { by: string }) => by)).toEqual(["baseline", "baseline"]);
    // Under rfc-v3 other obligations break: they are new.
    const v3 = carveout(["check", "board.dts", "--format", "json", "--baseline", "base.json", "--kernel", "exact"], {
      cwd,
    });
    expect(v3.code).toBe(0);
    const other = BOARD().replace("0x4000000>", "0x2000000>");
    const { code: code2, out: out2 } = carveout(["check", "-", "--format", "json", "--baseline", "base.json"], {
      cwd,
      input: other,
    });
    expect(code2).toBe(1);
    expect(rulesOf(out2)).toEqual(["tag-range-size"]);
  });

  test("knows a finding that has moved to another line", () => {
    const cwd = withBaseline();
    const moved = folderWith({ "board.dts": BOARD("\n\n"), "base.json": check(cwd).out });
    expect(check(moved, "--baseline", "base.json").code).toBe(0);
  });

  test("made with an old baseline is the new one: it keeps what the old one knew, and adds what is new", () => {
    const cwd = withBaseline();
    writeFileSync(join(cwd, "board.dts"), BOARD().replace("memory@880000000", "memory"));
    const all = ["--fail-on", "note"];
    expect(check(cwd, "--baseline", "base.json", "-o", "base2.json", ...all).code).toBe(1);
    expect(check(cwd, "--baseline", "base2.json", ...all).code).toBe(0);
    expect(check(cwd, "--baseline", "base2.json", "-o", "base3.json").code).toBe(0);
    expect(check(cwd, "--baseline", "base3.json", ...all).code).toBe(0);
  });

  test("does not know what an option kept from counting", () => {
    const cwd = folder();
    check(cwd, "--disable", "precision", "-o", "base.json");
    expect(rulesOf(check(cwd, "--baseline", "base.json").out)).toEqual(["precision"]);
  });

  test("knows an input by another way to write its path", () => {
    const cwd = withBaseline();
    mkdirSync(join(cwd, "sub"));
    for (const path of ["./board.dts", "sub/../board.dts", ".//board.dts"]) {
      expect(carveout(["check", path, "--baseline", "base.json"], { cwd }).code).toBe(0);
    }
    check(cwd, "-o", "whole.json");
    const whole = readFileSync(join(cwd, "whole.json"), "utf8").replace('"board.dts"', '"./board.dts"');
    writeFileSync(join(cwd, "whole.json"), whole);
    expect(check(cwd, "--baseline", "whole.json").code).toBe(0);
  });

  test("of several kernels serves several kernels", () => {
    const cwd = folder();
    const all = ["--kernel", "rfc-v1,rfc-v2", "-o", "all.json"];
    expect(check(cwd, ...all).code).toBe(1);
    expect(check(cwd, "--kernel", "rfc-v1,rfc-v2", "--baseline", "all.json").code).toBe(0);
  });

  test.each([
    ["no file", "none.json", /cannot read none\.json/],
    ["no JSON", "board.dts", /board\.dts is no baseline/],
  ])("%s: exit code 2", (_, file, words) => {
    const { code, err } = check(folder(), "--baseline", file);
    expect(code).toBe(2);
    expect(err).toMatch(words);
  });
});

test.each([
  [["--disable", "precison"], /There is no rule precison\. Did you mean precision\?/],
  [["--severity", "precision=fatal"], /error, warning, note, off/],
  [["--severity", "nothing"], /There is no rule nothing/],
  [["--fail-on", "info"], /error, warning, note, never/],
])("%j is a usage error", (args, words) => {
  const { code, err } = check(folder(), ...args);
  expect(code).toBe(2);
  expect(err).toMatch(words);
});
