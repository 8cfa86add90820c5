/** Each rule of the kernels, broken alone in a tree of each dialect, under the series that read it and under `exact`. */
import { describe, expect, test } from "vitest";
import { checkTree } from "../../../core/check.ts";
import { kernelConfig } from "../../../core/kernel/config.ts";
import { HARDWARE_RULES } from "../../../core/rules/hardware.ts";
import { KERNEL_RULES } from "../../../core/rules/kernel.ts";
import { OBLIGATION_RULES } from "../../../core/rules/obligations.ts";
import { STRADDLE_RULES } from "../../../core/rules/straddle.ts";
import { SERIES, type Series } from "../../../core/series.ts";
import { parseSource } from "../../../dts/parse-source.ts";
import { type BrokenTree, type Cell, DIALECTS, RULE_TREES } from "./rule-trees.ts";

const RULES = [...KERNEL_RULES, ...HARDWARE_RULES];

/** rfc-v3's arithmetic does not survive its own splits: what it makes of a good tree may be unsafe, and is still booted. */
const AFTER_BOOT = [...[...OBLIGATION_RULES, ...STRADDLE_RULES].map(({ id }) => id as string), "zone-split-memory"];

const files = { read: () => ({ kind: "missing" }) as const };

function check(text: string, series: Series, options: BrokenTree["options"]) {
  const { tree, diagnostics } = parseSource("t.dts", text, { files, includeDirs: [] });
  if (tree === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const { boot, findings } = checkTree(tree, kernelConfig({ ...options, series }));
  return { outcome: boot.outcome, findings, sources: tree.sources };
}

/** Where the only occurrence of `piece` starts and ends, from line 1 and column 1. */
function placeOf(text: string, piece: string) {
  expect(text.split(piece), `the tree has once: ${piece}`).toHaveLength(2);
  const at = (offset: number) => {
    const before = text.slice(0, offset).split("\n");
    return { line: before.length, column: before.at(-1)!.length + 1 };
  };
  const start = text.indexOf(piece);
  const [from, to] = [at(start), at(start + piece.length)];
  return { line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}

interface Case {
  readonly rule: string;
  readonly series: Series;
  readonly dialect: string;
  readonly cell: BrokenTree;
}

/** Every tree of the table under every kernel that is to find the rule broken in it. */
const CASES: Case[] = Object.entries(RULE_TREES).flatMap(([rule, row]) => {
  const isTree = (cell: Cell) => typeof cell !== "string";
  const own = DIALECTS.filter((dialect) => isTree(row[dialect])).map((dialect) => ({
    rule,
    series: dialect as Series,
    dialect: dialect as string,
    cell: row[dialect] as BrokenTree,
  }));
  if (row.exact === "same") return [...own, ...own.map((item) => ({ ...item, series: "exact" as const }))];
  if (typeof row.exact === "string") return own;
  return [
    ...own,
    ...row.exact.map((cell, index) => ({ rule, series: "exact" as const, dialect: `tree ${index}`, cell })),
  ];
});

describe("the table", () => {
  const ruleOf = (id: string) => RULES.find((rule) => rule.id === id)!;

  test("has a row for every rule of the kernels, and no other", () => {
    expect(Object.keys(RULE_TREES).sort()).toEqual(RULES.map(({ id }) => id as string).sort());
  });

  test.each(Object.entries(RULE_TREES))(
    "%s: a tree for each series that has the rule, a reason for each other",
    (id, row) => {
      const having: readonly Series[] = ruleOf(id).series ?? [];
      for (const series of SERIES) {
        const cell = row[series];
        expect(typeof cell === "string" && cell !== "same", series).toBe(!having.includes(series));
        if (typeof cell === "string") expect(cell.length).toBeGreaterThan(3);
      }
    },
  );
});

describe("one rule broken", () => {
  test.each(CASES)("$rule under $series, in $dialect", ({ rule, series, cell }) => {
    const { good, was, is, at, outcome, alsoErrors = [], options } = cell;
    placeOf(good, was);
    const text = good.replace(was, () => is);
    const before = check(good, series, options);
    expect(before.outcome).toBe("managed");
    expect(before.findings.map((finding) => finding.rule).filter((id) => !AFTER_BOOT.includes(id))).toEqual([]);

    const after = check(text, series, options);
    expect(after.outcome).toBe(outcome);
    const [finding, second] = after.findings.filter((candidate) => candidate.rule === rule);
    expect(finding, "the rule is named").toBeDefined();
    if (rule !== "tag-table-emptied") expect(second).toBeUndefined();
    expect(after.sources.locate(finding!.span)).toMatchObject(placeOf(text, at));
    const others = new Set(after.findings.map((other) => other.rule));
    others.delete(rule);
    expect([...others]).toEqual(alsoErrors);
  });
});
