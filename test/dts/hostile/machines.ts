/** Trees that are hard on what looks at trees: the schema, each series, the proof. */
import { type HostileCase, root, type Sizes, shown, times } from "./case.ts";

export function machineCases({ many, million }: Sizes): readonly HostileCase[] {
  return [
    {
      name: `${shown(many / 10)} memory nodes, each with a tag storage node`,
      kind: "dts",
      make: () =>
        root(
          times(
            many / 10,
            (i) => `m${i}: memory@${i} { device_type = "memory"; reg = <${i * 0x10000} 0x10000>; };
          tag-storage@${i} { compatible = "arm,mte-tag-storage"; reg = <0x80000000 0x800>; block-size = <4096>; memory = <&m${i}>; };\n`,
          ),
        ),
      answer: "tree",
    },
    {
      name: `${shown(many / 2)} memory nodes on top of one another`,
      kind: "dts",
      make: () =>
        root(times(many / 2, (i) => `memory@${i} { device_type = "memory"; reg = <${i * 4096} 0x40000000>; };\n`)),
      answer: "tree",
    },
    {
      name: `a memory node of ${shown(million / 2)} ranges`,
      kind: "dts",
      make: () =>
        root(`memory@0 { device_type = "memory"; reg = <${times(million / 2, (i) => `${i * 8192} 4096 `)}>; };`),
      answer: "tree",
    },
    {
      name: `${shown(many * 0.3)} reserved tag storage nodes`,
      kind: "dts",
      make: () =>
        root(`#address-cells = <1>; #size-cells = <1>; m: memory@0 { device_type = "memory"; reg = <0 0x80000000>; };
      reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;
      ${times(many * 0.3, (i) => `t@${i} { compatible = "arm,mte-tag-storage"; reusable; reg = <${i * 4096} 0x4000>; block-size = <4096>; tagged-memory = <&m>; };\n`)} };`),
      answer: "tree",
    },
    {
      name: `${shown(many)} tag storage nodes in the wrong place`,
      kind: "dts",
      make: () => root(`a { ${times(many, (i) => `t@${i} { compatible = "arm,mte-tag-storage"; };\n`)} };`),
      answer: "tree",
    },
    {
      name: `a bus 500 deep with ${shown(many / 100)} rows of ranges each`,
      kind: "dts",
      make: () => {
        const rows = `${"0 0 1 ".repeat(many / 100 - 1)} 0 0 0xffffffff`;
        return root(
          `${times(500, () => `b { ranges = <${rows}>; dma-ranges = <${rows}>; `)} m: memory@0 { device_type = "memory"; reg = <0x1000 0x1000>; }; ${"};".repeat(500)}
        reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; ${times(64, (i) => `t@${i} { compatible = "arm,mte-tag-storage"; reusable; reg = <${(i + 1) * 0x200000} 0x200000>; block-size = <4096>; tagged-memory = <&m>; };`)} };`,
        );
      },
      answer: "tree",
    },
    {
      name: `buses 62 deep, each with ${shown(many / 20)} rows of dma-ranges that the next one's rows go through`,
      kind: "dts",
      make: () => {
        const rows = times(many / 20, (i) => `${i} ${i} 1 `);
        return root(`${`b { dma-ranges = <${rows}>; ranges = <${rows}>; `.repeat(61)}${"};".repeat(61)}`);
      },
      answer: "tree",
    },
    {
      name: `an address of ${shown(million / 2)} cells`,
      kind: "dts",
      make: () =>
        root(`#address-cells = <${million / 2}>; #size-cells = <0>; memory@0 { device_type = "memory"; reg = <${"1 ".repeat(million / 2)}>; };
      reserved-memory { #address-cells = <${million / 2}>; #size-cells = <0>; ranges; t@0 { compatible = "arm,mte-tag-storage"; reg = <${"1 ".repeat(million / 2)}>; }; };`),
      answer: "tree",
    },
    {
      name: "blocks of a prime number of pages, memory of half the address space",
      kind: "dts",
      make: () =>
        root(`#address-cells = <2>; #size-cells = <2>;
      m: memory@0 { device_type = "memory"; reg = <0 0x3000 0x8000 0>; };
      tag-storage@0 { compatible = "arm,mte-tag-storage"; reg = <0x1 0 0x400 0>; block-size = <0xfffffffb>; memory = <&m>; };
      reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; t@0 { compatible = "arm,mte-tag-storage"; reusable; reg = <0x1 0 0x100 0>; block-size = <0x7fffffed>; tagged-memory = <&m>; }; };`),
      answer: "tree",
    },
    {
      name: `compatible of ${shown(many)} strings, and reg of ${shown(million * 0.4)} cells`,
      kind: "dts",
      make: () => {
        const strings = `${'"a", '.repeat(many)} "arm,mte-tag-storage"`;
        const cells = `<${"0 1 ".repeat(million * 0.2)}>`;
        return root(`n { compatible = ${strings}; }; memory@0 { device_type = "memory", ${strings}; reg = ${cells}; };
      reserved-memory { ranges = ${cells}; a { compatible = ${strings}; reg = ${cells}; }; };`);
      },
      answer: "tree",
    },
  ];
}
