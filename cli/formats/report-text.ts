import type { Finding } from "../../core/finding.ts";
import { sizeText } from "../../core/machine/units.ts";
import type { Counterexample, Proof } from "../../core/proof/proof.ts";
import type { InputFormat } from "../input-format.ts";
import { hasBroken, interleavingWords } from "../interleaving-findings.ts";
import type { InputReport, SeriesOrigin } from "../report.ts";
import type { Paint, Style } from "../style.ts";
import type { Suppressed } from "../triage.ts";
import type { Workload } from "../workload.ts";
import { counterexamplePicture, isSameAllocation } from "./counterexample-picture.ts";
import { type FindingContext, findingLines } from "./finding-text.ts";
import { printable } from "./printable.ts";
import { regionLines } from "./regions-text.ts";

export const FORMAT_WORDS: Readonly<Record<InputFormat, string>> = {
  dtb: "device tree blob",
  dts: "device tree source",
  yaml: "YAML description",
  live: "live tree",
};

export const ORIGIN_WORDS: Readonly<Record<SeriesOrigin, string>> = {
  asked: "as asked",
  tree: "from the tree",
  assumed: "assumed",
};

/** What a text format is shown with. */
export interface TextContext {
  readonly paint: Paint;
  readonly isQuiet: boolean;
  /** Columns that a line should not pass. */
  readonly width: number;
}

/** The whole report of one input; only its errors where all else is to be quiet. */
export function reportLines(report: InputReport, { paint, isQuiet }: TextContext): string[] {
  if (isQuiet) return allFindingLines(report, paint, true);
  const { boot, config, workload } = report;
  return [
    headerLine(report, paint),
    "",
    ...(boot?.outcome === "managed" ? [...regionLines(boot.regions, config.pageSize), ""] : []),
    ...(workload === null ? [] : [workloadLine(workload), ""]),
    ...allFindingLines(report, paint, false),
    ...suppressedLines(report, paint),
    verdictLine(report, paint),
  ];
}

export const SUPPRESSED_BY = {
  comment: "allowed in the source",
  option: "switched off",
  baseline: "in the baseline",
} as const;

/** What was found and does not count, a line each and a blank one after. */
export function suppressedLines({ suppressed = [], input }: InputReport, paint: Paint): string[] {
  const lines = suppressed.map((item) => suppressedLine(item, input, paint));
  return lines.length === 0 ? [] : [...lines, ""];
}

/** `under` names the kernels whose finding it is, with a blank before; empty where it is everybody's. */
export function suppressedLine(
  { finding, by, reason, location }: Suppressed,
  input: string,
  paint: Paint,
  under = "",
): string {
  const place = location === null ? (finding.node ?? input) : `${location.file}:${location.line}:${location.column}`;
  const because = reason === null ? "" : `: ${reason}`;
  const words = `${printable(place)}: ${finding.rule} does not count${under}, ${SUPPRESSED_BY[by]}${printable(because)}`;
  return paint(words, "dim");
}

/** What was exercised, in one line. */
export function workloadLine({ name, seed, operations, pagesVisited, violations, isInterrupted }: Workload): string {
  const early = isInterrupted ? " (interrupted)" : "";
  return `workload ${name}, seed ${seed}${early}: ${countText(operations, "operation")}, ${countText(pagesVisited, "page")} visited, ${countText(violations, "violation")}`;
}

/** What the input is and which kernel looks at it, in one line. */
export function headerLine(report: InputReport, paint: Paint): string {
  const { config, series, seriesOrigin } = report;
  const kernel = series === null ? "" : `, ${series} (${ORIGIN_WORDS[seriesOrigin]})`;
  const pages = `${sizeText(BigInt(config.pageSize))} pages, orders 0 to ${config.maxOrder}, pageblock order ${config.pageblockOrder}`;
  return `${inputWords(report, paint)}${kernel}, ${pages}`;
}

