/** The examples of the catalogue do what they say. */
import { describe, expect, test } from "vitest";
import { SCHEMA_RULES } from "../../core/rules/schema.ts";
import { parseSource } from "../../dts/parse-source.ts";
import type { DeviceTree } from "../../dts/tree.ts";
import { parseYaml } from "../../dts/yaml/parse.ts";
import { readBinding } from "../../schema/bindings/read-binding.ts";
import { compileBindings } from "../../schema/bindings/validate-bindings.ts";
import { validateDescription } from "../../schema/validate-description.ts";
import { validateTree } from "../../schema/validate-tree.ts";

/** The rules that a piece of YAML breaks. A piece that cannot be read is not looked at further. */
function yamlRules(text: string, isDescription: boolean): string[] {
  const { document, diagnostics } = parseYaml("m.yaml", text);
  if (document === null || !isDescription) return diagnostics.map(({ rule }) => rule);
  return validateDescription(document).map(({ rule }) => rule);
}

/** The rules that a piece of source breaks, put where it belongs. */
function treeRules(snippet: string): string[] {
  return validateTree(treeOf(snippet)).map(({ rule }) => rule);
}

/** Those that it breaks by a user's schema alone. */
function userRules(snippet: string, schema: string): string[] {
  const { binding } = readBinding("s.yaml", schema);
  return compileBindings([binding!])(treeOf(snippet)).map(({ rule }) => rule);
}

function treeOf(snippet: string): DeviceTree {
  const cells = "#address-cells = <2>; #size-cells = <2>;";
  const memory = (label: string, name: string, reg: string) =>
    `${label}${name} { device_type = "memory"; reg = <${reg}>; };`;
  const source = snippet.startsWith("#address-cells")
    ? `/dts-v1/; / { ${snippet} };`
    : `/dts-v1/; / { ${cells}
        ${memory("memory0: ", "memory@80000000", "0 0x80000000 0 0x80000000")}
        ${memory("", "memory@8f8000000", "8 0xf8000000 0 0x4000000")}
        reserved-memory { ${cells} ranges; ${snippet} }; };`;
  const { tree, diagnostics } = parseSource("x.dts", source, {
    files: { read: () => ({ kind: "missing" }) },
    includeDirs: [],
  });
  expect(diagnostics).toEqual([]);
  return tree!;
}

describe("the bad example breaks the rule and it alone, the good one none", () => {
  test.each(SCHEMA_RULES.map((rule) => [rule.id, rule] as const))("%s", (id, { bad, good }) => {
    if (id === "schema-user") {
      const schema = /with --schema:\n(.*)\*\//s.exec(bad)![1]!;
      expect(userRules(bad, schema)).toEqual([id]);
      expect(userRules(good, schema)).toEqual([]);
      return;
    }
    const isYaml = id.startsWith("yaml-") || id.startsWith("description-");
    const broken = isYaml ? (text: string) => yamlRules(text, id.startsWith("description-")) : treeRules;
    expect(broken(bad)).toEqual([id]);
    expect(broken(good)).toEqual([]);
  });
});
