/** What we say of a machine's memory beside what its kernel says. */
import type { KernelConfig } from "../../core/kernel/boot.ts";
import type { ByteRange } from "../../core/kernel/byte-ranges.ts";
import type { NodeZone } from "../../core/kernel/node-zones.ts";
import { type KernelResources, mergePages, pagesTouched } from "../../core/kernel/resources.ts";
import type { AddressRange } from "../../core/machine/property.ts";
import type { Machine } from "../../core/machine.ts";
import { type PfnRange, rangesOverlap } from "../../core/region.ts";
import type { GuestMemory, GuestZone } from "./guest-output.ts";

export type Topic = "tree" | "memory" | "no-map" | "reserved" | "zone";

/** One line. What is null is not there on that side. */
export interface Comparison {
  readonly topic: Topic;
  /** The node or the zone; null where the line is about memory as a whole. */
  readonly name: string | null;
  readonly ours: Value | null;
  readonly kernels: Value | null;
  readonly agrees: boolean;
}

/** Pages, numbers of a zone, or what a node of the tree says in bytes. */
export type Value =
  | { readonly kind: "pages"; readonly ranges: readonly PfnRange[] }
  | { readonly kind: "zone"; readonly start: number; readonly spanned: number; readonly present: number }
  | { readonly kind: "bytes"; readonly ranges: readonly AddressRange[]; readonly words: readonly string[] };

/** What we expect, for one kernel. */
export interface Expected {
  readonly machine: Machine;
  readonly resources: KernelResources;
  readonly zones: readonly NodeZone[];
  /** Reserved besides what the tree's reserved memory says: tag storage of the series that read it elsewhere. */
  readonly tags: readonly { readonly node: string; readonly range: PfnRange }[];
}

export interface Found {
  /** Of the blob that the kernel says it was given; null where it cannot be read. */
  readonly machine: Machine | null;
  readonly memory: GuestMemory;
  readonly zones: readonly GuestZone[];
}

/** Every line, those of the tree first. */
export function compareMemory(expected: Expected, found: Found, config: KernelConfig): Comparison[] {
  const { resources } = expected;
  return [
    ...compareTrees(expected.machine, found.machine),
    ...compareRanges("memory", resources.systemRam, found.memory.systemRam),
    ...compareRanges("no-map", resources.noMap, found.memory.noMap),
    ...compareReserved(expected, found.memory, config),
    ...compareZones(expected.zones, found.zones),
  ];
}

interface NodeValue {
  readonly path: string;
  readonly value: Value;
}

function compareTrees(ours: Machine, kernels: Machine | null): Comparison[] {
  const theirs = new Map((kernels === null ? [] : nodeValues(kernels)).map(({ path, value }) => [path, value]));
  const lines = nodeValues(ours).map(({ path, value }) => {
    const other = theirs.get(path) ?? null;
    theirs.delete(path);
    return { topic: "tree" as const, name: path, ours: value, kernels: other, agrees: sameValue(value, other) };
  });
  const more = [...theirs].map(([name, value]) => ({
    topic: "tree" as const,
    name,
    ours: null,
    kernels: value,
    agrees: false,
  }));
  return [...lines, ...more];
}

function nodeValues({ memoryNodes, reservedNodes, memReserves }: Machine): NodeValue[] {
  const words = (pairs: readonly (readonly [boolean, string])[]) =>
    pairs.filter(([has]) => has).map(([, word]) => word);
  return [
    ...memoryNodes.map(({ node, ranges, available, numaNode }) => ({
      path: node.path,
      value: {
        kind: "bytes" as const,
        ranges,
        words: words([
          [!available, "disabled"],
          [numaNode !== null, `NUMA node ${numaNode}`],
        ]),
      },
    })),
    ...reservedNodes.map(({ node, ranges, available, noMap }) => ({
      path: node.path,
      value: {
        kind: "bytes" as const,
        ranges,
        words: words([
          [!available, "disabled"],
          [noMap, "no-map"],
          [node.property("reg") === null, "placed by the kernel"],
        ]),
      },
    })),
    ...(memReserves.length === 0
      ? []
      : [
          {
            path: "/memreserve/",
            value: {
              kind: "bytes" as const,
              ranges: memReserves.map(({ address, size }) => ({ address, size, offset: 0 })),
              words: [],
            },
          },
        ]),
  ];
}

function sameValue(a: Value, b: Value | null): boolean {
  if (a.kind !== "bytes" || b?.kind !== "bytes") return false;
  return (
    a.words.join() === b.words.join() &&
    a.ranges.length === b.ranges.length &&
    a.ranges.every(({ address, size }, at) => b.ranges[at]!.address === address && b.ranges[at]!.size === size)
  );
}

