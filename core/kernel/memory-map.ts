/** The memory that a kernel keeps, and its zones: the same for every series. */

import { toAddress, toPfn, U64_MAX } from "../machine/units.ts";
import type { Machine } from "../machine.ts";
import { type PfnRange, rangePages } from "../region.ts";
import type { KernelConfig, MemoryMap, Zone, ZoneName } from "./boot.ts";
import { type ByteRange, byteRange, mergeRanges, removeRange } from "./byte-ranges.ts";
import { dmaAddressBits } from "./dma-limit.ts";
import { leaveUsable } from "./usable-range.ts";

const EVERYTHING_END = U64_MAX + 1n;
const GIB = 1n << 30n;

/** `ARM64_MEMSTART_ALIGN`. */
const LINEAR_MAP_ALIGN: Record<KernelConfig["pageSize"], bigint> = { 4096: GIB, 16384: GIB, 65536: GIB / 2n };

/** What a series does to memory before limits are enforced. Removal comes last. */
export interface EarlyMemory {
  readonly added: readonly PfnRange[];
  readonly removed: readonly PfnRange[];
}

/** The memory of a machine under a kernel, once all limits are enforced. */
export function readMemoryMap(machine: Machine, config: KernelConfig, early?: EarlyMemory): MemoryMap {
  const { pageSize } = config;
  const asBytes = (range: PfnRange) =>
    byteRange(toAddress(range.start, pageSize), toAddress(rangePages(range), pageSize));
  const scanned = leaveUsable(mergeRanges(scanMemory(machine, pageSize)), machine);
  let memory = mergeRanges([...scanned, ...(early?.added ?? []).map(asBytes)]);
  for (const range of early?.removed ?? []) memory = removeRange(memory, asBytes(range));
  memory = mergeRanges(wholePages(enforceLimits(memory, config), pageSize));
  return {
    ranges: memory.map((range) => ({ start: toPfn(range.start, pageSize), end: toPfn(range.end - 1n, pageSize) })),
    zones: findZones(memory, dmaAddressBits(machine.tree.root), pageSize),
  };
}

/** `early_init_dt_scan_memory`, and the trimming inwards to whole pages of `early_init_dt_add_memory_arch`. */
function scanMemory({ memoryNodes }: Machine, pageSize: number): ByteRange[] {
  const available = memoryNodes.filter((node) => node.available).flatMap(({ ranges }) => ranges);
  return wholePages(
    available.map(({ address, size }) => byteRange(address, size)),
    pageSize,
  );
}

/** Ranges trimmed inwards; those without a whole page are empty, or run backwards. */
function wholePages(ranges: readonly ByteRange[], pageSize: number): ByteRange[] {
  const page = BigInt(pageSize);
  return ranges.map(({ start, end }) => ({ start: ((start + page - 1n) / page) * page, end: (end / page) * page }));
}

/** The removals of `arm64_memblock_init`, in its order. The kernel image, which it never removes, is not modelled. */
function enforceLimits(memory: ByteRange[], config: KernelConfig): ByteRange[] {
  const dropFrom = (start: bigint) => {
    memory = removeRange(memory, { start, end: EVERYTHING_END });
  };
  dropFrom(powerOfTwo(config.paBits));
  const startOfDram = memory[0]?.start ?? 0n;
  const align = LINEAR_MAP_ALIGN[config.pageSize];
  // With 52 bits nVHE KVM caps the span to 2^51, which it is already
  dropFrom((startOfDram / align) * align + powerOfTwo(config.vaBits - 1));
  if (config.memLimitBytes !== null) {
    const page = BigInt(config.pageSize);
    const limit = limitAddress(memory, (config.memLimitBytes / page) * page);
    if (limit !== null) dropFrom(limit);
  }
  return memory;
}

function powerOfTwo(bits: number): bigint {
  return 1n << BigInt(Math.min(64, Math.max(0, Math.trunc(bits))));
}

/**
 * `__find_max_addr`: the address at which `bytes` of memory are used up; null where there is not so much. A limit of less
 * than a page is none (`memblock_mem_limit_remove_map`).
 */
function limitAddress(memory: readonly ByteRange[], bytes: bigint): bigint | null {
  if (bytes === 0n) return null;
  for (const { start, end } of memory) {
    if (bytes <= end - start) return start + bytes;
    bytes -= end - start;
  }
  return null;
}

/**
 * `zone_sizes_init` and `free_area_init`: a zone spans from where the last one ends, or DRAM starts, to its limit, holes
 * included. NUMA nodes, which have zones of their own, are not told apart.
 */
function findZones(memory: readonly ByteRange[], dmaBits: number, pageSize: number): Zone[] {
  const first = memory[0];
  const last = memory.at(-1);
  if (first === undefined || last === undefined) return [];
  const limits: [ZoneName, bigint][] = [
    ["DMA", zoneLimit(Math.min(32, dmaBits), first.start, last.end)],
    ["DMA32", zoneLimit(32, first.start, last.end)],
    ["Normal", last.end],
  ];
  const zones: Zone[] = [];
  let start = toPfn(first.start, pageSize);
  for (const [name, limit] of limits) {
    const end = Math.max(start, Number(limit / BigInt(pageSize)));
    if (start < end && hasPages(memory, start, end, pageSize)) zones.push({ name, start, end: end - 1 });
    start = end;
  }
  return zones;
}

/** `max_zone_phys`: the address that a limit of `bits` comes to, exclusive. */
function zoneLimit(bits: number, startOfDram: bigint, endOfDram: bigint): bigint {
  const mask = powerOfTwo(bits) - 1n;
  const last = startOfDram > 0xffff_ffffn ? U64_MAX : startOfDram > mask ? 0xffff_ffffn : mask;
  return (last < endOfDram - 1n ? last : endOfDram - 1n) + 1n;
}

function hasPages(memory: readonly ByteRange[], start: number, end: number, pageSize: number): boolean {
  const from = toAddress(start, pageSize);
  const to = toAddress(end, pageSize);
  return memory.some((range) => range.start < to && from < range.end);
}

/** The PFN after the last page of DRAM; 0 where there is none. */
export function endOfDram(map: MemoryMap): number {
  const last = map.ranges.at(-1);
  return last === undefined ? 0 : last.end + 1;
}

/** The first page of DRAM; 0 where there is none. */
export function startOfDram(map: MemoryMap): number {
  return map.ranges[0]?.start ?? 0;
}

/** The first page of `range`, after its first, that is in another zone than the page before it; null where none is. */
export function zoneBoundaryIn(range: PfnRange, zones: readonly Zone[]): number | null {
  for (const zone of zones) if (range.start < zone.start && zone.start <= range.end) return zone.start;
  return null;
}

/** The first page of `range` that the kernel does not have as memory; null where it has all. */
export function firstMissingPage(range: PfnRange, map: MemoryMap): number | null {
  let pfn = range.start;
  for (const present of map.ranges) {
    if (present.end < pfn) continue;
    if (present.start > pfn) break;
    pfn = present.end + 1;
    if (pfn > range.end) return null;
  }
  return pfn;
}
