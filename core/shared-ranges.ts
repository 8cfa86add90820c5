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

/** The ranges of all regions, in the order of the table, memory before tags. */
export function namedRanges(regions: readonly TagRegion[]): NamedRange[] {
  return regions.flatMap(({ memory, memoryNode, tags, node }, row): NamedRange[] => [
    { row, kind: "memory", node: memoryNode, range: memory },
    { row, kind: "tags", node, range: tags },
  ]);
}

/** The first two ranges that have the page `pfn`, in the order of the table. Throws where it has no two owners. */
export function sharedRanges(regions: readonly TagRegion[], pfn: number): [NamedRange, NamedRange] {
  const [first, second] = namedRanges(regions).filter(({ range }) => range.start <= pfn && pfn <= range.end);
  if (first === undefined || second === undefined) throw new Error(`no two ranges share PFN ${pfn}`);
  return [first, second];
}

const KIND_WORDS = { memory: "memory", tags: "tag storage" } as const;

/** `the tag storage /tag-storage@8f8000000`. */
export function rangeName({ kind, node }: NamedRange): string {
  return `the ${KIND_WORDS[kind]} ${node}`;
}
