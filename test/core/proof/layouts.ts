/** Random small layouts for the properties: what firmware could describe, and much that it should not. */
import fc from "fast-check";
import type { TagRegion } from "../../../core/region.ts";
import { SERIES, type Series } from "../../../core/series.ts";

export interface Layout {
  readonly regions: readonly TagRegion[];
  readonly series: Series;
  readonly maxOrder: number;
}

/** `B = lcm(block-size, page size) / page size`, as docs/domain.md has it. */
function blockPages(blockBytes: number, pageBytes: number): number {
  let pages = 1;
  while ((pages * pageBytes) % blockBytes !== 0) pages++;
  return pages;
}

/**
 * Page sizes with their largest order (docs/kernels.md). The memory is kept in pages; large orders are rarer, being
 * slow.
 */
const pageSizes = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ pageBytes: 4096, maxOrder: 10 }) },
  { weight: 3, arbitrary: fc.constant({ pageBytes: 16384, maxOrder: 11 }) },
  { weight: 1, arbitrary: fc.constant({ pageBytes: 65536, maxOrder: 13 }) },
);

/** Block sizes as pages: small whole pages mostly, and what odd byte sizes come to. */
function blocks(pageBytes: number): fc.Arbitrary<number> {
  const bytes = fc.oneof(
    fc.integer({ min: 1, max: 24 }).map((pages) => pages * pageBytes),
    fc.integer({ min: 1, max: 4 }).map((shift) => pageBytes << shift),
    fc.integer({ min: 1, max: 400 }).map((unit) => (unit * pageBytes) / 16),
    fc.constantFrom(1, 16, 48, 80, 1000, 4097, 6144, 12288, 24576, 40960, 3 * 65536),
  );
  return bytes.map((size) => blockPages(size, pageBytes));
}

/** Where memory starts: at nothing in particular, at large powers of two, near the top of what a PFN can be. */
const memoryStarts = fc.oneof(
  fc.integer({ min: 0, max: 3000 }),
  fc.integer({ min: 0, max: 40 }).map((n) => n * 96),
  fc.integer({ min: 0, max: 8 }).map((n) => n * 1024),
);

const bases = fc.constantFrom(0, 0, 0, 2 ** 20, 2 ** 32 + 2 ** 14, 2 ** 40 - 2 ** 14, 2 ** 51 + 7);

function memorySizes(maxOrder: number): fc.Arbitrary<number> {
  const largest = 2 ** maxOrder;
  return fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 900 }) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 24 }).map((n) => n * 64) },
    { weight: 2, arbitrary: fc.integer({ min: largest, max: largest + 1500 }) },
    { weight: 1, arbitrary: fc.integer({ min: 2 * largest, max: 2 * largest + 100 }) },
  );
}

/** Tag pages for the memory: 1/32 rounded either way, rounded up to blocks, short, or long. */
const tagSizes = fc.oneof(
  fc.constant((memory: number, _block: number) => Math.floor(memory / 32)),
  fc.constant((memory: number, block: number) => Math.ceil(memory / 32 / block) * block),
  fc.double({ min: 0, max: 1, noNaN: true }).map((share) => (memory: number) => Math.floor((share * memory) / 32)),
  fc.integer({ min: 1, max: 80 }).map((extra) => (memory: number) => Math.ceil(memory / 32) + extra),
);

const CLEAR_OF_MEMORY = 40_000;

/** Where tags start: clear of everything, or in a narrow space where ranges meet, or in memory. */
const tagStarts = fc.oneof(
  { weight: 3, arbitrary: fc.constant((row: number) => CLEAR_OF_MEMORY + row * 2000) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 60 }).map((n) => () => CLEAR_OF_MEMORY + n) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 4000 }).map((n) => () => n) },
);

export const layouts: fc.Arbitrary<Layout> = fc
  .record({
    page: pageSizes,
    base: bases,
    count: fc.constantFrom(1, 1, 1, 2, 2, 3),
    series: fc.constantFrom(...SERIES),
  })
  .chain(({ page, base, count, series }) => {
    const single = fc.record({
      start: memoryStarts,
      pages: memorySizes(count === 1 ? page.maxOrder : Math.min(page.maxOrder, 10)),
      block: blocks(page.pageBytes),
      tagPages: tagSizes,
      tagStart: tagStarts,
      follows: fc.boolean(),
    });
    return fc.array(single, { minLength: count, maxLength: count }).map((rows) => {
      const regions: TagRegion[] = [];
      for (const [row, { start, pages, block, tagPages, tagStart, follows }] of rows.entries()) {
        const before = regions.at(-1);
        // Adjacent memory where it follows the row before; anywhere, overlaps included, where it does not.
        const m0 = follows && before !== undefined ? before.memory.end + 1 : base + start;
        const t0 = base + tagStart(row);
        regions.push({
          node: `/tag-storage@${row}`,
          memoryNode: `/memory@${row}`,
          memory: { start: m0, end: m0 + pages - 1 },
          tags: { start: t0, end: t0 + Math.max(tagPages(pages, block), 1) - 1 },
          blockPages: block,
          numaNode: null,
        });
      }
      return { regions, series, maxOrder: page.maxOrder };
    });
  });

/** Two rows over much the same memory and tags: the kernel finds one where the other's memory is measured. */
export const overlappingLayouts: fc.Arbitrary<Layout> = fc
  .record({
    rows: fc.array(
      fc.record({
        m0: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 })),
        pages: fc.integer({ min: 200, max: 1500 }),
        t0: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 })),
        tagPages: fc.integer({ min: 1, max: 60 }),
        block: fc.integer({ min: 1, max: 12 }),
      }),
      { minLength: 2, maxLength: 3 },
    ),
    series: fc.constantFrom(...SERIES),
  })
  .map(({ rows, series }) => ({
    regions: rows.map(({ m0, pages, t0, tagPages, block }, row) => ({
      node: `/tag-storage@${row}`,
      memoryNode: `/memory@${row}`,
      memory: { start: m0, end: m0 + pages - 1 },
      tags: { start: CLEAR_OF_MEMORY + t0, end: CLEAR_OF_MEMORY + t0 + tagPages - 1 },
      blockPages: block,
      numaNode: null,
    })),
    series,
    maxOrder: 10,
  }));

/** One region that holds allocations much larger than the kernels' defaults allow. */
export const largeOrderLayouts: fc.Arbitrary<Layout> = fc
  .record({
    m0: fc.integer({ min: 0, max: 5000 }),
    pages: fc.integer({ min: 2 ** 15, max: 2 ** 16 + 2 ** 13 }),
    block: fc.integer({ min: 1, max: 700 }),
    tagPages: tagSizes,
    series: fc.constantFrom(...SERIES),
  })
  .map(({ m0, pages, block, tagPages, series }) => ({
    regions: [
      {
        node: "/tag-storage",
        memoryNode: "/memory",
        memory: { start: m0, end: m0 + pages - 1 },
        tags: { start: 2 ** 20, end: 2 ** 20 + Math.max(tagPages(pages, block), 1) - 1 },
        blockPages: block,
        numaNode: null,
      },
    ],
    series,
    maxOrder: 15,
  }));
