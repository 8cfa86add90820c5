import type { Interleavings } from "../core/allocator/interleavings/explore-all.ts";
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
import type { SourceMap } from "../dts/source.ts";
import type { DeviceTree } from "../dts/tree.ts";
import { validateTree } from "../schema/validate-tree.ts";
import { type AllowComments, findAllowComments } from "./allow-comments.ts";
import { readInputBytes } from "./files.ts";
import type { InputFormat } from "./input-format.ts";
import { type ParsedInput, parseInput } from "./parse-input.ts";
import { tellOnce } from "./tell-once.ts";
import type { Suppressed } from "./triage.ts";
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
  readonly tree: DeviceTree | null;
  /** Null where the input cannot be parsed. */
  readonly boot: Boot | null;
  readonly proof: Proof | null;
  readonly workload: Workload | null;
  /** Of the parser, the structure checks, the schema, the kernel and the proof, in this order. */
  readonly findings: readonly Finding[];
  /** Of the series' locking protocol, where it was explored. */
  readonly interleavings?: Interleavings;
  /** Those that do not count: see triage.ts. Absent where all count. */
  readonly suppressed?: readonly Suppressed[];
  readonly sources: SourceMap;
  /** What its authors allow in these. */
  readonly allowComments: AllowComments;
}

/** One input under one or more kernels. */
export interface KernelsReport {
  readonly input: string;
  /** For each kernel, in the order asked for, what it is told where it is asked for alone; at least one. */
  readonly reports: readonly InputReport[];
  /** What there is to say whichever of these kernels reads the input; empty where there is one, whose report says all. */
  readonly commonFindings: readonly Finding[];
  /** What there is to say besides, for each of {@link reports}. */
  readonly kernelFindings: readonly (readonly Finding[])[];
  /** What of both does not count, and why. */
  readonly commonSuppressed: readonly Suppressed[];
  readonly kernelSuppressed: readonly (readonly Suppressed[])[];
}

export interface ReportOptions {
  readonly inputFormat: InputFormat | null;
  readonly includeDirs: readonly string[];
  readonly allowOutside: boolean;
  readonly overlays: readonly string[];
  /** Holds a tree against the user's own schemas; absent where there are none. */
  readonly userSchemas?: (tree: DeviceTree) => readonly Diagnostic[];
}

/**
 * Reads one input and works out everything but the workload, for each of the kernels. It is parsed once, or once for
 * each series where it is a description that is written out in the series' dialect. Throws a `Failure` where it cannot be
 * read.
 */
export async function reportInput(
  input: string,
  kernels: readonly KernelChoice[],
  options: ReportOptions,
): Promise<KernelsReport> {
  const examine = examiner(input, options, kernels.length > 1 ? readingOnce() : readInputBytes);
  const checks: KernelCheck[] = [];
  for (const kernel of kernels) {
    checks.push(checkUnder(kernel, await examine(kernel.series ?? "rfc-v3"), input, options.overlays));
  }
  return {
    input,
    reports: checks.map(({ report }) => report),
    commonFindings: checks.length > 1 ? commonFindings(checks) : [],
    kernelFindings: checks.map(({ ofKernel }) => ofKernel),
    commonSuppressed: [],
    kernelSuppressed: checks.map(() => []),
  };
}

/** An input and what is found in it before any kernel is asked. */
interface Examined {
  readonly parsed: ParsedInput;
  readonly allowComments: AllowComments;
  /** And of comments that allow nothing. */
  readonly parser: readonly Finding[];
  readonly structure: readonly Finding[];
  readonly schema: readonly Finding[];
  readonly userSchema: readonly Finding[];
}

/** Gives the input as it is for a series. */
function examiner(
  input: string,
  options: ReportOptions,
  readBytes: (path: string) => Buffer,
): (series: Series) => Promise<Examined> {
  const { inputFormat: format, includeDirs, allowOutside, overlays, userSchemas } = options;
  const examined = new Map<Series, Examined>();
  return async (series) => {
    const [first] = examined.values();
    const known = examined.get(series) ?? (first === undefined || first.parsed.format === "yaml" ? undefined : first);
    if (known !== undefined) return known;
    const parsed = await parseInput(input, { format, includeDirs, allowOutside, overlays, series, readBytes });
    const { tree } = parsed;
    const allowComments = await findAllowComments(parsed);
    // Whatever there is to say about an overlay's structure would be about the tree that it is not.
    const hasTree = tree !== null && !isOverlay(tree);
    const result = {
      parsed,
      allowComments,
      parser: [...parsed.diagnostics, ...allowComments.mistakes].map(withConsequence),
      structure: hasTree ? checkStructure(tree).map(withConsequence) : [],
      schema: hasTree ? validateTree(tree).map(withConsequence) : [],
      userSchema: hasTree && userSchemas !== undefined ? userSchemas(tree).map(withConsequence) : [],
    };
    examined.set(series, result);
    return result;
  };
}

