import type { Rows } from "./region-rows.ts";

/** A table as RFC 4180 has it, except that lines end as on Unix: a header, then the rows. */
export function csvTable({ columns, rows }: Rows): string {
  const line = (cells: readonly (string | number)[]) => `${cells.map(csvCell).join(",")}\n`;
  return [columns.map(({ name }) => name), ...rows].map(line).join("");
}

function csvCell(cell: string | number): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
