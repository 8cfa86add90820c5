import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { guestPrograms, runInGuest } from "./debian-guest.ts";

const PROGRAM = new URL("../../dist/cli/main.js", import.meta.url).pathname;
const FOLDER = mkdtempSync(join(tmpdir(), "carveout-trace-"));

/** QEMU's virt machine with 528 MiB: 512 MiB to be tagged, then the 16 MiB that hold their tags. */
const MEBIBYTES = 528;
const LAYOUT = `/dts-v1/;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	tagged: memory@40000000 {
		device_type = "memory";
		reg = <0x0 0x40000000 0x0 0x20000000>;
	};
	memory@60000000 {
		device_type = "memory";
		reg = <0x0 0x60000000 0x0 0x1000000>;
	};
	reserved-memory {
		#address-cells = <2>;
		#size-cells = <2>;
		ranges;
		tag-storage@60000000 {
			compatible = "arm,mte-tag-storage";
			reg = <0x0 0x60000000 0x0 0x1000000>;
			block-size = <0x1000>;
			tagged-memory = <&tagged>;
			reusable;
		};
	};
};
`;

const INIT = [
  "b=/bin/busybox",
  "$b mount -t proc proc /proc; $b mount -t sysfs sysfs /sys; $b mount -t devtmpfs devtmpfs /dev",
  "t=/sys/kernel/tracing",
  "$b mount -t tracefs tracefs $t",
  "for i in 1 2 3 4; do $b dd if=/dev/zero of=/tmp/$i bs=64k count=16 2>/dev/null; $b sort /bin/busybox >/dev/null; done",
  "$b rm /tmp/1 /tmp/3",
  "echo 0 > $t/tracing_on",
  "$b stty raw",
  "echo BEGIN; $b grep 'System RAM' /proc/iomem; $b cat $t/trace; echo END",
  "$b poweroff -f",
];

let text: string;
let memory: string[];

beforeAll(() => {
  const events = ["trace_event=kmem:mm_page_alloc,kmem:mm_page_free", "trace_buf_size=16M"];
  const lines = runInGuest(INIT, events, MEBIBYTES).split("\n");
  memory = lines.filter((line) => line.includes("System RAM"));
  text = lines.filter((line) => !line.includes("System RAM")).join("\n");
  writeFileSync(join(FOLDER, "boot.trace"), text);
  writeFileSync(join(FOLDER, "virt.dts"), LAYOUT);
});

function replay(...args: string[]) {
  const run = spawnSync(
    process.execPath,
    [PROGRAM, "run", "virt.dts", "--replay", "boot.trace", "--format", "json", ...args],
    { cwd: FOLDER, encoding: "utf8" },
  );
  if (run.stdout === "") throw new Error(run.stderr);
  return { status: run.status, ...JSON.parse(run.stdout).workload };
}

