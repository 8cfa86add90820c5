import type { ByteRange } from "../../core/kernel/byte-ranges.ts";
import { mergePages, pagesTouched } from "../../core/kernel/resources.ts";
import type { PfnRange } from "../../core/region.ts";
import { reservedPages } from "./compare-memory.ts";
import { clipPages, type Expected, withoutPages } from "./comparison.ts";
import type { GuestMemory } from "./guest-output.ts";

/** What the kernel keeps from its page allocator that the tree says nothing of. */
export interface OwnMemory {
  readonly what: "kernel image" | "initramfs" | "blob" | "other";
  readonly range: PfnRange;
}

export function ownMemory(
  expected: Expected,
  memory: GuestMemory,
  files: Readonly<Record<"kernel" | "initrd" | "blob", ByteRange>>,
  pageSize: number,
): OwnMemory[] {
  const named: readonly (readonly [OwnMemory["what"], PfnRange])[] = [
    ["kernel image", pagesTouched(files.kernel, pageSize)],
    ["initramfs", pagesTouched(files.initrd, pageSize)],
    ["blob", pagesTouched(files.blob, pageSize)],
  ];
  let rest = mergePages(memory.taken);
  for (const { range } of reservedPages(expected, pageSize)) rest = withoutPages(rest, range);
  const own: OwnMemory[] = [];
  for (const [what, place] of named) {
    own.push(...clipPages(rest, place).map((range) => ({ what, range })));
    rest = withoutPages(rest, place);
  }
  return [...own, ...rest.map((range) => ({ what: "other" as const, range }))];
}
