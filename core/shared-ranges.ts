import type { PfnRange, TagRegion } from "./region.ts";

/** A range of the region table. */
export interface NamedRange {
  /** Row of the region. */
  readonly row: number;
  readonly kind: "memory" | "tags";
  /** Path of the node that describes it. */
  readonly node: string;
  readonly range: PfnRange;
}

/** The first two ranges that have the page `pfn`, in the order of the table. Throws where it has no two owners. */
export function sharedRanges(regions: readonly TagRegion[], pfn: number): [NamedRange, NamedRange] {
  const [first, second] = regions
    .flatMap(({ memory, memoryNode, tags, node }, row): NamedRange[] => [
      { row, kind: "memory", node: memoryNode, range: memory },
      { row, kind: "tags", node, range: tags },
    ])
    .filter(({ range }) => range.start <= pfn && pfn <= range.end);
  if (first === undefined || second === undefined) throw new Error(`no two ranges share PFN ${pfn}`);
  return [first, second];
}
