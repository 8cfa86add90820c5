import { describe, expect, test } from "vitest";
import { word } from "../../dts/blob/header.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { sortTree } from "../../dts/sort-tree.ts";
import { addSymbols } from "../../dts/symbols-node.ts";
import type { DeviceTree } from "../../dts/tree.ts";
import { parse } from "./memory-files.ts";

const tree = () => parse("/dts-v1/;\n/memreserve/ 0x1000 0x2000;\n/ { p; };").tree!;

// Header 40; one reservation and the closing one, 32; a node with one empty property: begin 4, name 4, property 12, end 4,
// end of tree 4, together 28; strings "p" and NUL, 2.
const PLAIN_BYTES = 40 + 32 + 28 + 2;

describe("the layout of a blob", () => {
  test.each([
    ["nothing more", {}, PLAIN_BYTES],
    ["room for 3 reservations", { reserveSlots: 3 }, PLAIN_BYTES + 48],
    ["padding", { padBytes: 5 }, PLAIN_BYTES + 5],
    ["padding, then alignment", { padBytes: 27, alignBytes: 64 }, 192],
    ["a least size", { minimumBytes: 500 }, 500],
    ["a least size that is less", { minimumBytes: 5 }, PLAIN_BYTES],
    ["a least size, then alignment", { minimumBytes: 500, alignBytes: 256 }, 512],
  ])("with %s: as long as totalsize says, zeroes at the end", (_what, options, expected) => {
    const blob = writeBlob(tree(), options);
    expect(blob.length).toBe(expected);
    expect(word(blob, 4)).toBe(expected);
    const slots = "reserveSlots" in options ? options.reserveSlots : 0;
    const used = PLAIN_BYTES + slots * 16;
    expect(blob.slice(used).every((byte) => byte === 0)).toBe(true);
    // The structure block begins after the reservations, whatever room is left in them.
    expect(word(blob, 8)).toBe(72 + slots * 16);
    expect(blob.slice(56, 72 + slots * 16).every((byte) => byte === 0)).toBe(true);
  });
});

/** Paths of all nodes, each with its properties. */
function listing({ root }: DeviceTree): string[] {
  return [...root.walk()].map(({ path, properties }) => `${path}: ${properties.map(({ name }) => name).join(" ")}`);
}

describe("sorting", () => {
  test("puts names in the order of their bytes, and reservations in that of address and size", () => {
    const { tree: unsorted } = parse(`/dts-v1/;
/memreserve/ 0x200000000 1;
/memreserve/ 0x10 2;
/memreserve/ 0x10 1;
/ { b; a; B; #c; n@2 { }; n@10 { y; x; }; N { }; };
`);
    sortTree(unsorted!);
    expect(listing(unsorted!)).toEqual(["/: #c B a b", "/N: ", "/n@10: x y", "/n@2: "]);
    expect(unsorted!.memReserves.map(({ address, size }) => [address, size])).toEqual([
      [0x10n, 1n],
      [0x10n, 2n],
      [0x200000000n, 1n],
    ]);
  });
});

describe("symbols", () => {
  const symbols = (source: string) => {
    const { tree: labelled } = parse(source);
    const { kept } = addSymbols(labelled!);
    const node = labelled!.nodeAt("/__symbols__");
    return { tree: labelled!, kept, paths: node?.properties.map((p) => [p.name, p.strings()[0]]) };
  };

  test("are not added where their paths have more bytes than a tree may hold: many labels, deep down", () => {
    // A path of 256 names of 255 characters, each with its slash, and a NUL: 65,537 bytes, and 2^26 / 65,537 = 1023.98.
    const name = "n".repeat(255);
    const deep = (labels: number): string => {
      const names = Array.from({ length: labels }, (_, i) => `l${i}:`).join(" ");
      return `/dts-v1/;\n/ { ${`${name} {`.repeat(255)} ${names} ${name} { }; ${"};".repeat(255)} };`;
    };
    const fitting = parse(deep(1023)).tree!;
    expect(addSymbols(fitting)).toEqual({ kept: [], error: null });
    expect(fitting.nodeAt("/__symbols__")!.properties).toHaveLength(1023);
    const { tree } = parse(deep(1024));
    const before = writeBlob(tree!);
    const { error } = addSymbols(tree!);
    expect(error).toMatchObject({ rule: "limit", severity: "error" });
    expect(tree!.sources.locate(error!.span)).toMatchObject({ line: 2 });
    expect(writeBlob(tree!)).toEqual(before);
  });

  test("are the labels of nodes with their paths, in the order of the nodes", () => {
    const { paths } = symbols("/dts-v1/;\n/ { x: a { z: q@1 { }; p: prop; }; y: b { }; };".replace("p: prop; ", ""));
    expect(paths).toEqual([
      ["x", "/a"],
      ["z", "/a/q@1"],
      ["y", "/b"],
    ]);
  });

  test("give each labelled node the lowest phandle that no other has, after all references", () => {
    const { tree: labelled } = symbols(
      "/dts-v1/;\n/ { p = <&c>; a: a { }; b: b { phandle = <2>; }; c: c { }; d: d { }; e { }; };",
    );
    // The reference takes 1, b has 2 of its own: a gets 3 and d gets 4.
    expect(labelled.root.children.map(({ phandle }) => phandle)).toEqual([3, 2, 1, 4, null, null]);
  });

  test("keep a node that is omitted unless referred to, where it is labelled", () => {
    const source = "/dts-v1/;\n/ { /omit-if-no-ref/ l: a { }; /omit-if-no-ref/ b { }; };";
    expect(listing(parse(source, {}, { keepsLabelled: true }).tree!)).toEqual(["/: ", "/a: "]);
    expect(listing(parse(source).tree!)).toEqual(["/: "]);
  });

  test("are not made where no node is labelled", () => {
    expect(symbols("/dts-v1/;\n/ { l: p; n { }; };").paths).toBeUndefined();
  });

  test("that are there already are kept and told", () => {
    const { kept, paths } = symbols('/dts-v1/;\n/ { __symbols__ { x = "/y"; }; x: x { }; z: z { }; };');
    expect(kept).toEqual(["x"]);
    expect(paths).toEqual([
      ["x", "/y"],
      ["z", "/z"],
    ]);
  });

  test("of an overlay stand before its fixups", () => {
    const { tree: overlay } = symbols("/dts-v1/;\n/plugin/;\n&base { l: n { p = <&l &other>; }; };");
    expect(overlay.root.children.map(({ name }) => name)).toEqual([
      "fragment@0",
      "__symbols__",
      "__fixups__",
      "__local_fixups__",
    ]);
  });
});
