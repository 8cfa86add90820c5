/*
 * The loop of bench/allocator.js in C, to see what JavaScript costs: the same lists, the same walks, the same random
 * numbers, so that both must come to the same checksum. One zone, order 0, movable memory, a part of it tagged, rfc-v3;
 * nothing is ever stolen or migrated there, and the program stops where it would be.
 *
 * allocator GIB SLOTS WARM-UP OPERATIONS TAGGED: TAGGED of 256 allocations are tagged. Prints operations a
 * second of processor time and the checksum.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_ORDER = 10, PAGEBLOCK_ORDER = 9, TYPES = 5, MOVABLE = 1, CMA = 3 };
enum { TAIL = 0, USED = 0x40, FREE = 0x80 };
enum { IS_MOVABLE = 1, HAS_TAG_STORAGE = 4, IS_TAGGED = 8, IS_TAG_BLOCK = 32, HOLDS_TAGS = 128 };

static int32_t pages, *next, *prev;
static uint8_t *state, *flags, *pageblock_type;
static int32_t free_blocks[MAX_ORDER + 1], free_pages, free_cma, min_mark, low_mark;

/* one region: memory from page 0 on, its tags after it; block_pages is 1 */
static int32_t memory_pages, tag_pages;
static const int32_t block_pages = 1;

static uint32_t counter;

static uint32_t mix(uint32_t value)
{
	value = (value ^ (value >> 16)) * 0x85ebca6bu;
	value = (value ^ (value >> 13)) * 0xc2b2ae35u;
	return value ^ (value >> 16);
}

static uint32_t random32(void)
{
	counter += 0x9e3779b9u;
	return mix(counter);
}

static void stop(const char *why)
{
	fprintf(stderr, "allocator: %s\n", why);
	exit(1);
}

static int32_t list_head(int order, int type)
{
	return pages + order * TYPES + type;
}

static void unlink_block(int32_t page)
{
	next[prev[page]] = next[page];
	prev[next[page]] = prev[page];
}

static void link_between(int32_t page, int32_t before, int32_t after)
{
	next[before] = page;
	prev[page] = before;
	next[page] = after;
	prev[after] = page;
}

static void count_free(int type, int32_t count)
{
	free_pages += count;
	if (type == CMA)
		free_cma += count;
}

static int is_merge_likely(int32_t page, int order)
{
	int32_t higher;

	if (order >= MAX_ORDER - 1)
		return 0;
	higher = (page & ~(1 << order)) ^ (1 << (order + 1));
	return state[higher] == (FREE | (order + 1));
}

static void free_block(int32_t page, int order, int is_last)
{
	int type = pageblock_type[page >> PAGEBLOCK_ORDER];
	int32_t head;

	count_free(type, 1 << order);
	state[page] = TAIL;
	while (order < MAX_ORDER) {
		int32_t other = page ^ (1 << order);

		if (state[other] != (FREE | order))
			break;
		if (order >= PAGEBLOCK_ORDER && pageblock_type[other >> PAGEBLOCK_ORDER] != type)
			break;
		unlink_block(other);
		free_blocks[order]--;
		state[other] = TAIL;
		page &= other;
		order++;
	}
	state[page] = FREE | order;
	free_blocks[order]++;
	head = list_head(order, type);
	if (is_last || is_merge_likely(page, order))
		link_between(page, prev[head], head);
	else
		link_between(page, head, next[head]);
}

static int32_t take_smallest(int order, int type)
{
	for (int found = order; found <= MAX_ORDER; found++) {
		int32_t head = list_head(found, type), page = next[head];

		if (page == head)
			continue;
		unlink_block(page);
		free_blocks[found]--;
		while (found > order) {
			int32_t half = page + (1 << --found);

			head = list_head(found, type);
			state[half] = FREE | found;
			link_between(half, head, next[head]);
			free_blocks[found]++;
		}
		state[page] = USED | order;
		count_free(type, -(1 << order));
		return page;
	}
	return -1;
}

