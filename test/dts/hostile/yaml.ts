/** YAML that is hard on its parser. */
import { type HostileCase, type Sizes, shown, times } from "./case.ts";

export function yamlCases({ many }: Sizes): readonly HostileCase[] {
  return [
    {
      name: "aliases of aliases, doubled a hundred times",
      kind: "yaml",
      make: () => `a0: &a0 [x, x]\n${times(100, (i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`)}`,
      answer: "yaml-limit",
    },
    { name: "an alias of itself", kind: "yaml", make: () => "a: &a [*a]\n", answer: "yaml-syntax" },
    {
      name: `brackets ${shown(many)} deep`,
      kind: "yaml",
      make: () => `a: ${"[".repeat(many)}`,
      answer: "yaml-limit",
    },
    { name: `${shown(many)} dashes`, kind: "yaml", make: () => "- ".repeat(many / 2), answer: "yaml-limit" },
    { name: `${shown(many)} commas`, kind: "yaml", make: () => `a: [${",".repeat(many)}]`, answer: "yaml-syntax" },
    { name: "a megabyte of nothing", kind: "yaml", make: () => " ".repeat(1 << 20), answer: "yaml-limit" },
    {
      name: "memory of three thousand entries",
      kind: "yaml",
      make: () => `memory:\n${times(3000, (i) => `  - { name: m${i}, base: ${i}, size: 1 }\n`)}`,
      answer: "tree",
    },
    {
      name: "tens of thousands of keys in one mapping, half of them twice",
      kind: "yaml",
      make: () => times(many / 10, (i) => `k${i >> 1}: 1\n`),
      answer: "yaml-duplicate-key",
    },
  ];
}
