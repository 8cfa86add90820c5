import { describe, expect, test } from "vitest";
import { checkTree } from "../../../core/check.ts";
import { kernelConfig } from "../../../core/kernel/config.ts";
import { overlaySource } from "../../../core/plan/write-overlay.ts";
import { type NoPlan, type Plan, type PlanOptions, planTree } from "../../../core/plan-tree.ts";
import { applyOverlay } from "../../../dts/overlay/apply-overlay.ts";
import { parseSource } from "../../../dts/parse-source.ts";
import type { SourceMap } from "../../../dts/source.ts";
import type { DeviceTree } from "../../../dts/tree.ts";
import { writeSource } from "../../../dts/write-source.ts";
import { memoryFiles } from "../../dts/memory-files.ts";
import { type RandomMachine, randomMachine } from "./random-machines.ts";

function parse(source: string, sources?: SourceMap): DeviceTree {
  const { tree, diagnostics } = parseSource("machine.dts", source, {
    files: memoryFiles({}),
    includeDirs: [],
    ...(sources === undefined ? {} : { sources }),
  });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return tree!;
}

function optionsOf({ series, pageSizes, blockBytes, placement }: Omit<RandomMachine, "source">): PlanOptions {
  const configs = pageSizes.map((pageSize) => kernelConfig({ series, pageSize }));
  return { configs, blockBytes, placement: { kind: placement }, clear: [] };
}

function sourceOf(tree: DeviceTree): string {
  let text = "";
  writeSource(tree, (piece) => {
    text += piece;
  });
  return text;
}

function expectManagedAndSafe(tree: DeviceTree, { configs }: PlanOptions): void {
  for (const config of configs) {
    const { boot, proof, findings } = checkTree(tree, config);
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(boot.outcome).toBe("managed");
    expect(proof!.safe).toBe(true);
  }
}

const machine = (nodes: string, before = "") =>
  `/dts-v1/; ${before} / { #address-cells = <2>; #size-cells = <2>; ${nodes} };`;
const TWO_BANKS = machine(`
  memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };
  memory@880000000 { device_type = "memory"; reg = <8 0x80000000 0 0x80000000>; };`);

const plan = (source: string, options: Partial<PlanOptions> & { series?: RandomMachine["series"] } = {}) =>
  planTree(parse(source), {
    configs: [kernelConfig({ series: options.series ?? "rfc-v2" })],
    blockBytes: 4096,
    placement: { kind: "same-bank" },
    clear: [],
    ...options,
  });

test("the FVP's memory with tags in the upper bank: as much as in the series' own layout", () => {
  const planned = plan(TWO_BANKS, { placement: { kind: "node", path: "/memory@880000000" } }) as Plan;
  expect(planned.kind).toBe("plan");
  expect(planned.taggableBytes).toBeGreaterThanOrEqual(0x80000000 + 0x78000000);
  expect(planned.regions.every(({ tags }) => tags.start >= 0x880000000)).toBe(true);
});

test("tags at an address begin there, in one piece", () => {
  const planned = plan(TWO_BANKS, { placement: { kind: "address", address: 0x8e0000000 } }) as Plan;
  // 1.5 GiB below the tags make 24 chunks of 64 MiB, the lower bank 32: 56 units of 2 MiB up to 0x8e7000000.
  // Above them 400 MiB are left, 6 chunks: 62 units in all would need 12 MiB more, and leave 388 MiB, still 6 chunks.
  expect(planned.taggableBytes).toBe(62 * 64 * 2 ** 20);
  expect(planned.regions[0]!.tags.start).toBe(0x8e0000000);
  const ends = planned.regions.map(({ tags }) => tags.end);
  expect(planned.regions.slice(1).map(({ tags }) => tags.start)).toEqual(ends.slice(0, -1));
});

describe("where there is no plan", () => {
  const none = (source: string, options: Parameters<typeof plan>[1] = {}): NoPlan => {
    const result = plan(source, options);
    expect(result.kind).toBe("none");
    return result as NoPlan;
  };
  const small = machine('memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x4000000>; };');

  test("too little memory: the pageblock and the kernel's image are to blame", () => {
    const { blame, message } = none(small);
    expect(message).toBe("no tag storage fits this machine's memory");
    expect(blame).toEqual([]);
    // 64 MiB: all of it is taken to hold the image. 128 MiB have room for 62 of 64 MiB chunks and 2 of tags: one of each.
    expect(plan(small.replace("0x4000000>", "0x8000000>")).kind).toBe("plan");
  });

  test("reserved memory at the only place", () => {
    const nodes = `memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x8000000>; };
      reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
        kept@84000000 { reg = <0 0x84000000 0 0x4000000>; }; };`;
    expect(none(machine(nodes)).blame).toEqual([
      { constraint: "image", bytes: 64 * 2 ** 20 },
      { constraint: "reserved", bytes: 64 * 2 ** 20 },
    ]);
  });

  test("blocks of two pages under a kernel that gets them wrong, and a plan for exact", () => {
    for (const series of ["rfc-v1", "rfc-v2", "rfc-v3"] as const) {
      const { message, hint, findings } = none(TWO_BANKS, { series, blockBytes: 8192 });
      expect(message).toContain(`${series} reserves the wrong blocks`);
      expect(hint).toContain("--kernel exact");
      expect(findings.length).toBeGreaterThan(0);
    }
    expect(plan(TWO_BANKS, { series: "exact", blockBytes: 8192 }).kind).toBe("plan");
  });

  test("tag storage that is there already, memory that is not, and memory twice", () => {
    const tags = '/tag-storage@f0000000 { compatible = "arm,mte-tag-storage"; };'.slice(1);
    expect(none(TWO_BANKS.replace("};\n  memory@88", `}; ${tags}\n memory@88`)).message).toContain(
      "has tag storage already",
    );
    expect(none(machine("")).message).toContain("no memory");
    const twice = machine(`memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };
      memory@90000000 { device_type = "memory"; reg = <0 0x90000000 0 0x80000000>; };`);
    expect(none(twice).message).toBe("/memory@80000000 and /memory@90000000 overlap");
  });

  test("a node that is no memory, an address that is none", () => {
    expect(none(TWO_BANKS, { placement: { kind: "node", path: "/cpus" } }).hint).toContain("/memory@880000000");
    expect(none(TWO_BANKS, { placement: { kind: "address", address: 0x1000 } }).message).toContain(
      "0x1000 is no memory",
    );
  });
});

