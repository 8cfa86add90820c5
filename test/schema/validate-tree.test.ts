import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SCHEMA_RULES } from "../../core/rules/schema.ts";
import { NO_SPAN, SourceMap } from "../../dts/source.ts";
import { DeviceTree, TreeNode } from "../../dts/tree.ts";
import { validateTree } from "../../schema/validate-tree.ts";
import { buildTree, change, type NodeSpec, node, textAt, type Value } from "../core/build-tree.ts";
import {
  CELLS,
  findings,
  machine,
  memory,
  messages,
  reservedMemory,
  reservedRange,
  reservedTags,
  rootTags,
  tagMemory,
} from "./machine-tree.ts";

type Changes = Record<string, Value | undefined>;

const withMemory = (changes: Changes) => machine(change(memory, changes));
const withRange = (changes: Changes) => machine(memory, reservedMemory(change(reservedRange, changes)));
const withV2 = (changes: Changes) => machine(memory, change(rootTags, changes));
const withV3 = (changes: Changes) => machine(memory, tagMemory, reservedMemory(change(reservedTags, changes)));

const V2 = "/tag-storage@8f8000000";
const V3 = "/reserved-memory/tag-storage@8f8000000";

describe("a tree that is well formed has no findings", () => {
  test.each<[string, DeviceTree]>([
    ["nothing but a root", buildTree(CELLS, [])],
    ["memory and reserved memory", machine(memory, reservedMemory(reservedRange))],
    ["rfc-v1", machine(memory, { ...rootTags, name: "metadata@8f8000000" })],
    ["rfc-v2", machine(memory, rootTags)],
    ["rfc-v3", machine(memory, tagMemory, reservedMemory(reservedTags))],
    ["one cell each", buildTree({ "#address-cells": [1], "#size-cells": [1] }, [change(memory, { reg: [0, 1] })])],
    ["memory that linux,usable-memory describes", withMemory({ reg: undefined, "linux,usable-memory": [0, 0, 0, 1] })],
    ["several ranges of memory", withMemory({ reg: [0, 0, 0, 1, 0, 2, 0, 1] })],
    [
      "memory that is off, and says nothing else",
      withMemory({ reg: undefined, device_type: undefined, status: "disabled" }),
    ],
    ["memory under another name", machine(node("dram", { device_type: "memory", reg: [0, 0, 0, 1] }))],
    ["a memory controller, whose reg is its own affair", machine(node("memory-controller@0", { reg: [1] }))],
    ["a reserved range that the kernel places", withRange({ reg: undefined, size: [0, 4096], alignment: [0, 4096] })],
    ["a reserved range that is off, and says nothing", withRange({ reg: undefined, status: "disabled" })],
    ["reserved memory with a translation", machine(change(reservedMemory(), { ranges: [0, 0, 0, 0, 1, 0] }))],
    [
      "properties that no schema knows, in memory",
      withMemory({ "vendor,magic": [1, 2, 3], constructor: [1] as Value }),
    ],
    ["rfc-v3 tag storage with what dt-schema lets stand anywhere", withV3({ status: "okay", "pinctrl-0": [1] })],
    [
      "rfc-v3 tag storage that is off, and dangles",
      withV3({ status: "disabled", "tagged-memory": [9], reg: [9, 9, 9, 9] }),
    ],
    [
      "tag storage in the tagged memory's own bank",
      machine(memory, reservedMemory(change(reservedTags, { reg: [0, 0x90000000, 0, 1] }))),
    ],
    ["the compatible in other letters, as kernels compare it", withV2({ compatible: "ARM,MTE-Tag-Storage" })],
    ["a tag storage compatible where no series looks", machine(node("soc", {}, [change(rootTags, { reg: [1] })]))],
  ])("%s", (_, tree) => expect(findings(tree)).toEqual([]));

  test("an overlay is left until it is applied", () => {
    const tree = buildTree({}, [node("fragment@0", {}, [])]);
    tree.isPlugin = true;
    expect(validateTree(tree)).toEqual([]);
  });
});

