/**
 * The smallest counterexample of an obligation as one sentence that a kernel developer can check by hand: the
 * allocation, the blocks that hardware uses for it, the blocks that the kernel reserves, and what follows.
 */
import type { KernelConfig } from "./kernel/boot.ts";
import { hexAddress, hexPfn, hexRange, pagesText, sizeText, toAddress } from "./machine/units.ts";
import { type AllocationBlock, allocationBlocks } from "./proof/allocation-blocks.ts";
import { type AllocationExplanation, explainAllocation } from "./proof/counterexample.ts";
import type { Counterexample, ObligationName } from "./proof/proof.ts";
import { rangePages, type TagRegion } from "./region.ts";
import { blockOf, pagesPerBlock, wholeBlocks } from "./reservation.ts";
import { type NamedRange, rangeName, sharedRanges } from "./shared-ranges.ts";

/** The allocation, what it needs, what it gets, and what follows: one sentence, no full stop. */
export function tellCounterexample(
  name: ObligationName,
  counterexample: Counterexample,
  regions: readonly TagRegion[],
  config: KernelConfig,
): string {
  const consequence = tellConsequence(name, counterexample, regions, config);
  if (counterexample.order === null || name === "containment") return consequence;
  const { region, order, pfn } = counterexample;
  const explanation = explainAllocation(regions, config.series, region, order, pfn);
  return `${openingWords(explanation, config)}; ${consequence}`;
}

/** The last part of it: what becomes of the block, or of the ranges, that break the obligation. */
export function tellConsequence(
  name: ObligationName,
  { region, order, pfn, block }: Counterexample,
  regions: readonly TagRegion[],
  config: KernelConfig,
): string {
  if (name === "containment") return tellContainment(regions[region]!, pfn, config);
  if (name === "disjointness") return tellDisjointness(regions, pfn, config);
  const blocks = allocationBlocks(regions, config.series, region, order!, pfn);
  const broken = blocks.find((candidate) => candidate.block === block)!;
  const alike = blocks.filter(ALIKE[name](broken)).length;
  const words = `${blockWords(broken, config)}${alike > 1 ? `, the first of ${alike} such blocks,` : ""}`;
  return `${words} ${ENDINGS[name](broken)}`;
}

/** `PFN 524288 (0x80000000)`. */
export function pfnText(pfn: number, config: KernelConfig): string {
  return `PFN ${pfn} (${hexPfn(pfn, config.pageSize)})`;
}

/** `an order 6 allocation at PFN … has its tags in block …, and rfc-v2 reserves blocks …`. */
function openingWords(explanation: AllocationExplanation, config: KernelConfig): string {
  const { order, pfn, blocks, blocksNeeded, blocksReserved, found } = explanation;
  const needed = listWords(
    blocks.filter(({ pages }) => pages > 0),
    blocksNeeded,
  );
  const reserved =
    found === null
      ? "finds no region for it and reserves nothing"
      : `reserves ${listWords(
          blocks.filter(({ references }) => references > 0),
          blocksReserved,
        )}`;
  const size = sizeText(toAddress(2 ** order, config.pageSize));
  return `an order ${order} allocation at ${pfnText(pfn, config)}, ${size}, has its tags in ${needed}, and ${config.series} ${reserved}`;
}

/** Blocks by first page: `block 9404416`, `blocks 9404416 and 9404418`, `32 blocks from 9404416 on`. */
function listWords(blocks: readonly AllocationBlock[], count: number): string {
  const names = blocks.map(({ block }) => block);
  if (count === 1) return `block ${names[0]}`;
  if (count > 4) return `${count} blocks from ${names[0]} on`;
  return `blocks ${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** `block 9404418 (0x8f8002000-0x8f8003fff)`. */
function blockWords({ block, end }: AllocationBlock, config: KernelConfig): string {
  return `block ${block} (${hexRange({ start: block, end }, config.pageSize)})`;
}

/** The obligations that are about the blocks of an allocation. */
type BlockObligation = Exclude<ObligationName, "containment" | "disjointness">;

/** Which blocks of an allocation break an obligation in the same way as one of them does. */
const ALIKE: Readonly<Record<BlockObligation, (broken: AllocationBlock) => (block: AllocationBlock) => boolean>> = {
  coverage: () => (block) => block.isMissing,
  precision: (broken) => (block) => (broken.isOutside ? block.isOutside : block.isExtra && !block.isOutside),
  release: (broken) => (block) => block.isLeaking && block.isOutside === broken.isOutside,
  retention: () => (block) => block.isEarly,
};

/** What becomes of the block that breaks the obligation, as the rest of a sentence about it. */
const ENDINGS: Readonly<Record<BlockObligation, (block: AllocationBlock) => string>> = {
  coverage: ({ pages }) =>
    `holds the tags of ${pagesText(pages)} of it and stays in use for data: tags are written over that data`,
  precision: ({ isOutside }) =>
    isOutside
      ? "lies outside the region's tag storage and is taken from its owner"
      : "holds no tag of it and is taken from data for nothing",
  release: ({ references, pages, isOutside }) => {
    const gain = `gets ${countWords(references, "reference")}`;
    if (isOutside) {
      return `${gain} and lies outside the region, where pages that are freed one at a time find no block: it never returns`;
    }
    const held = pages === 0 ? "the tags of no page of it" : `the tags of only ${pagesText(pages)}`;
    const surplus = references - pages;
    return `${gain} but holds ${held}: freed one page at a time, ${countWords(surplus, "reference")} ${surplus === 1 ? "stays" : "stay"}, and the block never returns to data`;
  },
  retention: ({ references, pages }) =>
    `gets ${countWords(references, "reference")}, but the tags of ${pagesText(pages)}: it goes back to data while ${pagesText(pages - references)} can still be tagged`,
};

function countWords(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function tellContainment(region: TagRegion, pfn: number, config: KernelConfig): string {
  const start = blockOf(region, pfn);
  const block = hexRange({ start, end: start + region.blockPages - 1 }, config.pageSize);
  const unserved = rangePages(region.memory) - wholeBlocks(region) * pagesPerBlock(region);
  const tagsEnd = hexAddress(toAddress(region.tags.end + 1, config.pageSize) - 1n);
  return (
    `the tags of ${pfnText(pfn, config)} lie in block ${start} (${block}), but the tag storage ends at ${tagsEnd}; ` +
    `${pagesText(unserved)} of memory, from there to the end, ${unserved === 1 ? "has" : "have"} no tag storage`
  );
}

/** The two ranges that share the page, in the order of the table. */
function tellDisjointness(regions: readonly TagRegion[], pfn: number, { pageSize }: KernelConfig): string {
  const [first, second] = sharedRanges(regions, pfn);
  const words = (named: NamedRange) => `${rangeName(named)} (${hexRange(named.range, pageSize)})`;
  const shared = {
    start: Math.max(first.range.start, second.range.start),
    end: Math.min(first.range.end, second.range.end),
  };
  return `${words(first)} and ${words(second)} overlap in ${pagesText(rangePages(shared))}, ${hexRange(shared, pageSize)}`;
}
