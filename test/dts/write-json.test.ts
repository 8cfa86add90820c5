import { describe, expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import type { DeviceTree } from "../../dts/tree.ts";
import { type JsonTree, writeJson } from "../../dts/write-json.ts";
import { gathered } from "./gathered.ts";
import { parse } from "./memory-files.ts";

const json = (tree: DeviceTree) => JSON.parse(gathered(writeJson, tree)) as JsonTree;

describe("JSON", () => {
  test("holds all of a tree, in order, with values as they were written", () => {
    const { tree } = parse(`/dts-v1/;
r: /memreserve/ 0x80000000 0x100000000;
/ {
	a: reg = <1 0xffffffff>, <&l x: 2 &{/n@1}>;
	names = "one", "two", &l, &{/n@1};
	wide = /bits/ 16 <7>, /bits/ 64 <0x123456789abcdef0>;
	bytes = [00 ff], /bits/ 8 <1>;
	flag;
	l: m: n@1 { };
	cpus { cpu@2 { reg = <2>; }; };
};
`);
    expect(json(tree!)).toEqual({
      bootCpuId: 2,
      isOverlay: false,
      memReserves: [{ labels: ["r"], address: "0x80000000", size: "0x100000000" }],
      root: {
        name: "",
        properties: [
          {
            name: "reg",
            labels: ["a"],
            value: [
              { bits: 32, cells: [1, 4294967295] },
              { bits: 32, cells: [{ phandle: 1, label: "l" }, 2, { phandle: 1, path: "/n@1" }] },
            ],
            valueLabels: [{ label: "x", offset: 12 }],
          },
          {
            name: "names",
            value: [
              { string: "one" },
              { string: "two" },
              { string: "/n@1", label: "l" },
              { string: "/n@1", path: "/n@1" },
            ],
          },
          {
            name: "wide",
            value: [
              { bits: 16, cells: [7] },
              { bits: 64, cells: ["0x123456789abcdef0"] },
            ],
          },
          { name: "bytes", value: [{ bytes: "00ff" }, { bytes: "01" }] },
          { name: "flag", value: [] },
        ],
        children: [
          {
            name: "n@1",
            labels: ["l", "m"],
            properties: [{ name: "phandle", value: [{ bits: 32, cells: [1] }] }],
            children: [],
          },
          {
            name: "cpus",
            properties: [],
            children: [
              { name: "cpu@2", properties: [{ name: "reg", value: [{ bits: 32, cells: [2] }] }], children: [] },
            ],
          },
        ],
      },
    });
  });

  test("says where it guesses", () => {
    const { tree } = readBlob(writeBlob(parse('/dts-v1/;\n/ { p = "a", "b"; q = <1>; r; };').tree!));
    expect(json(tree!).root.properties).toEqual([
      { name: "p", isGuessed: true, value: [{ string: "a" }, { string: "b" }] },
      { name: "q", isGuessed: true, value: [{ bits: 32, cells: [1] }] },
      { name: "r", value: [] },
    ]);
  });

  test("has text for UTF-8, a byte order mark included, and bytes for what is none", () => {
    const { tree } = parse('/dts-v1/;\n/ { a = "caf\xc3\xa9"; b = "\\xff"; c = "\\xef\\xbb\\xbfx"; };');
    expect(json(tree!).root.properties.map(({ value }) => value)).toEqual([
      [{ string: "café" }],
      [{ bytes: "ff00" }],
      [{ string: "\ufeffx" }],
    ]);
  });

  test("keeps two nodes and properties of one name, as a blob can have", () => {
    const { tree } = parse("/dts-v1/;\n/ { p = <1>; n { }; };");
    tree!.root.addProperty("p", new Uint8Array(0));
    tree!.root.addChild("n");
    const { root } = json(tree!);
    expect(root.properties.map(({ name }) => name)).toEqual(["p", "p"]);
    expect(root.children.map(({ name }) => name)).toEqual(["n", "n"]);
  });

  test("has a line for each property, and is the same each time", () => {
    const { tree } = parse("/dts-v1/;\n/ { p = <1 2>; n { q; }; };");
    const text = gathered(writeJson, tree!);
    expect(text).toContain('\n      { "name": "p", "value": [{ "bits": 32, "cells": [1, 2] }] }\n');
    expect(gathered(writeJson, tree!)).toBe(text);
  });
});