describe("one mistake is one finding, at its place", () => {
  test.each<[string, DeviceTree, string]>([
    // The root.
    [
      "#address-cells of two cells",
      buildTree({ ...CELLS, "#address-cells": [0, 2] }, [memory]),
      'error schema-property-type / "#address-cells = <0x0 0x2>"',
    ],
    [
      "#size-cells of three",
      buildTree({ ...CELLS, "#size-cells": [3] }, []),
      'warning schema-binding / "#size-cells = <0x3>"',
    ],
    ["no #size-cells", buildTree({ "#address-cells": [1] }, []), 'warning schema-binding / "/"'],
    // Memory.
    [
      "a cell too few",
      withMemory({ reg: [0x80000000, 0, 0x80000000] }),
      'error schema-reg-length /memory@80000000 "reg = <0x80000000 0x0 0x80000000>"',
    ],
    [
      "bytes beyond a cell",
      withMemory({ reg: new Uint8Array(17) }),
      `error schema-property-type /memory@80000000 "reg = [${Array(17).fill("00").join(" ")}]"`,
    ],
    ["an empty reg", withMemory({ reg: [] }), 'error schema-reg-length /memory@80000000 "reg = <>"'],
    [
      "a short linux,usable-memory",
      withMemory({ "linux,usable-memory": [0, 1] }),
      'error schema-reg-length /memory@80000000 "linux,usable-memory = <0x0 0x1>"',
    ],
    ["no reg", withMemory({ reg: undefined }), 'error schema-missing-property /memory@80000000 "memory@80000000"'],
    [
      "no device_type",
      withMemory({ device_type: undefined }),
      'warning schema-binding /memory@80000000 "memory@80000000"',
    ],
    [
      "another device_type",
      withMemory({ device_type: "ram" }),
      'warning schema-binding /memory@80000000 "device_type = \\"ram\\""',
    ],
    [
      "two texts as device_type",
      withMemory({ device_type: ["memory", "ram"] }),
      'error schema-property-type /memory@80000000 "device_type = \\"memory\\", \\"ram\\""',
    ],
    [
      "a text without NUL",
      withMemory({ device_type: Uint8Array.of(0x6d, 0x65) }),
      'error schema-property-type /memory@80000000 "device_type = [6d 65]"',
    ],
    ["an empty text", withMemory({ status: true }), 'error schema-property-type /memory@80000000 "status"'],
    ["cells as a text", withMemory({ status: [1] }), 'error schema-property-type /memory@80000000 "status = <0x1>"'],
    [
      "a NUMA node of two cells",
      withMemory({ "numa-node-id": [0, 1] }),
      'error schema-property-type /memory@80000000 "numa-node-id = <0x0 0x1>"',
    ],
    [
      "an unknown status",
      withMemory({ status: "enabled" }),
      'warning schema-binding /memory@80000000 "status = \\"enabled\\""',
    ],
    // Reserved memory.
    [
      "reserved memory without ranges",
      machine(change(reservedMemory(reservedRange), { ranges: undefined })),
      'error schema-missing-property /reserved-memory "reserved-memory"',
    ],
    [
      "reserved memory without cells",
      machine(change(reservedMemory(reservedRange), { "#size-cells": undefined })),
      'error schema-missing-property /reserved-memory "reserved-memory"',
    ],
    [
      "ranges of one row and a bit",
      machine(change(reservedMemory(), { ranges: [0, 0, 0, 0, 0] })),
      'error schema-reg-length /reserved-memory "ranges = <0x0 0x0 0x0 0x0 0x0>"',
    ],
    [
      "a range of no size and no place",
      withRange({ reg: undefined }),
      'error schema-missing-property /reserved-memory/secure@ff000000 "secure@ff000000"',
    ],
    [
      "a short reg",
      withRange({ reg: [0, 0] }),
      'error schema-reg-length /reserved-memory/secure@ff000000 "reg = <0x0 0x0>"',
    ],
    [
      "a short size, where the kernel places the range",
      withRange({ reg: undefined, size: [4096] }),
      'error schema-reg-length /reserved-memory/secure@ff000000 "size = <0x1000>"',
    ],
    [
      "a short alignment, where nobody reads it",
      withRange({ alignment: [4096] }),
      'warning schema-binding /reserved-memory/secure@ff000000 "alignment = <0x1000>"',
    ],
    [
      "reg and size",
      withRange({ size: [0, 4096] }),
      'warning schema-binding /reserved-memory/secure@ff000000 "size = <0x0 0x1000>"',
    ],
    [
      "no-map and reusable",
      withRange({ reusable: true }),
      'warning schema-binding /reserved-memory/secure@ff000000 "reusable"',
    ],
    [
      "a flag with a value",
      withRange({ "no-map": [1] }),
      'warning schema-binding /reserved-memory/secure@ff000000 "no-map = <0x1>"',
    ],
    // Tag storage as rfc-v1 and rfc-v2 have it.
    ["rfc-v2 without reg", withV2({ reg: undefined }), `error schema-missing-property ${V2} "tag-storage@8f8000000"`],
    [
      "rfc-v2 without block-size",
      withV2({ "block-size": undefined }),
      `error schema-missing-property ${V2} "tag-storage@8f8000000"`,
    ],
    [
      "rfc-v2 without memory",
      withV2({ memory: undefined }),
      `error schema-missing-property ${V2} "tag-storage@8f8000000"`,
    ],
    [
      "rfc-v2 without memory, though off",
      withV2({ memory: undefined, status: "disabled" }),
      `error schema-missing-property ${V2} "tag-storage@8f8000000"`,
    ],
    [
      "rfc-v2 of two ranges, at the second",
      withV2({ reg: [8, 0xf8000000, 0, 0x4000000, 9, 0, 0, 1] }),
      `error schema-reg-length ${V2} "0x9"`,
    ],
    [
      "rfc-v2 with a short reg",
      withV2({ reg: [8, 0xf8000000, 0x4000000] }),
      `error schema-reg-length ${V2} "reg = <0x8 0xf8000000 0x4000000>"`,
    ],
    ["rfc-v2 with two phandles", withV2({ memory: [1, 1] }), `error schema-property-type ${V2} "memory = <0x1 0x1>"`],
    [
      "rfc-v2 with a block size of 64 bits",
      withV2({ "block-size": [0, 4096] }),
      `error schema-property-type ${V2} "block-size = <0x0 0x1000>"`,
    ],
    ["rfc-v2 with a dangling phandle", withV2({ memory: [0x2a] }), `error dangling-phandle ${V2} "0x2a"`],
    // Tag storage as rfc-v3 has it.
    ["rfc-v3 without reg", withV3({ reg: undefined }), `error schema-missing-property ${V3} "tag-storage@8f8000000"`],
    [
      "rfc-v3 without block-size",
      withV3({ "block-size": undefined }),
      `error schema-missing-property ${V3} "tag-storage@8f8000000"`,
    ],
    [
      "rfc-v3 without tagged-memory",
      withV3({ "tagged-memory": undefined }),
      `error schema-missing-property ${V3} "tag-storage@8f8000000"`,
    ],
    [
      "rfc-v3 with tagged-memory misspelt",
      withV3({ "tagged-memory": undefined, tagged_memory: [1] }),
      `error schema-missing-property ${V3} "tagged_memory"`,
    ],
    [
      "rfc-v3 without reusable",
      withV3({ reusable: undefined }),
      `warning schema-binding ${V3} "tag-storage@8f8000000"`,
    ],
    ["rfc-v3 with no-map too", withV3({ "no-map": true }), `warning schema-binding ${V3} "reusable"`],
    [
      "rfc-v3 of two ranges, at the second",
      withV3({ reg: [8, 0xf8000000, 0, 0x4000000, 9, 0, 0, 1] }),
      `warning schema-binding ${V3} "0x9"`,
    ],
    [
      "rfc-v3 with two compatibles",
      withV3({ compatible: ["arm,mte-tag-storage", "x"] }),
      `warning schema-binding ${V3} "compatible = \\"arm,mte-tag-storage\\", \\"x\\""`,
    ],
    [
      "rfc-v3 with its compatible in other letters",
      withV3({ compatible: "ARM,mte-tag-storage" }),
      `warning schema-binding ${V3} "compatible = \\"ARM,mte-tag-storage\\""`,
    ],
    [
      "rfc-v3 with what its binding does not know",
      withV3({ "vendor,magic": [1] }),
      `warning schema-binding ${V3} "vendor,magic = <0x1>"`,
    ],
    [
      "rfc-v3 with a child",
      machine(memory, tagMemory, reservedMemory({ ...reservedTags, children: [node("x", {})] })),
      `warning schema-binding ${V3} "x"`,
    ],
    ["rfc-v3 with a dangling phandle", withV3({ "tagged-memory": [0] }), `error dangling-phandle ${V3} "0x0"`],
    [
      "rfc-v3 that no memory node describes",
      machine(memory, reservedMemory(reservedTags)),
      `warning schema-binding ${V3} "reg = <0x8 0xf8000000 0x0 0x4000000>"`,
    ],
    [
      "rfc-v3 that a memory node describes but for its last byte",
      machine(memory, change(tagMemory, { reg: [8, 0xf8000000, 0, 0x3ffffff] }), reservedMemory(reservedTags)),
      `warning schema-binding ${V3} "reg = <0x8 0xf8000000 0x0 0x4000000>"`,
    ],
    [
      "rfc-v3 that only memory that is off describes",
      machine(memory, change(tagMemory, { status: "disabled" }), reservedMemory(reservedTags)),
      `warning schema-binding ${V3} "reg = <0x8 0xf8000000 0x0 0x4000000>"`,
    ],
  ])("%s", (_, tree, expected) => expect(findings(tree)).toEqual([expected]));

  test("several mistakes are all found, in the order of the tree", () => {
    const tree = machine(change(memory, { reg: [1] }), change(rootTags, { memory: [7], "block-size": undefined }));
    expect(findings(tree)).toEqual([
      'error schema-reg-length /memory@80000000 "reg = <0x1>"',
      `error schema-missing-property ${V2} "tag-storage@8f8000000"`,
      `error dangling-phandle ${V2} "0x7"`,
    ]);
  });

  test("memory nodes that touch describe a tag range together", () => {
    const half = (address: number): NodeSpec =>
      node(`memory@8${address.toString(16)}`, { device_type: "memory", reg: [8, address, 0, 0x2000000] });
    // 0xf8000000 + 0x2000000 = 0xfa000000
    const tree = machine(memory, half(0xfa000000), half(0xf8000000), reservedMemory(reservedTags));
    expect(findings(tree)).toEqual([]);
  });

  test("cells that are themselves wrong are the only finding", () => {
    const tree = buildTree({ ...CELLS, "#size-cells": [0, 2] }, [change(memory, { reg: [1, 2, 3] })]);
    expect(findings(tree)).toEqual(['error schema-property-type / "#size-cells = <0x0 0x2>"']);
  });
});

