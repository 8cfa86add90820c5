/** `#if` … `#endif` of one file. */
import { Directive, endsBranch, opensConditional } from "./directives.ts";
import type { Span } from "./source.ts";
import { TokenKind, type Tokens } from "./tokens.ts";

export interface Condition {
  /** True while tokens of this branch count. */
  active: boolean;
  /** True once a branch was taken. */
  taken: boolean;
  seenElse: boolean;
  readonly span: Span;
}

/** What a directive does to the conditionals that are open. */
export interface ConditionalStep {
  /** Whether what follows is left out. */
  readonly skips: boolean;
  /** What is wrong with the directive; null where nothing is. It may then leave out what was meant to be read. */
  readonly mistake: "no-if" | "after-else" | null;
}

/**
 * `directive` is one that opens a conditional or ends a branch; `conditions` are those that are open in the file, the
 * innermost last. `holds` is asked where it matters whether the directive's condition does.
 */
export function stepConditionals(
  conditions: Condition[],
  directive: number,
  span: Span,
  holds: () => boolean,
): ConditionalStep {
  if (opensConditional(directive)) {
    const active = holds();
    conditions.push({ active, taken: active, seenElse: false, span });
    return { skips: !active, mistake: null };
  }
  const open = conditions.at(-1);
  if (open === undefined) return { skips: false, mistake: "no-if" };
  if (directive === Directive.endif) {
    conditions.pop();
    return { skips: false, mistake: null };
  }
  const mistake = open.seenElse ? "after-else" : null;
  open.seenElse ||= directive === Directive.else;
  open.active = !open.taken && (directive === Directive.else || holds());
  open.taken ||= open.active;
  return { skips: !open.active, mistake };
}

/** Index of the directive that ends the branch which goes on at `from`, or of the end of the file. */
export function endOfBranch({ directives, kinds, values, count }: Tokens, from: number): number {
  let low = 0;
  let high = directives.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (directives[middle]! < from) low = middle + 1;
    else high = middle;
  }
  let nested = 0;
  for (; low < directives.length; low++) {
    const index = directives[low]!;
    if (kinds[index + 1] !== TokenKind.word) continue;
    const directive = values[index + 1]!;
    if (opensConditional(directive)) nested++;
    else if (endsBranch(directive)) {
      if (nested === 0) return index;
      if (directive === Directive.endif) nested--;
    }
  }
  return count - 1;
}
