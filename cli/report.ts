import { checkTree } from "../core/check.ts";
import type { Consequence, Finding } from "../core/finding.ts";
import type { Boot, KernelConfig } from "../core/kernel/boot.ts";
import { type KernelOptions, kernelConfig } from "../core/kernel/config.ts";
import { detectSeries } from "../core/kernel/detect-series.ts";
import type { Proof } from "../core/proof/proof.ts";
import { findRule } from "../core/rules/catalogue.ts";
import type { Series } from "../core/series.ts";
import { checkStructure } from "../dts/checks/check-structure.ts";
import type { Diagnostic } from "../dts/diagnostic.ts";
import { isOverlay } from "../dts/overlay/is-overlay.ts";
import { NO_SPAN, type SourceMap } from "../dts/source.ts";
import type { DeviceTree } from "../dts/tree.ts";
import { validateTree } from "../schema/validate-tree.ts";
import type { InputFormat } from "./input-format.ts";
import { parseInput } from "./parse-input.ts";
import { tellOnce } from "./tell-once.ts";
import type { Workload } from "./workload.ts";

/** The kernel as the user named it: the series is null where the tree is to say. */
export type KernelChoice = Omit<KernelOptions, "series"> & { readonly series: Series | null };

export type SeriesOrigin = "asked" | "tree" | "assumed";

/** All that is known of one input, for any output format. */
export interface InputReport {
  /** As given on the command line. */
  readonly input: string;
  /** Overlays that are applied to it, in order. */
  readonly overlays: readonly string[];
  readonly format: InputFormat;
  /** Null where nobody named it and the input cannot be parsed. */
  readonly series: Series | null;
  /** `assumed` where nobody named it and the tree does not say. */
  readonly seriesOrigin: SeriesOrigin;
  /** Meaningless in its series where {@link series} is null. */
  readonly config: KernelConfig;
  /** Null where the input cannot be parsed. */
  readonly boot: Boot | null;
  readonly proof: Proof | null;
  readonly workload: Workload | null;
  /** Of the parser, the structure checks, the schema, the kernel and the proof, in this order. */
  readonly findings: readonly Finding[];
  readonly sources: SourceMap;
}

export interface ReportOptions {
  readonly kernel: KernelChoice;
  readonly inputFormat: InputFormat | null;
  readonly includeDirs: readonly string[];
  readonly allowOutside: boolean;
  readonly overlays: readonly string[];
}

/** Reads one input and works out everything but the workload. Throws a `Failure` where it cannot be read. */
export async function reportInput(input: string, options: ReportOptions): Promise<InputReport> {
  const { kernel, includeDirs, allowOutside, overlays } = options;
  const parsed = await parseInput(input, {
    format: options.inputFormat,
    includeDirs,
    allowOutside,
    overlays,
    series: kernel.series ?? "rfc-v3",
  });
  const { format, tree, sources } = parsed;
  const findings = parsed.diagnostics.map(withConsequence);
  const common = { input, overlays, format, sources, workload: null };
  if (tree === null) {
    const config = kernelConfig({ ...kernel, series: kernel.series ?? "rfc-v3" });
    const seriesOrigin = kernel.series === null ? "assumed" : "asked";
    return { ...common, series: kernel.series, seriesOrigin, config, boot: null, proof: null, findings };
  }

  const detected = kernel.series === null ? detectSeries(tree) : null;
  const series = kernel.series ?? detected!.series;
  let seriesOrigin: SeriesOrigin = detected === null ? "asked" : "tree";
  if (detected !== null && detected.note !== null) {
    seriesOrigin = "assumed";
    findings.push(seriesNote(detected.note));
  }
  const { boot, proof, findings: checked } = checkTree(tree, kernelConfig({ ...kernel, series }));
  if (isOverlay(tree)) {
    // Whatever else there is to say about it would be about the tree that it is not.
    const all = [...parsed.diagnostics.map(withConsequence), aloneFinding(tree, input, overlays)];
    return { ...common, series, seriesOrigin, config: boot.config, boot, proof, findings: all };
  }
  const structure = checkStructure(tree).map(withConsequence);
  const schema = validateTree(tree).map(withConsequence);
  findings.push(...tellOnce(tree, { structure, schema, kernel: checked }));
  return { ...common, series, seriesOrigin, config: boot.config, boot, proof, findings };
}

/** What the parser, the structure checks and the schema find has no consequence of its own; a rule of the catalogue may know one. */
function withConsequence(diagnostic: Diagnostic): Finding {
  const consequence: Consequence = findRule(diagnostic.rule)?.consequence ?? "none";
  return { ...diagnostic, consequence };
}

export function hasErrors(report: InputReport): boolean {
  return report.findings.some(({ severity }) => severity === "error");
}

/** The kernel is asked all the same: what it makes of such a tree, nothing, is told with this. */
function aloneFinding({ root }: DeviceTree, input: string, overlays: readonly string[]): Finding {
  const message = "this is an overlay, and no tree to boot: what it describes shows only in a base";
  const command = ["carveout check base.dts", ...[input, ...overlays].map((path) => `-a ${path}`)].join(" ");
  const span = root.children[0]?.nameSpan ?? root.nameSpan;
  const hint = `give its base first: ${command}`;
  return withConsequence({ rule: "overlay-alone", severity: "error", message, hint, node: "/", span });
}

/** Why the tree does not say which series it is for, as the series is then a guess. */
function seriesNote(message: string): Finding {
  return withConsequence({ rule: "series-assumed", severity: "note", message, node: null, span: NO_SPAN });
}
