import { OBLIGATIONS } from "../../core/proof/proof.ts";
import type { InputReport, KernelsReport } from "../report.ts";
import type { Paint, Style } from "../style.ts";
import { findingLines } from "./finding-text.ts";
import {
  type CellState,
  cellState,
  cellText,
  groupFindings,
  groupSuppressed,
  kernelsText,
  type Matrix,
  matrixOf,
  pageSizeText,
  seriesName,
} from "./matrix.ts";
import { printable } from "./printable.ts";
import { regionLines } from "./regions-text.ts";
import {
  countText,
  findingContext,
  findingCounts,
  inputWords,
  obligationPictures,
  suppressedLine,
  type TextContext,
} from "./report-text.ts";

const STATE_STYLE: Readonly<Record<CellState, Style>> = {
  safe: "green",
  unsafe: "red",
  disabled: "yellow",
  absent: "dim",
  unread: "red",
};

/** A table of outcomes, series by page sizes, and what is found. */
export function checkMatrixLines(result: KernelsReport, context: TextContext): string[] {
  return matrixLines(result, context, (matrix, paint) => {
    const operations = result.reports.reduce((sum, { workload }) => sum + (workload?.operations ?? 0), 0);
    const violations = result.reports.reduce((sum, { workload }) => sum + (workload?.violations ?? 0), 0);
    return [
      ...outcomeLines(matrix, paint),
      ...legend(
        matrix,
        "an obligation is the first of the six that is broken, an order the lowest that breaks it",
        paint,
      ),
      ...(operations === 0 ? [] : ["", `workloads: ${operations} operations, ${countText(violations, "violation")}`]),
    ];
  });
}

/** A row for each kernel: each obligation, and the lowest order at which it is broken. */
export function proveMatrixLines(result: KernelsReport, context: TextContext): string[] {
  return matrixLines(result, context, (matrix, paint) => [
    ...obligationLines(matrix, paint),
    ...legend(matrix, "an order is the lowest that breaks the obligation", paint),
  ]);
}

/** The table of each kernel that comes up with one. */
export function regionsMatrixLines(result: KernelsReport, context: TextContext): string[] {
  return matrixLines(result, context, ({ rows }, paint) => {
    const lines: string[] = [];
    for (const report of rows.flatMap(({ cells }) => cells)) {
      const { boot, config } = report;
      const name = paint(`${seriesName(report)}, ${pageSizeText(config.pageSize)} pages`, "bold");
      const isTable = boot?.outcome === "managed";
      if (isTable && lines.length > 0 && lines.at(-1) !== "") lines.push("");
      if (isTable) lines.push(`${name}:`, ...regionLines(boot.regions, config.pageSize), "");
      else lines.push(`${name}: ${cellText(report)}`);
    }
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  });
}

/** What all of these have around their table. */
function matrixLines(
  result: KernelsReport,
  { paint, isQuiet }: TextContext,
  tableOf: (matrix: Matrix, paint: Paint) => string[],
): string[] {
  const matrix = matrixOf(result.reports);
  const [first] = result.reports;
  const findings = matrixFindingLines(result, matrix, paint, isQuiet);
  if (isQuiet) return findings;
  const size = `${countText(matrix.rows.length, "series", "series")} x ${countText(matrix.pageSizes.length, "page size")}`;
  const table = first!.boot === null ? [] : [...tableOf(matrix, paint), ""];
  return [
    `${inputWords(first!, paint)}, ${size}`,
    "",
    ...table,
    ...findings,
    ...suppressedMatrixLines(result, matrix, paint),
    verdictLine(result, paint),
  ];
}

/** What does not count: first what is so whichever the kernel, then what kernels find, with their names. */
function suppressedMatrixLines(result: KernelsReport, matrix: Matrix, paint: Paint): string[] {
  const { input, commonSuppressed } = result;
  const common = commonSuppressed.map((item) => suppressedLine(item, input, paint));
  const ofKernels = groupSuppressed(result).map(({ suppressed, reports }) =>
    suppressedLine(suppressed, input, paint, ` under ${kernelsText(reports, matrix)}`),
  );
  const lines = [...common, ...ofKernels];
  return lines.length === 0 ? [] : [...lines, ""];
}

function outcomeLines({ pageSizes, rows }: Matrix, paint: Paint): string[] {
  return paintedTable(
    ["", ...pageSizes.map((pageSize) => `${pageSizeText(pageSize)} pages`)],
    rows.map(({ series, cells }): PaintedCell[] => [
      { text: series, style: "bold" },
      ...cells.map((report) => ({ text: cellText(report), style: STATE_STYLE[cellState(report)] })),
    ]),
    paint,
  );
}

