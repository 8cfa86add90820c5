/**
 * The six obligations straight from docs/domain.md and docs/kernels.md: every allocation, every page, every block, with
 * maps and loops. Slow, obvious, and written without a look at core/reservation.ts or core/proof, which are held
 * against it. Give it small memory.
 */
import type { TagRegion } from "../../../core/region.ts";
import type { Series } from "../../../core/series.ts";

export interface SlowRow {
  region: number;
  order: number;
  allocations: number;
  unprotected: { allocations: number; pages: number; first: number | null };
  overReserved: { allocations: number; blocks: number; first: number | null };
  outOfRegion: { allocations: number; first: number | null };
  leaks: { allocations: number; first: number | null };
  earlyReleases: { allocations: number; first: number | null };
}

export interface SlowCounterexample {
  region: number;
  order: number | null;
  pfn: number;
  block: number | null;
}

export interface SlowProof {
  orders: SlowRow[];
  obligations: { name: string; holds: boolean; counterexample: SlowCounterexample | null }[];
  safe: boolean;
}

/** `block(p)` of docs/domain.md. */
function slowBlock(region: TagRegion, pfn: number): number {
  const page = region.tags.start + Math.floor((pfn - region.memory.start) / 32);
  let block = region.tags.start;
  while (block + region.blockPages <= page) block += region.blockPages;
  return block;
}

function liesInside(region: TagRegion, block: number, blockPages: number): boolean {
  return block >= region.tags.start && block + blockPages - 1 <= region.tags.end;
}

/** The first row whose memory contains `pfn` and whose block for it lies inside the tag range. */
function slowLookup(regions: readonly TagRegion[], pfn: number): TagRegion | null {
  for (const region of regions) {
    const contains = region.memory.start <= pfn && pfn <= region.memory.end;
    if (contains && liesInside(region, slowBlock(region, pfn), region.blockPages)) return region;
  }
  return null;
}

/** Pages of the allocation in each block of `region`, by first page of the block. */
function slowPagesByBlock(region: TagRegion, pfn: number, pages: number): Map<number, number> {
  const byBlock = new Map<number, number>();
  let block = slowBlock(region, pfn);
  for (let page = pfn; page < pfn + pages; page++) {
    const tagPage = region.tags.start + Math.floor((page - region.memory.start) / 32);
    while (tagPage >= block + region.blockPages) block += region.blockPages;
    byBlock.set(block, (byBlock.get(block) ?? 0) + 1);
  }
  return byBlock;
}

/** The table of docs/kernels.md, "At each allocation": `c(b)` by first page of the block. */
function slowReserve(found: TagRegion, series: Series, order: number, pfn: number): Map<number, number> {
  const pages = 2 ** order;
  const blockPages = found.blockPages;
  const start = slowBlock(found, pfn);
  const needed = slowPagesByBlock(found, pfn, pages);
  let end: number;
  if (series === "exact") end = slowBlock(found, pfn + pages - 1) + blockPages;
  else if (series === "rfc-v3") end = start + Math.ceil(Math.max(Math.floor(pages / 32), 1) / blockPages);
  else end = start + Math.max(Math.floor(pages / 32), 1) * blockPages;
  const counts = new Map<number, number>();
  for (let block = start; block < end; block += blockPages) {
    counts.set(block, series === "exact" ? needed.get(block)! : Math.min(pages, 32 * blockPages));
  }
  return counts;
}

/** True where `a` is the smaller counterexample: smallest order, then lowest PFN; the row last. */
function comesBefore(a: SlowCounterexample, b: SlowCounterexample | undefined): boolean {
  if (b === undefined) return true;
  const [ao, bo] = [a.order ?? 0, b.order ?? 0];
  return ao !== bo ? ao < bo : a.pfn !== b.pfn ? a.pfn < b.pfn : a.region < b.region;
}

