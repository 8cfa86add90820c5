import type { InputReport, KernelsReport } from "../report.ts";

/** A table for other programs: its columns, and its rows; what is unknown is empty. */
export interface Rows {
  readonly columns: readonly RowColumn[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export interface RowColumn {
  readonly name: string;
  readonly isNumber: boolean;
}

export const textColumn = (name: string): RowColumn => ({ name, isNumber: false });
export const numberColumn = (name: string): RowColumn => ({ name, isNumber: true });

/** Columns of the region table in formats for other programs; PFNs, both ends included. */
const REGION_COLUMNS: readonly RowColumn[] = [
  numberColumn("region"),
  textColumn("node"),
  textColumn("memoryNode"),
  ...["memoryStart", "memoryEnd", "tagsStart", "tagsEnd", "blockPages", "numaNode"].map(numberColumn),
];

/** A row for each region of each input. */
export function regionRows(reports: readonly InputReport[]): Rows {
  return {
    columns: [textColumn("input"), ...REGION_COLUMNS],
    rows: reports.flatMap((report) => regionCells(report).map((cells) => [report.input, ...cells])),
  };
}

/** The same for each kernel, which every row names. */
export function regionMatrixRows(results: readonly KernelsReport[]): Rows {
  return {
    columns: [textColumn("input"), textColumn("series"), numberColumn("pageSize"), ...REGION_COLUMNS],
    rows: results
      .flatMap(({ reports }) => reports)
      .flatMap((report) => {
        const { input, series, config } = report;
        return regionCells(report).map((cells) => [input, series ?? "", config.pageSize, ...cells]);
      }),
  };
}

function regionCells({ boot }: InputReport): (string | number)[][] {
  if (boot?.outcome !== "managed") return [];
  return boot.regions.map(({ node, memoryNode, memory, tags, blockPages, numaNode }, row) => [
    row,
    node,
    memoryNode,
    memory.start,
    memory.end,
    tags.start,
    tags.end,
    blockPages,
    numaNode ?? "",
  ]);
}
