import { Failure, systemReason } from "./failure.ts";
import { readInputBytes } from "./files.ts";
import { findingKey } from "./finding-key.ts";

/**
 * The findings in a report that `--format json` wrote, of one input or several, under one kernel or several: how often
 * each stands there. Those that a baseline kept from counting are among them, so that a report made with the old baseline
 * is the new one; what options and comments keep from counting is theirs to know. Throws a `Failure` where the file is
 * none such.
 */
export function readBaseline(path: string): Map<string, number> {
  const text = readInputBytes(path).toString("utf8");
  const known = new Map<string, number>();
  const refuse = (why: string) => {
    throw new Failure(`${path} is no baseline: ${why}; --format json writes one`);
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    refuse(systemReason(error) ?? (error instanceof Error ? error.message : "it is no JSON"));
  }
  const reports: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  for (const report of reports.flatMap((each) => matrixOf(each) ?? [each])) {
    if (!isRecord(report) || typeof report.input !== "string" || !Array.isArray(report.findings)) {
      return refuse("it has no input and findings");
    }
    const suppressed: unknown[] = Array.isArray(report.suppressed) ? report.suppressed : [];
    const knownBefore = suppressed.filter((item) => isRecord(item) && item.by === "baseline");
    const counts = new Map<string, number>();
    for (const finding of [...(report.findings as unknown[]), ...knownBefore]) {
      if (!isRecord(finding) || typeof finding.rule !== "string" || typeof finding.message !== "string") {
        return refuse("a finding in it has no rule or no message");
      }
      const node = typeof finding.node === "string" ? finding.node : null;
      const key = findingKey(report.input, { rule: finding.rule, message: finding.message, node });
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    // Under several kernels the same finding stands there several times, and is one.
    for (const [key, count] of counts) known.set(key, Math.max(known.get(key) ?? 0, count));
  }
  return known;
}

function matrixOf(report: unknown): unknown[] | null {
  return isRecord(report) && Array.isArray(report.matrix) ? report.matrix : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
