/**
 * What users of dtc reported as crashes or hangs, source by source. dgibson/dtc#64 and the like are threads on GitHub, seven hex digits
 * are dtc's commits.
 */
import { type HostileCase, root, times } from "./case.ts";

export function reportedCases(): readonly HostileCase[] {
  return [
    { name: "no bytes at all (a6e6c60)", kind: "dts", make: () => "", answer: "syntax" },
    {
      name: "NUL in the source, in a string, in a name and in a label",
      kind: "dts",
      make: () => root('\0 p = "a\0b"; q\0q; l\0: n\0 { };'),
      answer: "syntax",
    },
    {
      name: "NUL after a backslash (d728ad5)",
      kind: "dts",
      make: () => root('p = "\\\0"; q = "\\x\0";'),
      answer: "literal",
    },
    {
      name: "NUL in a line marker's file name (dtc's nul-in-line-info tests)",
      kind: "dts",
      make: () => `# 0 "\\0"\n# 1 "a\0b"\n#line 1 "\\x00"\n${root("p = <x>;")}`,
      answer: "undefined-macro",
    },
    {
      name: "a label before a reference to a label that is missing (3b9c970)",
      kind: "dts",
      make: () => `${root("")}x: &missing { };`,
      answer: "unknown-reference",
    },
    {
      name: "#size-cells that is no cell (64c46b0)",
      kind: "dts",
      make: () => root('#address-cells = [01]; #size-cells = "a"; memory@0 { device_type = "memory"; reg = <0 1>; };'),
      answer: "tree",
    },
    {
      name: "#*-cells of 2^32 - 1 (dgibson/dtc#64)",
      kind: "dts",
      make: () =>
        root(
          `#address-cells = <0xffffffff>; #size-cells = <0xffffffff>; interrupt-parent = <&l>;
        l: memory@0 { device_type = "memory"; #interrupt-cells = <0xffffffff>; #gpio-cells = <0xffffffff>; reg = <0 1>; gpios = <&l 1>; interrupts = <1>; };
        reserved-memory { #address-cells = <0xffffffff>; #size-cells = <0xffffffff>; ranges; a@0 { compatible = "arm,mte-tag-storage"; reg = <0 0>; block-size = <1>; tagged-memory = <&l>; }; };`,
        ),
      answer: "tree",
    },
    {
      name: "interrupt-parent of 0 and of 2^32 - 1 (8f69567)",
      kind: "dts",
      make: () =>
        root("interrupt-parent = <0>; interrupts = <1>; a { interrupt-parent = <0xffffffff>; interrupts = <1>; };"),
      answer: "tree",
    },
    {
      name: "an endpoint with a reg of two cells (ea3b9a1)",
      kind: "dts",
      make: () =>
        root(
          'bar { port { b: endpoint { remote-endpoint = <&f>; }; }; }; foo { port { #address-cells = <1>; #size-cells = <1>; f: endpoint@1 { reg = <1 2>; remote-endpoint = <&b>; }; }; }; baz { port { endpoint@1 { reg = "a"; }; }; };',
        ),
      answer: "tree",
    },
    {
      name: "a bus whose name is shorter than spi (ee57999)",
      kind: "dts",
      make: () =>
        root("s { #address-cells = <1>; #size-cells = <0>; a { }; }; sp { spi-slave; }; aliases { a = &{/s}; };"),
      answer: "tree",
    },
    {
      name: "a phandle that is no cell (analogdevicesinc/linux#610)",
      kind: "dts",
      make: () => root('a { phandle = [01]; }; b { phandle = "abc", "d"; }; c { linux,phandle; };'),
      answer: "explicit_phandles",
    },
    {
      name: "a phandle that refers to a label that is missing (bba26a5)",
      kind: "dts",
      make: () => `/dts-v1/;\n/plugin/;\n/ { a { phandle = <&missing>; }; };`,
      answer: "explicit_phandles",
    },
    {
      name: "a name that is a slash, an at sign or a hash",
      kind: "dts",
      make: () => root("@ { }; # { }; ? { @; #; };"),
      answer: "tree",
    },
    {
      name: "endpoints that refer to no node, by no cell (dgibson/dtc#162)",
      kind: "dts",
      make: () =>
        root(
          'a { port { endpoint { remote-endpoint = "x"; }; }; }; b { port { endpoint { remote-endpoint; phandle = <7>; }; }; }; c { ports { port@0 { reg = <0>; endpoint { remote-endpoint = <0xfffffffe>; }; }; }; };',
        ),
      answer: "tree",
    },
    {
      name: "interrupts whose parent is left to the base (beagleboard/bb.org-overlays#94)",
      kind: "dts",
      make: () =>
        "/dts-v1/;\n/plugin/;\n&i2c { a@1 { interrupt-parent = <&gpio>; interrupts = <1 2>; gpios = <&gpio 1>; }; };",
      answer: "tree",
    },
    {
      name: "nodes that refer to one another in a circle, interrupts too (zephyrproject-rtos/zephyr#57708)",
      kind: "dts",
      make: () =>
        root(
          "a: a { p = <&b>; interrupt-parent = <&b>; interrupts = <1>; b: b { p = <&a>; interrupt-parent = <&a>; interrupts = <1>; }; };",
        ),
      answer: "tree",
    },
    {
      name: "one mistake in a node that was written in five places (f267e67)",
      kind: "dts",
      make: () => root("l: n@1 { };") + times(4, () => "&l { reg = <2>; n@0 { }; };\n"),
      answer: "tree",
    },
    {
      name: "files 199 deep (64990a2)",
      kind: "dts",
      make: () => `#include "f1"\n${root("")}`,
      files: Object.fromEntries(
        Array.from({ length: 199 }, (_, i) => [`f${i + 1}`, i < 198 ? `#include "f${i + 2}"\n` : ""]),
      ),
      answer: "tree",
    },
    {
      name: "a string with every byte there is, and every escape (64330c6)",
      kind: "dts",
      make: () => {
        const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
        const escapes = Array.from(
          { length: 256 },
          (_, byte) => `\\x${byte.toString(16)}g\\${(byte % 64).toString(8)}`,
        );
        return root(`p = "${bytes.replace(/["\\\n]/g, "")}", "${escapes.join("")}";`);
      },
      answer: "tree",
    },
  ];
}
