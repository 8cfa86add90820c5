import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bootKernel } from "../../../core/kernel/boot-kernel.ts";
import { type KernelOptions, kernelConfig } from "../../../core/kernel/config.ts";
import { readMemoryMap } from "../../../core/kernel/memory-map.ts";
import { readMachine } from "../../../core/machine.ts";
import { treeOf } from "../../cli/boot/qemu-devices.ts";
import { buildTree, change, type NodeSpec, node, u64, type Value } from "../build-tree.ts";
import { flatTree, memory, TWO_CELLS } from "./layouts.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** The first PFN above 4 GiB, with 4 KiB pages. */
const PFN_4G = 0x100000;

function mapOf(children: readonly NodeSpec[], options: Partial<KernelOptions> = {}, root: Record<string, Value> = {}) {
  const tree = buildTree({ ...TWO_CELLS, ...root }, children);
  return readMemoryMap(readMachine(tree), kernelConfig({ series: "rfc-v3", ...options }));
}

const rangesOf = (children: readonly NodeSpec[], options: Partial<KernelOptions> = {}) =>
  mapOf(children, options).ranges.map(({ start, end }) => [start, end]);

const zonesOf = (children: readonly NodeSpec[], root: Record<string, Value> = {}) =>
  mapOf(children, {}, root).zones.map(({ name, start, end }) => [name, start, end]);

describe("memory nodes", () => {
  test("are children of the root with device_type memory and no disabling status", () => {
    expect(
      rangesOf([
        memory(0x80000000, MIB),
        change(memory(0x90000000, MIB), { status: "disabled" }),
        change(memory(0xa0000000, MIB), { status: "ok" }),
        change(memory(0xb0000000, MIB), { device_type: "memory-controller" }),
        node("bus", {}, [memory(0xc0000000, MIB)]),
        { ...memory(0xd0000000, MIB), name: "ram" },
      ]),
    ).toEqual([
      [0x80000, 0x800ff],
      [0xa0000, 0xa00ff],
      [0xd0000, 0xd00ff],
    ]);
  });

  test("give every range, merged where they touch or overlap, size 0 skipped, a rest of cells left", () => {
    const pairs = [
      [0xa0000000, MIB],
      [0x80100000, MIB],
      [0x80000000, MIB],
      [0x90000000, 0],
      [0x80180000, MIB],
    ];
    const reg = [...pairs.flatMap(([address, size]) => [...u64(address!), ...u64(size!)]), 0, 0, 0];
    expect(rangesOf([change(memory(0, 0), { reg })])).toEqual([
      [0x80000, 0x8027f],
      [0xa0000, 0xa00ff],
    ]);
  });

  test("are read from linux,usable-memory where they have it", () => {
    expect(rangesOf([change(memory(0x80000000, GIB), { "linux,usable-memory": [0, 0x80000000, 0, 0x1000] })])).toEqual([
      [0x80000, 0x80000],
    ]);
  });

  test.each([
    [0x80000800, 0x1800, [[0x80001, 0x80001]]],
    [0x80000800, 0x17ff, []],
    [0x80000000, 0xfff, []],
    [0x80000000, 0x1fff, [[0x80000, 0x80000]]],
    [0x80000fff, 1, []],
  ])("at 0x%i of %i bytes are trimmed inwards to whole pages", (address, size, expected) => {
    expect(rangesOf([memory(address, size)])).toEqual(expected);
  });

  test("are trimmed by the kernel's page", () => {
    const nodes = [memory(0x80001000, 0x20000)];
    // 0x80001000 to 0x80021000
    expect(rangesOf(nodes, { pageSize: 16384 })).toEqual([[0x20001, 0x20007]]);
    expect(rangesOf(nodes, { pageSize: 65536 })).toEqual([[0x8001, 0x8001]]);
  });

  test("that wrap past the last address end there", () => {
    expect(rangesOf([change(memory(0, 0), { reg: [...u64(0x80000000), 0xffffffff, 0xffffffff] })])).toEqual([
      // 48 bits of physical address, and 2^47 bytes of linear map from 0x80000000, 1 GiB aligned
      [0x80000, 0x80000 + 2 ** 35 - 1],
    ]);
  });

  test("without cells to read have no range", () => {
    const nodes = [change(memory(0, 0), { reg: [1, 2] })];
    const tree = buildTree({ "#address-cells": [0], "#size-cells": [0] }, nodes);
    expect(readMemoryMap(readMachine(tree), kernelConfig({ series: "rfc-v2" }))).toEqual({ ranges: [], zones: [] });
  });
});

