import type { Diagnostic } from "../dts/diagnostic.ts";

/** What becomes of the machine if nothing is changed. */
export type Consequence = "disabled" | "ignored" | "corruption" | "overrun" | "leak" | "waste" | "crash" | "none";

/** A {@link Diagnostic} that knows what it does to the machine. */
export interface Finding extends Diagnostic {
  readonly consequence: Consequence;
}