/** A line for each of our ranges, with all of the kernel's that touch it; then the kernel's that touch none of ours. */
function compareRanges(topic: Topic, ours: readonly PfnRange[], kernels: readonly PfnRange[]): Comparison[] {
  const theirs = mergePages(kernels);
  const lines = ours.map((range) => {
    const other = theirs.filter((each) => rangesOverlap(each, range));
    const agrees = other.length === 1 && other[0]!.start === range.start && other[0]!.end === range.end;
    return { topic, name: null, ours: pagesOf([range]), kernels: other.length === 0 ? null : pagesOf(other), agrees };
  });
  const more = theirs
    .filter((range) => !ours.some((each) => rangesOverlap(each, range)))
    .map((range) => ({ topic, name: null, ours: null, kernels: pagesOf([range]), agrees: false }));
  return [...lines, ...more];
}

function pagesOf(ranges: readonly PfnRange[]): Value {
  return { kind: "pages", ranges };
}

/** Whether the kernel keeps each range from its page allocator, as far as there is memory. */
function compareReserved({ resources, tags }: Expected, memory: GuestMemory, { pageSize }: KernelConfig): Comparison[] {
  const taken = mergePages(memory.taken);
  const wanted = [
    ...resources.reserved
      .filter(({ kind }) => kind === "reserved")
      .map(({ node, range }) => ({ name: node?.path ?? "/memreserve/", range: pagesTouched(range, pageSize) })),
    ...tags.map(({ node, range }) => ({ name: node, range })),
  ];
  return wanted.flatMap(({ name, range }) => {
    // Memory that the kernel does not have, it need not keep from anybody
    const parts = clip(resources.systemRam, range);
    if (parts.length === 0) return [];
    const kept = parts.flatMap((part) => clip(taken, part));
    return [
      {
        topic: "reserved" as const,
        name,
        ours: pagesOf(parts),
        kernels: kept.length === 0 ? null : pagesOf(kept),
        agrees: sameRanges(parts, kept),
      },
    ];
  });
}

function clip(ranges: readonly PfnRange[], { start, end }: PfnRange): PfnRange[] {
  return ranges
    .map((range) => ({ start: Math.max(range.start, start), end: Math.min(range.end, end) }))
    .filter((range) => range.start <= range.end);
}

function sameRanges(a: readonly PfnRange[], b: readonly PfnRange[]): boolean {
  return a.length === b.length && a.every(({ start, end }, at) => b[at]!.start === start && b[at]!.end === end);
}

function compareZones(ours: readonly NodeZone[], kernels: readonly GuestZone[]): Comparison[] {
  const key = ({ numaNode, name }: { numaNode: number; name: string }) => `node ${numaNode}, ${name}`;
  const value = ({ start, spanned, present }: GuestZone | NodeZone): Value => ({
    kind: "zone",
    start,
    spanned,
    present,
  });
  const theirs = new Map(kernels.map((zone) => [key(zone), zone]));
  const lines = ours.map((zone) => {
    const other = theirs.get(key(zone)) ?? null;
    theirs.delete(key(zone));
    const agrees =
      other !== null && other.start === zone.start && other.spanned === zone.spanned && other.present === zone.present;
    return {
      topic: "zone" as const,
      name: key(zone),
      ours: value(zone),
      kernels: other === null ? null : value(other),
      agrees,
    };
  });
  const more = [...theirs].map(([name, zone]) => ({
    topic: "zone" as const,
    name,
    ours: null,
    kernels: value(zone),
    agrees: false,
  }));
  return [...lines, ...more];
}

/** What the kernel keeps from its page allocator that the tree says nothing of. */
export interface OwnMemory {
  readonly what: "kernel image" | "initramfs" | "blob" | "other";
  readonly range: PfnRange;
}

export function ownMemory(
  { resources, tags }: Expected,
  memory: GuestMemory,
  files: Readonly<Record<"kernel" | "initrd" | "blob", ByteRange>>,
  { pageSize }: KernelConfig,
): OwnMemory[] {
  const known = [
    ...resources.reserved.filter(({ kind }) => kind === "reserved").map(({ range }) => pagesTouched(range, pageSize)),
    ...tags.map(({ range }) => range),
  ];
  const named: readonly (readonly [OwnMemory["what"], PfnRange])[] = [
    ["kernel image", pagesTouched(files.kernel, pageSize)],
    ["initramfs", pagesTouched(files.initrd, pageSize)],
    ["blob", pagesTouched(files.blob, pageSize)],
  ];
  let rest = mergePages(memory.taken);
  for (const range of known) rest = without(rest, range);
  const own: OwnMemory[] = [];
  for (const [what, place] of named) {
    own.push(...clip(rest, place).map((range) => ({ what, range })));
    rest = without(rest, place);
  }
  return [...own, ...rest.map((range) => ({ what: "other" as const, range }))];
}

function without(ranges: readonly PfnRange[], { start, end }: PfnRange): PfnRange[] {
  return ranges.flatMap((range) =>
    [
      { start: range.start, end: Math.min(range.end, start - 1) },
      { start: Math.max(range.start, end + 1), end: range.end },
    ].filter((part) => part.start <= part.end),
  );
}