describe("linux,usable-memory-range", () => {
  const chosen = (...pairs: (readonly [number, number])[]) =>
    node("chosen", {
      "linux,usable-memory-range": pairs.flatMap(([address, size]) => [...u64(address), ...u64(size)]),
    });
  const banks = [memory(0x80000000, 4 * MIB), memory(0x90000000, 4 * MIB)];

  test("leaves of memory what lies in its first range", () => {
    expect(rangesOf([...banks, chosen([0x80200000, 0x10000000])])).toEqual([
      [0x80200, 0x803ff],
      [0x90000, 0x901ff],
    ]);
    expect(rangesOf([...banks, chosen([0xa0000000, MIB])])).toEqual([]);
  });

  test("adds its second range, memory or not, and has no third", () => {
    const ranges = chosen([0x80100000, MIB], [0xa0000000, MIB], [0xb0000000, MIB]);
    expect(rangesOf([...banks, ranges])).toEqual([
      [0x80100, 0x801ff],
      [0xa0000, 0xa00ff],
    ]);
  });

  test("of size 0 leaves all of it", () => {
    expect(rangesOf([...banks, chosen([0x80000000, 0])])).toEqual(rangesOf(banks));
    expect(rangesOf([...banks, chosen([0x80000000, 0], [0xa0000000, MIB])])).toHaveLength(3);
  });

  test("off page boundaries loses the pages that it cuts", () => {
    expect(rangesOf([...banks, chosen([0x80000800, 0x2000])])).toEqual([[0x80001, 0x80001]]);
    expect(rangesOf([...banks, chosen([0x80000800, 0x1000])])).toEqual([]);
  });

  test("is read by the root's cells, and of /chosen alone", () => {
    const narrow = node("chosen", { "linux,usable-memory-range": [0x80000000, 0x1000] });
    const tree = buildTree({ "#address-cells": [1], "#size-cells": [1] }, [
      change(memory(0, 0), { reg: [0x80000000, MIB] }),
      narrow,
    ]);
    expect(readMemoryMap(readMachine(tree), kernelConfig({ series: "rfc-v3" })).ranges).toEqual([
      { start: 0x80000, end: 0x80000 },
    ]);
    expect(rangesOf([...banks, { ...chosen([0x80000000, 0x1000]), name: "choosen" }])).toEqual(rangesOf(banks));
    expect(rangesOf([...banks, { ...chosen([0x80000000, 0x1000]), name: "chosen@0" }])).toEqual([[0x80000, 0x80000]]);
  });

  test("is told where tag storage is left out by it", () => {
    const source = readFileSync("examples/qemu-virt.dts", "latin1");
    const range = "linux,usable-memory-range = <0x0 0xa0000000 0x0 0x10000000>;";
    const hintsOf = (text: string) => {
      const boot = bootKernel(readMachine(treeOf(text)), kernelConfig({ series: "rfc-v3" }));
      return boot.findings.map(({ rule, hint }) => [rule, /usable-memory-range/.test(hint ?? "")]);
    };
    expect(hintsOf(source)).toEqual([]);
    expect(hintsOf(source.replace("chosen {", `chosen { ${range}`))).toEqual([["tag-range-outside-memory", true]]);
  });

  test("comes before the memory that a series adds", () => {
    const machine = readMachine(flatTree([memory(0x80000000, 4 * MIB), chosen([0x80000000, MIB])]));
    const added = [{ start: 0x90000, end: 0x900ff }];
    const map = readMemoryMap(machine, kernelConfig({ series: "rfc-v2" }), { added, removed: [] });
    expect(map.ranges).toEqual([{ start: 0x80000, end: 0x800ff }, ...added]);
  });
});

