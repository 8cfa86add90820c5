import { cellState } from "../formats/matrix.ts";
import type { KernelsReport } from "../report.ts";
import { counterexamplePictures } from "./counterexample.ts";
import { findingSection } from "./finding-section.ts";
import { kernelSection } from "./kernel-section.ts";
import { mapSection } from "./map-section.ts";
import { html } from "./markup.ts";
import { regionSection } from "./region-section.ts";
import { type InputSummary, summarySection } from "./summary.ts";
import { workloadSection } from "./workload-section.ts";

/** All about one input; `id` begins every id in it. An input that cannot be parsed has findings alone. */
export function inputSection(result: KernelsReport, summary: InputSummary): string {
  const report = result.reports[0]!;
  const { id } = summary;
  const isRead = cellState(report) !== "unread";
  return html`<section class="input" id="${id}" aria-labelledby="${id}-title">
${summarySection(report, summary)}
${isRead ? mapSection(report, id) : null}
${findingSection(report, id, counterexamplePictures(report, id))}
${isRead ? [regionSection(report, id), kernelSection(result, id), workloadSection(report, id)] : null}
</section>
`.markup;
}
