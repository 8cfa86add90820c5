import { describe, expect, test } from "vitest";
import { checkTree } from "../../../core/check.ts";
import { kernelConfig } from "../../../core/kernel/config.ts";
import { overlaySource } from "../../../core/plan/write-overlay.ts";
import { type NoPlan, type Plan, type PlanOptions, planTree } from "../../../core/plan-tree.ts";
import { applyOverlay } from "../../../dts/overlay/apply-overlay.ts";
import type { DeviceTree } from "../../../dts/tree.ts";
import { writeSource } from "../../../dts/write-source.ts";
import { type RandomMachine, randomMachine } from "./random-machines.ts";
import { refusalReason } from "./refusal-reasons.ts";
import { parse } from "./small-machine-source.ts";

function optionsOf({ series, pageSizes, blockBytes, placement }: RandomMachine): PlanOptions {
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

describe("memory starts where the walk is right for every order, and no later", () => {
  // 1 GiB from 1 MiB above a multiple of 4 MiB on.
  const bank = machine('memory@80100000 { device_type = "memory"; reg = <0 0x80100000 0 0x40000000>; };');

  test("blocks of 128 KiB under rfc-v3 serve 4 MiB, the largest order", () => {
    const planned = plan(bank.replace(/80100000/g, "80000000"), { series: "rfc-v3", blockBytes: 2 ** 17 }) as Plan;
    expect(planned.kind).toBe("plan");
  });

  test("blocks of 2 MiB serve 64 MiB, and memory starts at a multiple of 4 MiB all the same", () => {
    const clear = bank.replace(/80100000/g, "80400000");
    const planned = plan(clear, { series: "rfc-v3", blockBytes: 2 ** 21 }) as Plan;
    // 16 blocks of tags would serve 1 GiB: all but the 32 MiB that they take has tags.
    expect(planned.taggableBytes).toBe(2 ** 30 - 2 ** 25);
  });

  test("blocks of 2 MiB where the image's bank begins 2 MiB off that: its start is a row that ends at a multiple of 4 MiB", () => {
    // A block serves 64 MiB. From 0x80200000 on, two blocks' memory meets at 0x84200000, where 4 MiB from 0x84000000 lie
    // across: the first row ends there.
    const source = machine(`memory@80200000 { device_type = "memory"; reg = <0 0x80200000 0 0x7fe00000>; };`);
    const result = plan(source, { series: "rfc-v3", blockBytes: 0x200000 }) as Plan;
    expect(result.kind).toBe("plan");
    expect(result.regions[0]!.memory).toEqual({ start: 0x80200000, end: 0x84000000 });
    expect(result.regions[1]!.memory.start).toBe(0x84000000);
  });

  test("orders of up to 4 pages: memory starts at a multiple of those", () => {
    const config = kernelConfig({ series: "rfc-v2", maxOrder: 2, pageblockOrder: 9 });
    // 128 MiB with room for three pageblocks of tags behind them, and 64 MiB from the second page of four on.
    const nodes = `memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x8600000>; };
      memory@90001000 { device_type = "memory"; reg = <0 0x90001000 0 0x4003000>; };`;
    const planned = plan(machine(nodes), { configs: [config], placement: { kind: "anywhere" } }) as Plan;
    expect(planned.regions.map(({ memory }) => memory)).toContainEqual({ start: 0x90004000, end: 0x94004000 });
  });
});

describe("tags where zones meet at 4 GiB", () => {
  const across = machine('memory@c0000000 { device_type = "memory"; reg = <0 0xc0000000 0 0x80000000>; };');
  const at = { placement: { kind: "address", address: 0xff000000 } } as const;

  test("rfc-v2 has them in one region, rfc-v3 in one on each side", () => {
    for (const [series, isSplit] of [
      ["rfc-v2", false],
      ["rfc-v3", true],
    ] as const) {
      const planned = plan(across, { series, ...at }) as Plan;
      expect(planned.kind).toBe("plan");
      const tags = planned.regions.map((region) => region.tags).sort((a, b) => a.start - b.start);
      expect(tags[0]!.start).toBe(0xff000000);
      expect(tags.at(-1)!.end).toBeGreaterThan(2 ** 32);
      expect(tags.some(({ start, end }) => start < 2 ** 32 && end > 2 ** 32)).toBe(!isSplit);
      expect(tags.slice(1).map(({ start }) => start)).toEqual(tags.slice(0, -1).map(({ end }) => end));
    }
  });
});

describe("memory that has to stay", () => {
  const bank = (start: string, size: string) =>
    `memory@${start} { device_type = "memory"; reg = <0 0x${start} 0 ${size}>; };`;
  const low = bank("40000000", "0x2000000");
  const main = bank("80000000", "0x40000000");

  test("a bank with the kernel's image that no region can serve: no plan, and the image is named", () => {
    // 32 MiB, where a pageblock of tags is for 64 MiB exactly.
    const result = plan(machine(low + main), { placement: { kind: "anywhere" } }) as NoPlan;
    expect(result.kind).toBe("none");
    expect(result.message).toContain("the kernel's image at 0x40000000-0x41ffffff");
  });

  test("the same where tags may be more: the image's memory has tags first", () => {
    const options = { series: "rfc-v3", placement: { kind: "anywhere" } } as const;
    const planned = plan(machine(low + main), options) as Plan;
    expect(planned.regions[0]!.memory).toEqual({ start: 0x40000000, end: 0x42000000 });
    expect(plan(machine(low + main), { series: "rfc-v3" }).kind).toBe("none");
  });

  test("an initrd at the end of a bank: what is left over lies elsewhere", () => {
    const chosen = "chosen { linux,initrd-start = <0 0xbff00000>; linux,initrd-end = <0 0xbff01000>; };";
    const planned = plan(machine(chosen + main)) as Plan;
    // 15 chunks of 64 MiB and 30 MiB of tags: 34 MiB are over, and not those that the initrd is in.
    expect(planned.taggableBytes).toBe(15 * 64 * 2 ** 20);
    expect(planned.regions.some(({ memory }) => memory.start <= 0xbff00000 && 0xbff01000 <= memory.end)).toBe(true);
  });

  test("reserved memory that no region serves is memory without tags", () => {
    // The second bank has no chunk of 64 MiB; its last MiB is reserved.
    const small = 'memory@d0000000 { device_type = "memory"; reg = <0 0xd0000000 0 0x2000000>; };';
    const kept = `reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
      pstore@d1f00000 { reg = <0 0xd1f00000 0 0x100000>; }; };`;
    const planned = plan(machine(main + small + kept)) as Plan;
    expect(planned.untaggedBytes).toBe(2 ** 20);
    expect(planned.leftOutBytes).toBe(2 ** 30 - 15 * 66 * 2 ** 20 + 31 * 2 ** 20);
    const node = planned.tree.nodeAt("/memory@d1f00000")!;
    expect([...node.property("reg")!.value]).toEqual([0, 0, 0, 0, 0xd1, 0xf0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0]);
  });

  test("memory above mem= stays as it is", () => {
    const config = kernelConfig({ series: "rfc-v2", memLimitBytes: BigInt(2 ** 30) });
    const result = plan(machine(main + bank("c0000000", "0x10000000")), { configs: [config] }) as Plan;
    expect(result.tree.nodeAt("/memory@c0000000")!.property("reg")!.value[4]).toBe(0xc0);
    expect(result.changes.changed.map(({ path }) => path)).toEqual(["/memory@80000000"]);
    // One node that is seen in part: what is beyond becomes a node of its own.
    const half = kernelConfig({ series: "rfc-v2", memLimitBytes: BigInt(2 ** 29) });
    const cut = plan(machine(main), { configs: [half] }) as Plan;
    const beyond = cut.tree.nodeAt("/memory@a0000000")!.property("reg")!.value;
    expect([...beyond.slice(4, 8), ...beyond.slice(12)]).toEqual([0xa0, 0, 0, 0, 0x20, 0, 0, 0]);
  });
});

test("the kernel ignores /reserved-memory: the rule is named", () => {
  const nodes = `memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x40000000>; };
    reserved-memory { #address-cells = <2>; #size-cells = <1>; a@90000000 { reg = <0 0x90000000 0x1000>; }; };`;
  const result = plan(machine(nodes), { series: "rfc-v3" }) as NoPlan;
  expect(result.findings.map(({ rule }) => rule)).toContain("reserved-memory-format");
});

test("40 GiB with the top reserved: what a reservation takes away costs nothing where tags can be aligned elsewhere", () => {
  const nodes = `memory@100000000 { device_type = "memory"; reg = <1 0 0xa 0>; };
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
      fw@abc400000 { reg = <0xa 0xbc400000 0 0x43c00000>; no-map; }; };`;
  // 20480 units of 2 MiB: 620 * 33 = 20460.
  expect((plan(machine(nodes)) as Plan).taggableBytes).toBe(620 * 64 * 2 ** 20);
});

test("one CMA area: the tags that serve the kernel's image, as high as they can lie", () => {
  const pools = Array.from({ length: 18 }, (_, at) => {
    const start = (0xb8000000 + at * 0x400000).toString(16);
    return `c${at}@${start} { compatible = "shared-dma-pool"; reusable; reg = <0 0x${start} 0 0x400000>; };`;
  });
  const nodes = `memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x40000000>; };
    reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; ${pools.join(" ")}
      a@a8000000 { reg = <0 0xa8000000 0 0x10000000>; }; b@bc800000 { reg = <0 0xbc800000 0 0x03800000>; }; };`;
  const planned = plan(machine(nodes), { series: "rfc-v3" }) as Plan;
  // Tags end at 0xa8000000 at most: 640 MiB with ten pageblocks, 20 MiB, of tags.
  expect(planned.taggableBytes).toBe(620 * 2 ** 20);
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

test("500 random machines: each plan, written and read again, is managed and safe, as an overlay too; no plan only for a reason", () => {
  const outcomes = { plan: 0, none: 0 };
  for (let seed = 0; seed < 500; seed++) {
    const random = randomMachine(seed);
    const base = parse(random.source);
    const options = optionsOf(random);
    const result = planTree(base, options);
    outcomes[result.kind]++;
    const reason = refusalReason(random);
    expect({ seed, isRefused: result.kind === "none" }).toEqual({ seed, isRefused: reason !== null });
    if (result.kind === "none") {
      // Only memory can be the reason: the kernels are not asked for what they get wrong.
      expect(result.message, `seed ${seed}`).toMatch(/^no tag storage fits|^no region can serve/);
      continue;
    }
    expectManagedAndSafe(parse(sourceOf(result.tree)), options);
    const { taggableBytes, tagBytes, untaggedBytes, leftOutBytes, memoryBytes } = result;
    expect(taggableBytes + tagBytes + untaggedBytes + leftOutBytes).toBe(memoryBytes);
    expect(result.leftOutBytes).toBeGreaterThanOrEqual(0);
    const overlay = parse(overlaySource(result.changes, ["a plan"]), base.sources);
    const applied = applyOverlay(base, overlay);
    expect(applied.diagnostics).toEqual([]);
    expectManagedAndSafe(applied.tree!, options);
  }
  expect(outcomes.plan).toBeGreaterThan(400);
  expect(outcomes.none).toBeGreaterThan(30);
}, 600_000);
