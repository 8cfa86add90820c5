/** Which findings of a report count: what a user has allowed, switched off, given another severity, or knows already. */
import type { Finding } from "../core/finding.ts";
import type { Location } from "../dts/source.ts";
import { allowedBecause } from "./allow-comments.ts";
import { readBaseline } from "./baseline.ts";
import { findingKey } from "./finding-key.ts";
import type { InputReport, KernelsReport } from "./report.ts";

export type Level = Finding["severity"] | "off";

export interface TriageOptions {
  /** By rule. */
  readonly levels: ReadonlyMap<string, Level>;
  /** A file with findings that are known; null for none. */
  readonly baseline: string | null;
}

/** A finding that does not count, and why. */
export interface Suppressed {
  readonly finding: Finding;
  readonly by: "comment" | "option" | "baseline";
  /** What a comment gives for its reason. */
  readonly reason: string | null;
  readonly location: Location | null;
}

/** Makes what triages the reports of a run. Throws a `Failure` where the baseline cannot be read. */
export function triageWith({ levels, baseline }: TriageOptions): (result: KernelsReport) => KernelsReport {
  const known = baseline === null ? null : readBaseline(baseline);
  const sort = (report: InputReport, findings: readonly Finding[], standing: ReadonlySet<Finding>) => {
    // Each list has the whole baseline: they tell of the same input.
    const left = new Map(known);
    const counted: Finding[] = [];
    const suppressed: Suppressed[] = [];
    for (const finding of findings) {
      if (standing.has(finding)) {
        counted.push(finding);
        continue;
      }
      const { severity, verdict } = judge(report, finding, levels, left);
      if (verdict === null) counted.push(severity === finding.severity ? finding : { ...finding, severity });
      else suppressed.push({ finding, ...verdict, location: report.sources.locate(finding.span) });
    }
    return { counted, suppressed };
  };
  return (result) => {
    const standing = new Set(result.reports.flatMap(whyUnread));
    const common = sort(result.reports[0]!, result.commonFindings, standing);
    const ofKernels = result.kernelFindings.map((findings, index) => sort(result.reports[index]!, findings, standing));
    return {
      ...result,
      reports: result.reports.map((report) => {
        const { counted, suppressed } = sort(report, report.findings, standing);
        return { ...report, findings: counted, ...(suppressed.length === 0 ? {} : { suppressed }) };
      }),
      commonFindings: common.counted,
      kernelFindings: ofKernels.map(({ counted }) => counted),
      commonSuppressed: common.suppressed,
      kernelSuppressed: ofKernels.map(({ suppressed }) => suppressed),
    };
  };
}

/**
 * Why there is no tree, empty where there is one. No option, comment or baseline takes these errors away: an input that
 * cannot be parsed is exit code 1 by the contract, and there is nothing else to say of it.
 */
function whyUnread({ tree, findings }: InputReport): readonly Finding[] {
  return tree === null ? findings.filter(({ severity }) => severity === "error") : [];
}

type Verdict = Pick<Suppressed, "by" | "reason">;

function judge(
  report: InputReport,
  finding: Finding,
  levels: ReadonlyMap<string, Level>,
  left: Map<string, number>,
): { readonly severity: Finding["severity"]; readonly verdict: Verdict | null } {
  const level = levels.get(finding.rule) ?? finding.severity;
  const severity = level === "off" ? finding.severity : level;
  const reason = allowedBecause(report.allowComments, report.sources, finding);
  if (reason !== null) return { severity, verdict: { by: "comment", reason } };
  if (level === "off") return { severity, verdict: { by: "option", reason: null } };
  const key = findingKey(report.input, finding);
  const count = left.get(key) ?? 0;
  if (count === 0) return { severity, verdict: null };
  left.set(key, count - 1);
  return { severity, verdict: { by: "baseline", reason: null } };
}
