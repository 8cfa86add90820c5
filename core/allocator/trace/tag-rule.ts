/** Which allocations of a trace are taken to be tagged: traces of today's machines do not say. */
import { type Random, randomBelow, seededRandom } from "../random.ts";
import { singleFlags } from "./gfp-flags.ts";
import { commandOf } from "./trace-line.ts";

/** Conditions that must all hold; null for one that is not asked. */
export interface TagRuleOptions {
  /** Flags that an allocation has, `A|B`. */
  readonly gfpFlags: string | null;
  /** Name of the process, with `*` for any text. */
  readonly command: string | null;
  /** Per cent of allocations, 0 to 100. */
  readonly sharePercent: number | null;
  /** Of the share. */
  readonly seed: number;
}

/** True where a movable allocation is tagged. `line` is the whole line of its event. */
export type TagRule = (gfpFlags: string, line: string) => boolean;

/** Lists of flags that differ in a trace are few; a hostile one does not fill memory. */
const MAX_KNOWN_FLAGS = 1000;

/**
 * A rule; without any condition, what the kernel itself says: `__GFP_TAGGED` in the series, `__GFP_ZEROTAGS` in mainline
 * (`arch_calc_vma_gfp`, `vma_alloc_zeroed_movable_folio`), for memory mapped with PROT_MTE.
 */
export function createTagRule({ gfpFlags, command, sharePercent, seed }: TagRuleOptions): TagRule {
  const isAnyAsked = gfpFlags !== null || command !== null || sharePercent !== null;
  const hasFlags = isAnyAsked
    ? gfpFlags === null
      ? null
      : flagTest((found) => [...singleFlags(gfpFlags)].every((flag) => found.has(flag)))
    : flagTest((found) => found.has("__GFP_TAGGED") || found.has("__GFP_ZEROTAGS"));
  const isCommand = command === null ? null : commandTest(command);
  const random: Random = seededRandom(seed);
  return (flags, line) => {
    if (hasFlags !== null && !hasFlags(flags)) return false;
    if (isCommand !== null && !isCommand(line)) return false;
    return sharePercent === null || randomBelow(random, 100) < sharePercent;
  };
}

function flagTest(test: (found: ReadonlySet<string>) => boolean): (flags: string) => boolean {
  const known = new Map<string, boolean>();
  return (flags) => {
    let answer = known.get(flags);
    if (answer === undefined) {
      answer = test(singleFlags(flags));
      if (known.size < MAX_KNOWN_FLAGS) known.set(flags, answer);
    }
    return answer;
  };
}

/** Parts between the stars are found one after the other, the first possible place each: linear, whatever the pattern. */
function commandTest(pattern: string): (line: string) => boolean {
  const parts = pattern.split("*");
  const first = parts[0]!;
  const last = parts[parts.length - 1]!;
  return (line) => {
    const command = commandOf(line);
    if (command === null) return false;
    if (parts.length === 1) return command === pattern;
    if (command.length < first.length + last.length || !command.startsWith(first) || !command.endsWith(last))
      return false;
    let at = first.length;
    for (const part of parts.slice(1, -1)) {
      const found = command.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= command.length - last.length;
  };
}
