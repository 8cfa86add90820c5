import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { descriptionToTree } from "../../core/description/to-tree.ts";
import { undescribed } from "../../core/description/undescribed.ts";
import { SERIES, type Series } from "../../core/series.ts";
import type { Span } from "../../dts/source.ts";
import { type DeviceTree, MarkKind, type Property, type TreeNode } from "../../dts/tree.ts";
import { parseYaml } from "../../dts/yaml/parse.ts";
import { validateDescription } from "../../schema/validate-description.ts";
import { validateTree } from "../../schema/validate-tree.ts";

const MACHINE = `machine: "Arm FVP Base"
compatible: ["arm,fvp-base", "arm,vexpress"]
memory:
  - name: dram0
    base: 0x80000000
    size: 2G
    numa-node: 1
  - name: dram-1
    base: 0x880000000
    size: 0x78000000
  - name: spare
    base: 0x900000000
    size: 1M
tag-storage:
  - base: 0x8fc000000
    size: 60M
    block-size: 8k
    memory: dram-1
  - name: tags0
    memory: dram0
    size: 64M
    base: 0x8f8000000
    block-size: 4k
reserved-memory:
  - name: secure
    base: 0xff000000
    size: 16M
    no-map: true
  - name: open
    base: 0xfe000000
    size: 4k
    no-map: false
`;

function toTree(text: string, series: Series): DeviceTree {
  const { document, diagnostics } = parseYaml("m.yaml", text);
  expect(diagnostics).toEqual([]);
  const result = descriptionToTree(document!, series);
  expect(result.diagnostics).toEqual([]);
  expect(result.sources).toBe(document!.sources);
  return result.tree!;
}

function hex(property: Property): string {
  return Buffer.from(property.value)
    .toString("hex")
    .replaceAll(/(.{8})(?=.)/g, "$1 ");
}

/** A node's properties in order, `name: bytes in cells`, or the text where it is one. */
function properties(node: TreeNode | null): string[] {
  return node!.properties.map((property) => {
    const isText = property.marks.some(({ kind }) => kind === MarkKind.string);
    return `${property.name}: ${isText ? property.strings().join("|") : hex(property)}`;
  });
}

function paths(tree: DeviceTree): string[] {
  return [...tree.root.walk()].map(({ path }) => path);
}

const BANKS = ["/memory@80000000", "/memory@880000000", "/memory@900000000"];

