import { hexRange, pagesText, sizeText } from "../../core/machine/units.ts";
import { type PfnRange, rangePages } from "../../core/region.ts";
import { pageSizeText } from "../formats/matrix.ts";
import type { InputReport } from "../report.ts";
import { html, type Markup, pathMarkup } from "./markup.ts";
import { tableMarkup } from "./table.ts";

/** The table that the kernel builds; why there is none where it builds none. */
export function regionSection({ boot, series }: InputReport, id: string): Markup {
  const head = html`<h3 id="${id}-regions">Region table</h3>`;
  if (boot?.outcome !== "managed") {
    const why =
      boot?.outcome === "disabled" ? `${series} turns tag storage management off` : `${series} sees no tag storage`;
    return html`<section aria-labelledby="${id}-regions">${head}<p>There is no table: ${why}.</p></section>`;
  }
  const { pageSize } = boot.config;
  const bytes = (pages: number) => sizeText(BigInt(pages) * BigInt(pageSize));
  const range = (pages: PfnRange) => html`<span class="code">${hexRange(pages, pageSize)}</span>
<span class="under">${bytes(rangePages(pages))}, <span class="name">PFN ${pages.start}-${pages.end}</span></span>`;
  const hasNuma = boot.regions.some(({ numaNode }) => numaNode !== null);
  const columns = [
    { title: "#", isNumber: true },
    { title: "Nodes" },
    { title: "Tagged memory" },
    { title: "Tag storage" },
    { title: "Block", isNumber: true },
    ...(hasNuma ? [{ title: "NUMA node", isNumber: true }] : []),
  ];
  const rows = boot.regions.map((region, row) => [
    row,
    html`${pathMarkup(region.node)} <span class="under">${pathMarkup(region.memoryNode)}</span>`,
    range(region.memory),
    range(region.tags),
    html`${bytes(region.blockPages)} <span class="under">${pagesText(region.blockPages)}</span>`,
    ...(hasNuma ? [region.numaNode ?? ""] : []),
  ]);
  const caption = `tag_regions as ${series} has it when boot is done, ${pageSizeText(pageSize)} pages`;
  return html`<section aria-labelledby="${id}-regions">${head}
${tableMarkup({ id: `${id}-region-table`, caption }, columns, rows)}</section>`;
}
