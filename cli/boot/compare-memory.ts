/** What we say of a machine's memory beside what its kernel says. */
import type { KernelConfig } from "../../core/kernel/boot.ts";
import { chosenSize } from "../../core/kernel/cma.ts";
import { isReusablePool } from "../../core/kernel/dma-pools.ts";
import type { NodeZone } from "../../core/kernel/node-zones.ts";
import { type ReservedRegion, readReservedMemory } from "../../core/kernel/reserved-memory.ts";
import { mergePages, pagesTouched } from "../../core/kernel/resources.ts";
import { toPfn } from "../../core/machine/units.ts";
import type { Machine } from "../../core/machine.ts";
import { type PfnRange, rangePages, rangesOverlap } from "../../core/region.ts";
import { compareTrees } from "./compare-trees.ts";
import {
  type Comparison,
  clipPages,
  type Expected,
  type Found,
  pagesValue,
  samePages,
  type Topic,
  type Value,
  withoutPages,
} from "./comparison.ts";
import type { GuestMemory, GuestZone } from "./guest-output.ts";

/** Every line, those of the tree first. */
export function compareMemory(expected: Expected, found: Found, { pageSize }: KernelConfig): Comparison[] {
  const { resources, machine } = expected;
  const placed = comparePlaced(machine, resources, found.memory, pageSize);
  // Where the kernel placed what is no-map, there is no other memory
  const systemRam = placed.ranges.reduce((left, range) => withoutPages(left, range), resources.systemRam);
  const noMap = placed.ranges.reduce((left, range) => withoutPages(left, range), mergePages(found.memory.noMap));
  return [
    ...compareTrees(machine, found.machine),
    ...compareRanges("memory", systemRam, mergePages(found.memory.systemRam)),
    ...compareRanges("no-map", resources.noMap, noMap),
    ...placed.lines,
    ...compareReserved({ ...expected, resources: { ...resources, systemRam } }, found.memory, pageSize),
    ...compareZones(expected.zones, found.zones, placed.lostPages),
  ];
}

interface Placed {
  readonly lines: readonly Comparison[];
  /** Where the kernel has placed them; none where it does not agree. */
  readonly ranges: readonly PfnRange[];
  /** Pages that no zone has for it, at most. */
  readonly lostPages: number;
}

/** Nodes that are `no-map` and leave their place to the kernel: it has as many pages more that are not mapped. */
function comparePlaced(
  machine: Machine,
  { systemRam, noMap }: Expected["resources"],
  memory: GuestMemory,
  pageSize: number,
): Placed {
  const nodes = placedByKernel(machine).filter((region) => region.noMap && !isReusablePool(region.node));
  const sizes = nodes.map(({ node }) => toPfn(chosenSize(node, machine) + BigInt(pageSize - 1), pageSize));
  const pages = sizes.reduce((sum, size) => sum + size, 0);
  if (pages === 0) return { lines: [], ranges: [], lostPages: 0 };
  const more = noMap.reduce((left, range) => withoutPages(left, range), mergePages(memory.noMap));
  const ranges = more.flatMap((range) => clipPages(systemRam, range));
  const found = ranges.reduce((sum, range) => sum + rangePages(range), 0);
  // Off a page boundary, each touches a page more
  const agrees = pages <= found && found <= pages + nodes.length;
  const line: Comparison = {
    topic: "no-map",
    name: nodes.map(({ node }) => node.path).join(", "),
    ours: { kind: "anywhere", pages },
    kernels: ranges.length === 0 ? null : pagesValue(ranges),
    agrees,
  };
  // A page that is in part no-map is not present, which is so on either side
  return { lines: [line], ranges: agrees ? ranges : [], lostPages: agrees ? 2 * (found - pages) : 0 };
}

/** Nodes without `reg` whose place the kernel chooses. */
export function placedByKernel(machine: Machine): ReservedRegion[] {
  return readReservedMemory(machine).regions.filter(({ node }) => node.property("reg") === null);
}

/** A line for each of our ranges, with all of the kernel's that touch it; then the kernel's that touch none of ours. */
function compareRanges(topic: Topic, ours: readonly PfnRange[], kernels: readonly PfnRange[]): Comparison[] {
  const lines = ours.map((range): Comparison => {
    const other = kernels.filter((each) => rangesOverlap(each, range));
    const agrees = samePages(other, [range]);
    return {
      topic,
      name: null,
      ours: pagesValue([range]),
      kernels: other.length === 0 ? null : pagesValue(other),
      agrees,
    };
  });
  const more = kernels
    .filter((range) => !ours.some((each) => rangesOverlap(each, range)))
    .map((range): Comparison => ({ topic, name: null, ours: null, kernels: pagesValue([range]), agrees: false }));
  return [...lines, ...more];
}

/** What the tree has reserved, by node, in pages. */
export function reservedPages({ resources, tags }: Expected, pageSize: number) {
  return [
    ...resources.reserved
      .filter(({ kind }) => kind === "reserved")
      .flatMap(({ node, kept }) =>
        kept.map((range) => ({ node: node?.path ?? "/memreserve/", range: pagesTouched(range, pageSize) })),
      ),
    ...tags,
  ];
}

/** Whether the kernel keeps each range from its page allocator, as far as there is memory. */
function compareReserved(expected: Expected, memory: GuestMemory, pageSize: number): Comparison[] {
  const taken = mergePages(memory.taken);
  return reservedPages(expected, pageSize).flatMap(({ node, range }): Comparison[] => {
    // Memory that the kernel does not have, it need not keep from anybody
    const parts = clipPages(expected.resources.systemRam, range);
    if (parts.length === 0) return [];
    const kept = parts.flatMap((part) => clipPages(taken, part));
    const kernels = kept.length === 0 ? null : pagesValue(kept);
    return [{ topic: "reserved", name: node, ours: pagesValue(parts), kernels, agrees: samePages(parts, kept) }];
  });
}

function compareZones(ours: readonly NodeZone[], kernels: readonly GuestZone[], lostPages: number): Comparison[] {
  const nameOf = ({ numaNode, name }: GuestZone | NodeZone) => `node ${numaNode}, ${name}`;
  const zoneValue = ({ start, spanned, present }: GuestZone | NodeZone): Value => ({
    kind: "zone",
    start,
    spanned,
    present,
  });
  const theirs = new Map(kernels.map((zone) => [nameOf(zone), zone]));
  const lines = ours.map((zone): Comparison => {
    const name = nameOf(zone);
    const other = theirs.get(name);
    theirs.delete(name);
    const agrees =
      other?.start === zone.start &&
      other.spanned === zone.spanned &&
      other.present <= zone.present &&
      other.present >= zone.present - lostPages;
    return {
      topic: "zone",
      name,
      ours: zoneValue(zone),
      kernels: other === undefined ? null : zoneValue(other),
      agrees,
    };
  });
  const more = [...theirs].map(
    ([name, zone]): Comparison => ({ topic: "zone", name, ours: null, kernels: zoneValue(zone), agrees: false }),
  );
  return [...lines, ...more];
}