static int is_above_mark(int order, int32_t mark, int allow_cma)
{
	int32_t available = free_pages - (allow_cma ? 0 : free_cma) - ((1 << order) - 1);

	if (available <= mark)
		return 0;
	if (order == 0)
		return 1;
	for (int found = order; found <= MAX_ORDER; found++)
		for (int type = 0; type <= (allow_cma ? CMA : CMA - 1); type++)
			if (next[list_head(found, type)] != list_head(found, type))
				return 1;
	return 0;
}

static int32_t find_block(int order, int allow_cma)
{
	for (int pass = 0; pass < 3; pass++) {
		int32_t page = -1;

		if (!is_above_mark(order, pass == 2 ? min_mark : low_mark, allow_cma))
			continue;
		if (allow_cma && free_cma > free_pages >> 1)
			page = take_smallest(order, CMA);
		if (page < 0)
			page = take_smallest(order, MOVABLE);
		if (page < 0 && allow_cma)
			page = take_smallest(order, CMA);
		if (page < 0)
			stop("no movable memory is left");
		return page;
	}
	return -1;
}

static int32_t free_block_of(int32_t page)
{
	for (int order = 0; order <= MAX_ORDER; order++) {
		int32_t first = page & -(1 << order);

		if (state[first] != TAIL)
			return state[first] >= (FREE | order) ? first : -1;
	}
	return -1;
}

static void link_pieces(int type, int32_t start, int32_t end)
{
	while (start < end) {
		int order = start == 0 ? MAX_ORDER : __builtin_ctz(start);
		int32_t head;

		if (order > MAX_ORDER)
			order = MAX_ORDER;
		while (start + (1 << order) > end)
			order--;
		state[start] = FREE | order;
		free_blocks[order]++;
		head = list_head(order, type);
		link_between(start, head, next[head]);
		start += 1 << order;
	}
}

static void take_free_range(int32_t start, int32_t end)
{
	while (start < end) {
		int32_t block = free_block_of(start), block_end, taken_end;
		int order, type;

		if (block < 0)
			stop("data lies in tag storage");
		order = state[block] & 0x1f;
		type = pageblock_type[block >> PAGEBLOCK_ORDER];
		block_end = block + (1 << order);
		taken_end = block_end < end ? block_end : end;
		unlink_block(block);
		free_blocks[order]--;
		state[block] = TAIL;
		count_free(type, start - taken_end);
		link_pieces(type, block, start);
		link_pieces(type, taken_end, block_end);
		memset(state + start, USED, taken_end - start);
		start = taken_end;
	}
}

static int find_block_of_page(int32_t page, int32_t *block)
{
	if (page >= memory_pages)
		return 0;
	*block = memory_pages + page / 32 / block_pages * block_pages;
	return *block + block_pages <= memory_pages + tag_pages;
}

/* rfc-v3 */
static int32_t walk_end(int32_t block, int order)
{
	int32_t tags = (1 << order) / 32 > 1 ? (1 << order) / 32 : 1;

	return block + (tags + block_pages - 1) / block_pages;
}

static int32_t references(int order)
{
	return 1 << order < 32 * block_pages ? 1 << order : 32 * block_pages;
}

static void reserve_tags(int32_t page, int order)
{
	int32_t start, end;

	if (flags[page] & HAS_TAG_STORAGE || !find_block_of_page(page, &start))
		return;
	end = walk_end(start, order);
	for (int32_t block = start; block < end; block += block_pages)
		if (flags[block] & IS_TAG_BLOCK)
			next[block] += references(order);
	for (int32_t block = start; block < end; block += block_pages) {
		if (flags[block] & IS_TAG_BLOCK)
			continue;
		take_free_range(block, block + block_pages);
		memset(flags + block, HOLDS_TAGS, block_pages);
		flags[block] |= IS_TAG_BLOCK;
		next[block] = references(order);
	}
	for (int32_t i = page; i < page + (1 << order); i++)
		flags[i] |= HAS_TAG_STORAGE;
}

static void free_tags(int32_t page, int order)
{
	int32_t start, end;

	if (!find_block_of_page(page, &start))
		return;
	end = walk_end(start, order);
	for (int32_t block = start; block < end; block += block_pages) {
		if (!(flags[block] & IS_TAG_BLOCK))
			continue;
		next[block] -= references(order);
		if (next[block] != 0)
			continue;
		memset(flags + block, 0, block_pages);
		for (int32_t i = block; i < block + block_pages; i++)
			free_block(i, 0, 0);
	}
}

