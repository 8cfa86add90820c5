/** Debian's kernel on machines of every shape: what it makes of their memory is what we say. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { mergeTree } from "../../cli/boot/merge-tree.ts";
import { readMachine } from "../../core/machine.ts";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { treeOf } from "../cli/boot/qemu-devices.ts";
import { carveout } from "../cli/program.ts";
import { bootableMachine } from "./boot-machines.ts";
import { guestFiles } from "./debian-guest.ts";
import { dumpQemuBlob, requireProgram } from "./tools.ts";

let folder: string;
let image: string;

beforeAll(() => {
  requireProgram("qemu-system-aarch64", "qemu-system-arm");
  requireProgram("dtc", "device-tree-compiler");
  folder = mkdtempSync(join(tmpdir(), "carveout-boot-test-"));
  image = guestFiles().kernel;
});

function boot(source: string, ...words: string[]) {
  writeFileSync(join(folder, "board.dts"), source);
  return carveout(["boot", join(folder, "board.dts"), "--image", image, ...words]);
}

/** The lines of a topic, each without the word that says that it agrees. */
function linesOf(out: string, topic: string): string[] {
  const lines = out.split("\n").filter((line) => line.startsWith(`ok  ${topic} `));
  return lines.map((line) => line.replace(/^ok\s+\S+\s+/, "").replace(/\s+the same$/, ""));
}

const cells = (value: number) => `0x${Math.floor(value / 2 ** 32).toString(16)} 0x${(value % 2 ** 32).toString(16)}`;

const memory = (start: number, size: number, more = "") =>
  `memory@${start.toString(16)} { device_type = "memory"; reg = <${cells(start)} ${cells(size)}>; ${more} };`;

const range = (start: number, size: number, more = "") =>
  `r@${start.toString(16)} { reg = <${cells(start)} ${cells(size)}>; ${more} };`;

const board = (nodes: readonly string[], reserved: readonly string[] = [], header = "") => `/dts-v1/;
${header}
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	${nodes.join("\n\t")}
	reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; ${reserved.join("\n\t")} };
};
`;

const MIB = 2 ** 20;
const GIB = 2 ** 30;

interface Case {
  readonly source: string;
  readonly words?: readonly string[];
  /** By hand, each as the report tells it. */
  readonly memory: readonly string[];
  readonly noMap?: readonly string[];
  readonly zones: readonly RegExp[];
}

