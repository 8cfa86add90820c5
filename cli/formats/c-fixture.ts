import type { TagRegion } from "../../core/region.ts";
import type { Series } from "../../core/series.ts";
import { Failure } from "../failure.ts";
import type { InputReport } from "../report.ts";
import { VERSION } from "../version.ts";
import { type BoundaryAllocation, boundaryAllocations } from "./boundary-allocations.ts";

/**
 * The region table as C, for a test that is written in it: the table under the names of the kernel's own
 * (`struct tag_region` of mte_tag_storage.c), and what is expected of allocations at its edges. The file compiles by
 * itself; run, it works every expectation out anew from the table, page by page for hardware and by the series' own loop
 * for the kernel, and ends with 0 where all agree.
 */
export function cFixture(reports: readonly InputReport[]): string {
  const [report] = reports;
  if (reports.length !== 1 || report === undefined) throw new Failure("--format c makes one table of one input");
  const { boot, config, input } = report;
  const regions = boot?.outcome === "managed" ? boot.regions : [];
  const { series, maxOrder, pageSize } = config;
  const blockSize = BLOCK_SIZE_FIELD[series];
  const allocations = boundaryAllocations(regions, series, maxOrder);
  const outcome = boot === null ? "the input has errors: no table" : `tag storage management: ${boot.outcome}`;
  return `/*
 * The tag_regions table of ${inComment(input)}
 * under ${series}, ${pageSize / 1024} KiB pages, orders 0 to ${maxOrder}; ${outcome}.
 * Made by carveout ${VERSION}: carveout regions --format c
 *
 * All numbers are PFNs or counts of pages; both ends of a range are part of it.
 * Compile it by itself and run it, or include it: in a selftest with CARVEOUT_NO_MAIN defined, in a KUnit test as it is.
 */
#ifdef __KERNEL__
#include <linux/types.h>
#ifndef UINT64_C
#define UINT64_C(number) number ## ULL
#endif
#else
#include <stdint.h>
#endif

struct carveout_range {
	uint64_t start;
	uint64_t end;
};

struct carveout_tag_region {
	struct carveout_range mem_range;	/* memory associated with the tag storage */
	struct carveout_range tag_range;	/* tag storage memory */
	uint32_t ${blockSize};${blockSize.length > 14 ? "\t" : "\t\t"}	/* tag block size, in pages */
	const char *node;
	const char *memory_node;
};

/* Blocks are named by their first page. */
struct carveout_allocation {
	uint32_t region;			/* row that all of its pages lie in */
	uint32_t order;
	uint64_t pfn;
	uint64_t hw_first_block;		/* what hardware uses */
	uint64_t hw_last_block;
	int32_t kernel_region;			/* what the kernel reserves; -1: no block found */
	uint64_t kernel_first_block;
	uint64_t kernel_last_block;
	uint64_t kernel_first_refs;		/* references that the block gets */
	uint64_t kernel_last_refs;
};

enum {
	CARVEOUT_NUM_TAG_REGIONS = ${regions.length},
	CARVEOUT_NUM_ALLOCATIONS = ${allocations.length},
	CARVEOUT_PAGE_SIZE = ${pageSize},
	CARVEOUT_MAX_ORDER = ${maxOrder}
};

${table("carveout_tag_region", "carveout_tag_regions", regions.map(regionRow), '{ { 0, 0 }, { 0, 0 }, 1, "", "" }')}
${table("carveout_allocation", "carveout_allocations", allocations.map(allocationRow), "{ 0, 0, 0, 0, 0, -1, 0, 0, 0, 0 }")}
#if !defined(__KERNEL__) && !defined(CARVEOUT_NO_MAIN)
#include <stdio.h>

static uint64_t block_of(const struct carveout_tag_region *region, uint64_t pfn)
{
	uint64_t tag_page = (pfn - region->mem_range.start) / 32;

	return region->tag_range.start + tag_page - tag_page % region->${blockSize};
}

static int find_region(uint64_t pfn)
{
	int i;

	for (i = 0; i < CARVEOUT_NUM_TAG_REGIONS; i++) {
		const struct carveout_tag_region *region = &carveout_tag_regions[i];

		if (pfn < region->mem_range.start || pfn > region->mem_range.end)
			continue;
		if (block_of(region, pfn) + region->${blockSize} - 1 <= region->tag_range.end)
			return i;
	}
	return -1;
}

${WALK_OF[series].replaceAll("block_size", blockSize)}
static int check(const struct carveout_allocation *a)
{
	const struct carveout_tag_region *region = &carveout_tag_regions[a->region];
	uint64_t pages = UINT64_C(1) << a->order;
	uint64_t hw_first = UINT64_MAX, hw_last = 0, block, end, pfn;
	int found = find_region(a->pfn);

	if (a->pfn % pages || a->pfn < region->mem_range.start || a->pfn + pages - 1 > region->mem_range.end)
		return 0;
	for (pfn = a->pfn; pfn < a->pfn + pages; pfn++) {
		block = block_of(region, pfn);
		if (block < hw_first)
			hw_first = block;
		if (block > hw_last)
			hw_last = block;
	}
	if (hw_first != a->hw_first_block || hw_last != a->hw_last_block || found != a->kernel_region)
		return 0;
	if (found < 0)
		return 1;
	region = &carveout_tag_regions[found];
	block = block_of(region, a->pfn);
	end = walk_end(region, block, a);
	if (block != a->kernel_first_block || references(region, block, a) != a->kernel_first_refs)
		return 0;
	while (block + region->${blockSize} < end)
		block += region->${blockSize};
	return block == a->kernel_last_block && references(region, block, a) == a->kernel_last_refs;
}

int main(void)
{
	int i, failed = 0;

	for (i = 0; i < CARVEOUT_NUM_ALLOCATIONS; i++) {
		if (check(&carveout_allocations[i]))
			continue;
		printf("allocation %d is not as expected\\n", i);
		failed = 1;
	}
	return failed;
}
#endif
`;
}