/** `board.dts: device tree source with overlay tags.dtso`. */
export function inputWords({ format, input, overlays }: InputReport, paint: Paint): string {
  const noun = overlays.length === 1 ? "overlay" : "overlays";
  const applied = overlays.length === 0 ? "" : ` with ${noun} ${overlays.map(printable).join(", ")}`;
  return `${paint(printable(input), "bold")}: ${FORMAT_WORDS[format]}${applied}`;
}

/** The findings of an input, a blank line after each; with `errorsOnly` no more than the errors. */
export function allFindingLines(report: InputReport, paint: Paint, errorsOnly: boolean): string[] {
  const context = findingContext(report, paint);
  const pictures = obligationPictures(report, paint);
  return report.findings
    .filter(({ severity }) => !errorsOnly || severity === "error")
    .flatMap((finding) => [...findingLines(finding, context, pictures.get(finding.rule)), ""]);
}

export function findingContext({ input, sources, format }: InputReport, paint: Paint): FindingContext {
  return { input, sources, isBytes: format !== "yaml", paint };
}

/** A picture of each counterexample, by the rule that it is found under. */
export function obligationPictures({ boot, proof }: InputReport, paint: Paint): ReadonlyMap<string, string[]> {
  if (boot?.outcome !== "managed" || proof === null) return new Map();
  const drawn = drawnCounterexamples(proof);
  return new Map(
    drawn.map(({ name, counterexample }) => [
      name,
      counterexamplePicture(name, counterexample, boot.regions, boot.config, paint),
    ]),
  );
}

/** The counterexamples that are drawn: of those about one allocation only the first. */
export function drawnCounterexamples({ obligations }: Proof) {
  const drawn: Counterexample[] = [];
  return obligations.flatMap(({ name, counterexample }) => {
    // A page without tag storage is an allocation too: coverage and containment are drawn differently.
    if (counterexample === null || drawn.some((other) => isSameAllocation(other, counterexample))) return [];
    if (name !== "containment") drawn.push(counterexample);
    return [{ name, counterexample }];
  });
}

/** What it comes to, in one line. */
export function verdictLine(report: InputReport, paint: Paint): string {
  const { words, style } = verdict(report);
  const counts = findingCounts(report.findings);
  return `${printable(report.input)}: ${paint(words, style, "bold")}${counts === "" ? "" : ` (${counts})`}`;
}

/** What it comes to, in words without the input's name. */
export function verdict(report: InputReport): { words: string; style: Style } {
  const { words, style } = bootVerdict(report);
  const { interleavings } = report;
  if (interleavings === undefined) return { words, style };
  if (hasBroken(interleavings)) return { words: `${words}; ${interleavingWords(interleavings)}`, style: "red" };
  if (interleavings.cutShort === 0) return { words, style };
  return { words: `${words}; interleavings are not explored to the end`, style: style === "green" ? "yellow" : style };
}

function bootVerdict({ boot, proof, series, findings }: InputReport): { words: string; style: Style } {
  const hasErrors = findings.some(({ severity }) => severity === "error");
  if (boot === null) return { words: "cannot be read", style: "red" };
  if (boot.outcome === "absent") {
    return { words: `no tag storage for ${series} to manage`, style: hasErrors ? "red" : "green" };
  }
  if (boot.outcome !== "managed") return { words: `${series} turns tag storage management off`, style: "red" };
  const regions = boot.regions.length === 1 ? "1 tag region" : `${boot.regions.length} tag regions`;
  const broken = proof!.obligations.filter(({ holds }) => !holds).map(({ name }) => name);
  if (broken.length > 0) {
    return { words: `${series} manages ${regions}, UNSAFE: ${broken.join(", ")} broken`, style: "red" };
  }
  return {
    words: `${series} manages ${regions}, safe: all six obligations hold`,
    style: hasErrors ? "yellow" : "green",
  };
}

/** `2 errors, 1 warning`; empty where there is none. */
export function findingCounts(findings: readonly Finding[]): string {
  return (["error", "warning", "note"] as const)
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => countText(count, severity))
    .join(", ");
}

/** `1 error`, `2 errors`. */
export function countText(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
