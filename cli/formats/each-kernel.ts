import type { Finding } from "../../core/finding.ts";
import { sizeText } from "../../core/machine/units.ts";
import type { InputReport, KernelsReport } from "../report.ts";

/**
 * Inputs under several kernels as so many reports, for formats that are lists of findings: what all kernels share once,
 * then what each has besides, its messages with the kernel before them.
 */
export function eachKernel(results: readonly KernelsReport[]): InputReport[] {
  return results.flatMap(({ reports, commonFindings, kernelFindings, commonSuppressed, kernelSuppressed }) => [
    { ...reports[0]!, series: null, findings: commonFindings, suppressed: commonSuppressed },
    ...reports.map((report, index) => {
      const kernel = `${report.series}, ${sizeText(BigInt(report.config.pageSize))} pages`;
      const named = (finding: Finding) => ({ ...finding, message: `${kernel}: ${finding.message}` });
      return {
        ...report,
        findings: kernelFindings[index]!.map(named),
        suppressed: kernelSuppressed[index]!.map((item) => ({ ...item, finding: named(item.finding) })),
      };
    }),
  ]);
}
