import { describe, expect, test } from "vitest";
import {
  firstCell,
  flatPhandle,
  isAvailable,
  isCompatible,
  readNumber,
  readPairs,
  unflattenedPhandle,
} from "../../core/machine/property.ts";
import { hexPfn, hexRange, pagesText, sizeText, toPfn, wrapU64 } from "../../core/machine/units.ts";
import { readMachine } from "../../core/machine.ts";
import { NO_SPAN } from "../../dts/source.ts";
import { buildTree, node, u64, type Value } from "./build-tree.ts";

const TWO_CELLS = { "#address-cells": [2], "#size-cells": [2] };

const only = (properties: Record<string, Value>) => buildTree({}, [node("n", properties)]).root.children[0]!;

describe("readMachine", () => {
  const tags = (name: string) => node(name, { compatible: "arm,mte-tag-storage" });
  const tree = buildTree(TWO_CELLS, [
    node("memory@80000000", { device_type: "memory", reg: [...u64(0x80000000), ...u64(0x1000)], "numa-node-id": [4] }),
    node("memory@90000000", { device_type: "memory", status: "disabled", reg: [...u64(0x90000000), 0] }),
    node("memory@a0000000", { reg: [1] }),
    tags("tag-storage"),
    tags("anything"),
    node("tag-storage-of-another-kind", { compatible: "x" }),
    node("reserved-memory", {}, [
      node("hole", { reg: [...u64(1), ...u64(2), ...u64(3), ...u64(4)], "no-map": true }),
      { ...tags("tags"), children: [tags("below")] },
    ]),
    node("soc", {}, [node("reserved-memory", {}, [tags("t")])]),
  ]);
  const machine = readMachine(tree);

  test("gives memory nodes as the memory scan looks for them, with what it will make of them", () => {
    expect(
      machine.memoryNodes.map(({ node, available, ranges, numaNode }) => [node.name, available, ranges, numaNode]),
    ).toEqual([
      ["memory@80000000", true, [{ address: 0x80000000n, size: 0x1000n, offset: 0 }], 4],
      ["memory@90000000", false, [], null],
    ]);
  });

  test("gives the header's reservations up to one of size 0, where the kernel stops", () => {
    const reserving = (...sizes: bigint[]) => {
      const other = buildTree({}, []);
      other.memReserves = sizes.map((size) => ({ address: 0x1000n, size, labels: [], span: NO_SPAN }));
      return readMachine(other).memReserves.map(({ size }) => size);
    };
    expect(reserving(1n, 2n)).toEqual([1n, 2n]);
    expect(reserving(1n, 0n, 2n)).toEqual([1n]);
    expect(reserving(0n)).toEqual([]);
  });

  test("gives reserved memory and its children", () => {
    expect(machine.reservedMemory?.path).toBe("/reserved-memory");
    expect(machine.reservedNodes.map(({ node, ranges, noMap }) => [node.name, ranges, noMap])).toEqual([
      [
        "hole",
        [
          { address: 1n, size: 2n, offset: 0 },
          { address: 3n, size: 4n, offset: 16 },
        ],
        true,
      ],
      ["tags", [], false],
    ]);
  });

  test("gives tag storage nodes wherever they stand, and only those that are compatible", () => {
    expect(machine.tagNodes.map(({ node, place }) => [node.path, place])).toEqual([
      ["/tag-storage", "root"],
      ["/anything", "root"],
      ["/reserved-memory/tags", "reserved-memory"],
      ["/reserved-memory/tags/below", "elsewhere"],
      ["/soc/reserved-memory/t", "elsewhere"],
    ]);
  });

  test("gives the root's cells, 1 and 1 where it has none or an empty one", () => {
    expect(machine.rootCells).toEqual({ address: 2, size: 2 });
    expect(readMachine(buildTree({}, [])).rootCells).toEqual({ address: 1, size: 1 });
    expect(readMachine(buildTree({ "#address-cells": true, "#size-cells": [0] }, [])).rootCells).toEqual({
      address: 1,
      size: 0,
    });
  });

  test("of an empty tree is empty", () => {
    const empty = readMachine(buildTree({}, []));
    expect([empty.memoryNodes, empty.reservedNodes, empty.tagNodes, empty.reservedMemory]).toEqual([[], [], [], null]);
  });
});