describe("a trace of a Debian arm64 kernel that boots, on a layout of the same memory", () => {
  test("the machine has the memory that the layout says", () => {
    const ranges = memory.map((line) =>
      /^\s*(\w+)-(\w+) :/
        .exec(line)!
        .slice(1)
        .map((hex) => Number.parseInt(hex, 16)),
    );
    expect(Math.min(...ranges.map(([start]) => start!))).toBe(0x40000000);
    expect(Math.max(...ranges.map(([, end]) => end!))).toBe(0x60ffffff);
  });

  test("has as many allocations and frees of each order as a five-line script counts", () => {
    const counted = { mm_page_alloc: [] as number[], mm_page_free: [] as number[] };
    for (const line of text.split("\n")) {
      const match = /: (mm_page_alloc|mm_page_free): page=(?!0{16}).* order=(\d+)/.exec(line);
      if (match !== null) counted[match[1] as "mm_page_free"][Number(match[2])] ??= 0;
      if (match !== null) counted[match[1] as "mm_page_free"][Number(match[2])]!++;
    }
    const { status, trace, violations } = replay("--tag-share", "30");
    expect(trace.allocationsByOrder).toEqual(Array.from(counted.mm_page_alloc, (count) => count ?? 0));
    expect(trace.freesByOrder).toEqual(Array.from(counted.mm_page_free, (count) => count ?? 0));
    expect(trace.allocationsByOrder[0]).toBeGreaterThan(10_000);
    expect(trace).toMatchObject({
      malformedLines: 0,
      lostEvents: 0,
      failedHere: 0,
      missedFrees: 0,
      mismatchedFrees: 0,
    });
    expect({ status, violations }).toEqual({ status: 0, violations: 0 });
  });

  test("what is live at the end is what the lines leave, by a set of pages", () => {
    const live = new Set<number>();
    for (const line of text.split("\n")) {
      const match = / mm_page_(alloc|free): page=(?!0{16})\S+ pfn=(\S+) order=(\d+)/.exec(line);
      if (match === null) continue;
      const [pfn, pages] = [Number(match[2]), 2 ** Number(match[3])];
      for (let page = pfn; page < pfn + pages; page++) match[1] === "alloc" ? live.add(page) : live.delete(page);
    }
    expect(replay().trace.livePages).toBe(live.size);
  });

  test("its allocations are where that machine had them, but for tag storage that is not for them", () => {
    // 0x60000000 to 0x60ffffff, which that kernel had as any memory; its untagged, movable pages may lie there here too
    const isTags = ([, pfn]: RegExpMatchArray) => Number(pfn) >= 0x60000 && Number(pfn) <= 0x60fff;
    const made = [...text.matchAll(/ mm_page_alloc: page=(?!0{16})\S+ pfn=(\S+) order=\d+ migratetype=(\d)/g)];
    const { placed } = replay().trace;
    expect(placed.tagStorage).toBe(made.filter((line) => isTags(line) && line[2] !== "1").length);
    const { there, taken, refused, outside } = placed;
    expect(there + taken + refused + outside + placed.tagStorage).toBe(made.length);
    // where one cannot have its place, it may be in the way of another
    expect(there).toBeGreaterThan(0.9 * (made.length - placed.tagStorage));
  });

  test("only the process that is named is tagged", () => {
    const movable = text.split("\n").filter((line) => /^ *busybox-\d+ .* mm_page_alloc: .* migratetype=1 /.test(line));
    expect(movable.length).toBeGreaterThan(100);
    expect(replay("--tag-comm", "busybox").trace.tagged.asked).toBe(movable.length);
  });
});

describe("what trace-cmd and perf print of such a kernel", () => {
  const RECORDED = [
    "b=/bin/busybox",
    "$b mount -t proc proc /proc; $b mount -t sysfs sysfs /sys; $b mount -t devtmpfs devtmpfs /dev",
    "$b mount -t tracefs tracefs /sys/kernel/tracing",
    "$b stty raw; cd /tmp",
    "work='/bin/busybox sort /bin/busybox'",
    "/usr/bin/trace-cmd record -q -e kmem:mm_page_alloc -e kmem:mm_page_free $work >/tmp/log 2>&1",
    "/usr/bin/perf record -q -a -e kmem:mm_page_alloc,kmem:mm_page_free -o /tmp/p.data $work >/tmp/log 2>&1",
    "echo BEGIN; /usr/bin/trace-cmd report /tmp/trace.dat 2>&1",
    "echo PERF; /usr/bin/perf script -i /tmp/p.data 2>&1; echo END",
    "$b poweroff -f",
  ];
  let reports: Record<string, string>;

  beforeAll(() => {
    const programs = guestPrograms({ "trace-cmd": "trace-cmd", perf: "linux-perf" });
    const [traceCmd, perf] = runInGuest(RECORDED, [], 1024, programs).split(/^PERF$/m);
    reports = { "trace-cmd": traceCmd!, perf: perf! };
  });

  test.each(["trace-cmd", "perf"])(
    "%s: as many events of each order as grep counts, and the flags by number",
    (name) => {
      const report = reports[name]!;
      writeFileSync(join(FOLDER, "boot.trace"), report);
      const count = (event: string) => {
        const orders: number[] = [];
        for (const [, order] of report.matchAll(new RegExp(`mm_page_${event}:.* order=(\\d+)`, "g"))) {
          orders[Number(order)] = (orders[Number(order)] ?? 0) + 1;
        }
        return Array.from(orders, (found) => found ?? 0);
      };
      const { trace } = replay("--tag-gfp", "__GFP_MOVABLE|__GFP_ZERO");
      expect(trace).toMatchObject({ malformedLines: 0, lostEvents: 0 });
      expect(trace.allocationsByOrder).toEqual(count("alloc"));
      expect(trace.freesByOrder).toEqual(count("free"));
      expect(trace.allocationsByOrder[0]).toBeGreaterThan(100);
      // ___GFP_MOVABLE is 0x8, ___GFP_ZERO is 0x100
      const asked = [...report.matchAll(/mm_page_alloc:.* gfp_flags=(0x[0-9a-f]+) migratetype=1$/gm)].filter(
        ([, flags]) => (Number(flags) & 0x108) === 0x108,
      );
      expect(asked.length).toBeGreaterThan(10);
      expect(trace.tagged.asked).toBe(asked.length);
    },
  );
});
