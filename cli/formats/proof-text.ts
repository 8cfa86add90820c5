import type { KernelConfig } from "../../core/kernel/boot.ts";
import { hexRange, pagesText, sizeText, toAddress } from "../../core/machine/units.ts";
import { type AllocationBlock, allocationBlocks } from "../../core/proof/allocation-blocks.ts";
import type { Breach, Counterexample, Obligation, OrderRow, Proof } from "../../core/proof/proof.ts";
import type { TagRegion } from "../../core/region.ts";
import { findRegion, tagPage } from "../../core/reservation.ts";
import type { Series } from "../../core/series.ts";
import { tellConsequence } from "../../core/tell-counterexample.ts";
import type { Paint } from "../style.ts";
import { type Column, tableLines } from "../table.ts";
import { counterexamplePicture, isSameAllocation } from "./counterexample-picture.ts";
import { printable } from "./printable.ts";

const MEANING: Readonly<Record<Obligation["name"], string>> = {
  containment: "every page's block lies inside the region's tag storage",
  disjointness: "tag storage and tagged memory keep clear of one another",
  coverage: "every block that an allocation needs is reserved",
  precision: "no other block is reserved",
  release: "a block has no more references than its pages give back",
  retention: "a block has a reference for every page that needs it",
};

interface WalkShown {
  readonly start: number;
  readonly pages: number;
  readonly blockPages: number;
  readonly lastPfn: number;
}

function flatWalk({ start, pages, blockPages }: WalkShown): string {
  const end = start + Math.max(Math.floor(pages / 32), 1) * blockPages;
  return `up to ${start} + max(floor(${pages} / 32), 1) * ${blockPages} = ${end}`;
}

/** The end of each kernel's reserve walk (docs/kernels.md) with the numbers of one allocation put in. */
const WALK_END: Readonly<Record<Series, (walk: WalkShown) => string>> = {
  "rfc-v1": flatWalk,
  "rfc-v2": flatWalk,
  "rfc-v3": ({ start, pages, blockPages }) => {
    const end = start + Math.ceil(Math.max(Math.floor(pages / 32), 1) / blockPages);
    return `up to ${start} + ceil(max(floor(${pages} / 32), 1) / ${blockPages}) = ${end}`;
  },
  exact: ({ lastPfn }) => `to the block of its last page, PFN ${lastPfn}`,
};

/** The six obligations, each proved or refuted by its smallest counterexample, then the counts of what is broken. */
export function proofLines(proof: Proof, regions: readonly TagRegion[], config: KernelConfig, paint: Paint): string[] {
  const lines: string[] = [];
  let shown: Counterexample | null = null;
  for (const obligation of proof.obligations) {
    lines.push(...obligationLines(obligation, shown, regions, config, paint));
    if (obligation.name !== "containment") shown = obligation.counterexample ?? shown;
  }
  return [...lines, "", ...countLines(proof.orders), ...straddleLines(proof.straddles)];
}

/** `shown` is the counterexample that was laid out last: the same allocation is not laid out twice. Containment's is a page. */
function obligationLines(
  { name, holds, counterexample }: Obligation,
  shown: Counterexample | null,
  regions: readonly TagRegion[],
  config: KernelConfig,
  paint: Paint,
): string[] {
  const verdict = holds ? paint("holds ", "green") : paint("BROKEN", "red", "bold");
  const headline = `${paint(name.padEnd(12), "bold")}  ${verdict}  ${MEANING[name]}`;
  if (counterexample === null) return [headline];
  const told = `    ${printable(tellConsequence(name, counterexample, regions, config))}`;
  const picture = counterexamplePicture(name, counterexample, regions, config, paint);
  if (name === "containment" || name === "disjointness") return [headline, told, ...picture];
  if (isSameAllocation(shown, counterexample)) return [headline, "    the same allocation:", told];
  return [headline, ...allocationLines(counterexample, regions, config), ...picture, told];
}