/** The name of the field in each series' `struct tag_region`: rfc-v3 says in it what it counts. */
const BLOCK_SIZE_FIELD: Readonly<Record<Series, string>> = {
  "rfc-v1": "block_size",
  "rfc-v2": "block_size",
  "rfc-v3": "block_size_pages",
  exact: "block_size_pages",
};

/** ISO C has no empty arrays: where there is no row, one that says nothing stands in for it, and the count says 0. */
function table(type: string, name: string, rows: readonly string[], nothing: string): string {
  const lines = rows.length === 0 ? [nothing] : rows;
  return `static const struct ${type} ${name}[] = {\n${lines.map((row) => `\t${row},\n`).join("")}};\n`;
}

function regionRow({ memory, tags, blockPages, node, memoryNode }: TagRegion): string {
  const range = ({ start, end }: { start: number; end: number }) => `{ ${u64(start)}, ${u64(end)} }`;
  return `{ ${range(memory)}, ${range(tags)}, ${blockPages}, ${cString(node)}, ${cString(memoryNode)} }`;
}

function allocationRow({ region, order, pfn, hardware, kernel }: BoundaryAllocation): string {
  const numbers = [u64(pfn), u64(hardware.first), u64(hardware.last)];
  const { first, last, firstReferences, lastReferences } = kernel ?? NOTHING;
  const reserved = [u64(first), u64(last), u64(firstReferences), u64(lastReferences)];
  return `{ ${region}, ${order}, ${numbers.join(", ")}, ${kernel?.region ?? -1}, ${reserved.join(", ")} }`;
}

const NOTHING = { first: 0, last: 0, firstReferences: 0, lastReferences: 0 };

function u64(value: number): string {
  return `UINT64_C(${value})`;
}

/** A string literal. What is no letter of a node's name goes as octal, so that neither escapes nor trigraphs arise. */
function cString(text: string): string {
  const escaped = text.replace(/[^A-Za-z0-9,._+/@#: -]/g, (character) =>
    [...new TextEncoder().encode(character)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join(""),
  );
  return `"${escaped}"`;
}

/** Text that neither ends a comment nor goes on to the next line. */
function inComment(text: string): string {
  return text.replace(/[^A-Za-z0-9,._+/@#: -]/g, "?").replaceAll("??", "?.");
}

const KERNEL_REFERENCES = `
/* Each block gets a reference for each page of the allocation, up to what it holds the tags of. */
static uint64_t references(const struct carveout_tag_region *region, uint64_t block, const struct carveout_allocation *a)
{
	uint64_t pages = UINT64_C(1) << a->order;
	uint64_t fill = UINT64_C(32) * region->block_size;

	(void)block;
	return pages < fill ? pages : fill;
}
`;

const BLOCK_FOR_EACH_TAG_PAGE = `/* The first page behind the walk: a whole block for each tag page, rounded down, at least one. */
static uint64_t walk_end(const struct carveout_tag_region *region, uint64_t block, const struct carveout_allocation *a)
{
	uint64_t tag_pages = (UINT64_C(1) << a->order) / 32;

	return block + (tag_pages > 1 ? tag_pages : 1) * region->block_size;
}
${KERNEL_REFERENCES}`;

const BLOCK_COUNT_AS_PAGES = `/* The first page behind the walk: a count of blocks, rounded up, taken for a count of pages. */
static uint64_t walk_end(const struct carveout_tag_region *region, uint64_t block, const struct carveout_allocation *a)
{
	uint64_t tag_pages = (UINT64_C(1) << a->order) / 32;

	if (tag_pages < 1)
		tag_pages = 1;
	return block + (tag_pages + region->block_size - 1) / region->block_size;
}
${KERNEL_REFERENCES}`;

const BLOCKS_NEEDED = `/* The first page behind the walk: that of the block after the last page's. */
static uint64_t walk_end(const struct carveout_tag_region *region, uint64_t block, const struct carveout_allocation *a)
{
	(void)block;
	return block_of(region, a->pfn + (UINT64_C(1) << a->order) - 1) + region->block_size;
}

/* Each block gets a reference for each page of the allocation whose tags it holds. */
static uint64_t references(const struct carveout_tag_region *region, uint64_t block, const struct carveout_allocation *a)
{
	uint64_t count = 0, pfn;

	for (pfn = a->pfn; pfn < a->pfn + (UINT64_C(1) << a->order); pfn++)
		count += block_of(region, pfn) == block;
	return count;
}
`;

/** The loop of each series in C, from docs/kernels.md rather than from core/reservation.ts: each checks the other. */
const WALK_OF: Readonly<Record<Series, string>> = {
  "rfc-v1": BLOCK_FOR_EACH_TAG_PAGE,
  "rfc-v2": BLOCK_FOR_EACH_TAG_PAGE,
  "rfc-v3": BLOCK_COUNT_AS_PAGES,
  exact: BLOCKS_NEEDED,
};
