import type { Diagnostic } from "../../dts/diagnostic.ts";
import type { Consequence } from "../finding.ts";
import type { Series } from "../series.ts";
import type { Trial } from "./trial.ts";

/** The whole story of one rule: what `explain` prints and what a finding takes its severity and consequence from. */
export interface Rule {
  readonly id: string;
  /** A statement that holds where nothing is wrong, without full stop. */
  readonly title: string;
  readonly severity: Diagnostic["severity"];
  readonly consequence: Consequence;
  /** The series that have the rule; null for a rule about the input, whatever kernel reads it. */
  readonly series: readonly Series[] | null;
  /** What is checked. */
  readonly checks: string;
  /**
   * The kernel's functions that check it, by series; a series that has the rule and is not named here does not check.
   * `exact`, which is no kernel, does as the series that a tree is written for. Absent where no kernel checks.
   */
  readonly functions?: { readonly [series in Exclude<Series, "exact">]?: string };
  /** What happens when it is broken. */
  readonly breach: string;
  readonly mend: string;
  /** Device tree source that breaks the rule, and the same put right: as little of it as shows the point. */
  readonly bad: string;
  readonly good: string;
  /** Whole trees for the two, where a kernel can be asked: under each of the series `bad` breaks the rule, `good` does not. */
  readonly trials?: readonly Trial[];
}

/** Rules as they are written, of which the types keep the ids alone: the catalogue's are known by name. */
export function ruleList<const Id extends string>(
  rules: readonly (Rule & { readonly id: Id })[],
): readonly (Rule & { readonly id: Id })[] {
  return rules;
}
