/**
 * Comments that lack their end and go on to that of the next one: what they have swallowed explains what is missing or does
 * not fit elsewhere, and is one mistake.
 */
import { findComments } from "./comments.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { EnteredFiles } from "./entered-files.ts";
import type { Position } from "./source.ts";

/** Characters that are searched for such comments. */
const MOST_SEARCHED = 4_000_000;

/** Comments that are looked at. */
const MOST_COMMENTS = 64;

interface SwallowingComment {
  readonly start: Position;
  readonly end: Position;
  /** Where the next comment begins in it. */
  readonly next: Position;
  /** Where its file begins, and where it ends. */
  readonly base: Position;
  readonly fileEnd: Position;
  /** Where the first token behind it begins. */
  readonly tokenBehind: Position;
  readonly labels: ReadonlySet<string>;
  readonly hasHeader: boolean;
  readonly hasDirective: boolean;
  readonly hasDeletion: boolean;
  readonly isUnbalanced: boolean;
}

/**
 * `diagnostics` with one for each comment without its end in the place of those that it explains. A comment that explains
 * none is taken for one that quotes another.
 */
export function explainedBySwallowing(diagnostics: readonly Diagnostic[], files: EnteredFiles): Diagnostic[] {
  const comments = swallowingComments(files);
  const told = new Set<SwallowingComment>();
  const kept = diagnostics.filter((diagnostic) => {
    const comment = comments.find((one) => explains(one, diagnostic));
    if (comment !== undefined) told.add(comment);
    return comment === undefined;
  });
  for (const { start, next } of told) {
    kept.push({
      rule: "syntax",
      severity: "error",
      message: "this comment does not end before the next one begins",
      hint: "put a */ where it ends; comments do not nest",
      node: null,
      span: { start, end: start + 2 },
      related: [{ message: "the next one begins here", span: { start: next, end: next + 2 } }],
    });
  }
  return kept;
}

function explains(comment: SwallowingComment, { rule, message, span }: Diagnostic): boolean {
  const { end, base, fileEnd, labels, hasDirective, hasHeader } = comment;
  if (NAMES_LABEL.has(rule)) {
    const label = /^&(\w+)/.exec(message)?.[1];
    return hasDirective || (label !== undefined && labels.has(label));
  }
  if (rule === "undefined-macro") return hasDirective;
  if (rule === "duplicate_label") return comment.hasDeletion;
  if (rule !== "syntax") return false;
  if (span.start < base || span.start > fileEnd) return false;
  if (message.includes("/dts-v1/")) return (hasHeader || hasDirective) && span.start >= end;
  if (span.start === comment.tokenBehind) return true;
  return comment.isUnbalanced && (span.start >= end || message.startsWith("the node is not closed"));
}

const NAMES_LABEL = new Set(["unknown-reference", "phandle_references", "path_references"]);

function swallowingComments(files: EnteredFiles): SwallowingComment[] {
  const found: SwallowingComment[] = [];
  const seen = new Set<unknown>();
  let searched = 0;
  for (const { source, base } of files.all()) {
    if (seen.has(source)) continue;
    seen.add(source);
    const { text } = source.file;
    searched += text.length;
    if (searched > MOST_SEARCHED) break;
    for (const { start, end } of findComments(text)) {
      const next = text.charCodeAt(start + 1) === SLASH ? -1 : text.indexOf("/*", start + 2);
      if (next < 0 || next >= end) continue;
      found.push(swallowingComment(text, start, end, next, base));
      if (found.length === MOST_COMMENTS) return found;
    }
  }
  return found;
}

function swallowingComment(text: string, start: number, end: number, next: number, base: Position): SwallowingComment {
  const swallowed = text.slice(start, end);
  const behind = text.slice(end).search(/\S/);
  return {
    start: base + start,
    end: base + end,
    next: base + next,
    base,
    fileEnd: base + text.length,
    tokenBehind: behind < 0 ? -1 : base + end + behind,
    labels: new Set(Array.from(swallowed.matchAll(/\b([a-zA-Z_]\w*):/g), ([, label]) => label!)),
    hasHeader: swallowed.includes("/dts-v1/"),
    hasDirective: /^[ \t]*#[ \t]*(?:include|define)\b|\/include\//m.test(swallowed),
    hasDeletion: swallowed.includes("/delete-node/"),
    isUnbalanced: PAIRS.some(([open, close]) => swallowed.split(open).length !== swallowed.split(close).length),
  };
}

const SLASH = 0x2f;
const PAIRS: readonly (readonly [open: string, close: string])[] = [
  ["{", "}"],
  ["<", ">"],
  ["(", ")"],
];