export function slowWalk(regions: readonly TagRegion[], series: Series, maxOrder: number): SlowProof {
  const smallest = new Map<string, SlowCounterexample>();
  const broken = (name: string, example: SlowCounterexample) => {
    if (comesBefore(example, smallest.get(name))) smallest.set(name, example);
  };

  const orders: SlowRow[] = [];
  regions.forEach((region, index) => {
    for (let order = 0; order <= maxOrder; order++) {
      const row: SlowRow = {
        region: index,
        order,
        allocations: 0,
        unprotected: { allocations: 0, pages: 0, first: null },
        overReserved: { allocations: 0, blocks: 0, first: null },
        outOfRegion: { allocations: 0, first: null },
        leaks: { allocations: 0, first: null },
        earlyReleases: { allocations: 0, first: null },
      };
      orders.push(row);
      const pages = 2 ** order;
      for (let pfn = region.memory.start; pfn <= region.memory.end; pfn++) {
        if (pfn % pages !== 0 || pfn + pages - 1 > region.memory.end) continue;
        row.allocations++;
        const needed = slowPagesByBlock(region, pfn, pages);
        const found = slowLookup(regions, pfn);
        const reserved = found === null ? new Map<number, number>() : slowReserve(found, series, order, pfn);
        const reservedPages = found?.blockPages ?? 0;

        const missing = [...needed.keys()].filter(
          (block) => !reserved.has(block) || !liesInside(region, block, region.blockPages),
        );
        const extra = [...reserved.keys()].filter((block) => !needed.has(block));
        const outside = [...reserved.keys()].filter((block) => !liesInside(region, block, reservedPages));
        const leaking = [...reserved.keys()].filter((block) => {
          const givenBack = liesInside(region, block, region.blockPages) ? (needed.get(block) ?? 0) : 0;
          return reserved.get(block)! > givenBack;
        });
        const early = [...reserved.keys()].filter((block) => reserved.get(block)! < (needed.get(block) ?? 0));

        if (missing.length > 0) {
          row.unprotected.allocations++;
          row.unprotected.first ??= pfn;
          for (const block of missing) row.unprotected.pages += needed.get(block)!;
          broken("coverage", { region: index, order, pfn, block: Math.min(...missing) });
        }
        if (extra.length > 0) {
          row.overReserved.allocations++;
          row.overReserved.first ??= pfn;
          row.overReserved.blocks += extra.length;
        }
        if (outside.length > 0) {
          row.outOfRegion.allocations++;
          row.outOfRegion.first ??= pfn;
        }
        if (extra.length + outside.length > 0) {
          broken("precision", { region: index, order, pfn, block: Math.min(...extra, ...outside) });
        }
        if (leaking.length > 0) {
          row.leaks.allocations++;
          row.leaks.first ??= pfn;
          broken("release", { region: index, order, pfn, block: Math.min(...leaking) });
        }
        if (early.length > 0) {
          row.earlyReleases.allocations++;
          row.earlyReleases.first ??= pfn;
          broken("retention", { region: index, order, pfn, block: Math.min(...early) });
        }
      }
    }

    for (let pfn = region.memory.start; pfn <= region.memory.end; pfn++) {
      const block = slowBlock(region, pfn);
      if (liesInside(region, block, region.blockPages)) continue;
      broken("containment", { region: index, order: 0, pfn, block });
      break;
    }
  });

  // What a page is used for, in the order of the table: a second use of any kind is an overlap.
  const uses = new Map<number, number>();
  regions.forEach((region, index) => {
    for (const range of [region.memory, region.tags]) {
      for (let pfn = range.start; pfn <= range.end; pfn++) {
        if (uses.has(pfn)) broken("disjointness", { region: index, order: null, pfn, block: null });
        else uses.set(pfn, index);
      }
    }
  });

  const names = ["containment", "disjointness", "coverage", "precision", "release", "retention"];
  const obligations = names.map((name) => ({
    name,
    holds: !smallest.has(name),
    counterexample: smallest.get(name) ?? null,
  }));
  return { orders, obligations, safe: obligations.every((obligation) => obligation.holds) };
}
