import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isBlob } from "../../dts/blob/header.ts";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { LIMITS } from "../../dts/limits.ts";
import type { TreeNode } from "../../dts/tree.ts";
import { type BlobShape, be32, begin, end, finish, nop, prop, words, writeBlob } from "./blob-writer.ts";

const SMALL: BlobShape = {
  reserves: [[0x1000, 0x200]],
  items: [
    begin(""),
    prop("#address-cells", ...be32(2)),
    prop("model", 0x78, 0),
    begin("memory@80000000"),
    prop("device_type", 0x6d, 0),
    prop("dma-coherent"),
    end,
    begin("cpus"),
    prop("#address-cells", ...be32(1)),
    end,
    end,
    finish,
  ],
};

function flat(node: TreeNode): unknown[] {
  return [node.name, node.properties.map((p) => [p.name, [...p.value]]), node.children.map(flat)];
}

const SMALL_TREE = [
  "",
  [
    ["#address-cells", [0, 0, 0, 2]],
    ["model", [0x78, 0]],
  ],
  [
    [
      "memory@80000000",
      [
        ["device_type", [0x6d, 0]],
        ["dma-coherent", []],
      ],
      [],
    ],
    ["cpus", [["#address-cells", [0, 0, 0, 1]]], []],
  ],
];

function read(shape: BlobShape) {
  return readBlob(writeBlob(shape).bytes);
}

/** The rules of the errors in a blob; a blob without one has a tree, and only that. */
function errors(shape: BlobShape | Uint8Array): string[] {
  const result = shape instanceof Uint8Array ? readBlob(shape) : read(shape);
  const rules = result.diagnostics.filter(({ severity }) => severity === "error").map(({ rule }) => rule);
  expect(result.tree === null).toBe(rules.length > 0);
  return rules;
}

describe("a sound blob", () => {
  test("gives its nodes, properties, reservations and boot processor", () => {
    const { tree, diagnostics } = read(SMALL);
    expect(diagnostics).toEqual([]);
    expect(flat(tree!.root)).toEqual(SMALL_TREE);
    expect(tree!.memReserves.map(({ address, size }) => [address, size])).toEqual([[0x1000n, 0x200n]]);
    expect(tree!.bootCpuId).toBe(3);
    expect(tree!.root.children[0]!.path).toBe("/memory@80000000");
  });

  test("is read from a Buffer in the middle of another, and values are plain arrays", () => {
    const { bytes } = writeBlob(SMALL);
    const around = Buffer.concat([Buffer.from([1, 2, 3]), bytes, Buffer.from([4, 5])]);
    const { tree } = readBlob(around.subarray(3, 3 + bytes.length));
    expect(flat(tree!.root)).toEqual(SMALL_TREE);
    expect(Buffer.isBuffer(tree!.root.properties[0]!.value)).toBe(false);
  });

  test("may have bytes after its totalsize", () => {
    const { tree, diagnostics } = readBlob(new Uint8Array([...writeBlob(SMALL).bytes, 1, 2, 3]));
    expect(diagnostics).toEqual([]);
    expect(flat(tree!.root)).toEqual(SMALL_TREE);
  });

  test("of version 16 does not say how long its structure block is", () => {
    // Word 9 is no header field in version 16: nonsense there must not matter.
    const { tree } = read({ ...SMALL, header: { 5: 16, 9: 0xffffffff } });
    expect(flat(tree!.root)).toEqual(SMALL_TREE);
  });

  test("of a later version is read where it says that it is compatible", () => {
    expect(errors({ ...SMALL, header: { 5: 99, 6: 17 } })).toEqual([]);
    expect(errors({ ...SMALL, header: { 5: 99, 6: 18 } })).toEqual(["blob-version"]);
  });

  test("may have NOP tokens anywhere", () => {
    const items = [nop, begin(""), nop, prop("a"), nop, begin("b"), nop, end, nop, end, nop, finish];
    const { tree, diagnostics } = read({ items });
    expect(diagnostics).toEqual([]);
    expect(flat(tree!.root)).toEqual(["", [["a", []]], [["b", [], []]]]);
  });

  test("with a property after a child node is read with one warning for each such node, as by dtc", () => {
    const { tree, diagnostics } = read({ items: [begin(""), begin("b"), end, prop("a"), prop("c"), end, finish] });
    expect(diagnostics.map(({ rule, severity, node }) => [rule, severity, node])).toEqual([
      ["blob-structure", "warning", "/"],
    ]);
    expect(flat(tree!.root)).toEqual([
      "",
      [
        ["a", []],
        ["c", []],
      ],
      [["b", [], []]],
    ]);
  });

  test("with a name that is the end of another is read", () => {
    // One string, "interrupt-parent\0"; the property's name starts 10 bytes into it.
    const strings = [...Buffer.from("interrupt-parent\0", "latin1")];
    const { tree } = read({ items: [begin(""), words(3, 0, 10), end, finish], strings });
    expect(tree!.root.properties.map(({ name }) => name)).toEqual(["parent"]);
  });

  test("as deep as the limit is read, one node deeper is refused", () => {
    const nested = (levels: number) => [
      begin(""),
      ...Array.from({ length: levels - 1 }, () => begin("n")),
      ...Array.from({ length: levels }, () => end),
      finish,
    ];
    expect(errors({ items: nested(LIMITS.nodeDepth) })).toEqual([]);
    expect(errors({ items: nested(LIMITS.nodeDepth + 1) })).toEqual(["blob-limit"]);
  });
});

