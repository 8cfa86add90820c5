import { expect, test } from "vitest";
import { singleFlags, unknownFlag } from "../../../../core/allocator/trace/gfp-flags.ts";

// include/linux/gfp_types.h: 0x140cca is GFP_HIGHUSER_MOVABLE | __GFP_COMP, as trace-cmd prints it on arm64
const HIGHUSER_MOVABLE_COMP = [
  ...["__GFP_COMP", "__GFP_DIRECT_RECLAIM", "__GFP_FS", "__GFP_HARDWALL", "__GFP_HIGHMEM", "__GFP_IO"],
  ...["__GFP_KSWAPD_RECLAIM", "__GFP_MOVABLE"],
];

test.each([
  ["groups and flags by name", "GFP_HIGHUSER_MOVABLE|__GFP_COMP", HIGHUSER_MOVABLE_COMP],
  ["by number", "0x140cca", HIGHUSER_MOVABLE_COMP],
  ["by a decimal number", String(0x140cca), HIGHUSER_MOVABLE_COMP],
  ["tags, by number", "0x800000", ["__GFP_ZEROTAGS"]],
  ["none", "0x0", []],
  ["what is no flag", "constructor", ["constructor"]],
])("%s", (_what, flags, expected) => {
  expect([...singleFlags(flags)].sort()).toEqual(expected);
});

// __def_gfpflag_names and __def_gfpflag_names_kasan in include/trace/events/mmflags.h: v6.1, and what v6.8 has besides
const PRINTED = `
  GFP_TRANSHUGE GFP_TRANSHUGE_LIGHT GFP_HIGHUSER_MOVABLE GFP_HIGHUSER GFP_USER GFP_KERNEL_ACCOUNT GFP_KERNEL GFP_NOFS
  GFP_ATOMIC GFP_NOIO GFP_NOWAIT GFP_DMA __GFP_HIGHMEM GFP_DMA32 __GFP_HIGH __GFP_ATOMIC __GFP_IO __GFP_FS __GFP_NOWARN
  __GFP_RETRY_MAYFAIL __GFP_NOFAIL __GFP_NORETRY __GFP_COMP __GFP_ZERO __GFP_NOMEMALLOC __GFP_MEMALLOC __GFP_HARDWALL
  __GFP_THISNODE __GFP_RECLAIMABLE __GFP_MOVABLE __GFP_ACCOUNT __GFP_WRITE __GFP_RECLAIM __GFP_DIRECT_RECLAIM
  __GFP_KSWAPD_RECLAIM __GFP_ZEROTAGS __GFP_SKIP_ZERO __GFP_SKIP_KASAN_POISON __GFP_SKIP_KASAN_UNPOISON
  __GFP_SKIP_KASAN`
  .trim()
  .split(/\s+/);

test("every name that kernels print is known, and the flag of the series", () => {
  expect(PRINTED.filter((name) => unknownFlag(name) !== null)).toEqual([]);
  expect(unknownFlag(`__GFP_TAGGED|${PRINTED.join("|")}`)).toBeNull();
});

test.each([
  ["BOGUS", "BOGUS"],
  ["__GFP_ZERO|__GFP_MOVEABLE", "__GFP_MOVEABLE"],
  ["__GFP_ZERO|", ""],
  ["gfp_kernel", "gfp_kernel"],
  // ___GFP_ZEROTAGS is 0x800000, the last that all these versions agree on
  ["0xffffff", null],
  ["0x1000000", "0x1000000"],
  // all allocations have no flags
  ["0", "0"],
  ["0x108|GFP_USER", null],
])("of %j, %j is no flag", (flags, expected) => {
  expect(unknownFlag(flags)).toBe(expected);
});
