/** What an input comes to, at the head of its section: the verdict, and the way to the first thing that is wrong. */

import { clauses } from "../formats/finding-text.ts";
import { cellState, pageSizeText } from "../formats/matrix.ts";
import { FORMAT_WORDS, findingCounts, ORIGIN_WORDS, verdict } from "../formats/report-text.ts";
import { fails, type InputReport } from "../report.ts";
import { html, type Markup } from "./markup.ts";

export type Mood = "good" | "bad" | "doubtful" | "neutral";

export interface InputSummary {
  /** Of the section. */
  readonly id: string;
  readonly input: string;
  readonly kernel: string;
  readonly mood: Mood;
  /** One word or two. */
  readonly moodText: string;
  readonly words: string;
  /** `2 errors, 1 note`; `none`. */
  readonly counts: string;
}

const STATE_TEXT = {
  safe: "safe",
  unsafe: "unsafe",
  disabled: "disabled",
  absent: "absent",
  unread: "not read",
} as const;

export function summaryOf(report: InputReport, id: string): InputSummary {
  const state = cellState(report);
  const hasErrors = fails(report, "error");
  const mood =
    state === "safe" ? (hasErrors ? "doubtful" : "good") : state === "absent" && !hasErrors ? "neutral" : "bad";
  return {
    id,
    input: report.input,
    kernel: kernelText(report),
    mood,
    moodText:
      hasErrors && (state === "safe" || state === "absent") ? `${STATE_TEXT[state]}, with errors` : STATE_TEXT[state],
    words: verdict(report).words,
    counts: findingCounts(report.findings) || "none",
  };
}

/** `rfc-v3, 4 KiB pages` */
function kernelText({ series, config }: InputReport): string {
  const pages = `${pageSizeText(config.pageSize)} pages`;
  return series === null ? pages : `${series}, ${pages}`;
}

export function badge(mood: Mood, text: string): Markup {
  return html`<span class="badge ${mood}">${text}</span>`;
}

/** The head of the section: heading, verdict, and the facts that all of it rests on. */
export function summarySection(report: InputReport, summary: InputSummary): Markup {
  const { id, input, mood, moodText, words, counts } = summary;
  const { config, series, seriesOrigin, findings, format, overlays } = report;
  const first = findings.findIndex(({ severity }) => severity === "error");
  const facts: [string, string][] = [
    ["Kernel", series === null ? "none named, and the input says none" : `${series} (${ORIGIN_WORDS[seriesOrigin]})`],
    [
      "Pages",
      `${pageSizeText(config.pageSize)}, orders 0 to ${config.maxOrder}, pageblock order ${config.pageblockOrder}`,
    ],
    ["Input", FORMAT_WORDS[format] + (overlays.length === 0 ? "" : `, with ${overlays.join(", ")}`)],
    ["Findings", counts],
  ];
  return html`<h2 id="${id}-title">${input}</h2>
<div class="verdict ${mood}">
<p class="verdict-words">${badge(mood, moodText)} <strong>${words}</strong></p>
${
  first < 0
    ? null
    : html`<p>First error: <a href="#${id}-finding-${first + 1}">${findings[first]!.rule}</a>: ${clauses(findings[first]!.message)[0]!}</p>`
}
</div>
<dl class="facts">
${facts.map(
  ([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>
`,
)}</dl>`;
}
