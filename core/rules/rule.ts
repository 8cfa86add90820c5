import type { Diagnostic } from "../../dts/diagnostic.ts";
import type { Consequence } from "../finding.ts";
import type { Series } from "../series.ts";

/** The whole story of one rule: what `explain` prints and what a finding takes its severity and consequence from. */
export interface Rule {
  readonly id: string;
  /** A statement that holds where nothing is wrong, without full stop. */
  readonly title: string;
  readonly severity: Diagnostic["severity"];
  readonly consequence: Consequence;
  /** The series that have the rule; null for a rule about the input, whatever kernel reads it. */
  readonly series: readonly Series[] | null;
  /** What is checked, and in which function of the kernel. */
  readonly checks: string;
  /** What happens when it is broken. */
  readonly breach: string;
  readonly mend: string;
  /** Device tree source that breaks the rule, and the same put right: as little of it as shows the point. */
  readonly bad: string;
  readonly good: string;
}