const CASES: Readonly<Record<string, Case>> = {
  "one bank at the start of RAM": {
    source: board([memory(GIB, 512 * MIB)]),
    memory: ["0x40000000-0x5fffffff"],
    zones: [/^node 0, DMA +from PFN 262144, 131072 spanned, 131072 present$/],
  },
  "two banks and the hole between them": {
    source: board([memory(2 * GIB, 512 * MIB), memory(3 * GIB + 256 * MIB, 256 * MIB)]),
    memory: ["0x80000000-0x9fffffff", "0xd0000000-0xdfffffff"],
    zones: [/^node 0, DMA +from PFN 524288, 393216 spanned, 196608 present$/],
  },
  "a bank across 4 GiB": {
    source: board([memory(3.5 * GIB, GIB)]),
    memory: ["0xe0000000-0x11fffffff"],
    zones: [
      /^node 0, DMA +from PFN 917504, 131072 spanned, 131072 present$/,
      /^node 0, Normal +from PFN 1048576, 131072 spanned, 131072 present$/,
    ],
  },
  "memory far above 4 GiB alone": {
    source: board([memory(34 * GIB, GIB)]),
    memory: ["0x880000000-0x8bfffffff"],
    // Where DRAM starts above 4 GiB, all of it is ZONE_DMA
    zones: [/^node 0, DMA +from PFN 8912896, 262144 spanned, 262144 present$/],
  },
  "reserved memory, the header's too, at the start of memory": {
    source: board(
      [memory(2 * GIB, GIB)],
      [range(2 * GIB, 16 * MIB), range(2.5 * GIB, 4 * MIB + 0x800)],
      "/memreserve/ 0x90000001 0x1;",
    ),
    memory: ["0x80000000-0xbfffffff"],
    zones: [/^node 0, DMA +from PFN 524288, 262144 spanned, 262144 present$/],
  },
  "no-map memory, on page boundaries and off": {
    source: board(
      [memory(2 * GIB, GIB)],
      [range(2.25 * GIB, MIB, "no-map;"), range(2.5 * GIB + 0x800, MIB, "no-map;")],
    ),
    memory: ["0x80000000-0x8fffffff", "0x90100000-0x9fffffff", "0xa0101000-0xbfffffff"],
    noMap: ["0x90000000-0x900fffff", "0xa0000000-0xa0100fff"],
    // Pages 0xa0000 and 0xa0100 are partly no-map
    zones: [/^node 0, DMA +from PFN 524288, 262144 spanned, 262142 present$/],
  },
  "linux,usable-memory in place of reg": {
    source: board([memory(2 * GIB, GIB, `linux,usable-memory = <${cells(2 * GIB + MIB)} ${cells(512 * MIB)}>;`)]),
    memory: ["0x80100000-0xa00fffff"],
    zones: [/^node 0, DMA +from PFN 524544, 131072 spanned, 131072 present$/],
  },
  "a crash kernel, which is left part of memory": {
    source: board([
      memory(2 * GIB, GIB),
      memory(3 * GIB, GIB),
      `chosen { linux,usable-memory-range = <${cells(2.5 * GIB)} ${cells(768 * MIB)}>; };`,
    ]),
    memory: ["0xa0000000-0xcfffffff"],
    zones: [/^node 0, DMA +from PFN 655360, 196608 spanned, 196608 present$/],
  },
  "a crash kernel with memory below 4 GiB beside its own, which no node describes": {
    source: board([
      memory(4 * GIB, GIB),
      `chosen { linux,usable-memory-range = <${cells(4.5 * GIB)} ${cells(256 * MIB)} ${cells(2 * GIB)} ${cells(128 * MIB)}>; };`,
    ]),
    memory: ["0x80000000-0x87ffffff", "0x120000000-0x12fffffff"],
    zones: [
      /^node 0, DMA +from PFN 524288, 524288 spanned, 32768 present$/,
      /^node 0, Normal +from PFN 1048576, 196608 spanned, 65536 present$/,
    ],
  },
  "mem= that ends in the second bank": {
    source: board([memory(2 * GIB, 512 * MIB), memory(3 * GIB, 512 * MIB)]),
    words: ["--mem", "768M"],
    memory: ["0x80000000-0x9fffffff", "0xc0000000-0xcfffffff"],
    zones: [/^node 0, DMA +from PFN 524288, 327680 spanned, 196608 present$/],
  },
  "mem= of less than a page": {
    source: board([memory(2 * GIB, 512 * MIB)]),
    words: ["--mem", "100"],
    memory: ["0x80000000-0x9fffffff"],
    zones: [/^node 0, DMA +from PFN 524288, 131072 spanned, 131072 present$/],
  },
  "memory off page boundaries": {
    source: board([memory(2 * GIB + 0x800, 512 * MIB), memory(3 * GIB + 1, 512 * MIB + 4096)]),
    memory: ["0x80001000-0x9fffffff", "0xc0001000-0xe0000fff"],
    zones: [/^node 0, DMA +from PFN 524289, 393216 spanned, 262143 present$/],
  },
  "two NUMA nodes, one in two pieces": {
    source: board([
      memory(2 * GIB, 512 * MIB, "numa-node-id = <1>;"),
      memory(3.5 * GIB, GIB, "numa-node-id = <0>;"),
      memory(8 * GIB, 512 * MIB, "numa-node-id = <1>;"),
    ]),
    memory: ["0x80000000-0x9fffffff", "0xe0000000-0x11fffffff", "0x200000000-0x21fffffff"],
    zones: [
      /^node 0, DMA +from PFN 917504, 131072 spanned, 131072 present$/,
      /^node 0, Normal +from PFN 1048576, 131072 spanned, 131072 present$/,
      /^node 1, DMA +from PFN 524288, 524288 spanned, 131072 present$/,
      /^node 1, Normal +from PFN 1048576, 1179648 spanned, 131072 present$/,
    ],
  },
  "dma-ranges of 31 bits": {
    source: board([
      memory(1.5 * GIB, GIB),
      "soc { #address-cells = <2>; #size-cells = <2>; ranges; dma-ranges = <0 0 0 0 0 0x80000000>; };",
    ]),
    memory: ["0x60000000-0x9fffffff"],
    zones: [
      /^node 0, DMA +from PFN 393216, 131072 spanned, 131072 present$/,
      /^node 0, DMA32 +from PFN 524288, 131072 spanned, 131072 present$/,
    ],
  },
};

