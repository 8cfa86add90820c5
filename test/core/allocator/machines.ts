/** Small machines to exercise: tagged memory, then its tag storage, in one zone. */
import type { MachineOptions } from "../../../core/allocator/machine-memory.ts";
import type { TagRegion } from "../../../core/region.ts";
import type { Series } from "../../../core/series.ts";

export function tagRegion(
  m0: number,
  memoryPages: number,
  t0: number,
  tagPages: number,
  blockPages: number,
): TagRegion {
  return {
    node: "/tags",
    memoryNode: "/memory",
    memory: { start: m0, end: m0 + memoryPages - 1 },
    tags: { start: t0, end: t0 + tagPages - 1 },
    blockPages,
    numaNode: null,
  };
}

/** Pageblocks of 16 pages, blocks of up to 64, nothing kept back; memory is what the regions name. */
export function machineOf(
  series: Series,
  regions: readonly TagRegion[],
  options: Partial<MachineOptions> = {},
): MachineOptions {
  const banks = regions.flatMap(({ memory, tags }) => [memory, tags]).sort((a, b) => a.start - b.start);
  return {
    pageSize: 4096,
    maxOrder: 6,
    pageblockOrder: 4,
    banks,
    zones: [{ name: "Normal", start: 0, end: 2 ** 40 }],
    reserved: [],
    regions,
    series,
    isWatermarked: false,
    ...options,
  };
}
