import type { Span } from "./source.ts";

/** What is wrong with an input, for its author: one mistake, one diagnostic. */
export interface Diagnostic {
  /** The name of the rule, in the field's own words where it has some (`duplicate_label`), else `dts-…`. */
  readonly rule: string;
  readonly severity: "error" | "warning" | "note";
  /** One sentence, no full stop: what is wrong, naming the thing. */
  readonly message: string;
  /** How to mend it, one sentence; absent where the message says it all. */
  readonly hint?: string;
  /** Path of the node concerned; null where there is none. */
  readonly node: string | null;
  readonly span: Span;
  /** Other places that matter: the first definition, the macro that was expanded. */
  readonly related?: readonly RelatedPlace[];
}

export interface RelatedPlace {
  readonly message: string;
  readonly span: Span;
}