describe("the machine as rfc-v2 has it", () => {
  const tree = toTree(MACHINE, "rfc-v2");

  test("has memory, tag storage at the root in the order of the file, and reserved memory", () => {
    expect(paths(tree)).toEqual([
      "/",
      ...BANKS,
      "/tag-storage@8fc000000",
      "/tag-storage@8f8000000",
      "/reserved-memory",
      "/reserved-memory/secure@ff000000",
      "/reserved-memory/open@fe000000",
    ]);
  });

  test("has the bytes that an author would write", () => {
    expect(properties(tree.root)).toEqual([
      "model: Arm FVP Base",
      "compatible: arm,fvp-base|arm,vexpress",
      "#address-cells: 00000002",
      "#size-cells: 00000002",
    ]);
    // 2G = 0x80000000. The bank is the second that tag storage refers to: phandle 2.
    expect(properties(tree.nodeAt("/memory@80000000"))).toEqual([
      "device_type: memory",
      "reg: 00000000 80000000 00000000 80000000",
      "numa-node-id: 00000001",
      "phandle: 00000002",
    ]);
    expect(properties(tree.nodeAt("/memory@880000000"))).toEqual([
      "device_type: memory",
      "reg: 00000008 80000000 00000000 78000000",
      "phandle: 00000001",
    ]);
    // 1M = 0x100000. Nothing refers to it.
    expect(properties(tree.nodeAt("/memory@900000000"))).toEqual([
      "device_type: memory",
      "reg: 00000009 00000000 00000000 00100000",
    ]);
    // 60M = 60 * 0x100000 = 0x3c00000, 8k = 0x2000.
    expect(properties(tree.nodeAt("/tag-storage@8fc000000"))).toEqual([
      "compatible: arm,mte-tag-storage",
      "reg: 00000008 fc000000 00000000 03c00000",
      "block-size: 00002000",
      "memory: 00000001",
    ]);
    // 64M = 0x4000000, 4k = 0x1000.
    expect(properties(tree.nodeAt("/tag-storage@8f8000000"))).toEqual([
      "compatible: arm,mte-tag-storage",
      "reg: 00000008 f8000000 00000000 04000000",
      "block-size: 00001000",
      "memory: 00000002",
    ]);
    expect(properties(tree.nodeAt("/reserved-memory"))).toEqual([
      "#address-cells: 00000002",
      "#size-cells: 00000002",
      "ranges: ",
    ]);
    expect(properties(tree.nodeAt("/reserved-memory/secure@ff000000"))).toEqual([
      "reg: 00000000 ff000000 00000000 01000000",
      "no-map: ",
    ]);
    expect(properties(tree.nodeAt("/reserved-memory/open@fe000000"))).toEqual([
      "reg: 00000000 fe000000 00000000 00001000",
    ]);
  });

  test("has names as labels where they are labels, and references by label or else by path", () => {
    const labels = (path: string) => tree.nodeAt(path)!.labels.map(({ name }) => name);
    expect(labels("/memory@80000000")).toEqual(["dram0"]);
    expect(labels("/memory@880000000")).toEqual([]);
    expect(labels("/tag-storage@8f8000000")).toEqual(["tags0"]);
    const reference = (path: string) =>
      tree
        .nodeAt(path)!
        .property("memory")!
        .marks.map(({ kind, text }) => [kind, text]);
    expect(reference("/tag-storage@8f8000000")).toEqual([[MarkKind.phandle, "dram0"]]);
    expect(reference("/tag-storage@8fc000000")).toEqual([[MarkKind.phandle, "/memory@880000000"]]);
  });
});

describe("the machine as rfc-v3 has it", () => {
  const tree = toTree(MACHINE, "rfc-v3");

  test("has tag storage in reserved memory, and memory nodes that describe it", () => {
    expect(paths(tree)).toEqual([
      "/",
      ...BANKS,
      "/memory@8fc000000",
      "/memory@8f8000000",
      "/reserved-memory",
      "/reserved-memory/secure@ff000000",
      "/reserved-memory/open@fe000000",
      "/reserved-memory/tag-storage@8fc000000",
      "/reserved-memory/tag-storage@8f8000000",
    ]);
  });

  test("has the bytes that an author would write", () => {
    expect(properties(tree.nodeAt("/memory@8f8000000"))).toEqual([
      "device_type: memory",
      "reg: 00000008 f8000000 00000000 04000000",
      "numa-node-id: 00000001",
    ]);
    expect(properties(tree.nodeAt("/memory@8fc000000"))).toEqual([
      "device_type: memory",
      "reg: 00000008 fc000000 00000000 03c00000",
    ]);
    expect(properties(tree.nodeAt("/reserved-memory/tag-storage@8f8000000"))).toEqual([
      "compatible: arm,mte-tag-storage",
      "reg: 00000008 f8000000 00000000 04000000",
      "block-size: 00001000",
      "tagged-memory: 00000002",
      "reusable: ",
    ]);
  });

  test("is what exact takes too", () => {
    expect(paths(toTree(MACHINE, "exact"))).toEqual(paths(tree));
  });

  const addMemory = (entry: string) => MACHINE.replace("tag-storage:\n", `  - ${entry}\ntag-storage:\n`);

  test("describes a tag range once where a bank holds it already", () => {
    const covered = toTree(addMemory("{ name: upper, base: 0x8f0000000, size: 0x10000000 }"), "rfc-v3");
    expect(paths(covered).filter((path) => path.startsWith("/memory"))).toEqual([...BANKS, "/memory@8f0000000"]);
  });

  test("describes what is left of a tag range where a bank holds its beginning", () => {
    // The bank ends at 0x8f8000000 + 16M = 0x8f9000000, and 64M - 16M = 48M = 0x3000000 are left.
    const partly = toTree(addMemory("{ name: low, base: 0x8f8000000, size: 16M }"), "rfc-v3");
    expect(properties(partly.nodeAt("/memory@8f9000000"))).toContain("reg: 00000008 f9000000 00000000 03000000");
  });
});

