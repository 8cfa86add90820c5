import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MachineOptions } from "../../../../core/allocator/machine-memory.ts";
import { createTraceReplay } from "../../../../core/allocator/trace/replay-trace.ts";
import { createTagRule, type TagRuleOptions } from "../../../../core/allocator/trace/tag-rule.ts";
import { machineOf, tagRegion } from "../machines.ts";

/** 512 pages of memory and the 16 that hold its tags, blocks of one page: safe under every series. */
const MACHINE = machineOf("rfc-v3", [tagRegion(0x400, 512, 0x800, 16, 1)]);
/** The same for 16384 pages: room for the excerpt. */
const LARGE = machineOf("rfc-v3", [tagRegion(0x4000, 16384, 0x8000, 512, 1)], { maxOrder: 10, pageblockOrder: 9 });
const NO_RULE: TagRuleOptions = { gfpFlags: null, command: null, sharePercent: null, seed: 1 };
const EXCERPT = readFileSync(new URL("debian-arm64.trace", import.meta.url), "latin1");

function replay(
  text: string,
  rule: Partial<TagRuleOptions> = {},
  machine: MachineOptions = MACHINE,
  pieceLength = 1 << 16,
) {
  const run = createTraceReplay(machine, createTagRule({ ...NO_RULE, ...rule }));
  for (let at = 0; at < text.length; at += pieceLength) run.write(text.slice(at, at + pieceLength));
  return run.finish();
}

const line = (rest: string, who = "init-1") => `${who} [000] ..... 1.0: ${rest}\n`;

function allocated(pfn: number, order: number, { type = 1, flags = "GFP_HIGHUSER_MOVABLE", who = "init-1" } = {}) {
  const fields = `page=00000000d6a637fb pfn=0x${pfn.toString(16)} order=${order} migratetype=${type} gfp_flags=${flags}`;
  return line(`mm_page_alloc: ${fields}`, who);
}

function freed(pfn: number, order: number) {
  return line(`mm_page_free: page=00000000d6a637fb pfn=0x${pfn.toString(16)} order=${order}`);
}

describe("what a trace leaves", () => {
  test("allocations and frees are told apart by their PFN, wherever that machine had its memory", () => {
    const { trace } = replay(allocated(9e9, 3) + allocated(0, 0) + freed(9e9, 3));
    expect(trace).toMatchObject({ allocationsByOrder: [1, 0, 0, 1], freesByOrder: [0, 0, 0, 1], unknownFrees: 0 });
    expect(trace).toMatchObject({ liveBlocks: 1, livePages: 1 });
  });

  test("a block that is freed in parts is split; what is not freed stays", () => {
    // 16 pages: one page, then two, of another place of it
    const { trace } = replay(allocated(0x100, 4) + freed(0x105, 0) + freed(0x106, 0) + freed(0x100, 0));
    expect(trace).toMatchObject({ splits: 1, liveBlocks: 13, livePages: 13, unknownFrees: 0, mismatchedFrees: 0 });
  });

  test("parts of a block may be of different orders; a free of more than is there is counted", () => {
    // 16 pages, split into fours, of which one is freed a page at a time
    const pages = [0x100, 0x101, 0x102, 0x103].map((pfn) => freed(pfn, 0)).join("");
    const { trace } = replay(allocated(0x100, 4) + pages + freed(0x104, 2) + freed(0x108, 3));
    expect(trace).toMatchObject({ splits: 1, liveBlocks: 0, livePages: 0, unknownFrees: 0, mismatchedFrees: 0 });
    const half = replay(allocated(0x100, 1) + freed(0x100, 0) + allocated(0x102, 0) + freed(0x100, 2)).trace;
    // 0x100 is not allocated any more: nobody knows that block
    expect(half).toMatchObject({ unknownFrees: 1, mismatchedFrees: 0, livePages: 2 });
    const more = replay(allocated(0x100, 0) + allocated(0x102, 0) + freed(0x100, 2)).trace;
    expect(more).toMatchObject({ mismatchedFrees: 1, livePages: 0 });
  });

  test("frees of what was allocated before are counted with their pages", () => {
    expect(replay(freed(0x100, 4) + freed(0x200, 0)).trace).toMatchObject({ unknownFrees: 2, unknownFreePages: 17 });
  });

  test("a block that is allocated again was freed unseen, in whole or under a larger one", () => {
    const { trace } = replay(
      `${allocated(0x100, 0)}${allocated(0x101, 0)}${allocated(0x100, 0)}CPU:0 [LOST 2 EVENTS]\n${allocated(0x100, 1)}`,
    );
    expect(trace).toMatchObject({ missedFrees: 3, lostEvents: 2, liveBlocks: 1, livePages: 2 });
  });

  test("more than there is memory for fails here, and its free is known", () => {
    // 528 pages make eight blocks of 64 and sixteen pages: the zero page takes one of the eight apart
    const blocks = Array.from({ length: 9 }, (_, i) => i * 64);
    const { trace } = replay(
      blocks.map((pfn) => allocated(pfn, 6)).join("") + blocks.map((pfn) => freed(pfn, 6)).join(""),
    );
    expect(trace).toMatchObject({ failedHere: 2, liveBlocks: 0, unknownFrees: 0 });
    expect(replay(allocated(0, 30) + freed(0, 0) + freed(1, 0)).trace).toMatchObject({ failedHere: 1, liveBlocks: 0 });
  });

  test("a line that is cut short is counted, and told by its number", () => {
    const { trace } = replay(`# tracer: nop\n${allocated(1, 0)}${allocated(2, 0).slice(0, 60)}`);
    expect(trace).toMatchObject({ lines: 3, malformedLines: 1, firstMalformedLine: 3, liveBlocks: 1 });
  });
});

