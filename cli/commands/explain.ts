import type { Command } from "commander";
import { allRules, findRule } from "../../core/rules/catalogue.ts";
import type { Rule } from "../../core/rules/rule.ts";
import { nearest } from "../../dts/nearest.ts";
import { Failure } from "../failure.ts";
import { completedBy, wordOf } from "../options.ts";
import { isTerminal, writeStandardOutput } from "../standard-streams.ts";
import { COLOR_MODES, type ColorMode, type Paint, painter } from "../style.ts";
import { tableLines } from "../table.ts";
import { wrap } from "../wrap.ts";

const WIDTH = 100;

export function addExplainCommand(program: Command): void {
  program
    .command("explain")
    .summary("tell what a rule means and how to mend what breaks it")
    .description("tell what a rule means, why the kernel has it, what happens when it is broken and how to mend it")
    .argument(
      "[rule]",
      "the name in brackets after a finding; without it, all rules are listed",
      completedBy(ruleIds, ruleOrFailure),
    )
    .option("--color <when>", "auto, always or never", wordOf(COLOR_MODES), "auto")
    .action((rule: Rule | undefined, { color }: { color: ColorMode }) => {
      const paint = painter(color, isTerminal("stdout"));
      const lines = rule === undefined ? listLines(allRules) : ruleLines(rule, paint);
      writeStandardOutput(`${lines.join("\n")}\n`);
    });
}

const ruleIds = () => allRules.map(({ id }) => id);

function ruleOrFailure(id: string): Rule {
  const rule = findRule(id);
  if (rule !== null) return rule;
  const ids = ruleIds();
  const near = nearest(id, ids) ?? ids.find((known) => known.includes(id)) ?? null;
  const suggestion = near === null ? "`carveout explain` lists all rules" : `did you mean ${near}?`;
  throw new Failure(`there is no rule ${id}; ${suggestion}`);
}

function listLines(rules: readonly Rule[]): string[] {
  return tableLines(
    [
      { title: "rule", align: "left" },
      { title: "severity", align: "left" },
      { title: "what holds where nothing is wrong", align: "left" },
    ],
    rules.map(({ id, severity, title }) => [id, severity, title]),
  );
}

function ruleLines(rule: Rule, paint: Paint): string[] {
  const section = (title: string, lines: readonly string[]) => [
    "",
    paint(title, "bold"),
    ...lines.map((line) => (line === "" ? "" : `  ${line}`)),
  ];
  const kernels = rule.series === null ? "whatever the kernel" : rule.series.join(", ");
  return [
    `${paint(rule.id, "bold")}: ${rule.title}`,
    `${rule.severity}; consequence: ${rule.consequence}; ${kernels}`,
    ...section("What is checked", wrap(rule.checks, WIDTH - 2)),
    ...(rule.functions === undefined ? [] : section("Where", functionLines(rule))),
    ...section("When it is broken", wrap(rule.breach, WIDTH - 2)),
    ...section("How to mend it", wrap(rule.mend, WIDTH - 2)),
    ...section("Wrong", rule.bad.split("\n")),
    ...section("Right", rule.good.split("\n")),
  ];
}

/** The functions that check a rule, series with the same function on one line. */
function functionLines({ functions = {}, series }: Rule): string[] {
  const seriesOf = new Map<string, string[]>();
  for (const name of series ?? []) {
    const where = name === "exact" ? "as the series that the tree is written for" : (functions[name] ?? "not checked");
    seriesOf.set(where, [...(seriesOf.get(where) ?? []), name]);
  }
  return [...seriesOf].flatMap(([where, names]) => wrap(`${names.join(", ")}: ${where}`, WIDTH - 2));
}
