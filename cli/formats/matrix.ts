/** One input under several kernels, as a table of series by page sizes, and what is found by what kernels share. */
import type { Finding } from "../../core/finding.ts";
import { sizeText } from "../../core/machine/units.ts";
import type { Obligation } from "../../core/proof/proof.ts";
import { fails, type InputReport, type KernelsReport } from "../report.ts";
import type { Suppressed } from "../triage.ts";

/** What it comes to under one kernel, the best first. */
export type CellState = "safe" | "unsafe" | "disabled" | "absent" | "unread";

export interface Matrix {
  readonly pageSizes: readonly number[];
  /** A row for each series, a cell for each page size. */
  readonly rows: readonly { readonly series: string; readonly cells: readonly InputReport[] }[];
}

/** `reports` are all of one input. */
export function matrixOf(reports: readonly InputReport[]): Matrix {
  const pageSizes = [...new Set(reports.map(({ config }) => config.pageSize))];
  const series = [...new Set(reports.map(seriesName))];
  return {
    pageSizes,
    rows: series.map((name) => ({ series: name, cells: reports.filter((report) => seriesName(report) === name) })),
  };
}

/** Nobody knows which where the input cannot be read and nobody named one. */
export function seriesName({ series }: InputReport): string {
  return series ?? "any series";
}

/** `4 KiB` */
export function pageSizeText(pageSize: number): string {
  return sizeText(BigInt(pageSize));
}

export function cellState({ boot, proof }: InputReport): CellState {
  if (boot === null) return "unread";
  if (boot.outcome !== "managed") return boot.outcome;
  return proof!.safe ? "safe" : "unsafe";
}

/** The first of the six that does not hold; null where all do, or nothing is managed. */
export function firstBroken({ proof }: InputReport): Obligation | null {
  return proof?.obligations.find(({ holds }) => !holds) ?? null;
}

/** `coverage, order 7` for what is unsafe, else `safe`, `disabled`, `absent`; with errors that this does not tell. */
export function cellText(report: InputReport): string {
  const state = cellState(report);
  if (state === "unsafe") {
    const { name, counterexample } = firstBroken(report)!;
    const order = counterexample?.order ?? null;
    return order === null ? name : `${name}, order ${order}`;
  }
  if (state === "unread") return "cannot be read";
  return state !== "disabled" && fails(report, "error") ? `${state}, with errors` : state;
}

/** A finding that does not count, of kernels that share it. */
export interface SuppressedGroup {
  readonly suppressed: Suppressed;
  readonly reports: readonly InputReport[];
}

/** A finding of kernels that share it. */
export interface FindingGroup {
  /** As the first of them has it. */
  readonly finding: Finding;
  readonly reports: readonly InputReport[];
  /** False where the others' has other numbers in it. */
  readonly isAlike: boolean;
}

/** What the kernels find and what does not count, each thing once for each reason why. */
export function groupSuppressed({ reports, kernelSuppressed }: KernelsReport): SuppressedGroup[] {
  const groups = new Map<string, { suppressed: Suppressed; reports: InputReport[] }>();
  for (const [index, list] of kernelSuppressed.entries()) {
    for (const suppressed of list) {
      const key = `${placeKey(suppressed.finding)} ${suppressed.by} ${suppressed.reason}`;
      const group = groups.get(key);
      const report = reports[index]!;
      if (group === undefined) groups.set(key, { suppressed, reports: [report] });
      else if (!group.reports.includes(report)) group.reports.push(report);
    }
  }
  return [...groups.values()];
}

/** A rule that is broken at one place of the source is one thing. */
function placeKey({ rule, node, span }: Finding): string {
  return `${rule} ${span.start < 0 ? node : `${span.start}-${span.end}`}`;
}

/** What the kernels find, each thing once. */
export function groupFindings({ reports, kernelFindings }: KernelsReport): FindingGroup[] {
  const groups = new Map<string, { finding: Finding; reports: InputReport[]; isAlike: boolean }>();
  for (const [index, findings] of kernelFindings.entries()) {
    for (const finding of findings) {
      const { message } = finding;
      const key = placeKey(finding);
      const group = groups.get(key);
      const report = reports[index]!;
      if (group === undefined) groups.set(key, { finding, reports: [report], isAlike: true });
      else {
        if (!group.reports.includes(report)) group.reports.push(report);
        group.isAlike &&= group.finding.message === message;
      }
    }
  }
  return [...groups.values()];
}

/** `rfc-v1 (4 KiB, 16 KiB pages), rfc-v2`: a series alone stands for all its page sizes in the matrix. */
export function kernelsText(reports: readonly InputReport[], matrix: Matrix): string {
  const words = matrix.rows.flatMap(({ series, cells }) => {
    const among = cells.filter((cell) => reports.includes(cell));
    if (among.length === 0) return [];
    if (among.length === cells.length) return [series];
    return [`${series} (${among.map(({ config }) => pageSizeText(config.pageSize)).join(", ")} pages)`];
  });
  return words.join(", ");
}