describe("which allocations are tagged", () => {
  const text = [
    allocated(0, 0, { who: "app-7" }),
    allocated(1, 0, { who: "app.main-8" }),
    allocated(2, 0, { who: "init-1", flags: "GFP_HIGHUSER_MOVABLE|__GFP_ZERO|__GFP_ZEROTAGS" }),
    allocated(3, 0, { who: "init-1", flags: "GFP_TRANSHUGE_LIGHT|__GFP_TAGGED" }),
    allocated(4, 0, { who: "app-7", type: 0, flags: "GFP_KERNEL|__GFP_ZERO" }),
  ].join("");

  test.each([
    ["by no rule, what the kernel says", {}, 2],
    ["by process", { command: "app" }, 1],
    ["by process, with a star", { command: "app*" }, 2],
    ["by process, with stars", { command: "*a*p*n" }, 1],
    ["any process, movable memory alone", { command: "*" }, 4],
    ["by a flag that a group has in it", { gfpFlags: "__GFP_MOVABLE" }, 4],
    ["by flags that must all be there", { gfpFlags: "__GFP_HARDWALL|__GFP_ZERO" }, 1],
    ["by both", { gfpFlags: "__GFP_COMP", command: "app" }, 0],
    ["by share: none", { sharePercent: 0 }, 0],
    ["by share: all", { sharePercent: 100 }, 4],
  ])("%s", (_, rule: Partial<TagRuleOptions>, asked) => {
    expect(replay(text, rule).trace.tagged).toEqual({ asked, waited: 0, without: 0, failed: 0 });
  });

  test("a share is by chance, and the same for one seed", () => {
    const many = Array.from({ length: 400 }, (_, pfn) => allocated(pfn, 0)).join("");
    const asked = (seed: number) => replay(many, { sharePercent: 50, seed }).trace.tagged.asked;
    // 200, give or take six standard deviations of 10
    expect(Math.abs(asked(1) - 200)).toBeLessThan(60);
    expect(asked(1)).toBe(asked(1));
    expect(new Set([1, 2, 3, 4, 5].map(asked)).size).toBeGreaterThan(1);
  });

  test("untagged movable memory fills tag storage, and has to leave it when that is needed", () => {
    // of 527 pages beside the zero page, 520 hold data: tag storage is only sixteen of them. Then one in 32 is let go
    const pfns = Array.from({ length: 520 }, (_, pfn) => pfn);
    const data = pfns.map((pfn) => allocated(pfn, 0)).join("");
    const some = pfns
      .filter((pfn) => pfn % 32 === 5)
      .map((pfn) => freed(pfn, 0))
      .join("");
    const last = pfns
      .filter((pfn) => pfn < 8)
      .map((pfn) => allocated(1000 + pfn, 0, { flags: "GFP_USER|__GFP_TAGGED" }));
    const { trace, violations } = replay(data + some + last.join(""));
    expect(trace.peakDataPages).toBeGreaterThan(0);
    expect(trace.tagged).toMatchObject({ asked: 8, without: 0, failed: 0 });
    expect(trace.tagged.waited).toBeGreaterThan(0);
    expect(violations).toBe(0);
  });
});

describe("an excerpt of what a Debian 12 arm64 kernel printed", () => {
  test("has as many allocations of each order as a five-line script counts", () => {
    const byOrder: number[] = [];
    for (const [, order] of EXCERPT.matchAll(/ mm_page_alloc: .* order=(\d+) /g)) {
      byOrder[Number(order)] = (byOrder[Number(order)] ?? 0) + 1;
    }
    const { trace, violations } = replay(EXCERPT, { sharePercent: 50 }, LARGE);
    expect(trace.allocationsByOrder).toEqual(Array.from(byOrder, (count) => count ?? 0));
    expect(trace.allocationsByOrder[0]).toBeGreaterThan(50);
    expect(trace).toMatchObject({ malformedLines: 0, failedHere: 0, missedFrees: 0, mismatchedFrees: 0 });
    expect(violations).toBe(0);
  });

  test("comes to the same in whatever pieces, with whatever line ends", () => {
    const whole = replay(EXCERPT, { sharePercent: 50 }, LARGE);
    for (const length of [1, 7, 4096]) expect(replay(EXCERPT, { sharePercent: 50 }, LARGE, length)).toEqual(whole);
    expect(replay(EXCERPT.replaceAll("\n", "\r\n"), { sharePercent: 50 }, LARGE)).toEqual(whole);
  });

  test("torn and patched at random, never throws, and its books balance", () => {
    const lines = EXCERPT.split("\n");
    const patch = fc.record({
      at: fc.nat(lines.length - 1),
      cut: fc.nat(200),
      insert: fc.constantFrom("", "order=9 ", "pfn=0x0 ", "order=30 ", "mm_page_free: ", "\n", "x".repeat(5000)),
    });
    fc.assert(
      fc.property(fc.array(patch, { maxLength: 30 }), fc.boolean(), (patches, isSmall) => {
        const torn = [...lines];
        for (const { at, cut, insert } of patches) torn[at] = torn[at]!.slice(0, cut) + insert + torn[at]!.slice(cut);
        expect(replay(torn.join("\n"), { sharePercent: 50 }, isSmall ? MACHINE : LARGE).violations).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
