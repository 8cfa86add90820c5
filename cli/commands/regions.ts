import type { Command } from "commander";
import { cFixture } from "../formats/c-fixture.ts";
import { csvRegions } from "../formats/csv.ts";
import { jsonReports } from "../formats/json.ts";
import { markdownRegions } from "../formats/markdown.ts";
import { reportLines } from "../formats/report-text.ts";
import { addInputCommand, type Formats, runInputCommand, textRenderer } from "./common.ts";

const FORMATS: Formats = {
  renderers: {
    text: textRenderer(reportLines),
    json: jsonReports,
    csv: csvRegions,
    markdown: markdownRegions,
    c: cFixture,
  },
  later: [],
};

export function addRegionsCommand(program: Command): void {
  addInputCommand(program, "regions", "print the tag_regions table that the kernel would build", FORMATS).action(
    (inputs, options) => runInputCommand(inputs, options, FORMATS),
  );
}
