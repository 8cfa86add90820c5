/** Counterexamples drawn block by block: a table to those who hear it, a row of blocks to those who see it. */

import { pagesText } from "../../core/machine/units.ts";
import type { Picture } from "../formats/cell-picture.ts";
import { pictureOf } from "../formats/counterexample-picture.ts";
import { drawnCounterexamples } from "../formats/report-text.ts";
import type { InputReport } from "../report.ts";
import { html, type Markup } from "./markup.ts";

/** By the rule under which each is found. */
export function counterexamplePictures({ boot, proof, config }: InputReport, id: string): ReadonlyMap<string, Markup> {
  if (boot?.outcome !== "managed" || proof === null) return new Map();
  return new Map(
    drawnCounterexamples(proof).map(({ name, counterexample }) => {
      const { region, order, pfn } = counterexample;
      const what =
        order === null ? `PFN ${pfn}` : `an allocation of order ${order}, ${pagesText(2 ** order)} at PFN ${pfn}`;
      const caption = `The smallest counterexample to ${name}: region ${region}, ${what}`;
      return [name, drawing(pictureOf(name, counterexample, boot.regions, config), `${id}-picture-${name}`, caption)];
    }),
  );
}

function drawing({ title, labels, cells, marks, wallMeaning }: Picture, id: string, caption: string): Markup {
  const isMarked = (at: number) => marks.some(({ cells: marked }) => marked[at] === true);
  const look = (at: number) =>
    [
      cells[at]!.isGap ? "gap" : "cell",
      ...(isMarked(at) ? ["fault"] : []),
      ...(cells[at]!.isLast ? ["last"] : []),
    ].join(" ");
  const hasWall = cells.some(({ isLast }) => isLast);
  return html`<p class="caption" aria-hidden="true">${caption}</p>
<div class="scroll" data-label="${id}"><table class="blocks">
<caption id="${id}" class="hidden">${caption}</caption>
<thead><tr><th scope="row">${title}</th>${cells.map(
    (cell, at) => html`<th scope="col" class="${look(at)}">${cell.title}</th>`,
  )}</tr></thead>
<tbody>
${labels.map(
  (label, row) => html`<tr><th scope="row">${label}</th>${cells.map(
    (cell, at) => html`<td class="${look(at)}">${cell.texts[row]!}</td>`,
  )}</tr>
`,
)}${marks.map(
  ({ label, cells: marked }) => html`<tr class="marks"><th scope="row">${label}</th>${marked.map(
    (isSet) =>
      html`<td>${isSet ? html`<span aria-hidden="true">&#9650;</span><span class="hidden">here</span>` : null}</td>`,
  )}</tr>
`,
)}</tbody></table></div>
${hasWall && wallMeaning !== undefined ? html`<p class="dim">The thick wall: ${wallMeaning}.</p>` : null}`;
}
