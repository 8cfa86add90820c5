import type { Diagnostic } from "../../dts/diagnostic.ts";
import type { SourceMap, Span } from "../../dts/source.ts";
import type { Paint, Style } from "../style.ts";
import { excerptLines } from "./excerpt.ts";
import { printable } from "./printable.ts";

const SEVERITY_STYLE: Readonly<Record<Diagnostic["severity"], Style>> = {
  error: "red",
  warning: "yellow",
  note: "cyan",
};

const LONG_MESSAGE_CHARACTERS = 160;

/** What the findings of one input are shown with. */
export interface FindingContext {
  /** The input's name, for findings that have no place in a source. */
  readonly input: string;
  readonly sources: SourceMap;
  /** True where the sources hold a byte a character. */
  readonly isBytes: boolean;
  readonly paint: Paint;
}

/**
 * A finding as compilers show one: place, severity, message and rule, the marked source, where it comes from, the mend.
 * `story` is lines that tell more of it than a message can, to stand under the message.
 */
export function findingLines(finding: Diagnostic, context: FindingContext, story: readonly string[] = []): string[] {
  const [first, ...rest] = clauses(finding.message);
  const lines = placeLines(finding.severity, `${first} [${finding.rule}]`, finding.span, context, finding.node);
  lines.splice(1, 0, ...rest.map((clause) => `      ${printable(clause)}`), ...story);
  for (const { message, span } of finding.related ?? [])
    lines.push(...placeLines("note", message, span, context, null));
  if (finding.hint !== undefined) lines.push(`      ${context.paint("help:", "bold")} ${printable(finding.hint)}`);
  return lines;
}

/** A long message, as of a counterexample, has a line for each of its clauses. */
export function clauses(message: string): string[] {
  if (message.length <= LONG_MESSAGE_CHARACTERS) return [message];
  return message.split("; ");
}

function placeLines(
  severity: Diagnostic["severity"],
  message: string,
  span: Span,
  { input, sources, isBytes, paint }: FindingContext,
  node: string | null,
): string[] {
  const style = SEVERITY_STYLE[severity];
  const location = sources.locate(span);
  const place =
    location === null
      ? `${input}:${node === null ? "" : `${node}:`}`
      : `${location.file}:${location.line}:${location.column}:`;
  const headline = `${paint(printable(place), "bold")} ${paint(`${severity}:`, style, "bold")} ${printable(message)}`;
  if (location === null) return [headline];
  const chain = sources.includeChain(span.start).map((position) => {
    const from = sources.locate({ start: position, end: position })!;
    return `${paint("      included from", "dim")} ${printable(from.file)}:${from.line}`;
  });
  if (chain.length > MAX_INCLUDES_SHOWN) {
    const left = chain.length - MAX_INCLUDES_SHOWN;
    chain.splice(MAX_INCLUDES_SHOWN - 1, left, paint(`      … ${left} more inclusions …`, "dim"));
  }
  return [headline, ...excerptLines(sources, span, location, isBytes, paint, style), ...chain];
}

/** A chain of includes that is longer is cut in the middle: it is a loop, and one turn of it is enough. */
const MAX_INCLUDES_SHOWN = 8;