describe("the machine as rfc-v1 has it", () => {
  test("has tag storage at the root, called metadata", () => {
    const tree = toTree(MACHINE, "rfc-v1");
    expect(paths(tree).slice(4, 6)).toEqual(["/metadata@8fc000000", "/metadata@8f8000000"]);
    expect(properties(tree.nodeAt("/metadata@8f8000000"))).toContain("memory: 00000002");
  });
});

test("without reserved ranges there is reserved memory under rfc-v3 alone", () => {
  const text = MACHINE.slice(0, MACHINE.indexOf("reserved-memory:"));
  expect(paths(toTree(text, "rfc-v2"))).not.toContain("/reserved-memory");
  expect(paths(toTree(text, "rfc-v3"))).toContain("/reserved-memory");
  expect(paths(toTree("memory: [{ name: a, base: 0, size: 1 }]", "rfc-v3"))).toEqual(["/", "/memory@0"]);
});

test("addresses and sizes keep all 64 bits", () => {
  const tree = toTree("memory: [{ name: a, base: 0xfffffffffffff001, size: 0xfff }]", "rfc-v3");
  expect(properties(tree.nodeAt("/memory@fffffffffffff001"))).toContain("reg: ffffffff fffff001 00000000 00000fff");
});

describe("everything stands where the YAML has it", () => {
  const tree = toTree(MACHINE, "rfc-v3");
  const text = ({ start, end }: Span) => MACHINE.slice(start, end);
  const tags = tree.nodeAt("/reserved-memory/tag-storage@8f8000000")!;

  test("a node at its name, or else at its base", () => {
    expect(text(tags.nameSpan)).toBe("tags0");
    expect(text(tags.labels[0]!.span)).toBe("tags0");
    expect(text(tree.nodeAt("/memory@8f8000000")!.nameSpan)).toBe("tags0");
    expect(text(tree.nodeAt("/memory@8fc000000")!.nameSpan)).toBe("0x8fc000000");
    expect(text(tree.nodeAt("/reserved-memory")!.nameSpan)).toBe("reserved-memory");
  });

  test("a property at its field, and each cell at its value", () => {
    const reg = tags.property("reg")!;
    expect(text(reg.nameSpan)).toBe("base");
    expect(text(reg.span)).toBe("base: 0x8f8000000");
    expect([0, 4, 8, 12, 15].map((offset) => text(reg.spanAt(offset)))).toEqual([
      "0x8f8000000",
      "0x8f8000000",
      "64M",
      "64M",
      "64M",
    ]);
    const reference = tags.property("tagged-memory")!;
    expect(text(reference.span)).toBe("memory: dram0");
    expect(text(reference.spanAt(0))).toBe("dram0");
    expect(text(tags.property("block-size")!.spanAt(0))).toBe("4k");
    expect(text(tree.nodeAt("/reserved-memory/secure@ff000000")!.property("no-map")!.span)).toBe("no-map");
    expect(text(tree.root.property("compatible")!.spanAt(13))).toBe('"arm,vexpress"');
  });

  test("nothing is without a place", () => {
    for (const series of SERIES) {
      for (const node of toTree(MACHINE, series).root.walk()) {
        expect(text(node.nameSpan)).not.toBe("");
        for (const { span, nameSpan } of node.properties) {
          expect(text(span)).not.toBe("");
          expect(text(nameSpan)).not.toBe("");
        }
      }
    }
  });
});

