import { expect, test } from "vitest";
import { singleFlags } from "../../../../core/allocator/trace/gfp-flags.ts";

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
