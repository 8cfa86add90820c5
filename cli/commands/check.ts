import type { Command } from "commander";
import { jsonReports } from "../formats/json.ts";
import { reportLines } from "../formats/report-text.ts";
import { withWorkload } from "../workload.ts";
import { addInputCommand, type Formats, runInputCommand, textRenderer } from "./common.ts";
import { addWorkloadOptions, type WorkloadValues } from "./run.ts";

const FORMATS: Formats = {
  renderers: { text: textRenderer(reportLines), json: jsonReports },
  later: ["sarif", "github"],
};

export function addCheckCommand(program: Command): void {
  const summary = "check everything: syntax, schema, the kernel's rules, the proof, a short workload";
  addWorkloadOptions(addInputCommand(program, "check", summary, FORMATS)).action((inputs, options: WorkloadValues) =>
    runInputCommand(inputs, options, FORMATS, (report) =>
      withWorkload(report, {
        seed: options.seed,
        operations: options.operations ?? null,
        isBounded: true,
        showProgress: false,
      }),
    ),
  );
}
