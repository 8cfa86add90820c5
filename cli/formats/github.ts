/** Annotations of GitHub's workflow commands: a line for each finding, which GitHub shows beside the changed line. */
import { plainPath } from "../plain-path.ts";
import type { InputReport } from "../report.ts";
import { placeOf } from "./place.ts";

const COMMANDS = { error: "error", warning: "warning", note: "notice" } as const;

/** As in GitHub's documentation of workflow commands; several inputs one after the other, nothing where all is in order. */
export function githubAnnotations(reports: readonly InputReport[]): string {
  return reports
    .flatMap((report) => {
      const { sources, format, input } = report;
      return report.findings.map(({ severity, rule, message, hint, node, span }) => {
        const place = placeOf(sources, span, format !== "yaml");
        const properties: [string, string | number][] =
          place === null
            ? [["file", plainPath(input)]]
            : [
                ["file", place.file],
                ["line", place.line],
                ["endLine", place.endLine],
                // GitHub takes columns where a finding is on one line alone.
                ...(place.line === place.endLine
                  ? ([
                      ["col", place.column],
                      ["endColumn", place.endColumn],
                    ] as [string, number][])
                  : []),
              ];
        properties.push(["title", rule]);
        const written = properties.map(([name, value]) => `${name}=${escapeProperty(String(value))}`).join(",");
        const where = place === null && node !== null ? `${node}: ` : "";
        const text = `${where}${message}${hint === undefined ? "" : `\nhelp: ${hint}`}`;
        return `::${COMMANDS[severity]} ${written}::${escapeData(text)}\n`;
      });
    })
    .join("");
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
