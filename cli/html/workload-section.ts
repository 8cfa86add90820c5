/** What the workload did, and how much tag storage held data and tags while it ran, as a chart and as tables. */
import type { WorkloadResult } from "../../core/allocator/workloads/run-workload.ts";
import type { Usage } from "../../core/allocator/workloads/usage.ts";
import { workloadLine } from "../formats/report-text.ts";
import type { InputReport } from "../report.ts";
import { html, type Markup } from "./markup.ts";
import { tableMarkup } from "./table.ts";

export function workloadSection({ workload, config }: InputReport, id: string): Markup {
  if (workload === null) return html``;
  const { exercise } = workload;
  return html`<section aria-labelledby="${id}-workload"><h3 id="${id}-workload">Workload</h3>
<p>${workloadLine(workload)}.</p>
${
  exercise === null
    ? html`<p class="dim">The sweep is arithmetic and allocates nothing, so there is no use of tag storage to draw; --workload names one that does.</p>`
    : gainPart(exercise.result, config.pageSize, id)
}</section>
`;
}

function gainPart({ usage, tagged, data, stats, breaches }: WorkloadResult, pageSize: number, id: string): Markup {
  const { tagStoragePages: all } = usage;
  const size = (pages: number) => `${((pages * pageSize) / 2 ** 20).toFixed(1)} MiB`;
  const share = (pages: number) => (all === 0 ? "" : `${((100 * pages) / all).toFixed(1)} %`);
  const use = (title: string, mean: number, peak: number) => [title, size(mean), share(mean), size(peak), share(peak)];
  const numbers = (...titles: string[]) => titles.map((title) => ({ title, isNumber: true }));
  return html`<p>A static carve-out of ${size(all)} holds no data: dynamic tag storage gained ${size(usage.meanDataPages)} on average.</p>
${all === 0 ? null : chart(usage, id, `Share of the ${size(all)} of tag storage over the run`)}
${tableMarkup(
  { id: `${id}-use`, caption: "Tag storage in use" },
  [{ title: "Tag storage" }, ...numbers("Mean", "of all", "Peak", "of all")],
  [
    use("holding data", usage.meanDataPages, usage.peakDataPages),
    use("holding tags", usage.meanTagPages, usage.peakTagPages),
  ],
)}
${tableMarkup(
  { id: `${id}-allocations`, caption: "Allocations" },
  [{ title: "Allocations" }, ...numbers("Asked", "Waited for migration", "Without tag storage", "Failed")],
  [
    ["tagged", tagged.asked, tagged.waited, tagged.without, tagged.failed],
    ["data", data.asked, "-", "-", data.failed],
  ],
)}
<p>Migrations: ${stats.migrations} blocks of data, ${stats.migratedPages} pages; ${stats.failedMigrations} failed.</p>
${
  breaches.length === 0
    ? null
    : tableMarkup(
        { id: `${id}-breaches`, caption: "Obligations that the workload saw broken" },
        [{ title: "Obligation" }, ...numbers("Times", "First at operation", "PFN", "Order", "Block")],
        breaches.map(({ name, count, first }) => [
          name,
          count,
          first.operation,
          first.pfn,
          first.order ?? "",
          first.block,
        ]),
      )
}`;
}

/** The areas are stretched to the width of the page; the words beside them are not. */
function chart(usage: Usage, id: string, caption: string): Markup {
  const { stretches, tagStoragePages: all } = usage;
  const total = stretches.reduce((sum, { operations }) => sum + operations, 0);
  const y = (pages: number) => round(100 - (100 * Math.min(pages, all)) / all);
  const steps = (pagesOf: (index: number) => number) => {
    let done = 0;
    return stretches
      .map(({ operations }, index) => {
        const from = round((1000 * done) / total);
        done += operations;
        return `${from},${y(pagesOf(index))} ${round((1000 * done) / total)},${y(pagesOf(index))}`;
      })
      .join(" ");
  };
  const data = steps((index) => stretches[index]!.meanDataPages);
  const tags = steps((index) => stretches[index]!.meanTagPages);
  const label = `Share of tag storage over ${total} operations: data between ${extent(
    stretches.map((each) => each.meanDataPages),
    all,
  )}, tags between ${extent(
    stretches.map((each) => each.meanTagPages),
    all,
  )}`;
  let before = 0;
  const rows = stretches.map(({ operations, meanDataPages, meanTagPages }) => {
    const from = before + 1;
    before += operations;
    return [`${from}-${before}`, meanDataPages, meanTagPages];
  });
  return html`<figure class="chart">
<figcaption>${caption}
<span class="keys"><span class="key data">holding data</span> <span class="key tags">holding tags</span></span></figcaption>
<div class="plot"><div class="axis-y" aria-hidden="true"><span>100 %</span><span>50 %</span><span>0 %</span></div>
<svg class="areas" role="img" aria-label="${label}" viewBox="0 0 1000 100" preserveAspectRatio="none">
<path class="grid" d="M0 0H1000M0 25H1000M0 50H1000M0 75H1000M0 100H1000"/>
<polygon class="data" points="0,100 ${data} 1000,100"/>
<polyline class="data" points="${data}"/>
<polyline class="tags" points="${tags}"/>
</svg>
<div class="axis-x" aria-hidden="true"><span>0</span><span>operations</span><span>${total}</span></div></div>
<details><summary>The chart as a table</summary>
${tableMarkup(
  { id: `${id}-over-time`, caption: "Pages of tag storage, means over each stretch of the run" },
  [{ title: "Operations" }, { title: "Holding data", isNumber: true }, { title: "Holding tags", isNumber: true }],
  rows,
)}</details>
</figure>`;
}

function extent(values: readonly number[], all: number): string {
  const percent = (value: number) => `${((100 * value) / all).toFixed(1)} %`;
  return `${percent(Math.min(...values))} and ${percent(Math.max(...values))}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
