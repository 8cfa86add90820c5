/**
 * The smallest counterexample of an obligation as one sentence that a kernel developer can check by hand: the
 * allocation, the blocks that hardware uses for it, the blocks that the kernel reserves, and what follows.
 */
import type { KernelConfig } from "./kernel/boot.ts";
import { hexAddress, hexPfn, hexRange, pagesText, toAddress } from "./machine/units.ts";
import type { AllocationBlock } from "./proof/allocation-blocks.ts";
import { type AllocationExplanation, explainAllocation } from "./proof/counterexample.ts";
import type { Counterexample, ObligationName } from "./proof/proof.ts";
import { type PfnRange, rangePages, rangesOverlap, type TagRegion } from "./region.ts";
import { blockOf, pagesPerBlock, wholeBlocks } from "./reservation.ts";

/** One sentence, no full stop. */
export function tellCounterexample(
  name: ObligationName,
  counterexample: Counterexample,
  regions: readonly TagRegion[],
  config: KernelConfig,
): string {
  const { region, order, pfn, block } = counterexample;
  if (name === "containment") return tellContainment(regions[region]!, pfn, config);
  if (name === "disjointness") return tellDisjointness(regions, pfn, config);
  const explanation = explainAllocation(regions, config.series, region, order!, pfn);
  const broken = explanation.blocks.find((candidate) => candidate.block === block)!;
  return `${openingWords(explanation, config)}; ${blockWords(broken, config)} ${ENDINGS[name](broken)}`;
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
  return `an order ${order} allocation at ${pfnText(pfn, config)} has its tags in ${needed}, and ${config.series} ${reserved}`;
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

/** What becomes of the block that breaks the obligation, as the rest of a sentence about it. */
const ENDINGS: Readonly<
  Record<Exclude<ObligationName, "containment" | "disjointness">, (block: AllocationBlock) => string>
> = {
  coverage: ({ pages, references }) =>
    references === 0
      ? `holds the tags of ${pagesText(pages)} of it and stays in use for data: tags are written over that data`
      : `holds the tags of ${pagesText(pages)} of it and does not lie inside the region's tag storage`,
  precision: ({ isOutside }) =>
    isOutside
      ? "lies outside the region's tag storage and is taken from its owner"
      : "holds no tag of it and is taken from data for nothing",
  release: ({ references, pages, isOutside }) => {
    const gain = `gets ${countWords(references, "reference")}`;
    return isOutside
      ? `${gain} and lies outside the region, where pages that are freed one at a time find no block: it never returns`
      : `${gain}, but the tags of ${pagesText(pages)}: freed one page at a time, ${countWords(references - pages, "reference")} stay, and the block never returns`;
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
function tellDisjointness(regions: readonly TagRegion[], pfn: number, config: KernelConfig): string {
  const page: PfnRange = { start: pfn, end: pfn };
  const [first, second] = regions
    .flatMap((region) => [
      { what: `the memory of ${region.node}`, range: region.memory },
      { what: `the tag storage of ${region.node}`, range: region.tags },
    ])
    .filter(({ range }) => rangesOverlap(range, page));
  if (first === undefined || second === undefined) throw new Error(`no two ranges share PFN ${pfn}`);
  const shared = {
    start: Math.max(first.range.start, second.range.start),
    end: Math.min(first.range.end, second.range.end),
  };
  return (
    `${first.what} (${hexRange(first.range, config.pageSize)}) and ${second.what} (${hexRange(second.range, config.pageSize)}) ` +
    `overlap in ${pagesText(rangePages(shared))}, ${hexRange(shared, config.pageSize)}`
  );
}
