import type { InputReport } from "../report.ts";
import { cellText, firstBroken, matrixOf, pageSizeText, seriesName } from "./matrix.ts";
import { numberColumn, type Rows, textColumn } from "./region-rows.ts";

/** A row for each input and kernel: what becomes of it, and the first obligation that is broken. */
export function verdictRows(reports: readonly InputReport[]): Rows {
  return {
    columns: [
      textColumn("input"),
      textColumn("series"),
      numberColumn("pageSize"),
      textColumn("outcome"),
      textColumn("safe"),
      textColumn("broken"),
      ...["region", "order", "pfn", "errors"].map(numberColumn),
    ],
    rows: reports.map((report) => {
      const { input, series, config, boot, proof, findings } = report;
      const broken = firstBroken(report);
      const { region = "", order = null, pfn = "" } = broken?.counterexample ?? {};
      const errors = findings.filter(({ severity }) => severity === "error").length;
      const safe = proof === null ? "" : String(proof.safe);
      const verdict = [boot?.outcome ?? "", safe, broken?.name ?? ""];
      return [input, series ?? "", config.pageSize, ...verdict, region, order ?? "", pfn, errors];
    }),
  };
}

/** A row for each input and series, a column for each page size; `reports` has a list for each input. */
export function verdictTable(reports: readonly (readonly InputReport[])[]): Rows {
  const matrices = reports.map(matrixOf);
  const pageSizes = matrices[0]?.pageSizes ?? [];
  return {
    columns: ["input", "series", ...pageSizes.map((pageSize) => `${pageSizeText(pageSize)} pages`)].map(textColumn),
    rows: matrices.flatMap(({ rows }) =>
      rows.map(({ cells }) => [cells[0]!.input, seriesName(cells[0]!), ...cells.map(cellText)]),
    ),
  };
}
