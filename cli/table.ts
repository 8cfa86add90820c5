/** Columns of text, each as wide as its widest cell, two blanks between them. Cells may hold no colour codes. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/** A header line and a line a row, without line ends and without blanks at the end. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, index) =>
    rows.reduce((width, row) => Math.max(width, row[index]!.length), title.length),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) =>
        columns[index]!.align === "right" ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!),
      )
      .join("  ")
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}
