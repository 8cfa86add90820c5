/**
 * Overlays as libfdt's users reported them, and overlays that are hard on whoever applies them. `gem5/gem5#3037` is a review of libfdt
 * 1.7.2; seven hex digits are dtc's commits.
 */
import { be32, begin, end, finish, prop, writeBlob } from "../blob-writer.ts";
import { type HostileCase, nested, root, type Sizes, shown, times } from "./case.ts";

const plugin = (text: string): string => `/dts-v1/;\n/plugin/;\n${text}`;

/** A fragment and lists of references as a blob could have them. */
const raw = (content: string): string =>
  plugin(`/ { fragment@0 { target-path = "/"; __overlay__ { p = [00 00 00 00 00]; }; }; ${content} };`);

const overlay = (name: string, answer: string, base: () => string, make: () => string): HostileCase => ({
  name,
  kind: "overlay",
  base,
  make,
  answer,
});

export function overlayCases({ many }: Sizes): readonly HostileCase[] {
  return [
    overlay(
      "aliases in a circle (79b9e32)",
      "overlay-target",
      () => root('aliases { a = "b/x"; b = "a/x"; c = "c"; }; __symbols__ { l = "c/x"; };'),
      () => plugin('/ { fragment@0 { target-path = "a/y"; __overlay__ { }; }; };'),
    ),
    overlay(
      "a label at the end of a circle of aliases (79b9e32)",
      "overlay-label",
      () => root('aliases { c = "c"; }; __symbols__ { l = "c/x"; };'),
      () => plugin("&l { };"),
    ),
    overlay(
      "an alias that doubles at each of sixteen steps",
      "overlay-target",
      () =>
        root(
          `aliases { ${times(16, (i) => `a${i} = "a${i + 1}/${"x/".repeat(1000)}"; `)} a16 = "/${"x/".repeat(1000)}"; };`,
        ),
      () => plugin('/ { fragment@0 { target-path = "a0/y"; __overlay__ { }; }; };'),
    ),
    overlay(
      "an empty path (2283dd7)",
      "overlay-label",
      () => root('__symbols__ { l = ""; m; };'),
      () => plugin('/ { fragment@9 { target-path = ""; __overlay__ { }; }; };\n&l { };\n&m { };'),
    ),
    overlay(
      "offsets of local references beyond their property (gem5/gem5#3037)",
      "overlay-fixup",
      () => root(""),
      () => raw("__local_fixups__ { fragment@0 { __overlay__ { p = <0 1 2 0x7ffffffe 0xfffffffc 0xffffffff>; }; }; };"),
    ),
    overlay(
      "an offset of 2^64 (gem5/gem5#3037)",
      "overlay-fixup",
      () => root("l: n { };"),
      () =>
        raw(
          '__fixups__ { l = "/fragment@0/__overlay__:p:18446744073709551616", "/fragment@0/__overlay__:p:4294967296"; };',
        ),
    ),
    overlay(
      "references to the base without name, offset or end (bef8338)",
      "overlay-fixup",
      () => root("l: n { };"),
      () => raw('__fixups__ { l = "", ":", "::", "/:p:", "/fragment@0/__overlay__:p:0x0", [2f]; };'),
    ),
    overlay(
      "phandles that the base has already (42b2aab)",
      "overlay-target",
      () => root("l: a { phandle = <1>; }; b { phandle = <0xfffffff0>; p = <1>; };"),
      () => plugin("&l { phandle = <1>; o: c { phandle = <2>; q = <&o &l>; }; };"),
    ),
    overlay(
      `${shown(many)} references to one label of the base`,
      "tree",
      () => root("l: n { };"),
      () => plugin(`&l { ${times(many, (i) => `p${i} = <&l>;`)} };`),
    ),
    overlay(
      `${shown(many)} references in one value`,
      "tree",
      () => root("l: n { };"),
      () => plugin(`&l { p = <${"&l ".repeat(many)}>; q: n { r = <${"&q ".repeat(many)}>; }; };`),
    ),
    overlay(
      `${shown(many / 5)} fragments, each for a node of its own`,
      "tree",
      () => root(times(many / 5, (i) => `l${i}: n${i} { };\n`)),
      () => plugin(times(many / 5, (i) => `&l${i} { p = <&l${many / 5 - 1 - i}>; };\n`)),
    ),
    overlay(
      `${shown(many / 2)} fragments for one node, by its path`,
      "tree",
      () => root("n { };"),
      () => plugin(times(many / 2, (i) => `&{/n} { p${i}; };\n`)),
    ),
    overlay(
      `${shown(many / 5)} labels of its own, and as many that the base has not`,
      "overlay-label",
      () => root(times(many / 5, (i) => `label${i}: n${i} { };\n`)),
      () => plugin(times(many / 5, (i) => `&labl${i} { own${i}: o${i} { }; };\n`)),
    ),
    overlay(
      `${shown(many / 2)} new nodes and properties in one node`,
      "tree",
      () => root(times(many / 2, (i) => `p${i};\n`) + times(many / 2, (i) => `n${i}@${i} { };\n`)),
      () =>
        plugin(
          `&{/} {\n${times(many / 2, (i) => `p${i} = <1>; q${i};\n`)}${times(many / 2, (i) => `n${i} { a; };\nm${i} { };\n`)} };`,
        ),
    ),
    {
      name: `${shown(many / 4)} nodes of seven phandles, and a reference to each`,
      kind: "overlay",
      base: () => root("n { };"),
      make: () =>
        writeBlob({
          items: [
            begin(""),
            begin("fragment@0"),
            prop("target-path", 0x2f, 0),
            begin("__overlay__"),
            ...Array.from({ length: many / 4 }, (_, i) => {
              const phandle = be32((i % 7) + 1);
              return [begin(`n${i}`), prop("phandle", ...phandle), prop("p", ...phandle), end];
            }).flat(),
            end,
            end,
            end,
            finish,
          ],
        }).bytes,
      answer: "tree",
    },
    overlay(
      "nodes as deep as they may be, put below nodes as deep",
      "overlay-limit",
      () => root(`${"a {".repeat(400)} l: a { }; ${"};".repeat(400)}`),
      () => plugin(`&l { ${nested(400)} };`),
    ),
  ];
}
