import { hexRange, pagesText, sizeText } from "../../core/machine/units.ts";
import { type PfnRange, rangePages, type TagRegion } from "../../core/region.ts";
import { type Column, tableLines } from "../table.ts";
import { printable } from "./printable.ts";

const COLUMNS: readonly Column[] = [
  { title: "#", align: "right" },
  { title: "node", align: "left" },
  { title: "tagged memory", align: "left" },
  { title: "", align: "right" },
  { title: "tag storage", align: "left" },
  { title: "", align: "right" },
  { title: "block", align: "right" },
];

/**
 * The region table, two lines a region: the tag storage node with addresses, sizes and the block in bytes, and under it
 * the memory node with PFNs and pages.
 */
export function regionLines(regions: readonly TagRegion[], pageSize: number): string[] {
  const bytes = (pages: number) => sizeText(BigInt(pages) * BigInt(pageSize));
  const pfns = ({ start, end }: PfnRange) => `PFN ${start}-${end}`;
  const rows = regions.flatMap((region, row) => [
    [
      String(row),
      printable(region.node),
      hexRange(region.memory, pageSize),
      bytes(rangePages(region.memory)),
      hexRange(region.tags, pageSize),
      bytes(rangePages(region.tags)),
      bytes(region.blockPages),
    ],
    [
      "",
      `  of ${printable(region.memoryNode)}${region.numaNode === null ? "" : `, NUMA node ${region.numaNode}`}`,
      pfns(region.memory),
      "",
      pfns(region.tags),
      "",
      pagesText(region.blockPages),
    ],
  ]);
  return tableLines(COLUMNS, rows);
}
