/** Comments that allow a rule at a place: `carveout-allow RULE: reason`. docs/ci.md tells users of them. */
import { allRules, findRule } from "../core/rules/catalogue.ts";
import { type CommentPlace, findComments } from "../dts/comments.ts";
import type { Diagnostic } from "../dts/diagnostic.ts";
import { LIMITS } from "../dts/limits.ts";
import { NearestNames } from "../dts/nearest.ts";
import { shorten } from "../dts/shorten.ts";
import type { Position, SourceFile, SourceMap } from "../dts/source.ts";
import type { ParsedInput } from "./parse-input.ts";

/** All of them in the sources of one input. */
export interface AllowComments {
  readonly byFile: ReadonlyMap<SourceFile, CommentsOfFile>;
  /** Of those that allow nothing. */
  readonly mistakes: readonly Diagnostic[];
}

interface CommentsOfFile {
  /** In order. What they say is read when asked for: a hostile file holds millions. */
  readonly places: readonly CommentPlace[];
  /** True where the file holds a byte a character. */
  readonly isBytes: boolean;
}

/** What one of them says; null for what is missing. */
interface Allowance {
  readonly rule: string | null;
  readonly reason: string | null;
}

const WORD = "carveout-allow";

/** Other comments may speak of the word, or hold what was a comment: only one that begins with it is meant. */
const BEGINS = new RegExp(String.raw`^(?:/\*[\s*]*|//+\s*|#+\s*)${WORD}(?![\w-])`);
const ENTRY = new RegExp(String.raw`^${WORD}(?![\w-])(?:\s+([\w-]+))?\s*(?::(.*))?`, "s");

export async function findAllowComments({
  format,
  sources,
}: Pick<ParsedInput, "format" | "sources">): Promise<AllowComments> {
  const byFile = new Map<SourceFile, CommentsOfFile>();
  const mistakes: Diagnostic[] = [];
  const near = new NearestNames();
  for (const [index, { file, base }] of sources.files().entries()) {
    if (!file.text.includes(WORD)) continue;
    // Overlays of a description are device tree source.
    const isYaml = format === "yaml" && index === 0;
    const comments = isYaml
      ? (await import("../dts/yaml/comments.ts")).findYamlComments(file.text)
      : findComments(file.text);
    const places = comments.filter(({ start, end }) => BEGINS.test(file.text.slice(start, end)));
    byFile.set(file, { places, isBytes: !isYaml });
    gatherMistakes(file.text, places, base, near, mistakes);
  }
  return { byFile, mistakes };
}

/** As many as the parser gathers: more say nothing new. */
function gatherMistakes(
  text: string,
  places: readonly CommentPlace[],
  base: Position,
  near: NearestNames,
  mistakes: Diagnostic[],
): void {
  for (const { start, end } of places) {
    const span = { start: base + start, end: base + end };
    for (const allowance of allowancesIn(text.slice(start, end))) {
      if (mistakes.length === LIMITS.errors) return;
      const mistake = mistakeIn(allowance, near);
      if (mistake !== null) mistakes.push({ rule: "allow-comment", severity: "warning", ...mistake, node: null, span });
    }
  }
}

/** One for each line that begins with the word, with the lines that follow it; of a line comment, one. */
function allowancesIn(comment: string): Allowance[] {
  const isBlock = comment.startsWith("/*");
  const body = comment.slice(0, isBlock && comment.endsWith("*/") ? -2 : undefined).replace(/^(?:\/\*|\/\/+|#+)/, "");
  const entries: string[] = [];
  for (const line of body.split("\n")) {
    const text = (isBlock ? line.replace(/^\s*\**/, "") : line).trim();
    if (ENTRY.test(text) || entries.length === 0) entries.push(text);
    else entries[entries.length - 1] += ` ${text}`;
  }
  return entries
    .filter((entry) => entry !== "")
    .map((entry) => {
      const [, rule = null, reason = ""] = ENTRY.exec(entry) ?? [];
      return { rule, reason: reason.trim() || null };
    });
}

const rulesByName = new Map(allRules.map((rule) => [rule.id, rule]));

function mistakeIn({ rule, reason }: Allowance, near: NearestNames): Pick<Diagnostic, "message" | "hint"> | null {
  const nothing = "this comment allows nothing";
  if (rule === null) return { message: `${nothing}: it names no rule`, hint: `write ${WORD} RULE: and the reason` };
  if (findRule(rule) === null) {
    const meant = near.find(rule, rulesByName);
    const hint = meant === null ? "carveout explain lists the rules" : `did you mean ${meant}?`;
    return { message: shorten(`${nothing}: there is no rule ${rule}`), hint };
  }
  if (reason !== null) return null;
  return { message: `${nothing}: it gives no reason`, hint: `write ${WORD} ${rule}: and the reason` };
}

/** How many are looked at for one finding. */
const MOST_COMMENTS = 64;

/**
 * The reason of a comment that allows a finding: one on its line, or one that ends just above it, or above such a
 * comment. Null where there is none.
 */
export function allowedBecause(
  { byFile }: AllowComments,
  sources: SourceMap,
  { rule, span }: Pick<Diagnostic, "rule" | "span">,
): string | null {
  const place = sources.fileAt(span.start);
  const comments = place === null ? undefined : byFile.get(place.file);
  if (place === null || comments === undefined) return null;
  const { file, offset } = place;
  const { places, isBytes } = comments;
  let top = file.lineStart(offset);
  const last = countTo(places, (comment) => file.lineStart(comment.start) <= top) - 1;
  for (let index = last; index >= 0 && index > last - MOST_COMMENTS; index--) {
    const { start, end } = places[index]!;
    const isNear = end > file.lineStart(Math.max(0, top - 1));
    if (!isNear) return null;
    const found = allowancesIn(file.text.slice(start, end)).find((allowance) => allowance.rule === rule);
    const reason = found?.reason ?? null;
    if (reason !== null) return isBytes ? Buffer.from(reason, "latin1").toString("utf8") : reason;
    top = Math.min(top, file.lineStart(start));
  }
  return null;
}

/** How many of a list's first items pass, where those that pass come first. */
function countTo<Item>(items: readonly Item[], passes: (item: Item) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (passes(items[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