describe("the kernel makes of it what we say, and what the rule says by hand", () => {
  test.each(Object.entries(CASES))("%s", (_, { source, words = [], memory, noMap = [], zones }) => {
    const { code, out, err } = boot(source, ...words);
    expect(err).toBe("");
    expect(out).not.toContain("NO  ");
    expect(linesOf(out, "memory")).toEqual(memory);
    expect(linesOf(out, "no-map")).toEqual(noMap);
    expect(linesOf(out, "zone")).toEqual(zones.map((zone) => expect.stringMatching(zone)));
    expect(code).toBe(0);
  });
});

test("a pool that the kernel frees again, and no-map that it does not take: we say so, and its log does", () => {
  const pool = range(2.25 * GIB + MIB, MIB, 'compatible = "shared-dma-pool"; reusable;');
  const source = board(
    [memory(2 * GIB, GIB)],
    [range(2.5 * GIB, MIB), range(2.5 * GIB + 0x1000, MIB, "no-map;"), pool],
  );
  const { code, out } = boot(source);
  expect(out).not.toContain("NO  ");
  expect(out).toMatch(/^\/reserved-memory\/r@90100000: the kernel frees it again: .* 2 MiB/m);
  expect(out).toMatch(/^ {2}OF: reserved mem: node r@90100000 compatible matching fail$/m);
  expect(out).toMatch(/^\/reserved-memory\/r@a0001000: it overlaps what is reserved before it/m);
  expect(out).toMatch(/^ {2}.*failed to reserve memory for node 'r@a0001000'/m);
  expect(code).toBe(0);
});

