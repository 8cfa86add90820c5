/** `linux,usable-memory-range` of /chosen: what kexec leaves a crash kernel of the machine's memory. */
import type { Machine } from "../machine.ts";
import { type ByteRange, byteRange, clipRanges, mergeRanges } from "./byte-ranges.ts";

/**
 * `early_init_dt_check_for_usable_mem_range`: of memory, what lies in the first range stays; the second is added, memory
 * or not. A first range of size 0 leaves all (`memblock_cap_memory_range`).
 */
export function leaveUsable(memory: ByteRange[], { usableRanges: [first, second] }: Machine): ByteRange[] {
  const isCapped = first !== undefined && first.size > 0n;
  const left = isCapped ? clipRanges(memory, byteRange(first.address, first.size)) : memory;
  return second === undefined ? left : mergeRanges([...left, byteRange(second.address, second.size)]);
}

/** What to do about tag storage that is no memory: `otherwise`, unless the tree is a crash kernel's. */
export function missingMemoryHint({ usableRanges }: Machine, otherwise: string): string {
  if (usableRanges.length === 0) return otherwise;
  return "linux,usable-memory-range of /chosen leaves a crash kernel part of memory: take it out to check the machine as it was booted first";
}