describe("limits", () => {
  test("drop memory at and above 2^(PA bits)", () => {
    const nodes = [memory(0x80000000, GIB), memory(2 ** 40 - GIB, 2 * GIB), memory(2 ** 44, GIB)];
    expect(rangesOf(nodes, { paBits: 40 })).toEqual([
      [0x80000, 0xbffff],
      [2 ** 28 - 2 ** 18, 2 ** 28 - 1],
    ]);
  });

  test("drop memory beyond the linear map, counted from the start of DRAM rounded down", () => {
    // 39 VA bits: 2^38 bytes from 1 GiB, the start 0x60000000 rounded down to 0x40000000
    const nodes = [memory(0x60000000, GIB), memory(2 ** 38, 2 * GIB)];
    expect(rangesOf(nodes, { vaBits: 39 })).toEqual([
      [0x60000, 0x9ffff],
      [2 ** 26, 2 ** 26 + 2 ** 18 - 1],
    ]);
    // 64 KiB pages round down to 512 MiB, of which 0x60000000 is a multiple
    expect(rangesOf(nodes, { vaBits: 39, pageSize: 65536 }).at(-1)).toEqual([2 ** 22, 2 ** 22 + 0x6000 - 1]);
  });

  test("mem= counts bytes of memory, not addresses, and drops from the top", () => {
    const nodes = [memory(0x80000000, 2 * MIB), memory(0xa0000000, 2 * MIB)];
    const limited = (memLimitBytes: number) => rangesOf(nodes, { memLimitBytes: BigInt(memLimitBytes) });
    expect(limited(3 * MIB)).toEqual([
      [0x80000, 0x801ff],
      [0xa0000, 0xa00ff],
    ]);
    expect(limited(2 * MIB)).toEqual([[0x80000, 0x801ff]]);
    expect(limited(2 * MIB + 4095)).toEqual([[0x80000, 0x801ff]]);
    expect(limited(MIB)).toEqual([[0x80000, 0x800ff]]);
    expect(limited(5 * MIB)).toHaveLength(2);
  });

  test("mem= of less than a page is no limit", () => {
    const whole = [[0x80000, 0x801ff]];
    for (const memLimitBytes of [0n, 1n, 4095n]) {
      expect(rangesOf([memory(0x80000000, 2 * MIB)], { memLimitBytes })).toEqual(whole);
    }
    expect(rangesOf([memory(0x80000000, 2 * MIB)], { memLimitBytes: 4096n })).toEqual([[0x80000, 0x80000]]);
  });

  test("by the user's numbers, however odd, never throw", () => {
    for (const options of [{ paBits: 0 }, { paBits: 99 }, { vaBits: 0 }, { vaBits: 99 }, { memLimitBytes: 0n }]) {
      expect(() => mapOf([memory(0x80000000, GIB)], options)).not.toThrow();
    }
  });
});