describe("a description that passed validation becomes a tree that does", () => {
  test.each(SERIES)("under %s", (series) => expect(validateTree(toTree(MACHINE, series))).toEqual([]));

  test("whatever the machine", () => {
    const address = fc
      .oneof(fc.bigInt(0n, 64n), fc.bigInt(0n, (1n << 64n) - 1n))
      .map((base) => `0x${base.toString(16)}`);
    const size = fc.constantFrom("1", "4k", "60M", "0xfff", "8");
    const bank = fc.tuple(address, size, fc.constantFrom("", ", numa-node: 3"));
    const tags = fc.tuple(address, size, fc.nat(3), fc.constantFrom("4k", "1", "0xffffffff"));
    fc.assert(
      fc.property(
        fc.array(bank, { minLength: 1, maxLength: 4 }),
        fc.array(tags, { maxLength: 4 }),
        fc.constantFrom(...SERIES),
        (banks, tagRanges, series) => {
          const text = `memory:\n${banks.map(([base, bytes, numa], i) => `  - { name: m${i}, base: ${base}, size: ${bytes}${numa} }\n`).join("")}${
            tagRanges.length === 0 ? "" : "tag-storage:\n"
          }${tagRanges.map(([base, bytes, of, block]) => `  - { base: ${base}, size: ${bytes}, block-size: ${block}, memory: m${of % banks.length} }\n`).join("")}`;
          const { document } = parseYaml("m.yaml", text);
          fc.pre(validateDescription(document!).length === 0);
          const tree = descriptionToTree(document!, series).tree!;
          expect(validateTree(tree)).toEqual([]);
          const all = paths(tree);
          expect(new Set(all).size).toBe(all.length);
          expect(all.filter((path) => /(metadata|tag-storage)@/.test(path))).toHaveLength(tagRanges.length);
        },
      ),
    );
  });
});

describe("a description that is wrong", () => {
  test("loses what is wrong in it, and no more", () => {
    const tree = toTree(
      "machine: 5\nmemory:\n  - { base: -1, size: 2G }\n  - { name: b, base: 0, size: 1 }\ntag-storage: [x, { memory: no, base: 4k }]\n",
      "rfc-v2",
    );
    expect(paths(tree)).toEqual(["/", "/memory", "/memory@0", "/tag-storage", "/tag-storage@1000"]);
    expect(properties(tree.nodeAt("/memory"))).toEqual(["device_type: memory"]);
    expect(properties(tree.nodeAt("/tag-storage@1000"))).toEqual(["compatible: arm,mte-tag-storage"]);
  });

  test("never ends in an exception", () => {
    const value = fc.constantFrom(
      "~",
      "x",
      "[]",
      "{}",
      "[~, 1, {}]",
      "-1",
      "0x1ffffffffffffffff",
      "1.5",
      ".inf",
      "[{ name: m, base: 0, size: .nan }]",
      "[{ name: m, memory: m, base: 1, size: 0 }]",
    );
    const key = fc.constantFrom("machine", "compatible", "memory", "tag-storage", "reserved-memory", "x");
    fc.assert(
      fc.property(fc.dictionary(key, value), fc.constantFrom(...SERIES), (parts, series) => {
        const text = Object.entries(parts)
          .map(([name, content]) => `${name}: ${content}\n`)
          .join("");
        const { document } = parseYaml("m.yaml", text);
        expect(descriptionToTree(document!, series).tree).not.toBeNull();
      }),
    );
  });
});

describe("undescribed", () => {
  test("gives just the bytes of a range that no other range holds, in ascending parts", () => {
    const range = fc
      .tuple(fc.nat(30), fc.nat(10))
      .map(([start, length]) => ({ start: BigInt(start), end: BigInt(start + length) }));
    fc.assert(
      fc.property(range, fc.array(range, { maxLength: 5 }), (wanted, others) => {
        const expected: bigint[] = [];
        for (let byte = wanted.start; byte < wanted.end; byte++) {
          if (!others.some(({ start, end }) => start <= byte && byte < end)) expected.push(byte);
        }
        const actual: bigint[] = [];
        for (const { start, end } of undescribed(wanted, others))
          for (let byte = start; byte < end; byte++) actual.push(byte);
        expect(actual).toEqual(expected);
      }),
    );
  });
});
