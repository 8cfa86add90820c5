import type { Finding } from "../finding.ts";
import type { Machine } from "../machine.ts";
import type { PfnRange, TagRegion } from "../region.ts";
import type { Series } from "../series.ts";

/** Rows in the kernel's `tag_regions` table, in every series. */
export const MAX_TAG_REGIONS = 32;

/** A kernel to boot: the series and how it is configured. Defaults: `kernelConfig` in config.ts. */
export interface KernelConfig {
  readonly series: Series;
  readonly pageSize: 4096 | 16384 | 65536;
  /** The largest order of the page allocator, itself included. */
  readonly maxOrder: number;
  readonly pageblockOrder: number;
  readonly vaBits: number;
  readonly paBits: number;
  /** `mem=` in bytes; null where it is not given. */
  readonly memLimitBytes: bigint | null;
  /** CMA areas that the kernel has room for, the default area's included. */
  readonly cmaAreas: number;
}

export type ZoneName = "DMA" | "DMA32" | "Normal";

/** A zone's span of pages; zones without pages are left out. */
export interface Zone extends PfnRange {
  readonly name: ZoneName;
}

/** The memory that the kernel keeps once its limits are enforced. */
export interface MemoryMap {
  /** Ascending, merged where they touch. */
  readonly ranges: readonly PfnRange[];
  readonly zones: readonly Zone[];
}

/** What one kernel makes of one tree. `findings` says why, whatever the outcome. */
export type Boot = ManagedBoot | UnmanagedBoot;

export interface ManagedBoot {
  readonly outcome: "managed";
  readonly config: KernelConfig;
  /** `tag_regions` as it stands when boot is done, in the kernel's order; at least one. */
  readonly regions: readonly TagRegion[];
  readonly memoryMap: MemoryMap;
  readonly findings: readonly Finding[];
}

export interface UnmanagedBoot {
  /** `disabled`: tag storage was found and management turned off. `absent`: the kernel saw none. */
  readonly outcome: "disabled" | "absent";
  readonly config: KernelConfig;
  readonly memoryMap: MemoryMap;
  readonly findings: readonly Finding[];
}

/** One series: what its kernel makes of a machine. */
export type BootSeries = (machine: Machine, config: KernelConfig) => Boot;