/** A reader that reads each path once, for an input that may have to be parsed again. */
function readingOnce(): (path: string) => Buffer {
  const read = new Map<string, Buffer>();
  return (path) => {
    const bytes = read.get(path) ?? readInputBytes(path);
    read.set(path, bytes);
    return bytes;
  };
}

interface KernelCheck {
  readonly report: InputReport;
  readonly examined: Examined;
  /** Those of the report's findings that are not about how well the input is formed but about who reads it. */
  readonly general: readonly Finding[];
  readonly ofKernel: readonly Finding[];
}

function checkUnder(kernel: KernelChoice, examined: Examined, input: string, overlays: readonly string[]): KernelCheck {
  const { parsed, allowComments, parser, structure, schema, userSchema } = examined;
  const { format, tree, sources } = parsed;
  const common = { input, overlays, format, sources, allowComments, tree, workload: null };
  if (tree === null) {
    const config = kernelConfig({ ...kernel, series: kernel.series ?? "rfc-v3" });
    const seriesOrigin: SeriesOrigin = kernel.series === null ? "assumed" : "asked";
    const report = {
      ...common,
      series: kernel.series,
      seriesOrigin,
      config,
      boot: null,
      proof: null,
      findings: parser,
    };
    return { report, examined, general: [], ofKernel: [] };
  }

  const detected = kernel.series === null ? detectSeries(tree) : null;
  const series = kernel.series ?? detected!.series;
  const isAssumed = detected !== null && detected.note !== null;
  const seriesOrigin = detected === null ? "asked" : isAssumed ? "assumed" : "tree";
  const { boot, proof, findings: checked } = checkTree(tree, kernelConfig({ ...kernel, series }));
  const isAlone = isOverlay(tree);
  const general = isAlone ? [aloneFinding(tree, input, overlays)] : isAssumed ? [seriesNote(detected.note!, tree)] : [];
  // Of an overlay by itself, a kernel has nothing to say.
  const ofKernel = isAlone ? [] : checked;
  const findings = [...parser, ...general, ...tellOnce(tree, { structure, schema, kernel: ofKernel }), ...userSchema];
  return {
    report: { ...common, series, seriesOrigin, config: boot.config, boot, proof, findings },
    examined,
    general,
    ofKernel,
  };
}

/** What every kernel is told of an input, but for what one of them tells better; of dialects of it, each thing once. */
function commonFindings(checks: readonly KernelCheck[]): Finding[] {
  const found = new Map<string, Finding>();
  const add = (findings: readonly Finding[]) => {
    for (const finding of findings) {
      const { rule, message, span } = finding;
      // The same node has another path in each dialect, and a blob has paths alone.
      const place = span.start < 0 ? finding.node : `${span.start}-${span.end}`;
      const key = `${rule} ${place} ${message}`;
      if (!found.has(key)) found.set(key, finding);
    }
  };
  for (const examined of new Set(checks.map((check) => check.examined))) {
    const { parsed, parser, structure, schema, userSchema } = examined;
    const ofThese = checks.filter((check) => check.examined === examined);
    add(parser);
    for (const { general } of ofThese) add(general);
    if (parsed.tree === null) continue;
    const kernel = ofThese.flatMap(({ ofKernel }) => ofKernel);
    const isOfKernel = new Set(kernel);
    add(tellOnce(parsed.tree, { structure, schema, kernel }).filter((finding) => !isOfKernel.has(finding)));
    add(userSchema);
  }
  return [...found.values()];
}

/** What the parser, the structure checks and the schema find has no consequence of its own; a rule of the catalogue may know one. */
function withConsequence(diagnostic: Diagnostic): Finding {
  const consequence: Consequence = findRule(diagnostic.rule)?.consequence ?? "none";
  return { ...diagnostic, consequence };
}

/** Whether a finding is as bad as `level`, or worse. */
export function fails(report: InputReport, level: FailLevel): boolean {
  const failing = FAIL_LEVELS.slice(0, FAIL_LEVELS.indexOf(level) + 1);
  return level !== "never" && report.findings.some(({ severity }) => failing.includes(severity));
}

export const FAIL_LEVELS = ["error", "warning", "note", "never"] as const;

export type FailLevel = (typeof FAIL_LEVELS)[number];

/** The kernel is asked all the same: what it makes of such a tree, nothing, is told with this. */
function aloneFinding({ root }: DeviceTree, input: string, overlays: readonly string[]): Finding {
  const message = "this is an overlay, and no tree to boot: what it describes shows only in a base";
  const command = ["carveout check base.dts", ...[input, ...overlays].map((path) => `-a ${path}`)].join(" ");
  const span = root.children[0]?.nameSpan ?? root.nameSpan;
  const hint = `give its base first: ${command}`;
  return withConsequence({ rule: "overlay-alone", severity: "error", message, hint, node: "/", span });
}

/** Why the tree does not say which series it is for, as the series is then a guess. It is about no one node. */
function seriesNote(message: string, { root }: DeviceTree): Finding {
  return withConsequence({ rule: "series-assumed", severity: "note", message, node: null, span: root.nameSpan });
}
