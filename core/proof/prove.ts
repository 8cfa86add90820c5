/** The proof: every allocation of every order in every region, in the closed form of order-row.ts. */
import type { TagRegion } from "../region.ts";
import { lookupSegments } from "../reservation.ts";
import type { Series } from "../series.ts";
import { decideObligations } from "./obligations.ts";
import { orderRow, type Segment } from "./order-row.ts";
import type { OrderRow, Proof } from "./proof.ts";
import { sharedBlocks } from "./shared-blocks.ts";
import { straddleRows } from "./straddles.ts";

/**
 * Proves or refutes the six obligations of docs/domain.md for a region table under one series' arithmetic.
 *
 * `regions`: the table in the kernel's order, PFNs below 2^52, blocks of 1 to 2^32 pages; ranges may overlap and tags
 * may be short. `maxOrder`: the largest order of the page allocator, itself included, 0 to 20. Counts are exact; the cost
 * depends on the number of regions and orders, not on the size of memory or of blocks.
 */
export function prove(regions: readonly TagRegion[], series: Series, maxOrder: number): Proof {
  const orders: OrderRow[] = [];
  regions.forEach((region, row) => {
    const segments: Segment[] = lookupSegments(regions, region).map(({ start, end, row: foundRow }) => {
      const found = regions[foundRow] ?? null;
      return { start, end, found, shared: sharedBlocks(region, found ?? region) };
    });
    for (let order = 0; order <= maxOrder; order++) orders.push(orderRow(row, region, segments, series, order));
  });
  const obligations = decideObligations(regions, series, orders);
  const straddles = straddleRows(regions, series, maxOrder);
  return { orders, obligations, straddles, safe: obligations.every(({ holds }) => holds) };
}
