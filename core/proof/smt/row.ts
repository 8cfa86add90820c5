/**
 * One row of the region table in SMT-LIB: hardware's mapping (docs/domain.md) and the kernel's reserve walk
 * (docs/kernels.md, "At each allocation"), as their texts have them. Nothing here is taken from core/reservation.ts or
 * from the rest of core/proof, which the script is there to check.
 */
import { rangesOverlap, type TagRegion } from "../../region.ts";
import type { Series } from "../../series.ts";
import { and, comment, define, firstOf } from "./expression.ts";

/** Pages whose tags one tag page holds. */
const TAG_PAGE_HOLDS = 32;

/** Terms for the walk of one series over blocks of `B` pages, in the names of row `row`. */
interface WalkTerms {
  /** The first page behind the walk. */
  end(row: number, blockPages: number): string;
  /** References that each block of the walk gets. */
  references(row: number, blockPages: number): string;
}

/** `end = block(p) + max(floor(2^o / 32), 1) * B`. */
const blockForEachTagPage: WalkTerms = {
  end: (row, blockPages) => `(+ (block_${row} pfn) (* ${blockPages} kernel_tag_pages))`,
  references: pagesUpToFill,
};

/** `end = block(p) + ceil(max(floor(2^o / 32), 1) / B)`, where `ceil(n / B)` is `floor((n + B - 1) / B)`. */
const blockCountAsPages: WalkTerms = {
  end: (row, blockPages) => `(+ (block_${row} pfn) (div (+ kernel_tag_pages ${blockPages - 1}) ${blockPages}))`,
  references: pagesUpToFill,
};

/** `end = block(p + 2^o - 1) + B`, and `m(b)` references. */
const blocksNeeded: WalkTerms = {
  end: (row, blockPages) => `(+ (block_${row} last_pfn) ${blockPages})`,
  references: (row) => `m_${row}`,
};

/** `min(2^o, 32 * B)`. */
function pagesUpToFill(_row: number, blockPages: number): string {
  return `(smaller pages ${TAG_PAGE_HOLDS * blockPages})`;
}

const WALKS: Readonly<Record<Series, WalkTerms>> = {
  "rfc-v1": blockForEachTagPage,
  "rfc-v2": blockForEachTagPage,
  "rfc-v3": blockCountAsPages,
  exact: blocksNeeded,
};

/**
 * The definitions of one row, from the constants `pfn` and `block` and the terms of script.ts' preamble; all names end in
 * the row's number. Those with parameters are used as they stand, and those that use others have none: solvers expand
 * definitions in place, and layers of parameters multiply.
 */
export function rowLines(region: TagRegion, row: number, series: Series): string[] {
  const { memory, tags, blockPages } = region;
  const page = "((p Int))";
  const walk = WALKS[series];
  const tagOffset = `(- (tag_page_${row} p) ${tags.start})`;
  const lastOfBlock = `(+ block_first_${row} ${TAG_PAGE_HOLDS * blockPages - 1})`;
  const shared = `(+ 1 (- (smaller last_pfn ${lastOfBlock}) (larger pfn block_first_${row})))`;
  return [
    comment(`Row ${row}: ${region.node}, the tags of ${region.memoryNode}.`),
    comment(`m0 = ${memory.start}, m1 = ${memory.end}, t0 = ${tags.start}, t1 = ${tags.end}, B = ${blockPages}.`),
    define(`memory_${row}`, page, "Bool", `(and (<= ${memory.start} p) (<= p ${memory.end}))`),
    define(`tags_${row}`, page, "Bool", `(and (<= ${tags.start} p) (<= p ${tags.end}))`),
    comment("tag_page(p) = t0 + floor((p - m0) / 32)"),
    define(`tag_page_${row}`, page, "Int", `(+ ${tags.start} (div (- p ${memory.start}) ${TAG_PAGE_HOLDS}))`),
    comment("block(p) = t0 + B * floor((tag_page(p) - t0) / B)"),
    define(`block_${row}`, page, "Int", `(+ ${tags.start} (* ${blockPages} (div ${tagOffset} ${blockPages})))`),
    comment("n pages from b on lie inside t0 ... t1"),
    define(`inside_${row}`, "((b Int) (n Int))", "Bool", and(`(tags_${row} b)`, `(tags_${row} (- (+ b n) 1))`)),
    comment(
      "m(block), the pages p of the allocation with block(p) = block. No page has a block that does not start at t0",
    ),
    comment(
      "plus some B. Else these are the pages with block <= tag_page(p) < block + B: 32 * B of them, from block_first",
    ),
    comment("on, without a gap, so that the two ends of what they share with the allocation give their number."),
    define(`block_first_${row}`, "()", "Int", `(+ ${memory.start} (* ${TAG_PAGE_HOLDS} (- block ${tags.start})))`),
    define(
      `m_${row}`,
      "()",
      "Int",
      `(ite (= (mod (- block ${tags.start}) ${blockPages}) 0)\n  (larger 0 ${shared}) 0)`,
    ),
    comment(
      "The kernel's lookup can take this row for pfn: its memory has the page, its tag storage all of pfn's block.",
    ),
    define(
      `takes_${row}`,
      "()",
      "Bool",
      and(`(memory_${row} pfn)`, `(inside_${row} (block_${row} pfn) ${blockPages})`),
    ),
    comment("If it does: the walk starts at pfn's block and goes in steps of B while below walk_end, ..."),
    define(`walk_end_${row}`, "()", "Int", walk.end(row, blockPages)),
    define(
      `walked_${row}`,
      "()",
      "Bool",
      and(
        `(<= (block_${row} pfn) block)`,
        `(< block walk_end_${row})`,
        `(= (mod (- block (block_${row} pfn)) ${blockPages}) 0)`,
      ),
    ),
    comment("... and adds c(block) references to each block that it comes to."),
    define(`c_${row}`, "()", "Int", `(ite walked_${row} ${walk.references(row, blockPages)} 0)`),
  ];
}

/** An allocation in the memory of row `row`, and what the kernel does for it, whichever row its lookup takes. */
export function allocationLines(regions: readonly TagRegion[], row: number): string[] {
  const { memory } = regions[row]!;
  const byLookup = (value: (region: TagRegion, candidate: number) => string) => {
    const cases = regions.flatMap((region, candidate): [string, string][] =>
      rangesOverlap(region.memory, memory) ? [[`takes_${candidate}`, value(region, candidate)]] : [],
    );
    return firstOf(cases, "0");
  };
  const c = byLookup((_region, candidate) => `c_${candidate}`);
  const pages = byLookup(({ blockPages }) => String(blockPages));
  return [
    define(`allocation_${row}`, "()", "Bool", and("aligned", `(memory_${row} pfn)`, `(memory_${row} last_pfn)`)),
    define(`c_at_${row}`, "()", "Int", c),
    define(`c_pages_at_${row}`, "()", "Int", pages),
  ];
}
