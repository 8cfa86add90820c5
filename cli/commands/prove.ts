import type { Command } from "commander";
import { eachKernel } from "../formats/each-kernel.ts";
import { githubAnnotations } from "../formats/github.ts";
import { jsonMatrices, jsonReports } from "../formats/json.ts";
import { proveMatrixLines } from "../formats/matrix-text.ts";
import { proofLines } from "../formats/proof-text.ts";
import { regionLines } from "../formats/regions-text.ts";
import { allFindingLines, headerLine, suppressedLines, verdictLine } from "../formats/report-text.ts";
import { sarifLog } from "../formats/sarif.ts";
import { smt2Reports } from "../formats/smt2.ts";
import { type Formats, textRenderer } from "./formats.ts";
import { addInputCommand } from "./input-options.ts";
import { runInputCommand } from "./run-inputs.ts";

const FORMATS: Formats = {
  sharesWork: true,
  renderers: {
    text: textRenderer((report, { paint, isQuiet }) => {
      if (isQuiet) return allFindingLines(report, paint, true);
      const { boot, proof, config } = report;
      // The proof tells what breaks an obligation at more length than the finding does.
      const broken = new Set<string>((proof?.obligations ?? []).map(({ name }) => name));
      const others = { ...report, findings: report.findings.filter(({ rule }) => !broken.has(rule)) };
      const told =
        boot?.outcome === "managed" && proof !== null
          ? [...regionLines(boot.regions, config.pageSize), "", ...proofLines(proof, boot.regions, config, paint), ""]
          : [];
      return [
        headerLine(report, paint),
        "",
        ...told,
        ...allFindingLines(others, paint, false),
        ...suppressedLines(report, paint),
        verdictLine(report, paint),
      ];
    }),
    json: jsonReports,
    sarif: sarifLog,
    github: githubAnnotations,
    smt2: smt2Reports,
  },
  matrixRenderers: {
    text: textRenderer(proveMatrixLines),
    json: jsonMatrices,
    sarif: (results) => sarifLog(eachKernel(results)),
    github: (results) => githubAnnotations(eachKernel(results)),
  },
};

export function addProveCommand(program: Command): void {
  addInputCommand(program, "prove", "prove or refute the six obligations for every page and order", FORMATS).action(
    (inputs, options) => runInputCommand(inputs, options, FORMATS),
  );
}
