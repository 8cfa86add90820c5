import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeTree } from "../../../cli/boot/merge-tree.ts";
import { bootKernel } from "../../../core/kernel/boot-kernel.ts";
import { kernelConfig } from "../../../core/kernel/config.ts";
import { type Machine, readMachine } from "../../../core/machine.ts";
import { readBlob } from "../../../dts/blob/read-blob.ts";
import { writeBlob } from "../../../dts/blob/write-blob.ts";
import type { DeviceTree } from "../../../dts/tree.ts";
import { QEMU_DEVICES, treeOf } from "./qemu-devices.ts";

const CHOSEN = { bootArguments: "quiet mem=1G", initrd: { start: 0x1_2345_6000n, end: 0x1_2345_6789n } };

/** Merged, and read back from the blob that the kernel is given. */
function merged(board: DeviceTree): DeviceTree {
  const { tree, diagnostics } = readBlob(writeBlob(mergeTree(treeOf(QEMU_DEVICES), readMachine(board), CHOSEN)));
  expect(diagnostics).toEqual([]);
  return tree!;
}

/** What a kernel reads of a machine, without where it stands. */
const said = ({ memoryNodes, reservedNodes, memReserves }: Machine) => ({
  memory: memoryNodes.map(({ node, ranges, available, numaNode }) => [node.path, numbers(ranges), available, numaNode]),
  reserved: reservedNodes.map(({ node, ranges, available, noMap }) => [node.path, numbers(ranges), available, noMap]),
  header: memReserves.map(({ address, size }) => [address, size]),
});
const numbers = (ranges: readonly { address: bigint; size: bigint }[]) =>
  ranges.map(({ address, size }) => [address, size]);

const BOARD = `/dts-v1/;
/memreserve/ 0x80000000 0x1000;
/ {
	#address-cells = <1>;
	#size-cells = <1>;
	uart@0 { reg = <0 4>; };
	tagged: memory@80000000 {
		device_type = "memory";
		reg = <0x80000000 0x4000000>, <0xc0000000 0x1000>;
		linux,usable-memory = <0x80000000 0x3000000>;
	};
	memory@90000000 { device_type = "memory"; reg = <0x90000000 0x200000 0>; numa-node-id = <3>; status = "disabled"; };
	reserved-memory {
		#address-cells = <1>;
		#size-cells = <1>;
		ranges;
		hole@a0000000 { reg = <0xa0000000 0x1000>; no-map; };
		anywhere { size = <0x1000>; alignment = <0x2000>; alloc-ranges = <0x80000000 0x1000000>; };
		tags@90000000 {
			compatible = "arm,mte-tag-storage";
			reg = <0x90000000 0x200000>;
			block-size = <0x1000>;
			tagged-memory = <&tagged>;
			reusable;
		};
	};
};
`;

test("memory and reserved memory of a tree with one cell each say the same among QEMU's devices", () => {
  const board = treeOf(BOARD);
  const tree = merged(board);
  expect(said(readMachine(tree))).toEqual(said(readMachine(board)));
  const cells = (path: string, name: string) => {
    const property = tree.nodeAt(path)!.property(name)!;
    return Array.from({ length: property.cellCount }, (_, at) => property.cell(at));
  };
  expect(cells("/memory@80000000", "reg")).toEqual([0, 0x80000000, 0, 0x4000000, 0, 0xc0000000, 0, 0x1000]);
  expect(cells("/reserved-memory/anywhere", "size")).toEqual([0, 0x1000]);
  expect(cells("/reserved-memory/anywhere", "alignment")).toEqual([0, 0x2000]);
  expect(cells("/reserved-memory/anywhere", "alloc-ranges")).toEqual([0, 0x80000000, 0, 0x1000000]);
  expect(cells("/reserved-memory", "#address-cells")).toEqual([2]);
});

test("QEMU's devices stay, its memory and its seeds go, and the board's devices do not come", () => {
  const tree = merged(treeOf(BOARD));
  expect(tree.root.children.map(({ name }) => name)).toEqual([
    "intc@8000000",
    "cpus",
    "memory@80000000",
    "memory@90000000",
    "reserved-memory",
    "chosen",
  ]);
  const chosen = tree.nodeAt("/chosen")!;
  expect(chosen.properties.map(({ name }) => name)).toEqual([
    "stdout-path",
    "bootargs",
    "linux,initrd-start",
    "linux,initrd-end",
  ]);
  expect(chosen.property("bootargs")!.strings()).toEqual(["quiet mem=1G"]);
  expect(chosen.property("linux,initrd-end")!.cells(0, 2)).toBe(0x1_2345_6789n);
});

