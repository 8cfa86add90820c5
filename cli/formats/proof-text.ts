import type { KernelConfig } from "../../core/kernel/boot.ts";
import { hexRange, pagesText } from "../../core/machine/units.ts";
import type { AllocationBlock } from "../../core/proof/allocation-blocks.ts";
import { explainAllocation } from "../../core/proof/counterexample.ts";
import type { Breach, Counterexample, Obligation, OrderRow, Proof } from "../../core/proof/proof.ts";
import type { TagRegion } from "../../core/region.ts";
import type { Series } from "../../core/series.ts";
import { pfnText, tellConsequence } from "../../core/tell-counterexample.ts";
import type { Paint } from "../style.ts";
import { type Column, tableLines } from "../table.ts";

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
    shown = obligation.counterexample ?? shown;
  }
  return [...lines, "", ...countLines(proof.orders), ...straddleLines(proof.straddles)];
}

/** `shown` is the counterexample that was laid out last: the same allocation is not laid out twice. */
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
  const { region, order, pfn } = counterexample;
  const told = `    ${tellConsequence(name, counterexample, regions, config)}`;
  if (name === "containment" || name === "disjointness") return [headline, told];
  const isShown = shown?.region === region && shown.order === order && shown.pfn === pfn;
  const allocation = isShown ? ["    the same allocation:"] : allocationLines(regions, config, region, order!, pfn);
  return [headline, ...allocation, told];
}

/** An allocation laid out so that every number can be worked out again on paper. */
function allocationLines(
  regions: readonly TagRegion[],
  config: KernelConfig,
  row: number,
  order: number,
  pfn: number,
): string[] {
  const { series, pageSize } = config;
  const { found, blocks, blocksLeftOut } = explainAllocation(regions, series, row, order, pfn);
  const region = regions[row]!;
  const { memory, tags, blockPages } = region;
  const pages = 2 ** order;
  const offset = pfn - memory.start;
  const tagPages = `${tags.start} + (${offset} … ${offset + pages - 1}) / 32`;
  const firstTag = tags.start + Math.floor(offset / 32);
  const lastTag = tags.start + Math.floor((offset + pages - 1) / 32);
  const walkWords = () => {
    const start = (blocks.find(({ references }) => references > 0) ?? blocks[0]!).block;
    const step = regions[found!]!.blockPages;
    const end = WALK_END[series]({ start, pages, blockPages: step, lastPfn: pfn + pages - 1 });
    return `${found === row ? "" : `takes it for region ${found} and `}walks from block ${start} ${end}, in steps of ${step}`;
  };
  const lines = [
    `    order ${order} at ${pfnText(pfn, config)}, ${pagesText(pages)}, in region ${row}: m0 = ${memory.start}, t0 = ${tags.start}, t1 = ${tags.end}, B = ${blockPages}`,
    `    its tags are in tag pages ${tagPages} = ${firstTag === lastTag ? firstTag : `${firstTag} … ${lastTag}`}`,
    `    ${series} ${found === null ? `finds no region whose tag storage holds the block of PFN ${pfn}, and reserves nothing` : walkWords()}`,
  ];
  const table = tableLines(
    BLOCK_COLUMNS,
    blocks.map((block) => blockCells(block, pageSize)),
  );
  lines.push(...table.map((line) => `      ${line}`));
  if (blocksLeftOut > 0) lines.push(`      … and ${blocksLeftOut} more`);
  return lines;
}

const BLOCK_COLUMNS: readonly Column[] = [
  { title: "block", align: "right" },
  { title: "addresses", align: "left" },
  { title: "pages that need it", align: "right" },
  { title: "references", align: "right" },
  { title: "", align: "left" },
];

function blockCells(block: AllocationBlock, pageSize: number): string[] {
  const faults = [
    block.isMissing && "unprotected",
    block.isExtra && "over-reserved",
    block.isOutside && "out of region",
    block.isLeaking && "leaks",
    block.isEarly && "released early",
  ].filter((fault) => fault !== false);
  return [
    String(block.block),
    hexRange({ start: block.block, end: block.end }, pageSize),
    String(block.pages),
    block.references === 0 ? "not reserved" : String(block.references),
    faults.join(", "),
  ];
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
