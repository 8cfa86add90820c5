/** Every two ranges of a table that share pages: the obligation of disjointness tells of one page alone. */
import type { RelatedPlace } from "../../dts/diagnostic.ts";
import type { TreeNode } from "../../dts/tree.ts";
import { hexRange, pagesText } from "../machine/units.ts";
import { type PfnRange, rangePages, rangesOverlap, type TagRegion } from "../region.ts";
import { atProperty, type Place } from "../rules/raise.ts";

type NodeOf = (path: string) => TreeNode;

/** Places that one finding points at. */
const MAX_RELATED = 8;

interface Part {
  readonly what: string;
  readonly path: string;
  readonly range: PfnRange;
}

/** The pairs that overlap, apart from those that share `pfn`: what they are, where the second of them is described. */
export function furtherOverlaps(
  regions: readonly TagRegion[],
  pfn: number,
  pageSize: number,
  nodeOf: NodeOf,
): RelatedPlace[] {
  const parts = regions.flatMap(partsOf);
  const found: RelatedPlace[] = [];
  for (const [index, second] of parts.entries()) {
    for (const first of parts.slice(0, index)) {
      if (found.length === MAX_RELATED) return found;
      const shared = {
        start: Math.max(first.range.start, second.range.start),
        end: Math.min(first.range.end, second.range.end),
      };
      if (!rangesOverlap(first.range, second.range) || (shared.start <= pfn && pfn <= shared.end)) continue;
      const message = `${first.what} and ${second.what} overlap too, in ${pagesText(rangePages(shared))}, ${hexRange(shared, pageSize)}`;
      found.push({ message, span: atProperty(nodeOf(second.path), "reg").span });
    }
  }
  return found;
}

/** A row that a split has left without memory has tags alone. */
function partsOf({ node, memoryNode, memory, tags }: TagRegion): Part[] {
  return [
    { what: `the memory ${memoryNode}`, path: memoryNode, range: memory },
    { what: `the tag storage ${node}`, path: node, range: tags },
  ].filter(({ range }) => range.start <= range.end);
}

/** Two tag storage nodes that name one memory node, told where the second does. */
export interface SharedMemory {
  readonly place: Place;
  readonly related: RelatedPlace;
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
