/** What was found, each with its source marked, how to mend it and, for a counterexample, its blocks drawn. */
import type { Finding } from "../../core/finding.ts";
import type { RelatedPlace } from "../../dts/diagnostic.ts";
import type { Span } from "../../dts/source.ts";
import { type Excerpt, excerptOf } from "../formats/excerpt.ts";
import { clauses } from "../formats/finding-text.ts";
import { countText, findingCounts, SUPPRESSED_BY } from "../formats/report-text.ts";
import type { InputReport } from "../report.ts";
import { MOST_LINES, shownFindings } from "./limits.ts";
import { html, type Markup, pathMarkup } from "./markup.ts";
import { badge, type Mood } from "./summary.ts";

const MOODS: Readonly<Record<Finding["severity"], Mood>> = { error: "bad", warning: "doubtful", note: "neutral" };

/** `pictures` has the drawing of a counterexample by the rule that it is found under. */
export function findingSection(report: InputReport, id: string, pictures: ReadonlyMap<string, Markup>): Markup {
  const { findings } = report;
  const shown = shownFindings(findings);
  // The first finding of a rule is the one that the proof has a counterexample of.
  const undrawn = new Map(pictures);
  return html`<section aria-labelledby="${id}-findings"><h3 id="${id}-findings">Findings</h3>
${findings.length === 0 ? html`<p>None.</p>` : null}
${shown.map(([index, finding]) => {
  const picture = undrawn.get(finding.rule);
  undrawn.delete(finding.rule);
  return findingArticle(report, finding, `${id}-finding-${index + 1}`, picture ?? null);
})}
${leftOut(findings, shown)}
${suppressedPart(report)}</section>
`;
}

function leftOut(findings: readonly Finding[], shown: readonly (readonly [number, Finding])[]): Markup {
  if (shown.length === findings.length) return html``;
  const isShown = new Set(shown.map(([index]) => index));
  const left = findings.filter((_finding, index) => !isShown.has(index));
  return html`<p><strong>${findingCounts(left)} more</strong>, left out here: carveout check lists them.</p>`;
}

function findingArticle(report: InputReport, finding: Finding, id: string, picture: Markup | null): Markup {
  const { rule, severity, message, span, hint, consequence, related = [] } = finding;
  const [first, ...rest] = clauses(message);
  return html`<article class="finding ${MOODS[severity]}" id="${id}" aria-labelledby="${id}-rule" tabindex="-1">
<h4 id="${id}-rule">${badge(MOODS[severity], severity)} <span class="code">${rule}</span>${
    consequence === "none" ? null : html` <span class="consequence">consequence: ${consequence}</span>`
  }</h4>
<p>${first!}${rest.length === 0 ? null : html`:`}</p>
${rest.length === 0 ? null : html`<ul>${rest.map((clause) => html`<li>${clause}</li>`)}</ul>`}
${place(report, span, finding.node)}
${picture}
${related.map((other) => relatedPlace(report, other))}
${hint === undefined ? null : html`<p class="hint"><strong>Mend it:</strong> ${hint}</p>`}
</article>
`;
}

function relatedPlace(report: InputReport, { message, span }: RelatedPlace): Markup {
  return html`<p class="dim">Note: ${message}</p>${place(report, span, null)}`;
}

/** A chain of includes that is longer is a loop. */
const MOST_INCLUDES = 8;

function place({ sources, format }: InputReport, span: Span, node: string | null): Markup {
  const nodeText = node === null ? null : html` ${pathMarkup(node)}`;
  const location = sources.locate(span);
  if (location === null) return html`${nodeText === null ? null : html`<p class="place">In node${nodeText}</p>`}`;
  const excerpt = excerptOf(sources, span, location, format !== "yaml");
  const chain = sources.includeChain(span.start).slice(0, MOST_INCLUDES);
  const from = chain.map((position) => sources.locate({ start: position, end: position })!);
  return html`<figure class="excerpt"><figcaption class="place"><span class="code">${location.file}:${location.line}:${location.column}</span>${
    nodeText === null ? null : html`, node${nodeText}`
  }${from.map(({ file, line }) => html`<br>included from <span class="code">${file}:${line}</span>`)}</figcaption>
${excerpt === null ? null : excerptMarkup(excerpt)}</figure>`;
}

function excerptMarkup({ line, before, marked, after }: Excerpt): Markup {
  const text =
    marked === "" ? html`${before}<mark class="point"> </mark>${after}` : html`${before}<mark>${marked}</mark>${after}`;
  return html`<pre class="scroll"><span class="line-number" aria-hidden="true">${line}</span>${text}</pre>`;
}

function suppressedPart({ suppressed = [], input }: InputReport): Markup {
  if (suppressed.length === 0) return html``;
  return html`<h4>${countText(suppressed.length, "finding")} that ${suppressed.length === 1 ? "does" : "do"} not count</h4>
<ul>${suppressed.slice(0, MOST_LINES).map(({ finding, by, reason, location }) => {
    const at = location === null ? (finding.node ?? input) : `${location.file}:${location.line}:${location.column}`;
    return html`<li><span class="code">${finding.rule}</span> at <span class="code">${at}</span>, ${SUPPRESSED_BY[by]}${reason === null ? null : html`: ${reason}`}</li>
`;
  })}</ul>${suppressed.length > MOST_LINES ? html`<p>The first ${MOST_LINES} are shown.</p>` : null}`;
}
