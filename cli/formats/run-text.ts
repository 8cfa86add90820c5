/** What `run` prints: what was done, what it broke, and what dynamic tag storage gained meanwhile. */
import type { BreachCount } from "../../core/allocator/breaches.ts";
import type { Operation } from "../../core/allocator/operation.ts";
import type { ShownBreach } from "../../core/allocator/workloads/find-breach.ts";
import { hexPfn } from "../../core/machine/units.ts";
import type { InputReport } from "../report.ts";
import { type Column, tableLines } from "../table.ts";
import type { Exercise, Workload } from "../workload.ts";
import { wrap } from "../wrap.ts";
import { gainLines } from "./gain-text.ts";
import { interleavingsLines } from "./interleavings-text.ts";
import { printable } from "./printable.ts";
import { regionLines } from "./regions-text.ts";
import {
  allFindingLines,
  countText,
  headerLine,
  suppressedLines,
  type TextContext,
  verdictLine,
  workloadLine,
} from "./report-text.ts";
import { traceLines } from "./trace-text.ts";

/** As `check` has it for the sweep; a workload on memory is told at more length. */
export function runLines(report: InputReport, { paint, isQuiet }: TextContext): string[] {
  if (isQuiet) return allFindingLines(report, paint, true);
  const { boot, config, workload } = report;
  return [
    headerLine(report, paint),
    "",
    ...(boot?.outcome === "managed" ? [...regionLines(boot.regions, config.pageSize), ""] : []),
    ...(workload === null ? [] : workloadLines(workload, config.pageSize)),
    ...(report.interleavings === undefined ? [] : interleavingsLines(report.interleavings, report.series!, paint)),
    ...allFindingLines(report, paint, false),
    ...suppressedLines(report, paint),
    verdictLine(report, paint),
  ];
}

function workloadLines(workload: Workload, pageSize: number): string[] {
  const { exercise, replayed } = workload;
  const lines = [workloadLine(workload), ""];
  if (replayed !== null) {
    const { withoutEffect: count, breaches } = replayed;
    const why = "no such block, pages that are not free, or an allocation that is refused its tag storage";
    const told = count === 0 ? [] : [...wrap(`${countText(count, "operation")} had no effect: ${why}`, 78), ""];
    const trace = replayed.trace === undefined ? [] : traceLines(replayed.trace);
    return [...lines, ...trace, ...told, ...breachLines(breaches, pageSize), ...gainLines(replayed, pageSize)];
  }
  if (exercise === null) return lines;
  return [
    lines[0]!,
    ...parameterLines(exercise),
    "",
    ...breachLines(exercise.result.breaches, pageSize),
    ...(exercise.shown === null ? [] : shortestLines(exercise.shown, exercise, pageSize)),
    ...lostLines(exercise, pageSize),
    ...gainLines(exercise.result, pageSize),
  ];
}

function parameterLines({ result: { parameters } }: Exercise): string[] {
  const text = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  return wrap(text.join(" "), 74).map((line) => `  ${line}`);
}

const BREACH_COLUMNS: readonly Column[] = [
  { title: "broken", align: "left" },
  { title: "times", align: "right" },
  { title: "first at operation", align: "right" },
  { title: "order", align: "right" },
  { title: "address", align: "left" },
  { title: "block", align: "left" },
];

/** What was broken, how often, and by what first. */
function breachLines(breaches: readonly BreachCount[], pageSize: number): string[] {
  if (breaches.length === 0) return [];
  const rows = breaches.map(({ name, count, first: { operation, pfn, order, block } }) => [
    name,
    String(count),
    operation === 0 ? "boot" : String(operation),
    String(order),
    hexPfn(pfn, pageSize),
    hexPfn(block, pageSize),
  ]);
  const told = breaches.flatMap(({ name }) => wrap(`${name}: ${MEANINGS[name]}`, 78));
  return [...tableLines(BREACH_COLUMNS, rows), "", ...told, ""];
}

/** What a breach is, for one who sees it happen; the obligations' own rules say more (`carveout explain`). */
const MEANINGS: Readonly<Record<BreachCount["name"], string>> = {
  containment: "a page of the allocation has no block wholly inside its region's tag range",
  disjointness: "the allocation, or a block that it needs, lies in another region's tags or memory too",
  coverage: "a block that the allocation needs was not reserved: its tags go over whatever data lies there",
  precision: "a block was reserved that the allocation does not need",
  "out-of-region": "a block outside the tag range was reserved, or was to be: these are somebody else's pages",
  release: "a block got more references than the allocation has pages in it: freed page by page, it never comes back",
  retention:
    "a block got fewer references than the allocation has pages in it: it goes back while tags are still in it",
  "early-release": "a block went back to the page allocator while a live tagged page needed it",
  "negative-count": "a free took more references off a block than it had",
  "unreserved-free": "a free came to a block that was not reserved; the kernel warns",
  straddle: "an allocation across the edge of a region's memory was not reserved for as its pages need",
  "lost-block": "a block was taken off the free lists, could not be stored, and belongs to nobody since",
};

/** The operations that show it, one line each. */
function shortestLines({ breach, operations }: ShownBreach, { replay }: Exercise, pageSize: number): string[] {
  const title =
    operations.length === 0
      ? `stopped: ${breach.name} is broken at boot, by the zero page, which is tagged`
      : `stopped: ${breach.name} is broken. ${countText(operations.length, "operation")} after boot ${operations.length === 1 ? "shows" : "show"} it:`;
  const at =
    replay === null
      ? []
      : ["", `written to ${printable(replay.path)}; to see it again:`, `  ${printable(replay.command)}`];
  return [title, ...operations.map((operation) => `  ${operationText(operation, pageSize)}`), ...at, ""];
}

function operationText(operation: Operation, pageSize: number): string {
  const at = (pfn: number) => `at ${hexPfn(pfn, pageSize)} (PFN ${pfn})`;
  switch (operation.kind) {
    case "allocate": {
      const where = operation.pfn === null ? "anywhere" : at(operation.pfn);
      return `allocate order ${operation.order}, ${operation.use}, ${where}`;
    }
    case "free":
      return `free order ${operation.order} ${at(operation.pfn)}`;
    case "split":
      return `split order ${operation.order} ${at(operation.pfn)} into order ${operation.newOrder}`;
    case "protect":
      return `mprotect(PROT_MTE) on the page ${at(operation.pfn)}`;
    case "retry":
      return `touch the tags of order ${operation.order} ${at(operation.pfn)}`;
    case "pin":
      return `${operation.isPinned ? "pin" : "let go of"} order ${operation.order} ${at(operation.pfn)}`;
  }
}

/** Blocks that never come back, which only a run shows. */
function lostLines({ result: { after, idleBlocks, isStopped } }: Exercise, pageSize: number): string[] {
  if (isStopped || (after.lostBlocks === 0 && after.lostPages === 0)) return [];
  const size = ((after.lostPages * pageSize) / 2 ** 20).toFixed(1);
  return [
    ...wrap(
      `${countText(after.lostBlocks, "block")} of tag storage never came back, once everything was freed: ${countText(after.lostPages, "page")}, ${size} MiB; ${idleBlocks} were reserved for nothing when the workload ended`,
      78,
    ),
    "",
  ];
}
