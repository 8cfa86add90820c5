/** The memory map: a picture that the page's script zooms, drawn so that it needs none; and the same as a table. */
import { hexAddress, sizeText } from "../../core/machine/units.ts";
import { countText } from "../formats/report-text.ts";
import type { InputReport } from "../report.ts";
import { compressedScale, fits, placeOf, SCALE_WORDS, type Scale, ticksOf } from "./map-layout.ts";
import { type MapModel, type MapRow, mapModel } from "./map-model.ts";
import { html, type Markup } from "./markup.ts";
import { tableMarkup } from "./table.ts";

/** Pixels that the narrowest page leaves the picture; where there are more, the script places the labels anew. */
const LEAST_WIDTH = 640;
const MARKS_HEIGHT = 22;
const TITLE_HEIGHT = 18;
const BAR_HEIGHT = 26;
const ROW_HEIGHT = TITLE_HEIGHT + BAR_HEIGHT + 8;
const AXIS_HEIGHT = 26;

export function mapSection(report: InputReport, id: string): Markup {
  const model = mapModel(report);
  const head = html`<h3 id="${id}-map">Memory map</h3>`;
  if (model === null)
    return html`<section aria-labelledby="${id}-map">${head}<p>No memory that the kernel keeps.</p></section>`;
  return html`<section aria-labelledby="${id}-map">${head}
<figure class="map" data-start="${model.extent.start}" data-end="${model.extent.end}">
<div class="map-view" role="img" aria-label="${label(model)}">
${picture(model, id)}
</div>
<p class="map-told">${SCALE_WORDS.compressed}</p>
<figcaption class="hidden">${label(model)}</figcaption>
</figure>
${model.rows
  .filter(({ left }) => left > 0)
  .map(({ title, left }) => html`<p>${title}: ${left} more, the smallest, are left out.</p>`)}
<details><summary>The map as a table</summary>${mapTable(model, id)}</details>
</section>
`;
}

function label({ extent, rows, marks }: MapModel): string {
  const counts = rows.map(({ title, things }) => `${title.toLowerCase()} ${things.length}`).join(", ");
  const wrong = marks.length === 0 ? "nothing marked" : `${countText(marks.length, "place")} marked`;
  return `Memory map from ${hexAddress(BigInt(extent.start))} to ${hexAddress(BigInt(extent.end - 1))}: ${counts}; ${wrong}. The table below says the same`;
}

function picture({ rows, marks }: MapModel, id: string): Markup {
  // A zone spans holes, and those are to take little room.
  const scale = compressedScale(rows.filter(({ kind }) => kind !== "zone").flatMap(({ things }) => things));
  const marksHeight = marks.length === 0 ? 0 : MARKS_HEIGHT;
  const bottom = marksHeight + rows.length * ROW_HEIGHT;
  return html`<svg aria-hidden="true" width="100%" height="${bottom + AXIS_HEIGHT}" data-cuts="${scale.cuts.join(" ")}" data-at="${scale.at.map((place) => place.toFixed(7)).join(" ")}">
${rows.map((_row, index) => html`<rect class="lane" x="0" y="${marksHeight + index * ROW_HEIGHT + TITLE_HEIGHT}" width="100%" height="${BAR_HEIGHT}"/>`)}
<g class="ticks" data-bottom="${bottom}">${ticksOf(scale, { from: 0, to: 1 }, LEAST_WIDTH).map(({ place, text }) => tick(place, text, bottom))}</g>
${marks.map(
  ({
    address,
    text,
    isError,
    finding,
  }) => html`<a class="mark ${isError ? "bad" : "doubtful"}" href="#${id}-finding-${finding + 1}" tabindex="-1" data-start="${address}" data-end="${address}" data-text="${text}"><title>${text}</title><line x1="${percent(placeOf(scale, address))}" x2="${percent(placeOf(scale, address))}" y1="${MARKS_HEIGHT - 4}" y2="${bottom}"/><svg x="${percent(placeOf(scale, address))}" overflow="visible"><path d="M-7 3H7L0 17Z"/></svg></a>
`,
)}
${rows.map((row, index) => rowMarkup(row, marksHeight + index * ROW_HEIGHT, scale))}
</svg>`;
}

function rowMarkup({ kind, title, things }: MapRow, top: number, scale: Scale): Markup {
  return html`<g class="row"><text class="row-title" x="0" y="${top + TITLE_HEIGHT - 5}">${title}</text>
${things.map((thing) => {
  const [from, to] = [placeOf(scale, thing.start), placeOf(scale, thing.end)];
  const name = [thing.longName, thing.name].find((each) => fits(each.length, (to - from) * LEAST_WIDTH)) ?? "";
  return html`<g class="thing ${kind}${thing.isBad ? " bad" : ""}" data-start="${thing.start}" data-end="${thing.end}" data-name="${thing.name}" data-long-name="${thing.longName}" data-text="${thing.text}"><title>${thing.text}</title><rect x="${percent(from)}" y="${top + TITLE_HEIGHT}" width="${percent(Math.max(to - from, 0.0015))}" height="${BAR_HEIGHT}"/><text x="${percent((from + to) / 2)}" y="${top + TITLE_HEIGHT + 17}">${name}</text></g>
`;
})}</g>
`;
}

function tick(place: number, text: string, bottom: number): Markup {
  const anchor = place < 0.08 ? "start" : place > 0.92 ? "end" : "middle";
  return html`<g class="tick"><line x1="${percent(place)}" x2="${percent(place)}" y1="0" y2="${bottom + 6}"/><text x="${percent(place)}" y="${bottom + 20}" text-anchor="${anchor}">${text}</text></g>
`;
}

function percent(place: number): string {
  return `${(100 * place).toFixed(3)}%`;
}

function mapTable({ rows, marks }: MapModel, id: string): Markup {
  const hex = (address: number) => html`<span class="code">${hexAddress(BigInt(address))}</span>`;
  const columns = [
    { title: "Row" },
    { title: "First byte" },
    { title: "Last byte" },
    { title: "Size", isNumber: true },
    { title: "What" },
  ];
  const cells = rows.flatMap(({ title, things }) =>
    things.map(({ start, end, what, isBad }) => [
      title,
      hex(start),
      hex(end - 1),
      sizeText(BigInt(end - start)),
      html`${what}${isBad ? html` <strong class="bad">broken</strong>` : null}`,
    ]),
  );
  const marked = marks.map(({ address, text, finding }) => [
    "Marked",
    hex(address),
    "",
    "",
    html`<a href="#${id}-finding-${finding + 1}">${text}</a>`,
  ]);
  return tableMarkup({ id: `${id}-map-table`, caption: "What lies where, ends included" }, columns, [
    ...cells,
    ...marked,
  ]);
}