static int32_t allocate(int order, int is_tagged, int32_t owner)
{
	int32_t page = find_block(order, !is_tagged);

	if (page < 0)
		return -1;
	if (is_tagged)
		reserve_tags(page, order);
	flags[page] |= IS_MOVABLE | (is_tagged ? IS_TAGGED : 0);
	next[page] = owner;
	return page;
}

static void free_pages_of(int32_t page, int order)
{
	if (state[page] != (USED | order))
		stop("no such block");
	if (flags[page] & HAS_TAG_STORAGE)
		free_tags(page, order);
	memset(flags + page, 0, 1 << order);
	free_block(page, order, 0);
}

static int32_t square_root(int64_t number)
{
	int64_t root = 0;

	while ((root + 1) * (root + 1) <= number)
		root++;
	return root;
}

static void boot(int32_t gib)
{
	int64_t kbytes, min_kbytes, step;

	memory_pages = gib << 18;
	tag_pages = memory_pages / 32;
	pages = memory_pages + tag_pages;
	next = calloc(pages + TYPES * (MAX_ORDER + 1), sizeof(*next));
	prev = calloc(pages + TYPES * (MAX_ORDER + 1), sizeof(*prev));
	state = calloc(pages, 1);
	flags = calloc(pages, 1);
	pageblock_type = malloc(pages >> PAGEBLOCK_ORDER);
	if (!next || !prev || !state || !flags || !pageblock_type)
		stop("no memory");
	memset(pageblock_type, MOVABLE, pages >> PAGEBLOCK_ORDER);
	for (int32_t head = pages; head < pages + TYPES * (MAX_ORDER + 1); head++)
		next[head] = prev[head] = head;
	for (int32_t page = 0; page < memory_pages; page += 1 << MAX_ORDER)
		free_block(page, MAX_ORDER, 1);
	for (int32_t page = memory_pages; page < pages; page += 1 << PAGEBLOCK_ORDER) {
		pageblock_type[page >> PAGEBLOCK_ORDER] = CMA;
		free_block(page, PAGEBLOCK_ORDER, 0);
	}
	kbytes = (int64_t)pages * 4;
	min_kbytes = square_root(kbytes * 16);
	min_kbytes = min_kbytes < 128 ? 128 : min_kbytes > 262144 ? 262144 : min_kbytes;
	min_mark = min_kbytes / 4;
	step = min_mark / 4;
	if (step < (int64_t)pages * 10 / 10000)
		step = (int64_t)pages * 10 / 10000;
	low_mark = min_mark + step;
	/* the zero page */
	take_free_range(0, 1);
	reserve_tags(0, 0);
}

int main(int argc, char **argv)
{
	int32_t slots, *table;
	int64_t warm_up, operations;
	uint32_t tagged, checksum = 0;
	struct timespec start, end;

	if (argc != 6)
		stop("GIB SLOTS WARM-UP OPERATIONS TAGGED");
	slots = atoi(argv[2]);
	warm_up = atoll(argv[3]);
	operations = atoll(argv[4]);
	tagged = atoi(argv[5]);
	boot(atoi(argv[1]));
	table = malloc(slots * sizeof(*table));
	if (!table)
		stop("no memory");
	memset(table, 0xff, slots * sizeof(*table));
	/* the first step of seededRandom(1) */
	counter = mix(1);
	for (int64_t i = 0; i < warm_up + operations; i++) {
		uint32_t number = random32();
		int32_t slot = number & (slots - 1), page = table[slot];

		if (i == warm_up)
			clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
		if (page < 0) {
			page = allocate(0, number >> 24 < tagged, slot);
			table[slot] = page;
			checksum = checksum * 31 + page;
		} else {
			free_pages_of(page, 0);
			table[slot] = -1;
		}
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	printf("%.0f %u\n",
	       operations / (end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9), checksum);
	return 0;
}
