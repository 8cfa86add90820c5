/** The command, with a program in QEMU's place; test/peers/boot.test.ts has QEMU and a kernel. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mistakes } from "../output-mistakes.ts";
import { carveout, folderWith, PROGRAM } from "../program.ts";
import { fakeQemu, guestPrints } from "./fake-qemu.ts";

const BOARD = `/dts-v1/;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x40000000>; };
	reserved-memory {
		#address-cells = <2>;
		#size-cells = <2>;
		ranges;
		firmware@90000000 { reg = <0 0x90000000 0 0x100000>; };
		secure@a0000000 { reg = <0 0xa0000000 0 0x100000>; no-map; };
	};
};
`;

const IOMEM = `80000000-9fffffff : System RAM
  80000000-8000ffff : Kernel code
  90000000-900fffff : reserved
a0000000-a00fffff : reserved
a0100000-bfffffff : System RAM`;

const ZONEINFO = `Node 0, zone      DMA
        spanned  262144
        present  262144
  start_pfn:           524288`;

/** The header of an arm64 Image of 64 KiB, pages of 4 KiB. */
function imageBytes(): Buffer {
  const image = Buffer.alloc(64);
  image.writeBigUInt64LE(0x10000n, 16);
  image.writeBigUInt64LE(0b1010n, 24);
  image.write("ARMd", 56, "latin1");
  return image;
}

