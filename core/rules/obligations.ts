/** The six obligations: what a layout owes under one kernel's arithmetic, whatever the kernel checks at boot. */
import { SERIES } from "../series.ts";
import { ruleList } from "./rule.ts";
import { trialsIn } from "./trial.ts";

const BLOCKS_OF_TWO_PAGES = `tag-storage@8f8000000 {
	compatible = "arm,mte-tag-storage";
	reg = <0x8 0xf8000000 0x0 0x4000000>;
	block-size = <0x2000>;
	memory = <&memory0>;
};`;

const BLOCKS_OF_ONE_PAGE = BLOCKS_OF_TWO_PAGES.replace("0x2000", "0x1000");

export const OBLIGATION_RULES = ruleList([
  {
    id: "containment",
    title: "Every page of tagged memory has its whole tag block inside the tag range",
    severity: "error",
    consequence: "corruption",
    series: SERIES,
    checks:
      "For each page p of tagged memory, block(p) to block(p) + B - 1 lie inside the tag range. No series checks it at boot; tag_storage_find_block_in_region fails for such a page when it is allocated.",
    breach:
      "Hardware keeps the tags of such pages outside the region, in memory that belongs to somebody else, or the pages have no tag storage at all and cannot be used as tagged memory.",
    mend: "Give the region 1/32 of its memory, rounded up to a whole number of blocks.",
    bad: `/* 2 GiB of memory need 0x4000000 bytes of tags */
reg = <0x8 0xf8000000 0x0 0x3e00000>;`,
    good: `reg = <0x8 0xf8000000 0x0 0x4000000>;`,
    trials: trialsIn(["rfc-v3"], "&tags"),
  },
  {
    id: "disjointness",
    title: "Tag ranges and tagged memory keep clear of one another",
    severity: "error",
    consequence: "corruption",
    series: SERIES,
    checks:
      "No tag range overlaps another tag range or any tagged memory, and no tagged memory overlaps another. No series checks it; rfc-v3 logs overlaps of reserved memory and goes on.",
    breach:
      "Hardware writes the tags of two pages to the same place, or writes tags over data: tag storage cannot itself be tagged.",
    mend: "Move the tag range out of the memory that it overlaps, or shorten the memory node.",
    bad: `/* inside memory0, 0x80000000 to 0xffffffff */
reg = <0x0 0xf8000000 0x0 0x4000000>;`,
    good: "reg = <0x8 0xf8000000 0x0 0x4000000>;",
    trials: trialsIn(["rfc-v2"], "&tags"),
  },
  {
    id: "coverage",
    title: "Every block that an allocation's tags land in is reserved",
    severity: "error",
    consequence: "corruption",
    series: SERIES,
    checks:
      "For each allocation, every block that holds tags of one of its pages is walked by reserve_tag_storage. The walk's end is worked out from the order alone, or in the wrong unit.",
    breach: "Tags are written into memory that is in use for data: silent corruption.",
    mend: "Start the tagged memory at a multiple of 32 * B pages. Under rfc-v3 use blocks of one page too, or of a multiple of what the largest allocation needs, 1/32 of it: 128 KiB with 4 KiB pages and orders up to 10.",
    bad: `/* rfc-v3, 4 KiB pages: the walk stops after one block of an order 7 allocation */
block-size = <0x2000>;`,
    good: `block-size = <0x1000>;`,
    trials: trialsIn(["rfc-v3"], "&tags"),
  },
  {
    id: "precision",
    title: "No block is reserved that an allocation does not need",
    severity: "error",
    consequence: "waste",
    series: SERIES,
    checks:
      "For each allocation, every block that reserve_tag_storage walks holds tags of one of its pages and lies inside the tag range.",
    breach:
      "Memory is taken from data for nothing; past the end of the region, pages that belong to somebody else are taken.",
    mend: "Use blocks of one page, or a series whose walk counts blocks.",
    bad: BLOCKS_OF_TWO_PAGES,
    good: BLOCKS_OF_ONE_PAGE,
    trials: trialsIn(["rfc-v2"], "/"),
  },
  {
    id: "release",
    title: "A block takes no more references than its pages give back",
    severity: "error",
    consequence: "leak",
    series: SERIES,
    checks:
      "For each allocation and block, the references that block_ref_add adds are at most the pages of the allocation that map to the block.",
    breach: "Freed page by page, the allocation leaves references behind and the block never returns to data.",
    mend: "Use blocks of one page, and start the tagged memory at a multiple of 32 pages of the kernel.",
    bad: BLOCKS_OF_TWO_PAGES,
    good: BLOCKS_OF_ONE_PAGE,
    trials: trialsIn(["rfc-v2"], "/"),
  },
  {
    id: "retention",
    title: "A block keeps a reference for every page that needs it",
    severity: "error",
    consequence: "corruption",
    series: SERIES,
    checks:
      "For each allocation and block that reserve_tag_storage walks, the references that block_ref_add adds are at least the pages of the allocation that map to the block. All series modelled keep it: what they add, min(2^order, 32 * B), is the most pages that one block can serve.",
    breach:
      "The block goes back to the page allocator while a page that needs it is still tagged: tags and data share it from then on.",
    mend: "Count the pages that map to the block, or the most that can, never fewer.",
    bad: "/* no tree breaks this under the series modelled */",
    good: "block-size = <0x1000>;",
  },
]);