describe("zones", () => {
  test("end at 4 GiB where dma-ranges say nothing: DMA below, no DMA32, Normal above", () => {
    expect(zonesOf([memory(0x80000000, 4 * GIB)])).toEqual([
      ["DMA", 0x80000, PFN_4G - 1],
      ["Normal", PFN_4G, 0x17ffff],
    ]);
  });

  test("span holes, start where the last one ends, and are left out where they have no page", () => {
    expect(zonesOf([memory(0x80000000, MIB), memory(0x880000000, MIB)])).toEqual([
      ["DMA", 0x80000, PFN_4G - 1],
      ["Normal", PFN_4G, 0x8800ff],
    ]);
    expect(zonesOf([memory(0x80000000, MIB)])).toEqual([["DMA", 0x80000, 0x800ff]]);
    expect(zonesOf([])).toEqual([]);
  });

  test("put all memory in DMA where DRAM starts above 4 GiB", () => {
    // The limit is then none at all, and DMA comes first
    expect(zonesOf([memory(0x880000000, MIB)])).toEqual([["DMA", 0x880000, 0x8800ff]]);
  });

  const soc = (dmaRanges: number[] | true, more: Record<string, Value> = {}, children: NodeSpec[] = []) =>
    node("soc", { ...TWO_CELLS, "dma-ranges": dmaRanges, ...more }, children);

  test("leave DMA 30 bits where a bus reaches the first GiB alone", () => {
    expect(zonesOf([memory(0, 8 * GIB), soc([0, 0, 0, 0, 0, 0x40000000])])).toEqual([
      ["DMA", 0, 0x3ffff],
      ["DMA32", 0x40000, PFN_4G - 1],
      ["Normal", PFN_4G, 0x1fffff],
    ]);
  });

  test("round the last address of dma-ranges up to bits", () => {
    // Last address 0x30000fff: 30 bits
    expect(zonesOf([memory(0, 2 * GIB), soc([0, 0, 0, 0x30000000, 0, 0x1000])])[0]).toEqual(["DMA", 0, 0x3ffff]);
    // Last address 0x40000000: 31 bits
    expect(zonesOf([memory(0, 4 * GIB), soc([0, 0, 0, 0, 0, 0x40000001])])[0]).toEqual(["DMA", 0, 0x7ffff]);
  });

  test("take the highest row of a bus, and the lowest bus of all", () => {
    const rows = [0, 0, 0, 0, 0, 0x40000000, 0, 0x40000000, 0, 0x80000000, 0, 0x80000000];
    // This bus reaches 0xffffffff: 32 bits
    expect(zonesOf([memory(0, 8 * GIB), soc(rows)])[0]).toEqual(["DMA", 0, PFN_4G - 1]);
    const low = { ...soc([0, 0, 0, 0, 0, 0x20000000]), name: "low" };
    expect(zonesOf([memory(0, 8 * GIB), soc(rows), low])[0]).toEqual(["DMA", 0, 0x1ffff]);
  });

  test("look at the CPU's side of a row, through the dma-ranges of the buses above", () => {
    // 0 of the inner bus is 0x10000000 of the outer, which is 0x30000000 to the CPU: last 0x3fffffff, 30 bits
    const inner = node("inner", { ...TWO_CELLS, "dma-ranges": [0, 0, 0, 0x10000000, 0, 0x10000000] });
    const outer = soc([0, 0x10000000, 0, 0x30000000, 1, 0], {}, [inner]);
    expect(zonesOf([memory(0, 8 * GIB), outer])[0]).toEqual(["DMA", 0, 0x3ffff]);
    // A bus without dma-ranges in between maps addresses as they are
    const between = node("between", { ...TWO_CELLS }, [inner]);
    expect(zonesOf([memory(0, 8 * GIB), between])[0]).toEqual(["DMA", 0, 0x1ffff]);
  });

  test("read rows by the cells of the bus and of its parent", () => {
    const narrow = node("soc", {
      "#address-cells": [1],
      "#size-cells": [1],
      "dma-ranges": [0xc0000000, 0, 0, 0x40000000],
    });
    expect(zonesOf([memory(0, 2 * GIB), narrow])[0]).toEqual(["DMA", 0, 0x3ffff]);
  });

  test("take no notice of an empty dma-ranges, nor of a bus that is disabled or below one that is", () => {
    const limited = soc([0, 0, 0, 0, 0, 0x40000000]);
    for (const quiet of [
      soc(true),
      change(limited, { status: "disabled" }),
      node("off", { ...TWO_CELLS, status: "disabled" }, [limited]),
    ]) {
      expect(zonesOf([memory(0, 8 * GIB), quiet])[0]).toEqual(["DMA", 0, PFN_4G - 1]);
    }
  });

  test("have a limit of 4 GiB where DRAM starts above what dma-ranges leave", () => {
    expect(zonesOf([memory(0x80000000, 4 * GIB), soc([0, 0, 0, 0, 0, 0x40000000])])).toEqual([
      ["DMA", 0x80000, PFN_4G - 1],
      ["Normal", PFN_4G, 0x17ffff],
    ]);
  });

  test("count by the kernel's page", () => {
    expect(mapOf([memory(0x80000000, 4 * GIB)], { pageSize: 65536 }).zones).toEqual([
      { name: "DMA", start: 0x8000, end: 0xffff },
      { name: "Normal", start: 0x10000, end: 0x17fff },
    ]);
  });

  test("are found in a tree that is deep and wide with dma-ranges, and nodes too deep to be unflattened are not read", () => {
    let deep: NodeSpec = soc([0, 0, 0, 0, 0, 0x1000]);
    for (let depth = 0; depth < 300; depth++) deep = node("bus", { "dma-ranges": true }, [deep]);
    expect(zonesOf([memory(0, 8 * GIB), deep])[0]).toEqual(["DMA", 0, PFN_4G - 1]);
  });
});

test("memory that a series adds is there before limits are enforced, and what it removes is gone", () => {
  const machine = readMachine(flatTree([memory(0x80000000, 4 * MIB)]));
  const config = kernelConfig({ series: "rfc-v2", paBits: 36 });
  const added = [
    { start: 0x1000000 - 0x200, end: 0x1000000 + 0x1ff },
    { start: 0x40000, end: 0x401ff },
  ];
  // 2^36 bytes are 0x1000000 pages; the lower range makes DRAM start earlier
  expect(readMemoryMap(machine, config, { added, removed: [{ start: 0x80100, end: 0x801ff }] }).ranges).toEqual([
    { start: 0x40000, end: 0x401ff },
    { start: 0x80000, end: 0x800ff },
    { start: 0x80200, end: 0x803ff },
    { start: 0xfffe00, end: 0xffffff },
  ]);
});
