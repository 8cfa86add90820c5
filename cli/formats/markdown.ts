import type { InputReport } from "../report.ts";
import { printable } from "./printable.ts";
import { regionColumns, regionRows } from "./region-rows.ts";

/** The region table as a Markdown table, a row for each region of each input. */
export function markdownRegions(reports: readonly InputReport[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const rows = reports.flatMap(regionRows).map((row) => row.map(markdownCell));
  const alignment = regionColumns.map((name) => (TEXT_COLUMNS.has(name) ? "---" : "---:"));
  return line(regionColumns) + line(alignment) + rows.map(line).join("");
}

const TEXT_COLUMNS = new Set(["input", "node", "memoryNode"]);

function markdownCell(cell: string | number): string {
  return printable(String(cell)).replace(/[\\|`*_<>[\]]/g, "\\$&");
}