/** A folder with a board, an image, a program in QEMU's place, and a folder for temporary files. */
function bench(boot: string, { board = BOARD, dump = true } = {}) {
  const folder = folderWith({ "board.dts": board, Image: imageBytes() });
  mkdirSync(join(folder, "tmp"));
  const qemu = fakeQemu(folder, boot, dump);
  const words = ["boot", "board.dts", "--image", "Image", "--qemu", qemu];
  const env = { TMPDIR: join(folder, "tmp") };
  return {
    folder,
    words,
    env,
    run: (...more: string[]) => carveout([...words, ...more], { cwd: folder, env }),
    left: () => readdirSync(join(folder, "tmp")),
    calls: () =>
      readFileSync(join(folder, "calls"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as string[]),
  };
}

test("a kernel that makes of the memory what we say: every line agrees, and nothing is left behind", () => {
  const { run, left } = bench(guestPrints(IOMEM, ZONEINFO));
  const { code, out, err } = run();
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("board.dts: Linux 6.1.0, 4 KiB pages, booted by QEMU");
  expect(out).toMatch(/ok {2}tree +\/memory@80000000 +0x80000000-0xbfffffff +the same/);
  expect(out).toMatch(/ok {2}memory +0x80000000-0x9fffffff +the same/);
  expect(out).toMatch(/ok {2}no-map +0xa0000000-0xa00fffff +the same/);
  expect(out).toMatch(/ok {2}reserved +\/reserved-memory\/firmware@90000000 +0x90000000-0x900fffff +the same/);
  expect(out).toMatch(/ok {2}zone +node 0, DMA +from PFN 524288, 262144 spanned, 262144 present +the same/);
  expect(out).toContain("the kernel's own: kernel image 0x80000000-0x8000ffff, 0.0 MiB that it reserved for itself");
  expect(out).toContain("board.dts: all 8 lines agree");
  expect(left()).toEqual([]);
});

test.each<[string, string, string, RegExp]>([
  [
    "less memory",
    IOMEM.replace("bfffffff", "afffffff"),
    ZONEINFO,
    /NO {2}memory +0xa0100000-0xbfffffff +0xa0100000-0xafffffff/,
  ],
  [
    "more memory",
    `${IOMEM}\n100000000-1000fffff : System RAM`,
    ZONEINFO,
    /NO {2}memory +nothing +0x100000000-0x1000fffff/,
  ],
  ["no hole", IOMEM.replace(/^a0000000-a00fffff.*\n/m, ""), ZONEINFO, /NO {2}no-map +0xa0000000-0xa00fffff +nothing/],
  [
    "nothing reserved",
    IOMEM.replace(/^ {2}90.*\n/m, ""),
    ZONEINFO,
    /NO {2}reserved +\S+ +0x90000000-0x900fffff +nothing/,
  ],
  ["less reserved", IOMEM.replace("900fffff", "9007ffff"), ZONEINFO, /NO {2}reserved +\S+ +\S+ +0x90000000-0x9007ffff/],
  [
    "another zone",
    IOMEM,
    ZONEINFO.replace("DMA", "Normal"),
    /NO {2}zone +node 0, DMA +.* nothing\n.*NO {2}zone +node 0, Normal +nothing/s,
  ],
  ["fewer pages", IOMEM, ZONEINFO.replace("present  262144", "present  262143"), /NO {2}zone .*262143 present$/m],
])("a kernel that has %s: the line says so, and the exit code", (_, iomem, zoneinfo, line) => {
  const { run } = bench(guestPrints(iomem, zoneinfo));
  const { code, out } = run();
  expect(out).toMatch(line);
  expect(out).toMatch(/board\.dts: \d of \d lines do(es)? not agree/);
  expect(code).toBe(1);
});

test("a kernel that read another tree", () => {
  const change = 'blob[blob.indexOf("firmware@")] = 0x46;'; // Firmware@90000000
  const { out, code } = bench(`${change}\n${guestPrints(IOMEM, ZONEINFO)}`).run();
  expect(out).toMatch(/NO {2}tree +\/reserved-memory\/firmware@90000000 .* nothing/);
  expect(out).toMatch(/NO {2}tree +\/reserved-memory\/Firmware@90000000 +nothing /);
  expect(code).toBe(1);
});

test("JSON has the same fields where either side has nothing, and for memory that the kernel places", () => {
  const board = BOARD.replace("secure@", "pool { size = <0 0x200000>; no-map; };\n\t\tsecure@");
  const iomem = IOMEM.replace(/^ {2}90.*\n/m, "");
  const { out } = bench(guestPrints(iomem, ZONEINFO.replace("DMA", "Normal")), { board }).run("--format", "json");
  expect(mistakes("boot", out)).toEqual([]);
  const { comparisons } = JSON.parse(out);
  expect(comparisons).toContainEqual(
    expect.objectContaining({ topic: "zone", name: "node 0, Normal", carveout: null }),
  );
  expect(comparisons).toContainEqual(expect.objectContaining({ topic: "reserved", kernel: null }));
  expect(comparisons).toContainEqual(expect.objectContaining({ carveout: { pagesAnywhere: 512 } }));
});

test("in JSON, with PFNs", () => {
  const { run } = bench(guestPrints(IOMEM, ZONEINFO.replace("present  262144", "present  262143")));
  const { out, code } = run("--format", "json");
  expect(mistakes("boot", out)).toEqual([]);
  const report = JSON.parse(out);
  expect(report).toMatchObject({
    input: "board.dts",
    kernel: "Linux version 6.1.0 (x)",
    pageSize: 4096,
    agrees: false,
  });
  expect(report.comparisons.filter((line: { agrees: boolean }) => !line.agrees)).toEqual([
    {
      topic: "zone",
      name: "node 0, DMA",
      agrees: false,
      carveout: { start: 524288, spanned: 262144, present: 262144 },
      kernel: { start: 524288, spanned: 262144, present: 262143 },
    },
  ]);
  expect(report.comparisons).toContainEqual({
    topic: "no-map",
    name: null,
    agrees: true,
    carveout: { pages: [{ start: 0xa0000, end: 0xa00ff }] },
    kernel: { pages: [{ start: 0xa0000, end: 0xa00ff }] },
  });
  expect(code).toBe(1);
});

test("QEMU is given RAM to the last byte of memory, and the files at places apart from what is reserved", () => {
  const { run, calls } = bench(guestPrints(IOMEM, ZONEINFO), {
    board: BOARD.replace("firmware@90000000 { reg = <0 0x90000000", "firmware@80000000 { reg = <0 0x80000000"),
  });
  run("--append", "nosmp");
  const [dump, boot] = calls() as [string[], string[]];
  expect(dump[1]).toMatch(/^virt,memory-backend=ram,dumpdtb=.*qemu\.dtb$/);
  // 0xc0000000 - 0x40000000
  for (const call of [dump, boot]) expect(call).toEqual(expect.arrayContaining(["-m", "2048M"]));
  const places = boot.join(" ").matchAll(/file=\S*\/(\w+)\S*?,addr=(0x[0-9a-f]+)/g);
  expect(Object.fromEntries([...places].map(([, name, place]) => [name, place]))).toEqual({
    Image: "0x80200000",
    initramfs: "0x80400000",
    machine: "0x80600000",
    entry: "0x401ff000",
  });
});

test("QEMU has RAM for memory that we say the kernel drops, in case that it does not", () => {
  const board = BOARD.replace(
    "reg = <0 0x80000000 0 0x40000000>",
    "reg = <0 0x80000000 0 0x40000000 2 0 0 0x40000000>",
  );
  const { run } = bench("", { board });
  // 0x240000000 - 0x40000000 is 8 GiB
  for (const more of [[], ["--pa-bits", "32"], ["--mem", "512M"]])
    expect(run("--dry-run", ...more).out).toContain("-m 8192M");
  const far = bench("", { board: board.replace("2 0 0 0x40000000", "0x200 0 0 0x40000000") });
  expect(far.run("--dry-run").code).toBe(2);
  expect(far.run("--dry-run", "--pa-bits", "32").out).toContain("-m 2048M");
});

test("memory tagging is on where the tree has tag storage", () => {
  const tags = 'tags@b0000000 { compatible = "arm,mte-tag-storage"; reg = <0 0xb0000000 0 0x200000>; };';
  const { run } = bench("", { board: BOARD.replace("secure@", `${tags} secure@`) });
  expect(run("--dry-run").out).toMatch(/virt,memory-backend=ram,mte=on .*-cpu max/);
  expect(bench("").run("--dry-run").out).toMatch(/-cpu cortex-a72/);
});

test("--dry-run prints both command lines and runs nothing", () => {
  const { run, folder } = bench(guestPrints(IOMEM, ZONEINFO));
  const { out, code } = run("--dry-run", "--mem", "512M", "--append", "it's");
  expect(code).toBe(0);
  expect(out.split("\n").filter((line) => line.includes("-machine virt"))).toHaveLength(2);
  expect(out).toContain("mem=536870912 it's");
  expect(existsSync(join(folder, "calls"))).toBe(false);
});

test.each<[string, string, RegExp]>([
  ["ends at once", "process.exit(1)", /did not get to its first program; it printed nothing; --append/],
  [
    "panics",
    'console.log("Kernel panic - not syncing: x"); setInterval(() => {}, 1000)',
    /panicked; its last words:\nKernel panic - not syncing: x/,
  ],
  ["hangs", 'console.log("hello"); setInterval(() => {}, 1000)', /did not get to its first program in 5 s/],
  [
    "prints without end",
    'const x = "x".repeat(1 << 16); for (;;) require("fs").writeSync(1, x)',
    /printed without end/,
  ],
  ["shows no memory", guestPrints("", ZONEINFO), /shows no System RAM in \/proc\/iomem: it needs CONFIG_PROC_FS/],
  ["shows no blob", `blob.fill(0); ${guestPrints(IOMEM, ZONEINFO)}`, /shows no blob in .*: it needs CONFIG_SYSFS/],
])("a kernel that %s is told, with exit code 2 and nothing left behind", (_, boot, words) => {
  const { run, left } = bench(boot);
  const { code, out, err } = run("--timeout", boot.includes("hello") ? "5" : "60");
  expect(err).toMatch(words);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(left()).toEqual([]);
});

test("a script that starts QEMU: both end with the guest's last word", () => {
  const { folder, run, left } = bench(`${guestPrints(IOMEM, ZONEINFO)} setInterval(() => {}, 1000);`);
  const script = join(folder, "script");
  // Without exec: the shell waits, and so does what it starts
  writeFileSync(script, `#!/bin/sh\n"${join(folder, "fake-qemu")}" "$@"\nexit 0\n`, { mode: 0o755 });
  expect(run("--qemu", script)).toMatchObject({ code: 0, err: "" });
  expect(left()).toEqual([]);
});

test("QEMU that is missing, or writes no tree", () => {
  const missing = bench("").run("--qemu", "no-such-qemu");
  expect(missing.err).toMatch(/cannot run no-such-qemu: no such file or directory; Debian has QEMU .* qemu-system-arm/);
  expect(missing.code).toBe(2);
  const failing = bench("", { dump: false }).run();
  expect(failing.err).toMatch(/wrote no device tree of its virt machine: no such machine/);
  expect(failing.code).toBe(2);
});

test.each<[string, string, RegExp]>([
  [
    "below 1 GiB",
    "reg = <0 0x20000000 0 0x40000000>",
    /memory starts at 0x20000000, and QEMU's virt machine has devices below 0x40000000/,
  ],
  ["beyond 1 TiB", "reg = <0x200 0 0 0x40000000>", /memory reaches to 0x20040000000, and QEMU is asked for 1 TiB/],
  ["too small", "reg = <0 0x80000000 0 0x100000>", /the initramfs takes .* has 960 KiB|the blob takes 2 MiB/],
  ["none", "reg = <0 0x80000000 0 0>", /describes no memory that the kernel keeps/],
])("memory %s is refused, with the number", (_, reg, words) => {
  const { run } = bench("", { board: BOARD.replace("reg = <0 0x80000000 0 0x40000000>", reg) });
  const { code, err } = run("--dry-run");
  expect(err).toMatch(words);
  expect(code).toBe(2);
});

test("a hundred thousand reservations are refused, at once", () => {
  const many = Array.from({ length: 100_000 }, (_, at) => `r${at} { reg = <0 ${0x80000000 + at * 4096} 0 1>; };`);
  const { run } = bench("", { board: BOARD.replace("secure@", `${many.join("\n")}\nsecure@`) });
  const { code, err } = run("--dry-run");
  // three nodes of BOARD's, with a range each
  expect(err).toMatch(/the tree has 200006 nodes and ranges .* 4096 are taken at most/);
  expect(code).toBe(2);
});

test("a kernel with rfc-v2: tag storage at the root is memory that it reserves; without, it is no memory", () => {
  const nodes = `tagged: memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x4000000>; };
	tag-storage@50000000 {
		compatible = "arm,mte-tag-storage";
		reg = <0 0x50000000 0 0x200000>;
		block-size = <0x1000>;
		memory = <&tagged>;
	};
	memory@80000000`;
  const tags = "50000000-501fffff : System RAM\n  50000000-501fffff : reserved";
  const zones = ZONEINFO.replace("524288", "262144").replace("spanned  262144", "spanned  524288");
  const shows = (iomem: string, pages: number) =>
    guestPrints(
      `40000000-43ffffff : System RAM\n${iomem}${IOMEM}`,
      zones.replace("present  262144", `present  ${pages}`),
    );
  const board = BOARD.replace("memory@80000000", nodes);
  const without = shows("", 262144 + 16384);
  const withTags = shows(`${tags}\n`, 262144 + 16384 + 512);
  expect(bench(without, { board }).run()).toMatchObject({ code: 0, err: "" });
  const { out, code } = bench(withTags, { board }).run("--kernel", "rfc-v2");
  expect(out).toMatch(/ok {2}reserved +\/tag-storage@50000000 +0x50000000-0x501fffff +the same/);
  expect(code).toBe(0);
  expect(bench(withTags, { board }).run().code).toBe(1);
  expect(bench(without, { board }).run("--kernel", "rfc-v2").code).toBe(1);
});

test("a kernel with rfc-v3: tag storage that it refuses is free memory", () => {
  // No tagged-memory: the probe fails, and gives the memory back
  const tags = `tags@b0000000 { compatible = "arm,mte-tag-storage"; reg = <0 0xb0000000 0 0x200000>; block-size = <0x1000>; reusable; };`;
  const board = BOARD.replace("secure@", `${tags}\n\t\tsecure@`);
  const kept = guestPrints(`${IOMEM}\n  b0000000-b01fffff : reserved`, ZONEINFO);
  const freed = guestPrints(IOMEM, ZONEINFO);
  const codeOf = (guest: string, ...more: string[]) => bench(guest, { board }).run(...more).code;
  expect([codeOf(kept), codeOf(freed)]).toEqual([0, 1]);
  const out = bench(freed, { board }).run("--kernel", "rfc-v3").out;
  expect(out).toContain("all 9 lines agree");
  expect(out).not.toMatch(/reserved +\/reserved-memory\/tags/);
});

test("a wrong command line or input", () => {
  const { run, folder } = bench("");
  expect(run("--page-size", "16k").err).toMatch(/a kernel of 4 KiB pages by its header, and --page-size says 16 KiB/);
  expect(run("--append", "quiet mem=1G").err).toMatch(/give --mem SIZE/);
  expect(carveout(["boot", "board.dts"], { cwd: folder }).err).toMatch(/--image/);
  expect(run("--image", "board.dts").err).toMatch(/is no Image of an arm64 kernel/);
  expect(run("--image", "nothing").err).toMatch(/cannot read nothing: no such file/);
  writeFileSync(join(folder, "board.dts"), "/dts-v1/; / { x = <1 };");
  const broken = run();
  expect(broken.code).toBe(1);
  expect(broken.err).toMatch(/board\.dts:1:/);
  writeFileSync(join(folder, "board.dts"), "/dts-v1/; /plugin/; &{/} { x; };");
  expect(run().err).toMatch(/is an overlay: give its base/);
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends QEMU, removes the files, and ends us by the same signal",
  async (signal) => {
    const { words, folder, env, left } = bench(
      'require("node:fs").writeFileSync("pid", String(process.pid)); setInterval(() => {}, 1000)',
    );
    const child = spawn(process.execPath, [PROGRAM, ...words], { cwd: folder, env: { ...process.env, ...env } });
    const ended = new Promise((resolve) => child.on("exit", (_code, by) => resolve(by)));
    const pidFile = join(folder, "pid");
    while (!existsSync(pidFile) || readFileSync(pidFile, "utf8") === "")
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(left()).toHaveLength(1);
    child.kill(signal);
    expect(await ended).toBe(signal);
    expect(left()).toEqual([]);
    const pid = Number(readFileSync(pidFile, "utf8"));
    const isThere = () => {
      try {
        process.kill(pid, 0);
        // A process that has ended stays listed until its parent asks after it
        return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
      } catch {
        return false;
      }
    };
    while (isThere()) await new Promise((resolve) => setTimeout(resolve, 20));
  },
);
