/** Sources with very many, very long or very deep parts. */
import { type HostileCase, nested, root, type Sizes, shown, times } from "./case.ts";

export function sizeCases({ many, million }: Sizes): readonly HostileCase[] {
  return [
    {
      name: `a label on each of ${shown(many)} siblings, and a reference to each`,
      kind: "dts",
      make: () => root(times(many, (i) => `l${i}: n${i} { p = <&l${many - 1 - i}>; };\n`)),
      answer: "tree",
    },
    {
      name: `a reference by path to each of ${shown(many)} siblings`,
      kind: "dts",
      make: () => root(times(many, (i) => `n${i} { p = <&{/n${many - 1 - i}}>; };\n`)),
      answer: "tree",
    },
    {
      name: `the path of each of ${shown(many)} siblings`,
      kind: "dts",
      make: () => root(times(many, (i) => `l${i}: n${i} { p = &l${many - 1 - i}, &{/n${i}}; };\n`)),
      answer: "tree",
    },
    {
      name: `${shown(many / 2)} nodes opened again by label, by path and from the root`,
      kind: "dts",
      make: () =>
        root(times(many / 2, (i) => `l${i}: n${i} { };\n`)) +
        times(many / 2, (i) => `&l${i} { a; };\n`) +
        times(many / 2, (i) => `&{/n${i}} { b; };\n`) +
        `/ {\n${times(many / 2, (i) => `n${i} { c; };\n`)} };\n`,
      answer: "tree",
    },
    {
      name: `${shown(many)} nodes deleted one by one`,
      kind: "dts",
      make: () =>
        root(times(many, (i) => `l${i}: n${i} { };\n`)) +
        times(many / 2, (i) => `/delete-node/ &l${i};\n`) +
        `/ {\n${times(many / 2, (i) => `/delete-node/ n${many / 2 + i};\n`)} };\n`,
      answer: "tree",
    },
    {
      name: `${shown(many * 0.8)} properties of one node, written twice and deleted`,
      kind: "dts",
      make: () =>
        root(times(many * 0.8, (i) => `p${i} = <${i}>;\n`)) +
        root(times(many * 0.8, (i) => `p${i} = "again";\n`)).slice("/dts-v1/;".length) +
        `/ {\n${times(many * 0.8, (i) => `/delete-property/ p${i};\n`)} };\n`,
      answer: "tree",
    },
    {
      name: `${shown(many)} labels on one node`,
      kind: "dts",
      make: () => root(`${times(many, (i) => `l${i}: `)} n { };`),
      answer: "tree",
    },
    {
      name: `${shown(many)} labels put on one node one by one`,
      kind: "dts",
      make: () => root("l: n { };") + times(many, (i) => `l${i}: &l { };\n`),
      answer: "tree",
    },
    {
      name: `${shown(many)} labels on one property and inside one value`,
      kind: "dts",
      make: () =>
        root(
          `${times(many, (i) => `l${i}: `)} p = <1>; q = ${times(many, (i) => `m${i}: `)} <2 ${times(many, (i) => `k${i}: `)}>;`,
        ),
      answer: "tree",
    },
    {
      name: `${shown(many)} references to labels that nobody has, beside ${shown(many)} labels of nearly that name`,
      kind: "dts",
      make: () => root(times(many, (i) => `label${i}: n${i} { p = <&labl${i}>; };\n`)),
      answer: "phandle_references",
    },
    {
      name: `${shown(many)} nodes to open that nobody has, beside ${shown(many)} labels`,
      kind: "dts",
      make: () => root(times(many, (i) => `label${i}: n${i} { };\n`)) + times(many, (i) => `&labl${i} { };\n`),
      answer: "unknown-reference",
    },
    {
      name: `one label on ${shown(many)} nodes`,
      kind: "dts",
      make: () => root(times(many, (i) => `l: n${i} { };\n`)),
      answer: "duplicate_label",
    },
    {
      name: `${shown(many)} nodes of one name`,
      kind: "dts",
      make: () => root(times(many, () => "n { };\n")),
      answer: "duplicate_node_names",
    },
    {
      name: `${shown(many)} properties of one name`,
      kind: "dts",
      make: () => root(times(many, () => "p;\n")),
      answer: "duplicate_property_names",
    },
    {
      name: `one phandle on ${shown(many)} nodes`,
      kind: "dts",
      make: () => root(times(many, (i) => `n${i} { phandle = <1>; };\n`)),
      answer: "explicit_phandles",
    },
    {
      name: `phandles that leave no low number free for ${shown(many / 2)} references`,
      kind: "dts",
      make: () => root(times(many / 2, (i) => `n${i} { phandle = <${i + 1}>; };\n l${i}: m${i} { p = <&l${i}>; };\n`)),
      answer: "tree",
    },
    {
      name: `${shown(many)} nodes left out where nothing refers to them, each naming the next`,
      kind: "dts",
      make: () => root(times(many, (i) => `/omit-if-no-ref/ l${i}: n${i} { };\n`)),
      answer: "tree",
    },
    {
      name: `${shown(many)} values that run to the end of the line`,
      kind: "dts",
      make: () => root(times(many, () => 'p = "open;\n')),
      answer: "syntax",
    },
    {
      name: `a quote that opens each of ${shown(many)} lines`,
      kind: "dts",
      make: () => times(many, () => "\"'\n"),
      answer: "syntax",
    },
    {
      name: "nodes 512 deep, each a path to write",
      kind: "dts",
      make: () => root(`p = &l; ${"a { ".repeat(510)}l: a { };${"};".repeat(510)}`),
      answer: "tree",
    },
    {
      name: `nodes ${shown(million)} deep`,
      kind: "dts",
      make: () => root(nested(million)),
      answer: "limit",
    },
    {
      name: `${shown(million)} braces that are never closed`,
      kind: "dts",
      make: () => root("a {".repeat(million)),
      answer: "limit",
    },
    {
      name: `${shown(million)} braces that close nothing`,
      kind: "dts",
      make: () => `/dts-v1/;${"};".repeat(million)}`,
      answer: "syntax",
    },
    {
      name: `parentheses ${shown(million)} deep`,
      kind: "dts",
      make: () => root(`p = <${"(".repeat(million)}1${")".repeat(million)}>;`),
      answer: "limit",
    },
    {
      name: `${shown(million)} signs before a number`,
      kind: "dts",
      make: () => root(`p = <(${"-~!".repeat(Math.floor(million / 3))}1)>;`),
      answer: "limit",
    },
    {
      name: `a conditional ${shown(million)} deep`,
      kind: "dts",
      make: () => root(`p = <(${"1?".repeat(million / 2)}1${":1".repeat(million / 2)})>;`),
      answer: "limit",
    },
    {
      name: `a sum of ${shown(million)} terms`,
      kind: "dts",
      make: () => root(`p = <(1${"+1".repeat(million)})>;`),
      answer: "tree",
    },
    {
      name: `an #if of ${shown(million)} parentheses, and one of ${shown(million)} terms`,
      kind: "dts",
      make: () => `#if ${"(".repeat(million)}\n#endif\n#if 1${"+1".repeat(million * 0.3)}\n#endif\n${root("")}`,
      answer: "limit",
    },
    {
      name: `/bits/ 8, 16, 32 and 64 with ${shown(million / 2)} cells each`,
      kind: "dts",
      make: () =>
        root([8, 16, 32, 64].map((bits) => `p${bits} = /bits/ ${bits} <${"1 ".repeat(million / 2)}>;`).join("\n")),
      answer: "tree",
    },
    {
      name: "widths that /bits/ does not have",
      kind: "dts",
      make: () =>
        root(
          "p = /bits/ 18446744073709551615 <1>; q = /bits/ 0 <1>; r = /bits/ 0x80000000 <1>; s = /bits/ 99999999999999999999999 <1>;",
        ),
      answer: "syntax",
    },
    {
      name: `a literal with ${shown(million)} digits`,
      kind: "dts",
      make: () =>
        root(
          `p = <0x${"f".repeat(million)} ${"9".repeat(million)} 0${"7".repeat(million)}>;\n#if ${"9".repeat(million)}\n#endif`,
        ),
      answer: "literal",
    },
    {
      name: `a byte string of ${shown(million * 2)} digits`,
      kind: "dts",
      make: () => root(`p = [${"ab".repeat(million)}];`),
      answer: "tree",
    },
    {
      name: "a byte string of an odd million digits",
      kind: "dts",
      make: () => root(`p = [${"ab".repeat(million)}a];`),
      answer: "syntax",
    },
    {
      name: `a string of ${shown(million * 10)} characters, every second one an escape`,
      kind: "dts",
      make: () => root(`p = "${"\\n".repeat(million * 5)}";`),
      answer: "tree",
    },
    {
      name: `a name of ${shown(million)} characters`,
      kind: "dts",
      make: () => root(`${"n".repeat(million)} { ${"p".repeat(million)}; };`),
      answer: "limit",
    },
    {
      name: `a name of ${shown(million)} pieces`,
      kind: "dts",
      make: () => root(`${"n-".repeat(million / 2)} { ${"p,".repeat(million / 2)}; };`),
      answer: "limit",
    },
    {
      name: `${shown(many / 10)} long names that end alike`,
      kind: "dts",
      make: () => root(times(many / 10, (i) => `p${i}${"x".repeat(200)};\n`)),
      answer: "tree",
    },
    {
      name: `a label of ${shown(million)} characters`,
      kind: "dts",
      make: () => root(`${"l".repeat(million)}: n { p = <&${"l".repeat(million)} &${"k".repeat(million)}>; };`),
      answer: "limit",
    },
    {
      name: `a path of ${shown(million)} steps`,
      kind: "dts",
      make: () => root(`p = <&{${"/a".repeat(million)}}>;`),
      answer: "phandle_references",
    },
    {
      name: `a line of megabytes, with mistakes all along it`,
      kind: "dts",
      make: () => root("a = <1 , 2>; b = ; ".repeat(million * 0.27)),
      answer: "syntax",
    },
    {
      name: `${shown(million / 2)} mistakes on as many lines`,
      kind: "dts",
      make: () => root("a = <x>;\n".repeat(million / 2)),
      answer: "undefined-macro",
    },
    {
      name: `${shown(many)} line markers, and __LINE__ after each`,
      kind: "dts",
      make: () => root(times(many, (i) => `# ${i} "f${i % 7}.dts"\np${i} = <__LINE__>;\n`)),
      answer: "tree",
    },
    {
      name: "70,000 /memreserve/",
      kind: "dts",
      make: () => `/dts-v1/;\n${times(70_000, (i) => `/memreserve/ ${i} 1;\n`)}/ { };`,
      answer: "limit",
    },
    {
      name: `a line of ${shown(million)} backslashes and line ends`,
      kind: "dts",
      make: () =>
        `#define A ${"\\\n".repeat(million)} 1\n${root(`p = <A ${"\\ \n".repeat(million)}>; q${"\\\n".repeat(million / 2)}q = "${"\\\n".repeat(million / 2)}";`)}`,
      answer: "tree",
    },
    {
      name: `${shown(million)} comments, and one that does not end`,
      kind: "dts",
      make: () => `${root("/**/".repeat(million))}${"/*".repeat(million)}`,
      answer: "syntax",
    },
    {
      name: `${shown(million)} slashes and ${shown(million)} quotes`,
      kind: "dts",
      make: () => root(`p = <1>; ${"/ ".repeat(million)} ${"'".repeat(million)}`),
      answer: "syntax",
    },
  ];
}
