/**
 * The flags that an allocation was made with, by name. Traces print the largest group of flags that fits and then what is
 * left over (`__def_gfpflag_names` in include/trace/events/mmflags.h), so that a flag can be there without its name.
 */

/** What each group stands for, as include/linux/gfp_types.h of v6.1 to v6.8 has it. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  __GFP_RECLAIM: ["__GFP_DIRECT_RECLAIM", "__GFP_KSWAPD_RECLAIM"],
  GFP_ATOMIC: ["__GFP_HIGH", "__GFP_KSWAPD_RECLAIM"],
  GFP_NOWAIT: ["__GFP_KSWAPD_RECLAIM"],
  GFP_NOIO: ["__GFP_RECLAIM"],
  GFP_NOFS: ["__GFP_RECLAIM", "__GFP_IO"],
  GFP_KERNEL: ["__GFP_RECLAIM", "__GFP_IO", "__GFP_FS"],
  GFP_KERNEL_ACCOUNT: ["GFP_KERNEL", "__GFP_ACCOUNT"],
  GFP_USER: ["GFP_KERNEL", "__GFP_HARDWALL"],
  GFP_HIGHUSER: ["GFP_USER", "__GFP_HIGHMEM"],
  GFP_HIGHUSER_MOVABLE: ["GFP_HIGHUSER", "__GFP_MOVABLE"],
  GFP_TRANSHUGE_LIGHT: [
    ...["__GFP_IO", "__GFP_FS", "__GFP_HARDWALL", "__GFP_HIGHMEM", "__GFP_MOVABLE"],
    ...["__GFP_COMP", "__GFP_NOMEMALLOC", "__GFP_NOWARN"],
  ],
  GFP_TRANSHUGE: ["GFP_TRANSHUGE_LIGHT", "__GFP_DIRECT_RECLAIM"],
  GFP_DMA: ["__GFP_DMA"],
  GFP_DMA32: ["__GFP_DMA32"],
};

/** Flags by their bit, as the same versions have them: what `trace-cmd` and `perf` print where they cannot read the format. */
const BITS: readonly string[] = [
  ...["__GFP_DMA", "__GFP_HIGHMEM", "__GFP_DMA32", "__GFP_MOVABLE", "__GFP_RECLAIMABLE", "__GFP_HIGH", "__GFP_IO"],
  ...["__GFP_FS", "__GFP_ZERO", "__GFP_ATOMIC", "__GFP_DIRECT_RECLAIM", "__GFP_KSWAPD_RECLAIM", "__GFP_WRITE"],
  ...["__GFP_NOWARN", "__GFP_RETRY_MAYFAIL", "__GFP_NOFAIL", "__GFP_NORETRY", "__GFP_MEMALLOC", "__GFP_COMP"],
  ...["__GFP_NOMEMALLOC", "__GFP_HARDWALL", "__GFP_THISNODE", "__GFP_ACCOUNT", "__GFP_ZEROTAGS"],
];

/**
 * Flags whose bits differ by version and configuration, or that no kernel prints by number: those of KASAN, lockdep's, and
 * the one that the series add.
 */
const WITHOUT_BIT = [
  ...["__GFP_SKIP_ZERO", "__GFP_SKIP_KASAN", "__GFP_SKIP_KASAN_POISON", "__GFP_SKIP_KASAN_UNPOISON"],
  ...["__GFP_NOLOCKDEP", "__GFP_TAGGED"],
];

/** All names that a list of flags can have: `__def_gfpflag_names` of v6.1 to v6.8, and what it puts together. */
export const GFP_FLAG_NAMES: readonly string[] = [...Object.keys(GROUPS), ...BITS, ...WITHOUT_BIT];

const NUMBER = /^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i;

/** What of a list of flags is none: no such name, or a number that is 0 or has a bit without a name. Null where all are. */
export function unknownFlag(flags: string): string | null {
  const isKnown = (name: string) =>
    NUMBER.test(name) ? Number(name) > 0 && Number(name) < 2 ** BITS.length : GFP_FLAG_NAMES.includes(name);
  return flags.split("|").find((name) => !isKnown(name)) ?? null;
}

/** Every single flag in a list of flags and groups (`A|B`), or in their number (`0x140cca`). */
export function singleFlags(flags: string): ReadonlySet<string> {
  const found = new Set<string>();
  const left = flags.split("|");
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (NUMBER.test(name)) {
      const bits = Number(name);
      left.push(...BITS.filter((_flag, bit) => (bits & (1 << bit)) !== 0));
      continue;
    }
    const group = Object.hasOwn(GROUPS, name) ? GROUPS[name]! : null;
    if (group === null) found.add(name);
    else left.push(...group);
  }
  return found;
}