/** An allocation laid out so that every number can be worked out again on paper. */
function allocationLines(
  { region: row, order, pfn }: Counterexample,
  regions: readonly TagRegion[],
  { series, pageSize }: KernelConfig,
): string[] {
  const { memory, tags, blockPages } = regions[row]!;
  const blocks = allocationBlocks(regions, series, row, order!, pfn);
  const needed = blocks.filter((block) => block.pages > 0);
  const pages = 2 ** order!;
  const lastPfn = pfn + pages - 1;
  const offset = pfn - memory.start;
  const [firstTag, lastTag] = [tagPage(regions[row]!, pfn), tagPage(regions[row]!, lastPfn)];
  const range = hexRange({ start: pfn, end: lastPfn }, pageSize);
  const size = sizeText(toAddress(pages, pageSize));
  return [
    `    order ${order} at PFN ${pfn} (${range}), ${pagesText(pages)}, ${size}, in region ${row}: m0 = ${memory.start}, t0 = ${tags.start}, t1 = ${tags.end}, B = ${blockPages}`,
    `    hardware keeps its tags in pages ${tags.start} + (${offset} … ${offset + pages - 1}) / 32 = ${firstTag === lastTag ? firstTag : `${firstTag} … ${lastTag}`}: ${blocksText(needed, pageSize)}`,
    `    ${series} ${walkText(blocks, regions, row, series, pageSize, { pages, pfn, lastPfn })}`,
  ];
}

function walkText(
  blocks: readonly AllocationBlock[],
  regions: readonly TagRegion[],
  row: number,
  series: Series,
  pageSize: number,
  { pages, pfn, lastPfn }: { readonly pages: number; readonly pfn: number; readonly lastPfn: number },
): string {
  const found = findRegion(regions, pfn);
  if (found < 0) return `finds no region whose tag storage holds the block of PFN ${pfn}, and reserves nothing`;
  const reserved = blocks.filter(({ references }) => references > 0);
  const { block: start } = reserved[0]!;
  const { blockPages } = regions[found]!;
  const end = WALK_END[series]({ start, pages, blockPages, lastPfn });
  const finds = found === row ? "" : `takes it for region ${found} and `;
  return `${finds}walks from block ${start} ${end}, in steps of ${blockPages}: ${blocksText(reserved, pageSize)}`;
}

/** `2 blocks, 9404416 and 9404418 (0x8f8000000-0x8f8003fff)`: blocks that follow one another. */
function blocksText(blocks: readonly AllocationBlock[], pageSize: number): string {
  const [first, last] = [blocks[0]!, blocks.at(-1)!];
  const range = hexRange({ start: first.block, end: last.end }, pageSize);
  if (first === last) return `block ${first.block} (${range})`;
  return `${blocks.length} blocks, ${first.block} ${blocks.length === 2 ? "and" : "to"} ${last.block} (${range})`;
}

const COUNT_COLUMNS: readonly Column[] = [
  "region",
  "order",
  "allocations",
  "unprotected",
  "over-reserved",
  "out of region",
  "leaks",
  "early releases",
].map((title) => ({ title, align: "right" }));

function breaches(row: OrderRow): Breach[] {
  return [row.unprotected, row.overReserved, row.outOfRegion, row.leaks, row.earlyReleases];
}

function isBroken(row: OrderRow): boolean {
  return breaches(row).some(({ allocations }) => allocations > 0);
}

/** A row for each region and order at which something is broken: how many allocations, and the lowest PFN. */
function countLines(rows: readonly OrderRow[]): string[] {
  const broken = rows.filter(isBroken);
  // Each count fits a number; all of them together may not.
  const total = rows.reduce((sum, { allocations }) => sum + BigInt(allocations), 0n);
  if (broken.length === 0) return [`${total} allocations, all orders and regions: none breaks an obligation`];
  const clean = rows.length - broken.length;
  return [
    "allocations that break an obligation, and the lowest PFN of each kind:",
    ...countTable(broken),
    ...(clean > 0 ? [`${clean} other ${clean === 1 ? "row" : "rows"} of region and order: clean`] : []),
  ];
}

/** Allocations that lie across regions' memory, where there are any: the obligations do not count them. */
function straddleLines(rows: readonly OrderRow[]): string[] {
  if (rows.length === 0) return [];
  const total = rows.reduce((sum, { allocations }) => sum + allocations, 0);
  const words = `${total} ${total === 1 ? "allocation lies" : "allocations lie"} across the memory of several regions, and the kernel looks up the first page's alone`;
  const broken = rows.filter(isBroken);
  if (broken.length === 0) return ["", `${words}: none breaks an obligation`];
  return ["", `${words}; those that break an obligation, by the region of their first page:`, ...countTable(broken)];
}

function countTable(rows: readonly OrderRow[]): string[] {
  return tableLines(
    COUNT_COLUMNS,
    rows.map((row) => [
      String(row.region),
      String(row.order),
      String(row.allocations),
      ...breaches(row).map(breachCell),
    ]),
  );
}

function breachCell({ allocations, first }: Breach): string {
  return allocations === 0 ? "-" : `${allocations} @${first}`;
}
