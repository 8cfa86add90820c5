import type { InputReport } from "../report.ts";
import { regionColumns, regionRows } from "./region-rows.ts";

/** The region table as RFC 4180 has it, except that lines end as on Unix: a header, then a row for each region of each input. */
export function csvRegions(reports: readonly InputReport[]): string {
  const line = (cells: readonly (string | number)[]) => `${cells.map(csvCell).join(",")}\n`;
  return line(regionColumns) + reports.flatMap(regionRows).map(line).join("");
}

function csvCell(cell: string | number): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
