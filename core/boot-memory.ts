/** The memory of a machine as a boot leaves it, for the page allocator to be exercised on. */
import type { MachineOptions } from "./allocator/machine-memory.ts";
import type { ManagedBoot } from "./kernel/boot.ts";
import { type ByteRange, byteRange, mergeRanges } from "./kernel/byte-ranges.ts";
import { readReservedMemory } from "./kernel/reserved-memory.ts";
import type { Machine } from "./machine.ts";
import type { PfnRange } from "./region.ts";

/**
 * What `createMachineMemory` takes: the memory and zones that the kernel kept, without reserved memory, `no-map` or not.
 * The kernel's own image is not modelled.
 */
export function bootMemory(machine: Machine, boot: ManagedBoot): MachineOptions {
  const { config, memoryMap, regions } = boot;
  const { series, pageSize, maxOrder, pageblockOrder } = config;
  return {
    series,
    pageSize,
    maxOrder,
    pageblockOrder,
    banks: memoryMap.ranges,
    zones: memoryMap.zones,
    reserved: reservedRanges(machine).map((range) => toPages(range, pageSize)),
    regions,
  };
}

/** Every range of every node that the kernel keeps from the page allocator, and `/memreserve/`; merged. */
function reservedRanges(machine: Machine): ByteRange[] {
  const { reserved, regions } = readReservedMemory(machine);
  const noMap = regions
    .filter((region) => region.noMap)
    .flatMap(({ node }) => machine.reservedNodes.find((entry) => entry.node === node)?.ranges ?? []);
  return mergeRanges([...reserved, ...noMap.map(({ address, size }) => byteRange(address, size))]);
}

/** Every page that the range touches. */
function toPages({ start, end }: ByteRange, pageSize: number): PfnRange {
  const page = BigInt(pageSize);
  return { start: Number(start / page), end: Number((end - 1n) / page) };
}
