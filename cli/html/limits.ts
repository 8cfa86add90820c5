/** How much a page shows, so that a browser opens it whatever the input is. What is left out is told. */
import type { Finding } from "../../core/finding.ts";

/** Of one input. */
const MOST_FINDINGS = 500;
/** In one row of a map. */
const MOST_THINGS = 1000;
/** Of a table of findings. */
export const MOST_LINES = 300;

/** Those that are shown, with their place among all: errors before others where there is not room for all, in their order. */
export function shownFindings(findings: readonly Finding[]): readonly (readonly [number, Finding])[] {
  const all = [...findings.entries()];
  if (all.length <= MOST_FINDINGS) return all;
  const isError = ([, { severity }]: readonly [number, Finding]) => severity === "error";
  const chosen = [...all.filter(isError), ...all.filter((each) => !isError(each))].slice(0, MOST_FINDINGS);
  return chosen.sort(([a], [b]) => a - b);
}

/** Those that are drawn, in their order: what is broken before the rest, then the largest. */
export function shownThings<Thing extends { readonly start: number; readonly end: number; readonly isBad: boolean }>(
  things: readonly Thing[],
): readonly Thing[] {
  if (things.length <= MOST_THINGS) return things;
  const size = ({ start, end }: Thing) => end - start;
  const chosen = [...things].sort((a, b) => Number(b.isBad) - Number(a.isBad) || size(b) - size(a));
  const shown = new Set(chosen.slice(0, MOST_THINGS));
  return things.filter((thing) => shown.has(thing));
}
