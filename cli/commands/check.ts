import type { Command } from "commander";
import { csvTable } from "../formats/csv.ts";
import { eachKernel } from "../formats/each-kernel.ts";
import { githubAnnotations } from "../formats/github.ts";
import { jsonMatrices, jsonReports } from "../formats/json.ts";
import { markdownTable } from "../formats/markdown.ts";
import { checkMatrixLines } from "../formats/matrix-text.ts";
import { reportLines } from "../formats/report-text.ts";
import { sarifLog } from "../formats/sarif.ts";
import { verdictRows, verdictTable } from "../formats/verdict-rows.ts";
import { withWorkload } from "../workload.ts";
import { type Formats, textRenderer } from "./formats.ts";
import { addInputCommand } from "./input-options.ts";
import { runInputCommand } from "./run-inputs.ts";
import { addWorkloadOptions, type WorkloadValues, workloadOptions } from "./workload-options.ts";

const FORMATS: Formats = {
  sharesWork: true,
  renderers: {
    text: textRenderer(reportLines),
    json: jsonReports,
    sarif: sarifLog,
    github: githubAnnotations,
    csv: (reports) => csvTable(verdictRows(reports)),
    markdown: (reports) => markdownTable(verdictTable(reports.map((report) => [report]))),
  },
  matrixRenderers: {
    text: textRenderer(checkMatrixLines),
    json: jsonMatrices,
    sarif: (results) => sarifLog(eachKernel(results)),
    github: (results) => githubAnnotations(eachKernel(results)),
    csv: (results) => csvTable(verdictRows(results.flatMap(({ reports }) => reports))),
    markdown: (results) => markdownTable(verdictTable(results.map(({ reports }) => reports))),
  },
};

export function addCheckCommand(program: Command): void {
  const summary = "check everything: syntax, schema, the kernel's rules, the proof, a short workload";
  const command = addWorkloadOptions(addInputCommand(program, "check", summary, FORMATS));
  command.action((inputs, options: WorkloadValues) => {
    const workload = workloadOptions(options, { isBounded: true, stopsAtBreach: false });
    return runInputCommand(inputs, options, FORMATS, (report) => withWorkload(report, workload));
  });
}