describe("a header", () => {
  test("of another file is no blob", () => {
    expect(isBlob(writeBlob(SMALL).bytes)).toBe(true);
    expect(isBlob(Buffer.from("/dts-v1/;"))).toBe(false);
    expect(isBlob(new Uint8Array([0xd0, 0x0d, 0xfe]))).toBe(false);
    expect(errors(new Uint8Array(Buffer.from("/dts-v1/;")))).toEqual(["blob-magic"]);
  });

  test.each([
    ["an older version", { 5: 3, 6: 1 }, ["blob-version"]],
    ["a compatible version above its own", { 5: 16, 6: 17 }, ["blob-version"]],
    ["a totalsize below its own size", { 1: 39 }, ["blob-offset"]],
    ["a totalsize beyond the file", { 1: 0xffffffff }, ["blob-truncated"]],
    ["a structure block outside", { 2: 0xfffffff0 }, ["blob-offset"]],
    ["a structure block that starts in the header", { 2: 36 }, ["blob-offset"]],
    ["a structure block off a word", { 2: 58 }, ["blob-offset"]],
    ["a structure block that ends outside", { 9: 0x7fffffff }, ["blob-offset"]],
    ["a strings block outside", { 3: 0x80000000 }, ["blob-offset"]],
    ["a strings block that ends outside", { 8: 0xffffffff }, ["blob-offset"]],
    ["a reservation block outside", { 4: 0x1000000 }, ["blob-offset"]],
    ["three blocks outside", { 2: 0x40000000, 3: 0x50000000, 4: 0x60000000 }, Array(3).fill("blob-offset")],
  ])("with %s is refused", (_what, header, expected) => {
    expect(errors({ ...SMALL, header })).toEqual(expected);
  });

  test("says where the block lies and where the blob ends, in hex", () => {
    const { bytes } = writeBlob(SMALL);
    const { diagnostics } = read({ ...SMALL, header: { 2: 0x100000 } });
    expect(diagnostics[0]!.message).toContain("0x100000");
    expect(diagnostics[0]!.message).toContain(`0x${bytes.length.toString(16)}`);
    expect(diagnostics[0]!.node).toBeNull();
  });

  test("with a reservation block off 8 bytes is read with a warning", () => {
    // 32 zero bytes from 40 on: an empty list at 44 just as at 40.
    const { tree, diagnostics } = read({ ...SMALL, reserves: [[0, 0]], header: { 4: 44 } });
    expect(tree).not.toBeNull();
    expect(diagnostics.map(({ severity }) => severity)).toEqual(["warning"]);
    expect(diagnostics[0]!.rule).toBe("blob-offset");
  });
});

describe("the reservation block", () => {
  test("without its closing entry is refused", () => {
    const blob = writeBlob({ items: [begin(""), end, finish] });
    // The map moved to the last 16 bytes, which are no zeroes: 1 as the low word of a size.
    const bytes = new Uint8Array([...blob.bytes, ...be32(0), ...be32(0), ...be32(0), ...be32(1)]);
    new DataView(bytes.buffer).setUint32(4, bytes.length);
    new DataView(bytes.buffer).setUint32(16, blob.bytes.length);
    expect(errors(bytes)).toEqual(["blob-reserve-map"]);
  });

  test("ends at a size of 0, with a warning where the address is not", () => {
    const reserves = [
      [0x1000, 0x1000],
      [0x2000, 0],
      [0x3000, 0x1000],
    ] as const;
    const { tree, diagnostics } = read({ ...SMALL, reserves });
    expect(tree!.memReserves.length).toBe(1);
    expect(diagnostics.map(({ rule, severity }) => [rule, severity])).toEqual([["blob-reserve-map", "warning"]]);
  });
});

