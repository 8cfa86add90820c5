import { expect, test } from "vitest";
import { parseSource } from "../../../dts/parse-source.ts";
import { decodeTree } from "../../../schema/bindings/decode-tree.ts";
import { gatherTypes } from "../../../schema/bindings/property-types.ts";

const TYPES = "/schemas/types.yaml#/definitions/";

/** The values of the node /n. */
function decoded(body: string, properties: object = {}): Record<string, unknown> {
  const source = `/dts-v1/;
/ {
	#address-cells = <2>; #size-cells = <1>; interrupt-parent = <&gic>;
	gic: gic { #interrupt-cells = <3>; phandle = <1>; };
	clk: clk { #clock-cells = <1>; phandle = <2>; };
	osc: osc { #clock-cells = <0>; phandle = <3>; };
	n { ${body} };
};`;
  const { tree } = parseSource("t.dts", source, { files: { read: () => ({ kind: "missing" }) }, includeDirs: [] });
  const value = decodeTree(tree!, gatherTypes([{ properties } as never])).valueOf(tree!.nodeAt("/n")!);
  return value as Record<string, unknown>;
}

// By hand: #address-cells 2 and #size-cells 1 make rows of three; interrupts of three by the gic; clk takes a cell, osc none.
test.each([
  [
    "reg by the parent's cells",
    "p",
    "reg = <0 1 2 0 3 4>;",
    "reg",
    [
      [0, 1, 2],
      [0, 3, 4],
    ],
  ],
  ["a reg that is no whole number of rows", "p", "reg = <0 1 2 3>;", "reg", [[0, 1, 2], [3]]],
  [
    "ranges by both nodes' cells",
    "p",
    "#address-cells = <1>; #size-cells = <1>; ranges = <0 0 1 2>;",
    "ranges",
    [[0, 0, 1, 2]],
  ],
  [
    "interrupts by their parent's",
    "p",
    "interrupts = <0 1 4 0 2 4>;",
    "interrupts",
    [
      [0, 1, 4],
      [0, 2, 4],
    ],
  ],
  ["clocks by their providers'", "p", "clocks = <&clk 5 &osc &clk 6>;", "clocks", [[2, 5], [3], [2, 6]]],
  ["regions, which take no cells", "p", "memory-region = <&clk &osc>;", "memory-region", [[2], [3]]],
  ["cells of no known type", "p", "p = <0x01020304 5>;", "p", [[0x01020304, 5]]],
  ["texts of no known type", "p", 'p = "a", "b";', "p", ["a", "b"]],
  ["a flag", "p", "p;", "p", true],
  ["bytes that are neither", "p", "p = [01 02 03];", "p", false],
  ["bytes", "uint8-array", "p = [01 02 03];", "p", [[1, 2, 3]]],
  ["numbers of 16 bits", "uint16-array", "p = [01 02 03 04];", "p", [[0x102, 0x304]]],
  ["numbers with a sign", "int16-array", "p = [ff ff 00 01];", "p", [[-1, 1]]],
  ["a number of 64 bits", "uint64", "p = /bits/ 64 <0x100000001>;", "p", [[0x100000001]]],
  ["cells that look like a text", "uint32", 'p = "abc";', "p", [[0x61626300]]],
  ["bytes that are no whole number", "uint32", "p = [01 02 03];", "p", false],
])("%s", (_what, type, body, name, expected) => {
  const properties = type === "p" ? {} : { p: { $ref: TYPES + type } };
  expect(decoded(body, properties)[name]).toEqual(expected);
});

test("rows of a matrix by what the binding says of them", () => {
  const matrix = (sizes: object) => decoded("p = <1 2 3 4 5 6>;", { p: { $ref: `${TYPES}uint32-matrix`, ...sizes } }).p;
  expect(matrix({ items: { minItems: 2, maxItems: 2 } })).toEqual([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  expect(matrix({ minItems: 2, maxItems: 2 })).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  // 4 does not divide 6, 5 does not, 6 does
  expect(matrix({ minItems: 1, maxItems: 9, items: { minItems: 4, maxItems: 6 } })).toEqual([[1, 2, 3, 4, 5, 6]]);
});

test("children, the node's name, and no generated nodes", () => {
  const value = decoded("c { d = <1>; }; __symbols__ { e = <2>; };");
  expect(value.$nodename).toEqual(["n"]);
  expect(Object.entries(value.c as object)).toEqual([["d", [[1]]]]);
  expect(value).not.toHaveProperty("__symbols__");
});
