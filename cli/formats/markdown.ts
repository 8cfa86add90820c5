import { printable } from "./printable.ts";
import type { Rows } from "./region-rows.ts";

/** A Markdown table; columns of numbers stand to the right. */
export function markdownTable({ columns, rows }: Rows): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const names = columns.map(({ name }) => name);
  const alignment = columns.map(({ isNumber }) => (isNumber ? "---:" : "---"));
  return line(names) + line(alignment) + rows.map((cells) => line(cells.map(markdownCell))).join("");
}

function markdownCell(cell: string | number): string {
  return printable(String(cell)).replace(/[\\|`*_<>[\]]/g, "\\$&");
}
