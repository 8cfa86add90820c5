import type { Command } from "commander";
import { documentPage } from "../html/document.ts";
import { inputSection } from "../html/input-section.ts";
import { type InputSummary, summaryOf } from "../html/summary.ts";
import type { InputReport } from "../report.ts";
import { withWorkload } from "../workload.ts";
import type { Formats } from "./formats.ts";
import { addInputCommand } from "./input-options.ts";
import { runInputCommand } from "./run-inputs.ts";
import { addWorkloadOptions, type WorkloadValues, workloadOptions } from "./workload-options.ts";

/** What draws use of tag storage over time where nobody names another. */
const USUAL_WORKLOAD = "phone";

/** So many fill a machine of 8 GiB and go on for a while. */
const USUAL_OPERATIONS = 200_000;

/** Beyond it a workload that nobody asked for would take too long, or end before memory is full: 16 GiB of 4 KiB pages. */
const MOST_PAGES = 2 ** 22;

export function addReportCommand(program: Command): void {
  const summary = "write a page for the browser that shows all there is to say: map, findings, kernels, workload";
  const command = addWorkloadOptions(addInputCommand(program, "report", summary, pageFormats()), USUAL_WORKLOAD);
  command.action((inputs, options: WorkloadValues) => {
    const asked = workloadOptions(options, { isBounded: true, stopsAtBreach: false });
    const usual = asked.name === "sweep" ? asked : { ...asked, operations: asked.operations ?? USUAL_OPERATIONS };
    const isNamed = command.getOptionValueSource("workload") !== "default";
    const extend = (report: InputReport) =>
      withWorkload(report, isNamed || isSmall(report) ? usual : { ...asked, name: "sweep", parameters: {} });
    return runInputCommand(inputs, options, pageFormats(), extend);
  });
}

function isSmall({ boot }: InputReport): boolean {
  const ranges = boot?.memoryMap.ranges ?? [];
  return ranges.reduce((sum, { start, end }) => sum + end - start + 1, 0) <= MOST_PAGES;
}

/** For one page: sections are numbered as they are written. */
function pageFormats(): Formats {
  const summaries: InputSummary[] = [];
  const section = (result: Parameters<typeof inputSection>[0]) => {
    const summary = summaryOf(result.reports[0]!, `input-${summaries.length + 1}`);
    summaries.push(summary);
    return inputSection(result, summary);
  };
  return {
    renderers: {},
    matrixRenderers: { html: (results) => results.map(section).join("") },
    isBesideAll: true,
    join: (sections) => documentPage(sections, summaries),
  };
}
