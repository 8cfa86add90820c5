import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MAX_INPUT_BYTES } from "../../cli/files.ts";
import { findRule } from "../../core/rules/catalogue.ts";
import { LIMITS } from "../../dts/limits.ts";
import { SEARCHED_NODES } from "../../dts/overlay/apply-overlay.ts";
import { MAX_YAML_CHARS, MAX_YAML_DEPTH, MAX_YAML_DIAGNOSTICS, MAX_YAML_VALUES } from "../../dts/yaml/limits.ts";

const ALL = {
  ...LIMITS,
  SEARCHED_NODES,
  MAX_YAML_CHARS,
  MAX_YAML_VALUES,
  MAX_YAML_DEPTH,
  MAX_YAML_DIAGNOSTICS,
  MAX_INPUT_BYTES,
};

/** Rows of all tables that begin with a name in backquotes: its name, and the cells after it. */
const rows = readFileSync(new URL("../../docs/limits.md", import.meta.url), "utf8")
  .split("\n")
  .map((line) => /^\| `(\w+)` +\| (.*?) +\|$/.exec(line))
  .filter((match) => match !== null)
  .map(([, name, cells]) => ({ name: name!, cells: cells!.split(/ +\| +/) }));

test("docs/limits.md names every limit once, with its value", () => {
  const told = rows.map(({ name, cells }) => [name, Number(cells[0]!.replaceAll(",", ""))]);
  expect(told).toHaveLength(Object.keys(ALL).length);
  expect(Object.fromEntries(told)).toEqual(ALL);
});

test("and what each bounds, the rule it raises, and why it is what it is", () => {
  for (const { name, cells } of rows) {
    const [, bounds, rules, why] = cells;
    expect(bounds, name).not.toBe("");
    expect(why, name).not.toBe("");
    for (const rule of rules === "none" ? [] : rules!.split(", ")) {
      expect(findRule(rule.replaceAll("`", "")), `${name}: ${rule}`).not.toBeNull();
    }
  }
});
