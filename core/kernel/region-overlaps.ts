/** Every two ranges of a table that share pages: the obligation of disjointness tells of one page alone. */
import type { RelatedPlace } from "../../dts/diagnostic.ts";
import type { TreeNode } from "../../dts/tree.ts";
import { hexRange, pagesText } from "../machine/units.ts";
import { rangePages, rangesOverlap, type TagRegion } from "../region.ts";
import { atProperty, type Place } from "../rules/raise.ts";
import { type NamedRange, namedRanges, rangeName, sharedRanges } from "../shared-ranges.ts";

type NodeOf = (path: string) => TreeNode;

/** Places that one finding points at. */
const MAX_RELATED = 8;

/** Where the overlap at one page is told, and where the other range of the two is described. */
export interface OverlapPlaces {
  readonly place: Place;
  readonly related: RelatedPlace;
}

/** The places of the first two ranges that have a page, which {@link sharedRanges} gives. */
export function overlapPlaces(regions: readonly TagRegion[], pfn: number, nodeOf: NodeOf): OverlapPlaces {
  const [first, second] = sharedRanges(regions, pfn);
  const fault = rangeAtFault(first, second);
  const other = fault === first ? second : first;
  return {
    place: regOf(fault, nodeOf),
    related: { message: `${rangeName(other)} lies there too`, span: regOf(other, nodeOf).span },
  };
}

/** Tags in memory are what is to be moved: memory is where it is. Of two ranges of one kind, the later in the table. */
function rangeAtFault(first: NamedRange, second: NamedRange): NamedRange {
  return first.kind === "tags" && second.kind === "memory" ? first : second;
}

function regOf({ node }: NamedRange, nodeOf: NodeOf): Place {
  return atProperty(nodeOf(node), "reg");
}

/** The pairs that overlap, apart from those that share `pfn`: what they are, where the one at fault is described. */
export function furtherOverlaps(
  regions: readonly TagRegion[],
  pfn: number,
  pageSize: number,
  nodeOf: NodeOf,
): RelatedPlace[] {
  // A row that a split has left without memory has tags alone
  const ranges = namedRanges(regions).filter(({ range }) => range.start <= range.end);
  const found: RelatedPlace[] = [];
  for (const [index, second] of ranges.entries()) {
    for (const first of ranges.slice(0, index)) {
      if (found.length === MAX_RELATED) return found;
      const shared = {
        start: Math.max(first.range.start, second.range.start),
        end: Math.min(first.range.end, second.range.end),
      };
      if (!rangesOverlap(first.range, second.range) || (shared.start <= pfn && pfn <= shared.end)) continue;
      const message = `${rangeName(first)} and ${rangeName(second)} overlap too, in ${pagesText(rangePages(shared))}, ${hexRange(shared, pageSize)}`;
      found.push({ message, span: regOf(rangeAtFault(first, second), nodeOf).span });
    }
  }
  return found;
}

/** Two tag storage nodes that name one memory node, told where the second does. */
export interface SharedMemory extends OverlapPlaces {
  readonly message: string;
}

/** Whether the overlap at a page comes from two nodes that name the same memory; null where it does not. */
export function memoryNamedTwice(regions: readonly TagRegion[], pfn: number, nodeOf: NodeOf): SharedMemory | null {
  const [first, second] = regions.filter(({ memory }) => memory.start <= pfn && pfn <= memory.end);
  if (first === undefined || second === undefined || first.memoryNode !== second.memoryNode) return null;
  return {
    place: linkOf(nodeOf(second.node)),
    related: { message: `${first.node} names it first`, span: linkOf(nodeOf(first.node)).span },
    message: `${first.node} and ${second.node} both name ${first.memoryNode}, whose tags are in one place alone, and the kernel looks in the first of the two regions`,
  };
}

function linkOf(node: TreeNode): Place {
  return atProperty(node, node.property("tagged-memory") === null ? "memory" : "tagged-memory");
}
