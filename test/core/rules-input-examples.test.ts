/**
 * The examples of rules about the input, each in as much source as it takes; and that no rule's examples go untried
 * without a reason.
 */
import { describe, expect, test } from "vitest";
import { detectSeries } from "../../core/kernel/detect-series.ts";
import { BLOB_RULES } from "../../core/rules/blob.ts";
import { allRules, findRule, type RuleId } from "../../core/rules/catalogue.ts";
import { LIVE_TREE_RULES } from "../../core/rules/live-tree.ts";
import { SCHEMA_RULES } from "../../core/rules/schema.ts";
import { STRUCTURE_RULES } from "../../core/rules/structure.ts";
import { applyOverlay } from "../../dts/overlay/apply-overlay.ts";
import { parseSource } from "../../dts/parse-source.ts";
import { SourceMap } from "../../dts/source.ts";
import { addSymbols } from "../../dts/symbols-node.ts";

/** Files that examples include. */
const FILES: Readonly<Record<string, string>> = {
  "soc.dtsi": "",
  "inc/dt-bindings/gpio/gpio.h": "",
  "inc/dt-bindings/interrupt-controller/arm-gic.h": "#define GIC_SPI 0\n#define IRQ_TYPE_LEVEL_HIGH 4\n",
};

const files = {
  read(path: string) {
    const text = FILES[path];
    return text === undefined ? ({ kind: "missing" } as const) : ({ kind: "text", text } as const);
  },
};

function parse(text: string, sources = new SourceMap()) {
  return parseSource("t.dts", text, { files, includeDirs: ["inc"], keepsLabelled: true, sources });
}

const NODES = "/ {\n\tuart0: uart { };\n\tmemory0: memory { };\n};\n";
const inRoot = (example: string) => `/dts-v1/;\n/ {\n${example}\n};\n${NODES}`;
const atTop = (example: string) => `/dts-v1/;\n${NODES}${example}\n`;

/** Rules of the preprocessor and the parser: where an example stands in a source. */
const SOURCES: { readonly [id in RuleId]?: (example: string) => string } = {
  syntax: inRoot,
  preprocessor: atTop,
  include: atTop,
  "error-directive": atTop,
  literal: inRoot,
  "cell-range": inRoot,
  "division-by-zero": inRoot,
  // What stands between the header and its use
  "undefined-macro": (example) => inRoot(example.replace("…", "")),
  "unknown-reference": atTop,
  duplicate_label: inRoot,
  phandle_references: inRoot,
  path_references: inRoot,
};

const BASE = `/dts-v1/;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	aliases { };
	ram: memory@80000000 { };
	reserved-memory { };
	uart0: serial@1000 { };
};`;

const plugin = (example: string) => `/dts-v1/;\n/plugin/;\n${example}\n`;
/** As dtc writes an overlay out: one fragment, and what the compiler adds beside it. */
const fragment = (body: string, beside = "") =>
  `/dts-v1/;\n/ {\n\tfragment@0 {\n\t\ttarget-path = "/";\n\t\t__overlay__ { ${body} };\n\t};\n${beside}\n};\n`;

/** Rules of overlays: the overlay that an example is, for {@link BASE}. */
const OVERLAYS: { readonly [id in RuleId]?: (example: string) => string } = {
  "overlay-label": plugin,
  "overlay-fixup": (example) =>
    `/dts-v1/;\n/ {\n\tfragment@0 {\n\t\ttarget = <0xffffffff>;\n\t\t__overlay__ { };\n\t};\n${example}\n};\n`,
  "overlay-target": plugin,
  "overlay-phandle": (example) => fragment(example),
  "overlay-symbol": (example) => fragment("tags { };", example),
  "overlay-ignored": (example) => `/dts-v1/;\n${example}\n`,
  "overlay-name-match": plugin,
  "overlay-phandle-replaced": plugin,
  "overlay-symbol-replaced": plugin,
  "overlay-path-reference": (example) => plugin(`&{/} { uart1: serial@2000 { }; };\n${example}`),
};

/** Rules whose examples other tests try, all of a group at once. */
const TRIED_ELSEWHERE = {
  "test/dts/checks.test.ts": STRUCTURE_RULES,
  "test/schema/rules.test.ts": SCHEMA_RULES,
};

const IN_WORDS = "the example tells in words what bytes or folders hold";

/** Rules whose examples nothing tries, and why. */
const UNTRIED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(BLOB_RULES.map(({ id }) => [id, `${IN_WORDS}: test/dts/blob.test.ts breaks each rule`])),
  ...Object.fromEntries(
    LIVE_TREE_RULES.map(({ id }) => [id, `${IN_WORDS}: test/dts/live-tree.test.ts breaks each rule`]),
  ),
  limit: "the example stops after two of forty lines: test/dts/limits.test.ts",
  "overlay-limit": "the example would be a thousand overlays: test/dts/overlay.test.ts",
  "overlay-alone": "the example is a command line: test/cli/overlay.test.ts",
  "overlay-plugin": "raised by the program where it reads a file given with -a: test/cli/overlay.test.ts",
  interleaving: "the example is a command line: test/cli/run-interleavings.test.ts",
  "interleavings-cut-short": "the example is a command line: test/cli/run-interleavings.test.ts",
  "allow-comment": "raised by the program, as comments are no part of a tree: test/cli/triage.test.ts",
  retention: "no tree breaks it under the series modelled",
};

function overlayRules(overlay: string): string[] {
  const sources = new SourceMap();
  const trees = [BASE, overlay].map((text) => {
    const { tree, diagnostics } = parse(text, sources);
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    expect(addSymbols(tree!).error).toBeNull();
    return tree!;
  });
  return applyOverlay(trees[0]!, trees[1]!).diagnostics.map(({ rule }) => rule);
}

const sourceRules = (text: string) => parse(text).diagnostics.map(({ rule }) => rule);

describe("the bad example breaks the rule, the good one none", () => {
  test.each(Object.entries(SOURCES))("%s", (id, sourceOf) => {
    const { bad, good } = findRule(id)!;
    expect(sourceRules(sourceOf(bad))).toContain(id);
    expect(sourceRules(sourceOf(good))).toEqual([]);
  });

  test.each(Object.entries(OVERLAYS))("%s", (id, overlayOf) => {
    const { bad, good } = findRule(id)!;
    expect(overlayRules(overlayOf(bad))).toContain(id);
    expect(overlayRules(overlayOf(good))).toEqual([]);
  });

  test("series-assumed", () => {
    const { bad, good } = findRule("series-assumed")!;
    const noteOf = (example: string) => detectSeries(parse(inRoot(example)).tree!).note;
    expect(noteOf(bad)).toMatch(/taken as rfc-v3/);
    expect(noteOf(good)).toBeNull();
  });
});

test("each rule's examples are tried, here or elsewhere, or a reason says why they are not", () => {
  const tried = [
    ...allRules.filter(({ trials }) => trials !== undefined).map(({ id }) => id),
    ...Object.keys(SOURCES),
    ...Object.keys(OVERLAYS),
    "series-assumed",
    ...Object.values(TRIED_ELSEWHERE).flatMap((rules) => rules.map(({ id }) => id as string)),
    ...Object.keys(UNTRIED),
  ];
  expect(tried.sort()).toEqual(allRules.map(({ id }) => id).sort());
});