describe("findings are in words", () => {
  test("about the cells that a reg has and the cells that it takes", () => {
    expect(messages(withMemory({ reg: [0x80000000, 0, 0x80000000] }))).toEqual([
      "reg of memory@80000000 has 3 cells; with #address-cells 2 and #size-cells 2 it takes a multiple of 4",
    ]);
  });

  test("with the place that sets the cells beside it", () => {
    const tree = withMemory({ reg: [1] });
    const related = validateTree(tree)[0]!.related!;
    expect(related.map(({ message, span }) => [message, textAt(tree, span)])).toEqual([
      ["#address-cells of the root", "#address-cells = <0x2>"],
      ["#size-cells of the root", "#size-cells = <0x2>"],
    ]);
  });

  test("about the phandle that no node has", () => {
    expect(messages(withV3({ "tagged-memory": [0x2a] }))[0]).toContain("phandle 0x2a");
  });

  test("about the misspelt property where one is missing", () => {
    const [found] = validateTree(withV3({ "tagged-memory": undefined, tagged_memory: [1] }));
    expect(found!.message).toContain("has no tagged-memory");
    expect(found!.hint).toContain("tagged_memory");
  });
});

const VALUES: readonly Value[] = [
  true,
  [],
  [0],
  [1],
  [0, 1],
  [1, 2, 3],
  [0, 0x80000000, 0, 0x1000],
  "",
  "memory",
  ["a", "b"],
  new Uint8Array(3),
];

