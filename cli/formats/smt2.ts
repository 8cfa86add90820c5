import { OBLIGATIONS } from "../../core/proof/proof.ts";
import { comment } from "../../core/proof/smt/expression.ts";
import { smtScript } from "../../core/proof/smt/script.ts";
import type { InputReport } from "../report.ts";
import { plain } from "../style.ts";
import { allFindingLines, headerLine, verdictLine } from "./report-text.ts";

/**
 * The proof of each input as a script for SMT solvers. An input whose kernel does not come up with tag storage managed
 * has no table to prove anything of: its script has comments that say why, and no query. Of several inputs each is
 * announced by an `echo` of its name, and begins with a solver that knows nothing of the one before.
 */
export function smt2Reports(reports: readonly InputReport[], isSingle: boolean): string {
  if (isSingle) return reports.map(inputScript).join("");
  return reports.map((report) => `(reset)\n(echo "${stringOf(report.input)}")\n${inputScript(report)}`).join("\n");
}

function inputScript(report: InputReport): string {
  const { boot, proof } = report;
  const obligations = new Set<string>(OBLIGATIONS);
  const others = { ...report, findings: report.findings.filter(({ rule }) => !obligations.has(rule)) };
  const lines = [headerLine(report, plain), ...allFindingLines(others, plain, true), verdictLine(report, plain)];
  const head = lines.map((line) => `${comment(line).trimEnd()}\n`).join("");
  if (boot?.outcome !== "managed" || proof === null) return head;
  return `${head}\n${smtScript(boot.regions, boot.config.series, boot.config.maxOrder, proof)}`;
}

/** What may stand in an SMT-LIB string: printable ASCII, with quotes doubled. */
function stringOf(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").replaceAll('"', '""');
}
