/** What exploring the locking protocol comes to, as findings and in the words of a verdict. */
import type { Interleavings } from "../core/allocator/interleavings/explore-all.ts";
import type { Breach } from "../core/allocator/interleavings/protocol.ts";
import type { Consequence, Finding } from "../core/finding.ts";
import { findRule } from "../core/rules/catalogue.ts";
import { raise } from "../core/rules/raise.ts";
import type { Series } from "../core/series.ts";

const BREACHES: Readonly<Record<Breach, { readonly words: string; readonly consequence: Consequence }>> = {
  "let go while needed": { words: "lets a block go while a page needs it", consequence: "corruption" },
  "taken twice": { words: "has a block taken twice", consequence: "corruption" },
  "references taken off a block that is not there": {
    words: "takes references off a block that is not there",
    consequence: "crash",
  },
  lost: { words: "loses a block", consequence: "leak" },
  deadlock: { words: "has threads wait for ever", consequence: "crash" },
};

/** True where the protocol breaks, with what is left out or by itself. */
export function hasBroken({ breach, knownLoss }: Interleavings): boolean {
  return breach !== null || knownLoss !== null;
}

/** `without hold, an interleaving lets a block go while a page needs it`; of a protocol that has broken. */
export function interleavingWords({ breach, knownLoss, omission }: Interleavings): string {
  const without = omission === null || breach === null ? "" : `without ${omission}, `;
  return `${without}an interleaving ${BREACHES[(breach ?? knownLoss!).what].words}`;
}

export function interleavingFindings(found: Interleavings, series: Series): Finding[] {
  const { breach, knownLoss, omission, cutShort, scenarios } = found;
  const findings: Finding[] = [];
  if (breach !== null && breach !== knownLoss) {
    const { words, consequence } = BREACHES[breach.what];
    const without = omission === null ? "" : ` without ${omission}`;
    const message = `${series}${without} ${words}, after ${breach.schedule.length} steps`;
    findings.push(raise("interleaving", null, { message, consequence }));
  }
  if (knownLoss !== null) {
    const { words, consequence } = BREACHES[knownLoss.what];
    const message = `${series} ${words} of one page that it takes straight off the free lists and cannot store, after ${knownLoss.schedule.length} steps`;
    findings.push(raise("interleaving", null, { message, hint: findRule("interleaving")!.mend, consequence }));
  }
  if (cutShort > 0) {
    const message = `${cutShort} of ${scenarios} scenarios have more states than are allowed, and are not explored to the end`;
    findings.push(raise("interleavings-cut-short", null, { message, hint: findRule("interleavings-cut-short")!.mend }));
  }
  return findings;
}