test("the session of docs/boot.md", () => {
  const [, session] = /```console\n([\s\S]*?)```/.exec(readFileSync("docs/boot.md", "utf8"))!;
  const commands = [...session!.matchAll(/^\$ carveout (.*)$/gm)].map(([, words]) => words!);
  const words = (line: string) =>
    line.split(" ").map((word) => (word === "planned.dtb" ? join(folder, word) : word === "Image" ? image : word));
  const outputs = commands.map((line) => carveout(words(line)).out.replaceAll(`${folder}/`, ""));
  // Debian's kernel changes, and so do its release and what it takes
  const asShown = (text: string) =>
    text.replace(/Linux 6\.1\.0-\d+-arm64/, "Linux").replace(/^the kernel's own.*\n/m, "");
  expect(commands.map((line, at) => `$ carveout ${line}\n${asShown(outputs[at]!)}`).join("")).toBe(asShown(session!));
});

test.each(Array.from({ length: 16 }, (_, seed) => seed))("a random machine, seed %i: every line agrees", (seed) => {
  const { source, words } = bootableMachine(seed);
  const { code, out, err } = boot(source, ...words);
  expect(err, source).toBe("");
  expect(out, source).not.toContain("NO  ");
  expect(code).toBe(0);
});

const TWO_NUMA_NODES = [
  ...["-m", "4G", "-smp", "2"],
  ...["-object", "memory-backend-ram,id=m0,size=2G", "-numa", "node,memdev=m0,cpus=0"],
  ...["-object", "memory-backend-ram,id=m1,size=2G", "-numa", "node,memdev=m1,cpus=1"],
];

test.each(["rfc-v2", "rfc-v3"])("a layout that was planned for %s: a kernel without tag storage agrees", (series) => {
  const base = join(folder, "virt.dtb");
  const planned = join(folder, `planned-${series}.dtb`);
  dumpQemuBlob(base, TWO_NUMA_NODES);
  expect(carveout(["plan", base, "--kernel", series, "-o", planned])).toMatchObject({ code: 0, err: "" });
  const { code, out, err } = carveout(["boot", planned, "--image", image]);
  expect(err).toBe("");
  expect(out).not.toContain("NO  ");
  // rfc-v2's tag storage is no memory to a kernel that does not know it; rfc-v3's is memory that is reserved
  expect(linesOf(out, "reserved").length > 0).toBe(series === "rfc-v3");
  expect(linesOf(out, "memory").length).toBeGreaterThan(0);
  expect(code).toBe(0);
});

test("a kernel that gzip packed", () => {
  const packed = join(folder, "Image.gz");
  writeFileSync(packed, gzipSync(readFileSync(image), { level: 1 }));
  writeFileSync(join(folder, "board.dts"), board([memory(GIB, 512 * MIB)]));
  expect(carveout(["boot", join(folder, "board.dts"), "--image", packed])).toMatchObject({ code: 0, err: "" });
});

test("a kernel that reaches further than we are told: the lines that do not agree, and exit code 1", () => {
  const { code, out } = boot(board([memory(2 * GIB, GIB), memory(8 * GIB, GIB)]), "--pa-bits", "32");
  expect(out).toMatch(/^NO {2}memory +nothing +0x200000000-0x23fffffff$/m);
  expect(out).toMatch(/^NO {2}zone +node 0, Normal +nothing +from PFN 1048576, 1310720 spanned, 262144 present$/m);
  // The first zone ends at 4 GiB where there is memory above, and with the memory where there is none
  expect(out).toMatch(/^NO {2}zone +node 0, DMA +.* 262144 spanned, .* 524288 spanned, 262144 present$/m);
  expect(out).toContain("3 of 6 lines do not agree");
  expect(code).toBe(1);
});

test("a kernel without room for itself says why", () => {
  const { code, err } = boot(board([memory(2 * GIB, 40 * MIB)]), "--timeout", "100");
  expect(err).toMatch(/^carveout: the kernel /);
  expect(code).toBe(2);
});

test("the merged tree is dtc's, which has the same nodes deleted and added", () => {
  const blob = join(folder, "devices.dtb");
  dumpQemuBlob(blob, ["-m", "1G"]);
  const dtc = (input: string | Uint8Array, from: string, to: string) => {
    const run = spawnSync("dtc", ["-q", "-s", "-I", from, "-O", to, "-"], { input, encoding: "utf8" });
    expect(run.status, run.stderr).toBe(0);
    return run.stdout;
  };
  const devices = dtc(readFileSync(blob), "dtb", "dts");
  const nodes = [
    memory(2 * GIB, GIB),
    "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;",
    range(2 * GIB, MIB),
    "};",
  ];
  const source = `/dts-v1/; /memreserve/ 0x80000000 0x1000; / { #address-cells = <2>; #size-cells = <2>; ${nodes.join("\n")} };`;
  const chosen = { bootArguments: "quiet", initrd: { start: 0x1_8000_0000n, end: 0x1_8000_1000n } };
  const byHand = `${devices.replace("/dts-v1/;", "/dts-v1/; /memreserve/ 0x80000000 0x1000;")}
/ {
	/delete-node/ memory@40000000;
	${nodes.join("\n")}
	chosen {
		/delete-property/ rng-seed;
		/delete-property/ kaslr-seed;
		bootargs = "quiet";
		linux,initrd-start = <1 0x80000000>;
		linux,initrd-end = <1 0x80001000>;
	};
};
`;
  const ours = writeBlob(mergeTree(readBlob(readFileSync(blob)).tree!, readMachine(treeOf(source)), chosen));
  expect(dtc(ours, "dtb", "dts")).toBe(dtc(dtc(byHand, "dts", "dts"), "dts", "dts"));
});
