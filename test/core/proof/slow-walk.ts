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
  straddles: SlowRow[];
  safe: boolean;
}

type Regions = readonly TagRegion[];

/** `block(p)` of docs/domain.md, "What the hardware fixes". */
export function slowBlock({ memory, tags, blockPages }: TagRegion, pfn: number): number {
  const tagPage = tags.start + Math.floor((pfn - memory.start) / 32);
  return tags.start + blockPages * Math.floor((tagPage - tags.start) / blockPages);
}

function hasPage({ memory }: TagRegion, pfn: number): boolean {
  return memory.start <= pfn && pfn <= memory.end;
}

export function liesInside({ tags }: TagRegion, block: number, blockPages: number): boolean {
  return block >= tags.start && block + blockPages - 1 <= tags.end;
}

/** The first row whose memory contains `pfn` and whose block for it lies inside the tag range. */
function slowLookup(regions: Regions, pfn: number): TagRegion | null {
  for (const region of regions) {
    if (hasPage(region, pfn) && liesInside(region, slowBlock(region, pfn), region.blockPages)) return region;
  }
  return null;
}

function add(counts: Map<number, number>, block: number, pages: number): void {
  counts.set(block, (counts.get(block) ?? 0) + pages);
}

/** The table of docs/kernels.md, "At each allocation": `c(b)` by first page of the block. */
function slowReserve(found: TagRegion, series: Series, order: number, pfn: number): Map<number, number> {
  const pages = 2 ** order;
  const { blockPages } = found;
  const start = slowBlock(found, pfn);
  const pagesOf = new Map<number, number>();
  if (series === "exact") for (let page = pfn; page < pfn + pages; page++) add(pagesOf, slowBlock(found, page), 1);
  let end: number;
  if (series === "exact") end = slowBlock(found, pfn + pages - 1) + blockPages;
  else if (series === "rfc-v3") end = start + Math.ceil(Math.max(Math.floor(pages / 32), 1) / blockPages);
  else end = start + Math.max(Math.floor(pages / 32), 1) * blockPages;
  const counts = new Map<number, number>();
  for (let block = start; block < end; block += blockPages) {
    counts.set(block, series === "exact" ? pagesOf.get(block)! : Math.min(pages, 32 * blockPages));
  }
  return counts;
}

/** Blocks of one allocation that break an obligation and its unprotected pages. */
interface SlowBreaches {
  readonly missing: number[];
  readonly unprotectedPages: number;
  readonly extra: number[];
  readonly outside: number[];
  readonly leaking: number[];
  readonly early: number[];
}

/** `homes`: for each page of the allocation, the region that holds its tags. */
export function slowBreaches(
  regions: Regions,
  series: Series,
  order: number,
  pfn: number,
  homes: TagRegion[],
): SlowBreaches {
  const found = slowLookup(regions, pfn);
  const reserved = found === null ? new Map<number, number>() : slowReserve(found, series, order, pfn);

  const needed = new Map<number, number>();
  const givenBack = new Map<number, number>();
  const ownRegions: TagRegion[] = [];
  const missing: number[] = [];
  let unprotectedPages = 0;
  for (let i = 0; i < homes.length; ) {
    const home = homes[i]!;
    const block = slowBlock(home, pfn + i);
    let pages = 1;
    while (homes[i + pages] === home && slowBlock(home, pfn + i + pages) === block) pages++;
    const isInside = liesInside(home, block, home.blockPages);
    add(needed, block, pages);
    if (isInside) add(givenBack, block, pages);
    if (home !== homes[i - 1]) ownRegions.push(home);
    if (!reserved.has(block)) {
      missing.push(block);
      unprotectedPages += pages;
    }
    i += pages;
  }

  const breaches: SlowBreaches = { missing, unprotectedPages, extra: [], outside: [], leaking: [], early: [] };
  for (const [block, references] of reserved) {
    const pages = needed.get(block) ?? 0;
    if (pages === 0) breaches.extra.push(block);
    if (!ownRegions.some((home) => liesInside(home, block, found!.blockPages))) breaches.outside.push(block);
    if (references > (givenBack.get(block) ?? 0)) breaches.leaking.push(block);
    if (references < pages) breaches.early.push(block);
  }
  return breaches;
}

function emptyRow(region: number, order: number): SlowRow {
  return {
    region,
    order,
    allocations: 0,
    unprotected: { allocations: 0, pages: 0, first: null },
    overReserved: { allocations: 0, blocks: 0, first: null },
    outOfRegion: { allocations: 0, first: null },
    leaks: { allocations: 0, first: null },
    earlyReleases: { allocations: 0, first: null },
  };
}

function note(group: { allocations: number; first: number | null }, pfn: number, blocks: number[]): void {
  if (blocks.length === 0) return;
  group.allocations++;
  group.first ??= pfn;
}

