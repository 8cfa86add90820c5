import { describe, expect, test } from "vitest";
import { SourceMap } from "../../dts/source.ts";
import { DeviceTree, TreeNode } from "../../dts/tree.ts";
import { writeYaml } from "../../dts/write-yaml.ts";
import { gathered } from "./gathered.ts";
import { parse } from "./memory-files.ts";

describe("YAML as dt-validate reads it", () => {
  test("has a mapping a node, a list a property, a list a piece, and tags on all but 32-bit cells", () => {
    const { tree } = parse(`/dts-v1/;
/memreserve/ 0x1000 0x1000;
/ {
	#address-cells = <1>;
	model = "a", "b";
	flag;
	mixed = <1 &l>, /bits/ 8 <1>, [02], /bits/ 16 <3>, /bits/ 64 <4>, &l;
	l: node@1 { };
};
`);
    expect(gathered(writeYaml, tree!)).toBe(`---
- '#address-cells': [[0x1]]
  model: ["a", "b"]
  flag: true
  mixed: [[0x1, !phandle 0x1], !u8 [0x1], !u8 [0x2], !u16 [0x3], !u64 [0x4], "/node@1"]
  node@1:
    phandle: [[0x1]]
...
`);
  });

  test("folds a list at the first item beyond column 80", () => {
    const { tree } = parse(`/dts-v1/;\n/ { p = <${"0xffffffff ".repeat(8)}>; };`);
    // "- p: [[" and items of 12 columns each with their comma and blank: the line is beyond 80 after the seventh.
    expect(gathered(writeYaml, tree!)).toBe(
      `---\n- p: [[${"0xffffffff, ".repeat(6)}0xffffffff,\n      0xffffffff]]\n...\n`,
    );
  });

  test("keeps the bytes of /incbin/, for which dtc 1.6.1 writes an empty list", () => {
    const { tree } = parse('/dts-v1/;\n/ { inc = /incbin/("three.bin"); };', { "three.bin": "\x01\x02\x03" });
    expect(gathered(writeYaml, tree!)).toBe("---\n- inc: [!u8 [0x1, 0x2, 0x3]]\n...\n");
  });

  test("has an empty mapping for an empty tree", () => {
    expect(gathered(writeYaml, parse("/dts-v1/;\n/ { };").tree!)).toBe("---\n- {}\n...\n");
  });

  test("guesses where nothing says what the bytes are, and keeps bytes beyond ASCII", () => {
    const root = new TreeNode("", null);
    root.addProperty("compatible", new TextEncoder().encode("a,b\0c\0"));
    root.addProperty("reg", new Uint8Array([0, 0, 0, 1]));
    root.addProperty("caf\xe9", new Uint8Array(0));
    expect(gathered(writeYaml, new DeviceTree(root, new SourceMap()))).toBe(
      '---\n- compatible: ["a,b", "c"]\n  reg: [[0x1]]\n  "caf\\xE9": true\n...\n',
    );
    const { tree } = parse('/dts-v1/;\n/ { p = "\xc3\xa9"; };');
    expect(gathered(writeYaml, tree!)).toContain('p: ["\\xC3\\xA9"]');
  });
});
