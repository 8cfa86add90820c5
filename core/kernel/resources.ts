/**
 * What a kernel shows of its memory once it runs: `/proc/iomem` as `request_standard_resources` and
 * `reserve_memblock_reserved_regions` of arch/arm64/kernel/setup.c make it. The kernel reserves memory for itself as well,
 * which is not told here.
 */
import type { TreeNode } from "../../dts/tree.ts";
import { toAddress } from "../machine/units.ts";
import type { Machine } from "../machine.ts";
import { type PfnRange, rangePages } from "../region.ts";
import type { KernelConfig, MemoryMap } from "./boot.ts";
import { type ByteRange, byteRange, removeRange } from "./byte-ranges.ts";
import { pageblockBytes } from "./config.ts";
import { givenBack } from "./dma-pools.ts";
import { type MemoryPiece, memoryPieces } from "./memory-pieces.ts";
import { findFormatFault, isWholePairs, readReservedMemory } from "./reserved-memory.ts";

/**
 * What becomes of a range that the tree reserves. `refused`: it was to be `no-map`, and stays memory like any other, as it
 * was reserved already. `given back`: it is freed again, see {@link givenBack}.
 */
export type ReservedKind = "reserved" | "no-map" | "refused" | "given back";

export interface ReservedByTree {
  /** Null for `/memreserve/`. */
  readonly node: TreeNode | null;
  /** As the tree has it. */
  readonly range: ByteRange;
  readonly kind: ReservedKind;
  /** What is left of it: of ranges that overlap, one that is given back takes its part of the others with it. */
  readonly kept: readonly ByteRange[];
}

export interface KernelResources {
  /** `System RAM`: pages that lie wholly in a piece of memory that may be mapped. Ascending, merged where they touch. */
  readonly systemRam: readonly PfnRange[];
  /** `reserved` beside `System RAM`: pages that touch memory which is `no-map`. Ascending, merged. */
  readonly noMap: readonly PfnRange[];
  /** In the order in which the kernel comes to them. */
  readonly reserved: readonly ReservedByTree[];
  /** All memory, ascending. */
  readonly pieces: readonly MemoryPiece[];
}

export function readResources(machine: Machine, map: MemoryMap, config: KernelConfig): KernelResources {
  const { pageSize } = config;
  const memory = map.ranges.map((range) =>
    byteRange(toAddress(range.start, pageSize), toAddress(rangePages(range), pageSize)),
  );
  const reserved = reservedByTree(machine, memory, pageblockBytes(config));
  const noMap = reserved.filter(({ kind }) => kind === "no-map").flatMap(({ kept }) => kept);
  const pieces = memoryPieces(machine, memory, noMap);
  return {
    systemRam: mergePages(pieces.filter((piece) => !piece.noMap).flatMap((piece) => pagesInside(piece, pageSize))),
    noMap: mergePages(pieces.filter((piece) => piece.noMap).map((piece) => pagesTouched(piece, pageSize))),
    reserved,
    pieces,
  };
}

/**
 * `early_init_fdt_scan_reserved_mem`: first the header's reservations, then the children of /reserved-memory in turn; and
 * when all are there, those that nobody wants are freed.
 */
function reservedByTree(machine: Machine, memory: readonly ByteRange[], pageblock: bigint): ReservedByTree[] {
  const scanned = scanReserved(machine, memory);
  const freed = givenBack(readReservedMemory(machine).regions, pageblock);
  return scanned.map(({ node, range, kind }) => {
    const isFreed = freed.some((region) => region.node === node && region.base === range.start);
    let kept: readonly ByteRange[] = kind === "refused" ? [] : [range];
    for (const { base, size, noMap } of freed) {
      if (noMap === (kind === "no-map")) kept = removeRange(kept, byteRange(base, size));
    }
    return { node, range, kind: isFreed ? "given back" : kind, kept: isFreed ? [] : kept };
  });
}

/** What is reserved already cannot become `no-map` (`early_init_dt_reserve_memory`). */
function scanReserved(machine: Machine, memory: readonly ByteRange[]): Omit<ReservedByTree, "kept">[] {
  const found: Omit<ReservedByTree, "kept">[] = machine.memReserves.map(({ address, size }) => ({
    node: null,
    range: byteRange(address, size),
    kind: "reserved",
  }));
  if (findFormatFault(machine) !== null) return found;
  const { address: addressCells, size: sizeCells } = machine.rootCells;
  for (const { node, available, reg, ranges, noMap } of machine.reservedNodes) {
    if (!available || reg === null || !isWholePairs(reg, addressCells + sizeCells)) continue;
    for (const { address, size } of ranges) {
      const range = byteRange(address, size);
      if (range.start === range.end) continue;
      const isTaken =
        memory.some((other) => overlaps(other, range)) &&
        found.some((other) => other.kind === "reserved" && overlaps(other.range, range));
      found.push({ node, range, kind: !noMap ? "reserved" : isTaken ? "refused" : "no-map" });
    }
  }
  return found.filter(({ range }) => range.start < range.end);
}

function overlaps(a: ByteRange, b: ByteRange): boolean {
  return a.start < b.end && b.start < a.end;
}

/** `memblock_region_memory_base_pfn` to `memblock_region_memory_end_pfn`; none where no page is whole. */
export function pagesInside({ start, end }: ByteRange, pageSize: number): PfnRange[] {
  const page = BigInt(pageSize);
  const range = { start: Number((start + page - 1n) / page), end: Number(end / page) - 1 };
  return range.start <= range.end ? [range] : [];
}

/** `memblock_region_reserved_base_pfn` to `memblock_region_reserved_end_pfn`. */
export function pagesTouched({ start, end }: ByteRange, pageSize: number): PfnRange {
  const page = BigInt(pageSize);
  return { start: Number(start / page), end: Number((end - 1n) / page) };
}

/** The union of ranges of pages, in order. */
export function mergePages(ranges: readonly PfnRange[]): PfnRange[] {
  const merged: PfnRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || range.start > last.end + 1) merged.push(range);
    else if (range.end > last.end) merged[merged.length - 1] = { start: last.start, end: range.end };
  }
  return merged;
}
