import { LIMITS } from "./limits.ts";
import type { Span } from "./source.ts";
import type { TokenReader } from "./token-reader.ts";

/** Reports a name of more than `LIMITS.nameBytes`: in a blob, it would be refused by whoever reads that. */
export function reportLongName(reader: TokenReader, what: "name" | "label", name: string, span: Span): void {
  const message = `this ${what} has ${name.length} characters, more than ${LIMITS.nameBytes}`;
  reader.error(message, span, { rule: "limit" });
}
