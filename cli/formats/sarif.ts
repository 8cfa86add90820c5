/** Findings as SARIF 2.1.0 (OASIS), for code scanning and editors: one run for all inputs. */

import type { Finding } from "../../core/finding.ts";
import { findRule } from "../../core/rules/catalogue.ts";
import type { Rule } from "../../core/rules/rule.ts";
import type { Span } from "../../dts/source.ts";
import { plainPath } from "../plain-path.ts";
import type { InputReport } from "../report.ts";
import { VERSION } from "../version.ts";
import { placeOf } from "./place.ts";

export function sarifLog(reports: readonly InputReport[]): string {
  const rules = usedRules(reports);
  const indexOf = new Map(rules.map(({ id }, index) => [id, index]));
  // In one run either all results have suppressions or none has (3.27.23): none of its own is an empty list.
  const counted = reports.some(({ suppressed = [] }) => suppressed.length > 0) ? { suppressions: [] } : {};
  const log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "carveout", version: VERSION, semanticVersion: VERSION, rules: rules.map(ruleObject) },
        },
        columnKind: "utf16CodeUnits",
        results: reports.flatMap((report) => [
          ...report.findings.map((finding) => ({ ...resultObject(report, finding, indexOf), ...counted })),
          ...(report.suppressed ?? []).map(({ finding, by, reason }) => ({
            ...resultObject(report, finding, indexOf),
            suppressions: [
              {
                kind: by === "comment" ? "inSource" : "external",
                ...(reason === null ? {} : { justification: reason }),
              },
            ],
          })),
        ]),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** The rules that have findings, each once, in the order in which they first come up. */
function usedRules(reports: readonly InputReport[]): Rule[] {
  const ids = new Set(
    reports.flatMap(({ findings, suppressed = [] }) =>
      [...findings, ...suppressed.map(({ finding }) => finding)].map(({ rule }) => rule),
    ),
  );
  return [...ids].flatMap((id) => findRule(id) ?? []);
}

function ruleObject({ id, title, checks, breach, mend, severity, consequence, series, bad, good }: Rule) {
  const example = (tree: string) => `\`\`\`dts\n${tree}\n\`\`\``;
  return {
    id,
    shortDescription: { text: `${title}.` },
    fullDescription: { text: checks },
    help: {
      text: `${breach}\n\n${mend}`,
      markdown: [breach, mend, "Wrong:", example(bad), "Right:", example(good)].join("\n\n"),
    },
    defaultConfiguration: { level: severity },
    properties: { consequence, ...(series === null ? {} : { series }) },
  };
}

function resultObject(report: InputReport, finding: Finding, indexOf: ReadonlyMap<string, number>) {
  const { sources, format } = report;
  const index = indexOf.get(finding.rule);
  const chain = sources.includeChain(finding.span.start).map((position) => ({
    message: "included from here",
    span: { start: position, end: position },
  }));
  const related = [...(finding.related ?? []), ...chain].flatMap(({ message, span }) => {
    const place = physicalLocation(report, span);
    return place === null ? [] : [{ physicalLocation: place, message: { text: message } }];
  });
  const place = physicalLocation(report, finding.span) ?? { artifactLocation: { uri: uriOf(plainPath(report.input)) } };
  const logical = finding.node === null ? {} : { logicalLocations: [{ fullyQualifiedName: finding.node }] };
  return {
    ruleId: finding.rule,
    ...(index === undefined ? {} : { ruleIndex: index }),
    level: finding.severity,
    message: { text: finding.hint === undefined ? finding.message : `${finding.message}\nhelp: ${finding.hint}` },
    locations: [{ physicalLocation: place, ...logical }],
    ...(related.length === 0 ? {} : { relatedLocations: related.map((location, id) => ({ id: id + 1, ...location })) }),
    properties: {
      consequence: finding.consequence,
      ...(report.series === null ? {} : { series: report.series }),
      pageSize: report.config.pageSize,
      inputFormat: format,
    },
  };
}

function physicalLocation({ sources, format }: InputReport, span: Span) {
  const place = placeOf(sources, span, format !== "yaml");
  if (place === null) return null;
  const { file, line, column, endLine, endColumn } = place;
  return {
    artifactLocation: { uri: uriOf(file) },
    region: { startLine: line, startColumn: column, endLine, endColumn },
  };
}

/** A path as a URI reference: from the working directory, or whole where it begins at the root. */
function uriOf(path: string): string {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? `file://${encoded}` : encoded;
}
