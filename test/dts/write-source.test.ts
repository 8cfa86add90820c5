import { describe, expect, test } from "vitest";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { SourceMap } from "../../dts/source.ts";
import { DeviceTree, TreeNode } from "../../dts/tree.ts";
import { nameUnfitForSource, writeSource } from "../../dts/write-source.ts";
import { gathered } from "./gathered.ts";
import { parse } from "./memory-files.ts";

/** A tree as of a blob: one node with one property of these bytes. */
function treeWith(name: string, ...bytes: number[]): DeviceTree {
  const root = new TreeNode("", null);
  root.addProperty(name, new Uint8Array(bytes));
  return new DeviceTree(root, new SourceMap());
}

/** The line of the only property of a tree. */
function propertyLine(tree: DeviceTree): string {
  return gathered(writeSource, tree).split("\n")[3]!.trim();
}

/** The line that a property with this value in source comes out as. */
const rewritten = (value: string) => propertyLine(parse(`/dts-v1/;\n/ { p = ${value}; };`).tree!);

const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0));

describe("a value from source is written as what it was written as", () => {
  test.each([
    ["numbers in hex, of two digits at least", "<1 16 0xabcdef01>", "<0x01 0x10 0xabcdef01>"],
    ["lists apart", "<1 2>, <3>", "<0x01 0x02>, <0x03>"],
    ["a list over lines, and one that opens at the end of a line", "<1\n 2>, <\n /* x */ 3>", "<0x01 0x02>, <0x03>"],
    ["expressions as numbers", "<(1 + 2) (1 << 4)>", "<0x03 0x10>"],
    ["cells of 16 and 64 bits", "/bits/ 16 <1 2>, /bits/ 64 <1>", "/bits/ 16 <0x01 0x02>, /bits/ 64 <0x01>"],
    ["cells of 8 bits as a byte string", "/bits/ 8 <1 0xff>", "[01 ff]"],
    ["64 bits in full", "/bits/ 64 <0x123456789abcdef0>", "/bits/ 64 <0x123456789abcdef0>"],
    ["strings apart, though they look like cells", '"abc", "d"', '"abc", "d"'],
    ["a NUL inside a string", '"a\\0b"', '"a\\0b"'],
    ["a NUL before a digit, which would make one escape of both", '"a\\0001"', '"a\\0001"'],
    ["bytes beyond ASCII", '"\xc3\xa9"', '"\\xc3\\xa9"'],
    ["escapes", '"\\a\\b\\t\\n\\v\\f\\r\\"\\\\\\x7f"', '"\\a\\b\\t\\n\\v\\f\\r\\"\\\\\\x7f"'],
    ["labels inside", "a: <1 b: 2 c:>, d: [00 e: 01] f:", "a: <0x01 b:0x02>, c: d: [00 e:01] f:"],
    ["no empty pieces", "<>, <1>, []", "<0x01>"],
  ])("%s", (_what, value, expected) => {
    expect(rewritten(value)).toBe(`p = ${expected};`);
  });

  test("references as the number or the path that they came to, and with the label on the node", () => {
    const { tree } = parse("/dts-v1/;\n/ { p = <&n 7>, &n, <1 &n>; n: n { }; };");
    // dtc puts a blank before a reference that is not at the very beginning.
    expect(gathered(writeSource, tree!)).toBe(`/dts-v1/;

/ {
	p = <0x01 0x07>,  "/n", <0x01 0x01>;

	n: n {
		phandle = <0x01>;
	};
};
`);
  });

  test("a file as what its bytes look like", () => {
    const { tree } = parse('/dts-v1/;\n/ { p = <1>, /incbin/("f"), "x"; };', { f: "abc\0" });
    expect(propertyLine(tree!)).toBe('p = <0x01>, "abc", "x";');
  });

  test.each([
    ["an argument first", "PAIR(x) x 2", "<0x01 0x02>, <0x03 0x02>"],
    ["an argument last", "PAIR(x) 2 x", "<0x02 0x01>, <0x02 0x03>"],
    ["an argument between", "PAIR(x) 2 x 4", "<0x02 0x01 0x04>, <0x02 0x03 0x04>"],
  ])("cells out of a macro as cells of its list: %s", (_what, macro, expected) => {
    const { tree } = parse(`/dts-v1/;\n#define ${macro}\n/ { p = <PAIR(1)>, <PAIR(3)>; };`);
    expect(propertyLine(tree!)).toBe(`p = ${expected};`);
  });

  test.each([
    ["lines", "\n"],
    ["blanks", " "],
  ])("a long table as one list, in time: cells parted by %s", (_what, between) => {
    const rows = Array.from({ length: 50_000 }, (_, i) => `${i} 0 /* > */ (1 > 0)`).join(between);
    const { tree } = parse(`/dts-v1/;\n/ { p = <\n${rows}\n>, <1>; };`);
    const line = propertyLine(tree!);
    expect(line.startsWith("p = <0x00 0x00 0x01 0x01 0x00 0x01 ")).toBe(true);
    expect(line.split(">").length).toBe(3);
  });

  test("a value that was changed since as what it looks like", () => {
    const { tree } = parse('/dts-v1/;\n/ { p = "abc"; };');
    tree!.root.properties[0]!.value = new Uint8Array([0, 0, 0, 1]);
    expect(propertyLine(tree!)).toBe("p = <0x01>;");
  });
});

