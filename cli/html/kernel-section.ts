/** What every kernel makes of the input, series by page sizes. */
import { OBLIGATIONS } from "../../core/proof/proof.ts";
import {
  type CellState,
  cellState,
  cellText,
  groupFindings,
  kernelsText,
  matrixOf,
  pageSizeText,
  seriesName,
} from "../formats/matrix.ts";
import type { InputReport, KernelsReport } from "../report.ts";
import { MOST_LINES } from "./limits.ts";
import { html, type Markup } from "./markup.ts";
import { badge, type Mood } from "./summary.ts";
import { tableMarkup } from "./table.ts";

export const STATE_MOODS: Readonly<Record<CellState, Mood>> = {
  safe: "good",
  unsafe: "bad",
  disabled: "doubtful",
  absent: "neutral",
  unread: "bad",
};

/** The first of the reports is the one that the rest of the page is about; the others are the matrix. */
export function kernelSection(result: KernelsReport, id: string): Markup {
  const [own, ...others] = result.reports;
  const matrix = matrixOf(others);
  const columns = [{ title: "Series" }, ...matrix.pageSizes.map((size) => ({ title: `${pageSizeText(size)} pages` }))];
  const rows = matrix.rows.map(({ series, cells }) => [
    html`${series}`,
    ...cells.map(
      (cell) =>
        html`${badge(STATE_MOODS[cellState(cell)], cellText(cell))}${isSame(cell, own!) ? html` <span class="under">this report</span>` : null}`,
    ),
  ]);
  const caption =
    "What the input comes to under each kernel; an obligation is the first that is broken, an order the lowest that breaks it";
  return html`<section aria-labelledby="${id}-kernels"><h3 id="${id}-kernels">Every kernel</h3>
${tableMarkup({ id: `${id}-kernel-table`, caption }, columns, rows)}
${obligationTable(others, id)}
${otherFindings(result, id)}</section>
`;
}

function isSame(a: InputReport, b: InputReport): boolean {
  return a.series === b.series && a.config.pageSize === b.config.pageSize;
}

/** A row for each kernel that manages tag storage. */
function obligationTable(reports: readonly InputReport[], id: string): Markup {
  const managed = reports.filter(({ proof }) => proof !== null);
  if (managed.length === 0) return html``;
  const columns = [{ title: "Kernel" }, ...OBLIGATIONS.map((name) => ({ title: name }))];
  const rows = managed.map((report) => [
    html`${seriesName(report)}, ${pageSizeText(report.config.pageSize)} pages`,
    ...report.proof!.obligations.map(({ holds, counterexample }) => {
      if (holds) return html`<span class="dim">holds</span>`;
      const order = counterexample?.order ?? null;
      return badge("bad", order === null ? "broken" : `order ${order}`);
    }),
  ]);
  const caption =
    "The six obligations under each kernel that manages tag storage; an order is the lowest that breaks the obligation";
  return tableMarkup({ id: `${id}-obligation-table`, caption }, columns, rows);
}

/** What this kernel is not told of. */
function otherFindings(result: KernelsReport, id: string): Markup {
  const [own, ...others] = result.reports;
  const matrix = matrixOf(others);
  const groups = groupFindings(result).filter(({ reports }) => !reports.includes(own!));
  if (groups.length === 0) return html``;
  const rows = groups
    .slice(0, MOST_LINES)
    .map(({ finding, reports }) => [
      html`<span class="code">${finding.rule}</span>`,
      finding.severity,
      kernelsText(reports, matrix),
      finding.message.split("; ")[0]!,
    ]);
  const isAll = groups.length <= MOST_LINES;
  const caption = `Findings of the other kernels alone${isAll ? "" : `, the first ${MOST_LINES}`}`;
  const columns = [{ title: "Rule" }, { title: "Severity" }, { title: "Kernels" }, { title: "What is wrong" }];
  return html`<details><summary>What other kernels are told besides (${groups.length})</summary>
${tableMarkup({ id: `${id}-other-findings`, caption }, columns, rows)}</details>`;
}