describe("what no machine has ends soon", () => {
  const cells = (value: number) => `0x${Math.floor(value / 2 ** 32).toString(16)} 0x${(value % 2 ** 32).toString(16)}`;
  const ranges = (count: number, size: number, step: number) =>
    Array.from({ length: count }, (_, at) => `<${cells(2 ** 32 + at * step)} ${cells(size)}>`).join(", ");

  test("100,000 ranges of memory are refused", () => {
    const source = machine(`memory@100000000 { device_type = "memory"; reg = ${ranges(100_000, 2 ** 20, 2 ** 21)}; };`);
    expect((plan(source) as NoPlan).message).toContain("has 100000 ranges of memory");
  });

  test("256 banks with tags anywhere", () => {
    const source = machine(`memory@100000000 { device_type = "memory"; reg = ${ranges(256, 2 ** 28, 2 ** 29)}; };`);
    const planned = plan(source, { placement: { kind: "anywhere" } }) as Plan;
    expect(planned.kind).toBe("plan");
    // A bank has room for three chunks of 64 MiB and 6 MiB of tags, and the kernel's table for 32 rows.
    expect(planned.regions).toHaveLength(32);
  });

  test("60,000 reserved pages in 64 GiB", () => {
    const reserves = Array.from(
      { length: 60_000 },
      (_, at) => `/memreserve/ 0x${(2 ** 32 + at * 2 ** 20).toString(16)} 0x1000;`,
    );
    const source = machine('memory@100000000 { device_type = "memory"; reg = <1 0 0x10 0>; };', reserves.join("\n"));
    const planned = plan(source) as Plan;
    expect(planned.kind).toBe("plan");
    expect(planned.regions.every(({ tags }) => tags.start >= 2 ** 32 + 59_999 * 2 ** 20)).toBe(true);
  });
});

test("tags keep clear of what is reserved, of the initrd and of what the user names", () => {
  const source = machine(
    `memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };
     chosen { linux,initrd-start = <0 0xfe000000>; linux,initrd-end = <0 0xff000000>; };
     reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; a@f8000000 { reg = <0 0xf8000000 0 0x1000>; }; };`,
    "/memreserve/ 0xf0000000 0x1000;",
  );
  const planned = plan(source, { clear: [{ start: 0xe0000000, end: 0xe0000001 }] }) as Plan;
  const obstacles = [
    [0xfe000000, 0xff000000],
    [0xf8000000, 0xf8001000],
    [0xf0000000, 0xf0001000],
    [0xe0000000, 0xe0000001],
  ] as const;
  expect(planned.kind).toBe("plan");
  for (const { tags } of planned.regions) {
    for (const [start, end] of obstacles) expect(tags.end <= start || end <= tags.start).toBe(true);
  }
});

test("500 random machines: each plan, written and read again, is managed and safe; as an overlay too", () => {
  const outcomes = { plan: 0, none: 0 };
  for (let seed = 0; seed < 500; seed++) {
    const random = randomMachine(seed);
    const base = parse(random.source);
    const options = optionsOf(random);
    const result = planTree(base, options);
    outcomes[result.kind]++;
    if (result.kind === "none") {
      // Only memory can be the reason: the kernels are not asked for what they get wrong.
      expect(result.message, `seed ${seed}`).toMatch(/^no tag storage fits|overlap$/);
      continue;
    }
    expectManagedAndSafe(parse(sourceOf(result.tree)), options);
    expect(result.taggableBytes + result.tagBytes + result.leftOutBytes).toBe(result.memoryBytes);
    expect(result.leftOutBytes).toBeGreaterThanOrEqual(0);
    const overlay = parse(overlaySource(result.changes, ["a plan"]), base.sources);
    const applied = applyOverlay(base, overlay);
    expect(applied.diagnostics).toEqual([]);
    expectManagedAndSafe(applied.tree!, options);
  }
  expect(outcomes.plan).toBeGreaterThan(250);
});
