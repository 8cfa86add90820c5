import type { Command } from "commander";
import { csvTable } from "../formats/csv.ts";
import { eachKernel } from "../formats/each-kernel.ts";
import { githubAnnotations } from "../formats/github.ts";
import { jsonMatrices, jsonReports } from "../formats/json.ts";
import { markdownTable } from "../formats/markdown.ts";
import { regionsMatrixLines } from "../formats/matrix-text.ts";
import { regionMatrixRows, regionRows } from "../formats/region-rows.ts";
import { reportLines } from "../formats/report-text.ts";
import { sarifLog } from "../formats/sarif.ts";
import { type Formats, textRenderer } from "./formats.ts";
import { addInputCommand } from "./input-options.ts";
import { runInputCommand } from "./run-inputs.ts";

const FORMATS: Formats = {
  sharesWork: true,
  withoutFindings: ["csv", "markdown", "c", "map", "svg"],
  renderers: {
    text: textRenderer(reportLines),
    json: jsonReports,
    sarif: sarifLog,
    github: githubAnnotations,
    csv: (reports) => csvTable(regionRows(reports)),
    markdown: (reports) => markdownTable(regionRows(reports)),
    c: async (reports) => (await import("../formats/c-fixture.ts")).cFixture(reports),
    map: async (...input) => textRenderer((await import("../formats/map-text.ts")).mapLines)(...input),
    svg: async (reports) => (await import("../formats/map-svg.ts")).mapSvg(reports),
  },
  matrixRenderers: {
    text: textRenderer(regionsMatrixLines),
    json: jsonMatrices,
    sarif: (results) => sarifLog(eachKernel(results)),
    github: (results) => githubAnnotations(eachKernel(results)),
    csv: (results) => csvTable(regionMatrixRows(results)),
    markdown: (results) => markdownTable(regionMatrixRows(results)),
  },
};

export function addRegionsCommand(program: Command): void {
  addInputCommand(
    program,
    "regions",
    "print the tag_regions table that the kernel would build, or a map of the memory",
    FORMATS,
  ).action((inputs, options) => runInputCommand(inputs, options, FORMATS));
}