describe("a value of unknown type is guessed by dtc's rule", () => {
  test.each([
    ["printable text with its NUL: a string", ascii("abc\0"), '"abc"'],
    ["text with NULs: a list of strings", ascii("a\0bc\0"), '"a", "bc"'],
    ["as many NULs as characters are still strings", ascii("ab\0\0"), '"ab", ""'],
    ["more NULs than characters are none", ascii("a\0\0"), "[61 00 00]"],
    ["an empty string is none", [0], "[00]"],
    ["text without a NUL: cells, where there are whole ones", ascii("abcd"), "<0x61626364>"],
    ["control characters that have an escape belong to text", ascii("\n\0"), '"\\n"'],
    ["others do not", [1, 0], "[01 00]"],
    ["bytes beyond ASCII do not", [0xc3, 0xa9, 0], "[c3 a9 00]"],
    ["four bytes: a cell", [0, 0, 0, 1], "<0x01>"],
    ["a phandle is a cell, whatever it looks like", ascii("ab\0\0"), "<0x61620000>", "phandle"],
    ["anything else: bytes", [1, 2, 3], "[01 02 03]"],
  ])("%s", (_what, bytes, expected, name = "p") => {
    expect(propertyLine(treeWith(name, ...bytes))).toBe(`${name} = ${expected};`);
  });
});

describe("the rest of a tree", () => {
  test("reservations, labels and nodes stand as in the source; comments and deleted things do not", () => {
    const { tree } = parse(`/dts-v1/;
r: /memreserve/ 0x1000 0x2000;
/* a comment */
/ {
	a: empty;
	b: c: node@1 { d; inner { }; };
	gone { };
};
/ {
	/delete-node/ gone;
};
`);
    expect(gathered(writeSource, tree!)).toBe(`/dts-v1/;

r: /memreserve/	0x0000000000001000 0x0000000000002000;
/ {
	a: empty;

	b: c: node@1 {
		d;

		inner {
		};
	};
};
`);
  });

  test("labels that are added later stand first, the last of them before all, as dtc has it", () => {
    const { tree } = parse('/dts-v1/;\n#include "soc.dtsi"\nx: &a { };\n/ { y:\n/* y */ n { }; };\n', {
      "soc.dtsi": "/ { a:\n\tb: // two\n\tn { }; };\n",
    });
    expect(gathered(writeSource, tree!)).toContain("\ty: x: a: b: n {");
  });

  test("a name that looks like a directive is escaped, and one that only begins like one is not", () => {
    const { tree } = parse("/dts-v1/;\n/ { \\#define; \\#if-any; #defined; #size-cells = <1>; };");
    const text = gathered(writeSource, tree!);
    expect(text).toContain("\t\\#define;\n\t\\#if-any;\n\t#defined;\n\t#size-cells = <0x01>;\n");
    expect(Buffer.from(writeBlob(parse(text).tree!))).toEqual(Buffer.from(writeBlob(tree!)));
  });

  test("a name that source cannot hold is found before anything is written", () => {
    expect(nameUnfitForSource(treeWith("fine,name"))).toBeNull();
    expect(nameUnfitForSource(treeWith("a b"))?.name).toBe("a b");
    const tree = treeWith("p");
    tree.root.addChild("n").addChild("caf\xe9");
    expect(nameUnfitForSource(tree)).toMatchObject({ node: { name: "n" }, name: "caf\xe9" });
  });

  test("many labels on one node are written in time", () => {
    const labels = Array.from({ length: 20_000 }, (_, i) => `l${i}:`).join(" ");
    const { tree } = parse(`/dts-v1/;\n/ { ${labels} n { }; };`);
    expect(gathered(writeSource, tree!)).toContain("l0: l1: l2: ");
  });
});