test("phandles that clash with QEMU's are renumbered, and tag storage still refers to its memory", () => {
  const tree = merged(treeOf(BOARD.replace("linux,usable-memory", "phandle = <0x8002>; linux,usable-memory")));
  expect(tree.nodeByPhandle(0x8002)?.path).toBe("/intc@8000000");
  const tags = tree.nodeAt("/reserved-memory/tags@90000000")!;
  expect(tree.nodeByPhandle(tags.property("tagged-memory")!.cell(0))?.path).toBe("/memory@80000000");
});

test("what refers to no node refers to none afterwards", () => {
  const tree = merged(treeOf(BOARD.replace("<&tagged>", "<0x8002>")));
  const tags = tree.nodeAt("/reserved-memory/tags@90000000")!;
  expect(tree.nodeByPhandle(tags.property("tagged-memory")!.cell(0))).toBeNull();
});

test("reserved memory that the kernel ignores for its cells is ignored afterwards", () => {
  for (const wrong of ["#size-cells = <2>", "#size-cells = <0>", ""]) {
    const source = BOARD.replace(/(reserved-memory \{\s+#address-cells = <1>;\s+)#size-cells = <1>;/, `$1${wrong};`);
    const tree = merged(treeOf(source.replace("\t;", "")));
    expect(tree.nodeAt("/reserved-memory")!.property("#size-cells")?.cell(0)).not.toBe(2);
  }
});

test("dma-ranges of the board limit ZONE_DMA among QEMU's devices as they do on the board", () => {
  const bus = (bits: number) =>
    `soc { #address-cells = <1>; #size-cells = <1>; ranges; dma-ranges = <0 0 ${2 ** bits}>; };`;
  for (const bits of [29, 30, 31]) {
    const board = treeOf(BOARD.replaceAll("0x80000000", "0x10000000").replace("uart@0", `${bus(bits)} uart@0`));
    const zonesOf = (tree: DeviceTree) =>
      bootKernel(readMachine(tree), kernelConfig({ series: "rfc-v3" })).memoryMap.zones;
    expect(zonesOf(merged(board))).toEqual(zonesOf(board));
    expect(zonesOf(board)[0]).toMatchObject({ name: "DMA" });
  }
});

test("the CPU is on a NUMA node that has memory", () => {
  const cpu = (source: string) => merged(treeOf(source)).nodeAt("/cpus/cpu@0")!.property("numa-node-id")?.cell(0);
  expect(cpu(BOARD)).toBeUndefined();
  expect(cpu(BOARD.replace('status = "disabled"', 'status = "okay"'))).toBe(3);
});

test("a node with the name of one of QEMU's devices is refused", () => {
  const source = BOARD.replace("memory@90000000 {", "intc@8000000 {");
  expect(() => merged(treeOf(source))).toThrow("/intc@8000000 has the name of a node of QEMU's machine");
});

describe("any memory, by any cells", () => {
  const cell = fc.integer({ min: 0, max: 0xffffffff });
  const nodeOf = fc.record({
    cells: fc.array(cell, { maxLength: 13 }),
    isDisabled: fc.boolean(),
    noMap: fc.boolean(),
    numaNode: fc.option(cell),
  });
  const text = ({
    cells,
    isDisabled,
    noMap,
    numaNode,
  }: {
    cells: number[];
    isDisabled: boolean;
    noMap: boolean;
    numaNode: number | null;
  }) =>
    `${cells.length === 0 ? "" : `reg = <${cells.join(" ")}>;`} ${isDisabled ? 'status = "disabled";' : ""}
     ${noMap ? "no-map;" : ""} ${numaNode === null ? "" : `numa-node-id = <${numaNode}>;`}`;

  test("says the same among QEMU's devices", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(nodeOf, { maxLength: 4 }),
        fc.array(nodeOf, { maxLength: 4 }),
        (addressCells, sizeCells, memory, reserved) => {
          const cells = `#address-cells = <${addressCells}>; #size-cells = <${sizeCells}>;`;
          const board = treeOf(`/dts-v1/; / { ${cells}
            ${memory.map((each, at) => `memory@${at} { device_type = "memory"; ${text(each)} };`).join("\n")}
            reserved-memory { ${cells} ranges; ${reserved.map((each, at) => `r@${at} { ${text(each)} };`).join("\n")} };
          };`);
          const tree = merged(board);
          expect(said(readMachine(tree))).toEqual(said(readMachine(board)));
          // What is no whole number of pairs is refused by the kernel, and so it is to stay
          const isWhole = (length: number, pair: number) => length % (pair * 4) === 0;
          for (const { path } of readMachine(board).reservedNodes.map(({ node }) => node)) {
            const before = board.nodeAt(path)!.property("reg")?.length ?? 0;
            const after = tree.nodeAt(path)!.property("reg")?.length ?? 0;
            expect(isWhole(after, 4)).toBe(isWhole(before, addressCells + sizeCells));
          }
        },
      ),
    );
  });
});
