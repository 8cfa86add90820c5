/** Tag storage that other reserved memory lies in, or that lies in it. */
import type { TreeNode } from "../../dts/tree.ts";
import type { Finding } from "../finding.ts";
import { isCompatible, TAG_STORAGE_COMPATIBLE } from "../machine/property.ts";
import { hexAddress } from "../machine/units.ts";
import type { Machine } from "../machine.ts";
import { atProperty, raise } from "../rules/raise.ts";
import { type ByteRange, byteRange } from "./byte-ranges.ts";

/** The tag storage of a node, as a kernel reads it. */
export interface TagBytes extends ByteRange {
  readonly node: TreeNode;
}

export interface ReservedOverlap {
  readonly node: TreeNode;
  /** The nodes of what lies there too; null for an entry of `/memreserve/`. */
  readonly others: ReadonlySet<TreeNode | null>;
  readonly finding: Finding;
}

/** Ranges that a finding points at; beyond them it names and counts none. */
const MAX_FOUND = 4;

interface Reserved extends ByteRange {
  /** Null for an entry of `/memreserve/`. */
  readonly node: TreeNode | null;
}

/**
 * One finding for each tag range that overlaps other reserved memory, or tag storage later in `tags`. The kernels notice
 * at most that a region reaches into the next by address (`__rmem_check_for_overlap`), and go on all the same.
 */
export function findReservedOverlaps(
  tags: readonly TagBytes[],
  machine: Machine,
  whatKernelDoes: string,
): ReservedOverlap[] {
  if (tags.length === 0) return [];
  const others = readReserved(machine);
  const bounds = boundsOf(others);
  const overlaps: ReservedOverlap[] = [];
  for (const [index, own] of tags.entries()) {
    const later = tags.slice(index + 1);
    const found = [...overlapping(own, others, bounds), ...overlapping(own, later, boundsOf(later))];
    const [first] = found;
    if (first === undefined) continue;
    const more = found.length === 1 ? "" : found.length > MAX_FOUND ? " and others" : ` and ${found.length - 1} more`;
    overlaps.push({
      node: own.node,
      others: new Set(found.map(({ node }) => node)),
      finding: raise("reserved-overlap", atProperty(own.node, "reg"), {
        message: `reserved memory ${rangeText(own)} of ${own.node.path} overlaps ${rangeText(first)} of ${nameOf(first)}${more}; ${whatKernelDoes}`,
        hint: "move one of the two",
        related: found
          .slice(0, MAX_FOUND)
          .flatMap(({ node }) =>
            node === null ? [] : [{ message: `${node.path} lies there too`, span: atProperty(node, "reg").span }],
          ),
      }),
    });
  }
  return overlaps;
}

/**
 * What the regions of a table leave to be told: where all that overlaps are regions, they break disjointness, and the
 * proof says so.
 */
export function overlapFindings(overlaps: readonly ReservedOverlap[], regionNodes: readonly TreeNode[]): Finding[] {
  const isRegion = (node: TreeNode | null) => node !== null && regionNodes.includes(node);
  return overlaps
    .filter(({ node, others }) => !isRegion(node) || ![...others].every(isRegion))
    .map(({ finding }) => finding);
}

/** Every range that the tree reserves for something else than tag storage. */
function readReserved(machine: Machine): Reserved[] {
  const nodes = machine.reservedNodes
    .filter(({ node, available }) => available && !isCompatible(node, TAG_STORAGE_COMPATIBLE))
    .flatMap(({ node, ranges }) => ranges.map(({ address, size }) => ({ ...byteRange(address, size), node })));
  const header = machine.memReserves.map(({ address, size }) => ({ ...byteRange(address, size), node: null }));
  return [...nodes, ...header];
}

/** Where ranges start and end as numbers, which order large addresses as they are, but can make two of them equal. */
interface Bounds {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

function boundsOf(ranges: readonly ByteRange[]): Bounds {
  return {
    starts: Float64Array.from(ranges, ({ start }) => Number(start)),
    ends: Float64Array.from(ranges, ({ end }) => Number(end)),
  };
}

/** What overlaps a tag range, as far as it is to be told and one more. Numbers sort out what is far away, at no cost. */
function overlapping(own: ByteRange, others: readonly Reserved[], { starts, ends }: Bounds): Reserved[] {
  const found: Reserved[] = [];
  const [ownStart, ownEnd] = [Number(own.start), Number(own.end)];
  for (let i = 0; i < others.length; i++) {
    if (starts[i]! > ownEnd || ends[i]! < ownStart) continue;
    const other = others[i]!;
    const isApart = other.start >= own.end || own.start >= other.end || other.start === other.end;
    if (isApart || isSame(own, other)) continue;
    if (found.push(other) > MAX_FOUND) break;
  }
  return found;
}

/** Firmware that puts tag storage into the header as well says the same thing twice. */
function isSame(own: ByteRange, other: Reserved): boolean {
  return other.node === null && other.start === own.start && other.end === own.end;
}

function rangeText({ start, end }: ByteRange): string {
  return `${hexAddress(start)}-${hexAddress(end - 1n)}`;
}

function nameOf({ node }: Reserved): string {
  return node === null ? "/memreserve/" : node.path;
}
