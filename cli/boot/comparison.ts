/** What a comparison is made of: what we expect of a kernel, what it has, and a line about each thing. */
import type { NodeZone } from "../../core/kernel/node-zones.ts";
import type { KernelResources } from "../../core/kernel/resources.ts";
import type { AddressRange } from "../../core/machine/property.ts";
import type { Machine } from "../../core/machine.ts";
import type { PfnRange } from "../../core/region.ts";
import type { GuestMemory, GuestZone } from "./guest-output.ts";

/**
 * `tree`: a node, as it reached the kernel. `memory`: `System RAM`. `no-map`: memory that the kernel has and does not map.
 * `reserved`: memory that its page allocator never gets. `zone`: of one NUMA node.
 */
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

/** Pages, so many pages anywhere, numbers of a zone, or what a node of the tree says in bytes. */
export type Value =
  | { readonly kind: "pages"; readonly ranges: readonly PfnRange[] }
  | { readonly kind: "anywhere"; readonly pages: number }
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
  /** Of the blob that the kernel says it was given. */
  readonly machine: Machine;
  readonly memory: GuestMemory;
  readonly zones: readonly GuestZone[];
}

export function pagesValue(ranges: readonly PfnRange[]): Value {
  return { kind: "pages", ranges };
}

/** What ranges have in common with a stretch. */
export function clipPages(ranges: readonly PfnRange[], { start, end }: PfnRange): PfnRange[] {
  return ranges
    .map((range) => ({ start: Math.max(range.start, start), end: Math.min(range.end, end) }))
    .filter((range) => range.start <= range.end);
}

/** Ranges without a stretch. */
export function withoutPages(ranges: readonly PfnRange[], { start, end }: PfnRange): PfnRange[] {
  return ranges.flatMap((range) =>
    [
      { start: range.start, end: Math.min(range.end, start - 1) },
      { start: Math.max(range.start, end + 1), end: range.end },
    ].filter((part) => part.start <= part.end),
  );
}

export function samePages(a: readonly PfnRange[], b: readonly PfnRange[]): boolean {
  return a.length === b.length && a.every(({ start, end }, at) => b[at]!.start === start && b[at]!.end === end);
}