describe("properties", () => {
  test("numbers keep their low 64 bits, and count cells beyond the end as 0", () => {
    const property = only({ p: [1, 2, 3, 4] }).property("p")!;
    expect(readNumber(property, 0, 1)).toBe(1n);
    expect(readNumber(property, 0, 2)).toBe(0x1_0000_0002n);
    expect(readNumber(property, 0, 4)).toBe(0x3_0000_0004n);
    expect(readNumber(property, 3, 2)).toBe(0x4_0000_0000n);
    expect(readNumber(property, 0, 0)).toBe(0n);
    expect(readNumber(property, 0, 0xffffffff)).toBe(0n);
  });

  test("pairs are read while they are whole", () => {
    const property = only({ p: [1, 2, 3, 4, 5] }).property("p")!;
    expect(readPairs(property, { address: 1, size: 1 })).toEqual([
      { address: 1n, size: 2n, offset: 0 },
      { address: 3n, size: 4n, offset: 8 },
    ]);
    expect(readPairs(property, { address: 2, size: 0 }).map(({ size }) => size)).toEqual([0n, 0n]);
    expect(readPairs(property, { address: 0, size: 0 })).toEqual([]);
    expect(readPairs(property, { address: 0xffffffff, size: 0xffffffff })).toEqual([]);
  });

  test("the first cell is null where there is no whole one", () => {
    expect(firstCell(only({ p: [7, 8] }), "p")).toBe(7);
    expect(firstCell(only({ p: new Uint8Array([1, 2, 3]) }), "p")).toBeNull();
    expect(firstCell(only({}), "p")).toBeNull();
  });

  test("compatible is a list of which any entry will do, whatever its case, but whole", () => {
    const matches = (compatible: Value) => isCompatible(only({ compatible }), "arm,mte-tag-storage");
    expect(matches("arm,mte-tag-storage")).toBe(true);
    expect(matches(["a", "ARM,MTE-TAG-STORAGE", "b"])).toBe(true);
    expect(matches("arm,mte-tag-storage-x")).toBe(false);
    expect(matches("arm,mte-tag")).toBe(false);
    expect(matches(true)).toBe(false);
    expect(isCompatible(only({}), "arm,mte-tag-storage")).toBe(false);
  });

  test("a node is available without status, or with exactly okay or ok", () => {
    expect(
      ["okay", "ok", "OK", "disabled", "reserved", "fail", ""].map((status) => isAvailable(only({ status }))),
    ).toEqual([true, true, false, false, false, false, false]);
    expect(isAvailable(only({ status: true }))).toBe(false);
    expect(isAvailable(only({}))).toBe(true);
  });

  test("the flat tree's phandle is phandle where it is one cell, else linux,phandle, else 0", () => {
    expect(flatPhandle(only({ "linux,phandle": [3], phandle: [2] }))).toBe(2);
    expect(flatPhandle(only({ "linux,phandle": [3], phandle: [2, 2] }))).toBe(3);
    expect(flatPhandle(only({ phandle: true }))).toBe(0);
  });

  test("the unflattened tree's phandle is the first of either name that is not 0", () => {
    expect(unflattenedPhandle(only({ "linux,phandle": [3], phandle: [2] }))).toBe(3);
    expect(unflattenedPhandle(only({ phandle: [0], "linux,phandle": [3] }))).toBe(3);
    expect(unflattenedPhandle(only({}))).toBe(0);
  });
});

describe("units", () => {
  test("a 64-bit address has an exact PFN whatever the page, and a wider one is refused", () => {
    expect(toPfn(0xffff_ffff_ffff_ffffn, 4096)).toBe(2 ** 52 - 1);
    expect(Number.isSafeInteger(toPfn(0xffff_ffff_ffff_ffffn, 4096))).toBe(true);
    expect(toPfn(0x1ffffn, 65536)).toBe(1);
    expect(() => toPfn(1n << 64n, 4096)).toThrow(RangeError);
    expect(() => toPfn(-1n, 4096)).toThrow(RangeError);
    expect(wrapU64((1n << 64n) + 5n)).toBe(5n);
  });

  test("addresses are written as kernel logs have them, sizes as people do", () => {
    expect(hexPfn(0x8f8000, 4096)).toBe("0x8f8000000");
    expect(hexRange({ start: 0x80000, end: 0xfffff }, 4096)).toBe("0x80000000-0xffffffff");
    expect([0n, 1n, 512n, 4096n, 0x4000000n, 0x80000000n, 1536n, 1n << 60n, 1n << 72n].map(sizeText)).toEqual([
      "0 bytes",
      "1 byte",
      "512 bytes",
      "4 KiB",
      "64 MiB",
      "2 GiB",
      "1536 bytes",
      "1 EiB",
      "4096 EiB",
    ]);
    expect([pagesText(1), pagesText(2)]).toEqual(["1 page", "2 pages"]);
  });
});
