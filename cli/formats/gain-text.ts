/** What dynamic tag storage gained over a run, and what it took: numbers, and a chart of its use over time. */
import type { Figures } from "../../core/allocator/workloads/figures.ts";
import type { Usage } from "../../core/allocator/workloads/usage.ts";
import { type Column, tableLines } from "../table.ts";
import { barLines } from "./chart.ts";
import { countText } from "./report-text.ts";

const USE_COLUMNS: readonly Column[] = [
  { title: "tag storage", align: "left" },
  { title: "mean", align: "right" },
  { title: "", align: "right" },
  { title: "peak", align: "right" },
  { title: "", align: "right" },
];

const COUNT_COLUMNS: readonly Column[] = [
  { title: "allocations", align: "left" },
  { title: "asked", align: "right" },
  { title: "waited for migration", align: "right" },
  { title: "without tag storage", align: "right" },
  { title: "failed", align: "right" },
];

/** Tables of use, of allocations, of migrations and of the series' counters, with a blank line after each. */
export function gainLines({ usage, tagged, data, stats, vmstat }: Figures, pageSize: number): string[] {
  const { tagStoragePages: all } = usage;
  const size = (pages: number) => `${((pages * pageSize) / 2 ** 20).toFixed(1)} MiB`;
  const share = (pages: number) => (all === 0 ? "" : `${((100 * pages) / all).toFixed(1)} %`);
  const row = (title: string, mean: number, peak: number) => [title, size(mean), share(mean), size(peak), share(peak)];
  return [
    ...tableLines(USE_COLUMNS, [
      row("holding data", usage.meanDataPages, usage.peakDataPages),
      row("holding tags", usage.meanTagPages, usage.peakTagPages),
    ]),
    `A static carve-out of ${size(all)} holds no data: dynamic tag storage gained ${size(usage.meanDataPages)} on average.`,
    "",
    ...chartLines(usage),
    "",
    ...tableLines(COUNT_COLUMNS, [
      ["tagged", ...[tagged.asked, tagged.waited, tagged.without, tagged.failed].map(String)],
      ["data", String(data.asked), "-", "-", String(data.failed)],
    ]),
    "",
    `migrations: ${stats.migrations} blocks of data, ${stats.migratedPages} pages; ${stats.failedMigrations} failed, ${stats.splitMigrations} split a huge block`,
    `/proc/vmstat: ${Object.entries(vmstat)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}`,
    "",
  ];
}

const CHART_HEIGHT = 6;

/** Tag storage that holds data, from left to right as the run went. */
function chartLines({ stretches, tagStoragePages }: Usage): string[] {
  const bars = barLines(
    stretches.map(({ meanDataPages }) => meanDataPages),
    tagStoragePages,
    CHART_HEIGHT,
  );
  const labels = ["100 %", ...Array.from({ length: CHART_HEIGHT - 2 }, () => ""), "0 %"];
  const operations = stretches.reduce((sum, stretch) => sum + stretch.operations, 0);
  return [
    "tag storage that holds data, over the run",
    ...bars.map((line, i) => `${labels[i]!.padStart(7)} |${line}`.trimEnd()),
    `${" ".repeat(8)}+${"-".repeat(stretches.length)} ${countText(operations, "operation")}`,
  ];
}
