import { expect, test } from "vitest";
import { guestFiles, guestMemory, logLines, parseIomem, parseZoneinfo } from "../../../cli/boot/guest-output.ts";

/** Debian's linux-image-6.1.0-56-arm64 under QEMU, shortened. */
const IOMEM = `09000000-09000fff : pl011@9000000
  09000000-09000fff : 9000000.pl011 pl011@9000000
10000000-3efeffff : pcie@10000000
80000000-9fffffff : System RAM
  80010000-8165ffff : Kernel code
  81660000-81caffff : reserved
  81cb0000-8200ffff : Kernel data
  90000000-90100fff : reserved
a0000000-a0200fff : reserved
a0201000-bfffffff : System RAM
4010000000-401fffffff : PCI ECAM
`;

const ZONEINFO = `Node 0, zone      DMA
  per-node stats
      nr_inactive_anon 1
  pages free     371629
        boost    0
        spanned  458752
        present  393214
        managed  378107
        cma      16384
  vm stats threshold: 10
  node_unreclaimable:  0
  start_pfn:           524288
Node 0, zone    DMA32
  pages free     0
        spanned  0
        present  0
        managed  0
Node 1, zone   Normal
  pages free     2
        spanned  300
        present  200
        managed  100
  start_pfn:           1048576
`;

test("the guest's files are what stands between the markers", () => {
  const output = `[0.0] earlycon\n\n@carveout version\nLinux\n\n@carveout iomem\na\nb\n\n@carveout end\nmore`;
  expect(guestFiles(output)).toEqual(
    new Map([
      ["version", "Linux"],
      ["iomem", "a\nb"],
    ]),
  );
  expect(guestFiles(output.replace("@carveout end", ""))).toBeNull();
});

test("/proc/iomem: System RAM, no-map beside it, and what is taken within, in pages", () => {
  expect(guestMemory(parseIomem(IOMEM), 4096)).toEqual({
    systemRam: [
      { start: 0x80000, end: 0x9ffff },
      { start: 0xa0201, end: 0xbffff },
    ],
    noMap: [{ start: 0xa0000, end: 0xa0200 }],
    taken: [
      { start: 0x80010, end: 0x8165f, name: "Kernel code" },
      { start: 0x81660, end: 0x81caf, name: "reserved" },
      { start: 0x81cb0, end: 0x8200f, name: "Kernel data" },
      { start: 0x90000, end: 0x90100, name: "reserved" },
    ],
  });
});

test("/proc/iomem nests by indentation, and lines that are none are passed over", () => {
  const nested = parseIomem("00-ff : a\n  10-1f : b\n    11-12 : c\nnonsense\n  20-2f : d\n100-1ff : e");
  expect(nested.map(({ name, children }) => [name, children.map((child) => child.name)])).toEqual([
    ["a", ["b", "d"]],
    ["e", []],
  ]);
  expect(nested[0]!.children[0]!.children[0]).toMatchObject({ start: 0x11n, end: 0x12n, name: "c" });
});

test("/proc/zoneinfo: the zones that have pages", () => {
  expect(parseZoneinfo(ZONEINFO)).toEqual([
    { numaNode: 0, name: "DMA", start: 524288, spanned: 458752, present: 393214 },
    { numaNode: 1, name: "Normal", start: 1048576, spanned: 300, present: 200 },
  ]);
});

test("the log: what is said of tag storage and reserved memory, without levels and times, and no more than helps", () => {
  const log = [
    "<6>[    0.000000] Booting Linux on physical CPU 0x0000000000",
    "<3>[    0.000000] OF: fdt: Reserved memory: failed to reserve memory for node 'x'",
    "<6>[    1.234567] mte: tag storage disabled",
  ];
  expect(logLines(log.join("\n"))).toEqual([
    "OF: fdt: Reserved memory: failed to reserve memory for node 'x'",
    "mte: tag storage disabled",
  ]);
  expect(logLines(`tag storage ${"x".repeat(1000)}\n`.repeat(1000)).join("").length).toBe(20 * 200);
});