describe("the structure block", () => {
  test.each([
    ["is empty", [], ["blob-structure"]],
    ["has no root", [finish], ["blob-structure"]],
    ["has no end token", [begin(""), end], ["blob-structure"]],
    ["ends inside a node", [begin(""), begin("a"), end, finish], ["blob-structure"]],
    ["has one end too many", [begin(""), end, end, finish], ["blob-structure"]],
    ["has two roots", [begin(""), end, begin(""), end, finish], ["blob-structure"]],
    ["has a property before the root", [prop("a"), begin(""), end, finish], ["blob-structure"]],
    ["has a property after the root", [begin(""), end, prop("a"), finish], ["blob-structure"]],
    ["has an unknown token", [begin(""), words(7), end, finish], ["blob-structure"]],
    ["has a child without a name", [begin(""), begin(""), end, end, finish], ["blob-structure"]],
    ["has a value that runs out", [begin(""), words(3, 0x1000, 0), end, finish], ["blob-structure"]],
    ["has a value of 4 GiB", [begin(""), words(3, 0xffffffff, 0), end, finish], ["blob-structure"]],
    ["ends inside a property", [begin(""), words(3, 0)], ["blob-structure"]],
    ["has a name that runs out", [begin(""), words(1, 0x61616161)], ["blob-structure"]],
    ["has a name of 2000 bytes", [begin(""), begin("n".repeat(2000)), end, end, finish], ["blob-structure"]],
    ["has a property name outside", [begin(""), prop("a"), words(3, 0, 2), end, finish], ["blob-offset"]],
    ["has a property name far outside", [begin(""), words(3, 0, 0xffffffff), end, finish], ["blob-offset"]],
    ["has an empty property name", [begin(""), prop("a"), words(3, 0, 1), end, finish], ["blob-offset"]],
    [
      "has several bad property names",
      [begin(""), words(3, 0, 90), begin("b"), words(3, 0, 91), end, end, finish],
      ["blob-offset", "blob-offset"],
    ],
  ])("that %s is refused", (_what, items, expected) => {
    expect(errors({ items })).toEqual(expected);
  });

  test("names the node and the byte of a mistake", () => {
    const shape: BlobShape = { items: [begin(""), begin("soc"), prop("a"), words(7), end, end, finish] };
    // Structure block: BEGIN and "" 8 bytes, BEGIN and "soc" 8, PROP with no value 12, so the bad token is 28 in.
    const at = writeBlob(shape).structureAt + 28;
    const { diagnostics } = read(shape);
    expect(diagnostics.map(({ node }) => node)).toEqual(["/soc"]);
    expect(diagnostics[0]!.message).toContain(`at 0x${at.toString(16)}`);
  });

  test("with a property name that is not closed is refused", () => {
    const items = [begin(""), prop("ab"), end, finish];
    expect(errors({ items, strings: [0x61, 0x62] })).toEqual(["blob-offset"]);
  });

  test("with 10,000 bad names gives no more errors than the limit", () => {
    const items = [begin(""), ...Array.from({ length: 10_000 }, () => words(3, 0, 50)), end, finish];
    expect(errors({ items }).length).toBe(LIMITS.errors);
  });
});

describe("whatever the bytes", () => {
  test("every truncation of a blob is one or more errors", () => {
    const { bytes } = writeBlob(SMALL);
    for (let length = 0; length < bytes.length; length++) {
      expect(errors(bytes.slice(0, length)), `${length} bytes`).toContain("blob-truncated");
    }
  });

  test("every truncation with totalsize put right is refused or gives a tree, without exception", () => {
    const { bytes, stringsAt } = writeBlob(SMALL);
    for (let length = 40; length < bytes.length; length++) {
      const cut = bytes.slice(0, length);
      new DataView(cut.buffer).setUint32(4, length);
      // The strings block now ends outside, and before its start so does the structure block.
      expect(errors(cut).length).toBeGreaterThanOrEqual(length < stringsAt ? 2 : 1);
    }
  });

  test("mutated blobs end in a tree or in errors", () => {
    const { bytes } = writeBlob(SMALL);
    const mutation = fc.record({
      at: fc.nat(bytes.length - 1),
      value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 3, 4, 9, 255)),
    });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 8 }), (mutations) => {
        const mutated = bytes.slice();
        for (const { at, value } of mutations) mutated[at] = value;
        errors(mutated);
      }),
      { numRuns: 3000 },
    );
  });

  test("any tokens in any order end in a tree or in errors", () => {
    const item = fc.oneof(
      fc.constantFrom(begin("n"), end, end, nop, prop("a", 1), finish, begin("")),
      fc.array(fc.constantFrom(0, 1, 2, 3, 4, 9, 0x61000000, 0xffffffff), { maxLength: 4 }).map((w) => words(...w)),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 30 }), (items) => void errors({ items: [begin(""), ...items] })),
      { numRuns: 2000 },
    );
  });

  test("reading takes time in proportion to size: 1 MB of names that all overlap", () => {
    // Each of 80,000 properties names the string from another byte on, and no NUL comes for a megabyte.
    const count = 80_000;
    const structure = new Uint8Array([
      ...be32(1),
      ...be32(0),
      ...Array.from({ length: count }, (_, i) => [...be32(3), ...be32(0), ...be32(i)]).flat(),
      ...be32(2),
      ...be32(9),
    ]);
    const strings = new Uint8Array(1_000_000).fill(0x61);
    const structureAt = 56;
    const header = [
      0xd00dfeed,
      structureAt + structure.length + strings.length,
      structureAt,
      structureAt + structure.length,
      40,
      17,
      16,
      0,
      strings.length,
      structure.length,
    ];
    const bytes = Buffer.concat([new Uint8Array(header.flatMap(be32)), new Uint8Array(16), structure, strings]);
    expect(errors(bytes).every((rule) => rule === "blob-offset")).toBe(true);
  });
});