/** Counts one allocation; those of a row come in ascending order. */
function count(row: SlowRow, pfn: number, breaches: SlowBreaches): void {
  row.allocations++;
  note(row.unprotected, pfn, breaches.missing);
  note(row.overReserved, pfn, breaches.extra);
  note(row.outOfRegion, pfn, breaches.outside);
  note(row.leaks, pfn, breaches.leaking);
  note(row.earlyReleases, pfn, breaches.early);
  row.unprotected.pages += breaches.unprotectedPages;
  row.overReserved.blocks += breaches.extra.length;
}

/** True where `a` is the smaller counterexample: smallest order, then lowest PFN, then first row, then lowest block. */
function comesBefore(a: SlowCounterexample, b: SlowCounterexample | undefined): boolean {
  if (b === undefined) return true;
  const [ao, bo] = [a.order ?? 0, b.order ?? 0];
  if (ao !== bo) return ao < bo;
  if (a.pfn !== b.pfn) return a.pfn < b.pfn;
  return a.region !== b.region ? a.region < b.region : (a.block ?? 0) < (b.block ?? 0);
}

export function slowWalk(regions: Regions, series: Series, maxOrder: number): SlowProof {
  const smallest = new Map<string, SlowCounterexample>();
  const broken = (name: string, example: SlowCounterexample) => {
    if (comesBefore(example, smallest.get(name))) smallest.set(name, example);
  };
  const tell = (name: string, region: number, order: number, pfn: number, blocks: number[]) => {
    if (blocks.length > 0) broken(name, { region, order, pfn, block: Math.min(...blocks) });
  };

  const orders: SlowRow[] = [];
  regions.forEach((region, index) => {
    for (let order = 0; order <= maxOrder; order++) {
      const row = emptyRow(index, order);
      orders.push(row);
      const pages = 2 ** order;
      const homes = new Array<TagRegion>(pages).fill(region);
      const first = Math.ceil(region.memory.start / pages) * pages;
      for (let pfn = first; pfn + pages - 1 <= region.memory.end; pfn += pages) {
        const breaches = slowBreaches(regions, series, order, pfn, homes);
        count(row, pfn, breaches);
        tell("coverage", index, order, pfn, breaches.missing);
        tell("precision", index, order, pfn, breaches.extra);
        tell("precision", index, order, pfn, breaches.outside);
        tell("release", index, order, pfn, breaches.leaking);
        tell("retention", index, order, pfn, breaches.early);
      }
    }

    for (let pfn = region.memory.start; pfn <= region.memory.end; pfn++) {
      const block = slowBlock(region, pfn);
      if (liesInside(region, block, region.blockPages)) continue;
      broken("containment", { region: index, order: 0, pfn, block });
      break;
    }
  });

  // The lowest page with two uses is the first page of some range: one page lower, that range would not be there. The
  // later of its uses, in the order of the table, is the one told.
  const ranges = regions.flatMap(({ memory, tags }, index) => [
    { index, range: memory },
    { index, range: tags },
  ]);
  for (const { range } of ranges) {
    const pfn = range.start;
    const uses = ranges.filter((other) => other.range.start <= pfn && pfn <= other.range.end);
    if (uses.length > 1) broken("disjointness", { region: uses[1]!.index, order: null, pfn, block: null });
  }

  const names = ["containment", "disjointness", "coverage", "precision", "release", "retention"];
  const obligations = names.map((name) => ({
    name,
    holds: !smallest.has(name),
    counterexample: smallest.get(name) ?? null,
  }));
  const safe = obligations.every((obligation) => obligation.holds);
  return { orders, obligations, straddles: slowStraddles(regions, series, maxOrder), safe };
}

/**
 * Allocations whose pages all lie in tagged memory of one NUMA node, and not all in one region's. A page that several
 * regions have belongs to the first of them; the allocation is told of its first page's region.
 */
function slowStraddles(regions: Regions, series: Series, maxOrder: number): SlowRow[] {
  const hasNodes = regions.every(({ numaNode }) => numaNode !== null);
  const rows: SlowRow[] = [];
  regions.forEach((region, index) => {
    for (let order = 0; order <= maxOrder; order++) {
      const row = emptyRow(index, order);
      const pages = 2 ** order;
      for (let pfn = Math.ceil(region.memory.start / pages) * pages; pfn <= region.memory.end; pfn += pages) {
        if (pfn + pages - 1 <= region.memory.end) continue;
        const homes: TagRegion[] = [];
        for (let page = pfn; page < pfn + pages; page++) {
          const home = regions.find((other) => hasPage(other, page));
          if (home === undefined || (hasNodes && home.numaNode !== region.numaNode)) break;
          homes.push(home);
        }
        if (homes.length < pages || homes[0] !== region) continue;
        if (regions.some((other) => hasPage(other, pfn) && hasPage(other, pfn + pages - 1))) continue;
        count(row, pfn, slowBreaches(regions, series, order, pfn, homes));
      }
      if (row.allocations > 0) rows.push(row);
    }
  });
  return rows;
}