describe("for any tree", () => {
  const NAMES = [
    "#address-cells",
    "#size-cells",
    "ranges",
    "reg",
    "size",
    "alignment",
    "no-map",
    "reusable",
    "status",
    "device_type",
    "compatible",
    "block-size",
    "memory",
    "tagged-memory",
    "phandle",
    "toString",
  ];
  const properties = fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES, "arm,mte-tag-storage"), {
    noNullPrototype: true,
  });
  const nodeNames = fc.constantFrom("memory@0", "memory", "reserved-memory", "tag-storage@1", "metadata", "x");
  const leaf = fc.tuple(nodeNames, properties).map(([name, values]) => node(name, values));
  const branch = fc
    .tuple(nodeNames, properties, fc.array(leaf, { maxLength: 3 }))
    .map(([name, values, children]) => node(name, values, children));

  test("findings have a message, a node of the tree, a span in it, and the severity that the catalogue says", () => {
    const severities = new Map<string, string>(SCHEMA_RULES.map(({ id, severity }) => [id, severity]));
    fc.assert(
      fc.property(properties, fc.array(branch, { maxLength: 4 }), (rootProperties, children) => {
        const tree = buildTree(rootProperties, children);
        const paths = new Set([...tree.root.walk()].map(({ path }) => path));
        for (const { rule, severity, message, node: path, span } of validateTree(tree)) {
          expect(severity).toBe(severities.get(rule));
          expect(message).toMatch(/^\S.*[^.\s]$/);
          expect(message).not.toMatch(/must |undefined|null/);
          expect(paths.has(path!)).toBe(true);
          expect(tree.sources.locate(span)).not.toBeNull();
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("a tree without source has findings without places", () => {
    const root = new TreeNode("", null);
    root.addChild("memory");
    const found = validateTree(new DeviceTree(root, new SourceMap()));
    expect(found.map(({ rule, span }) => [rule, span])).toEqual([
      ["schema-binding", NO_SPAN],
      ["schema-binding", NO_SPAN],
      ["schema-missing-property", NO_SPAN],
      ["schema-binding", NO_SPAN],
    ]);
  });

  test("many nodes are checked before the test's time is up", () => {
    const root = new TreeNode("", null);
    const reserved = root.addChild("reserved-memory");
    for (let i = 0; i < 20_000; i++) {
      root.addChild(`memory@${i}`).addProperty("reg", new Uint8Array(8));
      const tags = reserved.addChild(`t@${i}`);
      tags.addProperty("compatible", new TextEncoder().encode("arm,mte-tag-storage\0"));
      tags.addProperty("tagged-memory", new Uint8Array(4));
      tags.addProperty("reg", Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1));
    }
    expect(validateTree(new DeviceTree(root, new SourceMap())).length).toBeGreaterThan(20_000);
  });
});
