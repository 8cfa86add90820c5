import { html, type Markup, type MarkupValue } from "./markup.ts";

export interface TableColumn {
  readonly title: string;
  readonly isNumber?: boolean;
}

/** A table that scrolls by itself where it is too wide. The first cell of each row names the row. */
export function tableMarkup(
  {
    id,
    caption,
    isCaptionHidden = false,
  }: { readonly id: string; readonly caption: string; readonly isCaptionHidden?: boolean },
  columns: readonly TableColumn[],
  rows: readonly (readonly MarkupValue[])[],
): Markup {
  const look = (column: number) => (columns[column]?.isNumber === true ? "number" : "");
  return html`<div class="scroll" data-label="${id}"><table>
<caption id="${id}" class="${isCaptionHidden ? "hidden" : ""}">${caption}</caption>
<thead><tr>${columns.map(({ title }, column) => html`<th scope="col" class="${look(column)}">${title}</th>`)}</tr></thead>
<tbody>
${rows.map(
  (cells) => html`<tr>${cells.map((cell, column) =>
    column === 0
      ? html`<th scope="row" class="${look(0)}">${cell}</th>`
      : html`<td class="${look(column)}">${cell}</td>`,
  )}</tr>
`,
)}</tbody></table></div>`;
}