function obligationLines({ rows }: Matrix, paint: Paint): string[] {
  return paintedTable(
    ["", "pages", ...OBLIGATIONS],
    rows.flatMap(({ series, cells }) =>
      cells.map((report): PaintedCell[] => [
        { text: series, style: "bold" },
        { text: pageSizeText(report.config.pageSize), style: null },
        ...obligationCells(report),
      ]),
    ),
    paint,
  );
}

/** What the words in the table mean; nothing where none of them needs it. */
function legend(matrix: Matrix, words: string, paint: Paint): string[] {
  const isNeeded = matrix.rows.some(({ cells }) => cells.some((report) => cellState(report) === "unsafe"));
  return isNeeded ? ["", paint(words, "dim")] : [];
}

function obligationCells(report: InputReport): PaintedCell[] {
  if (report.proof === null) return [{ text: cellText(report), style: STATE_STYLE[cellState(report)] }];
  return report.proof.obligations.map(({ holds, counterexample }): PaintedCell => {
    if (holds) return { text: "holds", style: "green" };
    const order = counterexample?.order ?? null;
    return { text: order === null ? "BROKEN" : `order ${order}`, style: "red" };
  });
}

interface PaintedCell {
  readonly text: string;
  readonly style: Style | null;
}

/**
 * Columns as wide as their widest cell; colour codes have no width, so they come last. A row may end early: nothing
 * stands in line with what follows its last cell, which may be as long as it likes.
 */
function paintedTable(titles: readonly string[], rows: readonly (readonly PaintedCell[])[], paint: Paint): string[] {
  const all = [titles.map((text): PaintedCell => ({ text, style: null })), ...rows];
  const isInLine = (cells: readonly PaintedCell[], column: number) =>
    column < cells.length - 1 || cells.length === titles.length;
  const widths = titles.map((_title, column) =>
    Math.max(...all.filter((cells) => isInLine(cells, column)).map((cells) => cells[column]!.text.length)),
  );
  return all.map((cells) =>
    cells
      .map(({ text, style }, column) => {
        const shown = style === null ? text : paint(text, style);
        const isLast = column === cells.length - 1;
        return isLast ? shown : shown + " ".repeat(Math.max(0, widths[column]! - text.length));
      })
      .join("  "),
  );
}

/** First what there is to say whichever the kernel, then what kernels find, with their names. */
function matrixFindingLines(result: KernelsReport, matrix: Matrix, paint: Paint, errorsOnly: boolean): string[] {
  const isShown = ({ severity }: { severity: string }) => !errorsOnly || severity === "error";
  const context = findingContext(result.reports[0]!, paint);
  const common = result.commonFindings.filter(isShown).flatMap((finding) => [...findingLines(finding, context), ""]);
  const groups = groupFindings(result).filter(({ finding }) => isShown(finding));
  const ofKernels = groups.flatMap(({ finding, reports, isAlike }) => {
    const [first] = reports;
    const words = `under ${kernelsText(reports, matrix)}`;
    const told = `${seriesName(first!)}, ${pageSizeText(first!.config.pageSize)} pages`;
    const numbers = isAlike ? "" : `; the numbers are those of ${told}`;
    const picture = obligationPictures(first!, paint).get(finding.rule) ?? [];
    const story = [...picture, `      ${paint(words + numbers, "bold")}`];
    return [...findingLines(finding, findingContext(first!, paint), story), ""];
  });
  return [...common, ...ofKernels];
}

const STATES: readonly CellState[] = ["safe", "unsafe", "disabled", "absent"];

function verdictLine(result: KernelsReport, paint: Paint): string {
  const name = printable(result.input);
  const states = result.reports.map(cellState);
  const findings = [...result.commonFindings, ...groupFindings(result).map(({ finding }) => finding)];
  const counts = findingCounts(findings);
  const end = counts === "" ? "" : ` (${counts})`;
  if (states.includes("unread")) return `${name}: ${paint("cannot be read", "red", "bold")}${end}`;
  const words = STATES.map((state) => ({ state, count: states.filter((other) => other === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => paint(`${count} ${state}`, STATE_STYLE[state], "bold"));
  return `${name}: of ${countText(states.length, "kernel")}, ${words.join(", ")}${end}`;
}
