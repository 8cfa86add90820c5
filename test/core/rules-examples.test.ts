/** The examples that `explain` shows are true: each bad one breaks its rule in a whole tree, each good one does not. */
import { describe, expect, test } from "vitest";
import { checkTree } from "../../core/check.ts";
import { kernelConfig } from "../../core/kernel/config.ts";
import { HARDWARE_RULES } from "../../core/rules/hardware.ts";
import { KERNEL_RULES } from "../../core/rules/kernel.ts";
import { OBLIGATION_RULES } from "../../core/rules/obligations.ts";
import type { Rule } from "../../core/rules/rule.ts";
import { STRADDLE_RULES } from "../../core/rules/straddle.ts";
import { SERIES, type Series } from "../../core/series.ts";
import { parseSource } from "../../dts/parse-source.ts";

const RULES: readonly Rule[] = [...KERNEL_RULES, ...HARDWARE_RULES, ...OBLIGATION_RULES, ...STRADDLE_RULES];

/** No tree can break these for a kernel that is named. */
const WITHOUT_TRIAL: Readonly<Record<string, string>> = {
  "series-assumed": "raised where no kernel is named: rules-input-examples.test.ts",
  retention: "all series modelled keep it",
};

function rulesFound(text: string, series: Series): string[] {
  const { tree, diagnostics } = parseSource("t.dts", text, {
    files: { read: () => ({ kind: "missing" }) },
    includeDirs: [],
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (tree === null || errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
  return checkTree(tree, kernelConfig({ series })).findings.map(({ rule }) => rule);
}

const cases = RULES.flatMap((rule) =>
  (rule.trials ?? []).flatMap((trial) => trial.series.map((series) => ({ id: rule.id, series, rule, trial }))),
);

describe("a rule's examples", () => {
  test.each(cases)("$id under $series", ({ id, series, rule, trial }) => {
    expect(rule.series).toContain(series);
    expect(rulesFound(trial.treeOf(rule.bad), series)).toContain(id);
    expect(rulesFound(trial.treeOf(rule.good), series)).not.toContain(id);
  });

  test("are tried for each rule of the kernels, of hardware and of the obligations", () => {
    const untried = RULES.filter(({ trials }) => trials === undefined || trials.length === 0).map(({ id }) => id);
    expect(untried.sort()).toEqual(Object.keys(WITHOUT_TRIAL).sort());
  });
});

test("each rule of the kernels says which function of each series checks it", () => {
  const rules: readonly Rule[] = KERNEL_RULES;
  for (const { id, series, functions, checks } of rules) {
    if (series === null) continue;
    expect(Object.keys(functions!), id).toEqual(series.filter((name) => name !== "exact"));
    for (const names of Object.values(functions!)) {
      expect(names).toMatch(/^\w+(, (called by )?\w+)*$/);
      // Said once
      expect(checks).not.toContain(names);
    }
  }
});

test("series stand in the order of their posting", () => {
  for (const { series } of RULES) {
    expect(series).toEqual(series === null ? null : SERIES.filter((name) => series.includes(name)));
  }
});
