/** The page around the reports: it stands alone, and what it may load is nothing. */
import { countText } from "../formats/report-text.ts";
import { VERSION } from "../version.ts";
import { contentHash, script, style } from "./assets.ts";
import { html, type Markup, trusted } from "./markup.ts";
import { badge, type InputSummary } from "./summary.ts";

/** `sections` are of the inputs that `summaries` tell of, in the same order. */
export function documentPage(sections: readonly string[], summaries: readonly InputSummary[]): string {
  const policy = [
    "default-src 'none'",
    `style-src ${contentHash(style)}`,
    `script-src ${contentHash(script)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const [only] = summaries;
  const title = summaries.length === 1 ? only!.input : countText(summaries.length, "input");
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="carveout ${VERSION}">
<title>${title}: tag storage report</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#report">Skip to the report</a>
<header class="masthead">
<p class="masthead-name">carveout ${VERSION}</p>
<h1>Tag storage report</h1>
</header>
<main id="report">
${summaries.length > 1 ? overview(summaries) : null}
${sections.map(trusted)}
${summaries.length === 0 ? html`<p>There was no input to report on.</p>` : null}
</main>
<footer><p>PFNs are page frame numbers: a physical address divided by the page size. Ranges include both ends.</p></footer>
<script>${trusted(script)}</script>
</body>
</html>
`.markup;
}

function overview(summaries: readonly InputSummary[]): Markup {
  return html`<section class="overview" aria-labelledby="overview">
<h2 id="overview">${countText(summaries.length, "input")}</h2>
<div class="scroll" data-label="overview"><table>
<caption class="hidden">Every input with what it comes to</caption>
<thead><tr><th scope="col">Input</th><th scope="col">Kernel</th><th scope="col">Verdict</th><th scope="col">Findings</th></tr></thead>
<tbody>
${summaries.map(
  ({ id, input, kernel, mood, moodText, words, counts }) =>
    html`<tr><th scope="row"><a href="#${id}">${input}</a></th><td>${kernel}</td><td>${badge(mood, moodText)} ${words}</td><td>${counts}</td></tr>
`,
)}</tbody></table></div>
</section>`;
}
