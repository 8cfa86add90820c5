import type { Series } from "../series.ts";
import type { KernelConfig } from "./boot.ts";

/** What a user may say about a kernel; the rest follows from the page size. */
export interface KernelOptions {
  readonly series: Series;
  readonly pageSize?: KernelConfig["pageSize"];
  readonly maxOrder?: number;
  /** Without hugetlb, a kernel's pageblock order is its largest order: then it is to be given. */
  readonly pageblockOrder?: number;
  readonly vaBits?: number;
  readonly paBits?: number;
  readonly memLimitBytes?: bigint | null;
  readonly cmaAreas?: number;
}

/** arm64's defconfig, which has hugetlb: `ARCH_FORCE_MAX_ORDER` and the order of a huge page. Orders are inclusive. */
const PAGE_SIZES: Record<KernelConfig["pageSize"], { maxOrder: number; pageblockOrder: number }> = {
  4096: { maxOrder: 10, pageblockOrder: 9 },
  16384: { maxOrder: 11, pageblockOrder: 11 },
  65536: { maxOrder: 13, pageblockOrder: 13 },
};

/** A kernel's configuration with arm64's defaults for what is not given. Checks no range: the caller does. */
export function kernelConfig(options: KernelOptions): KernelConfig {
  const pageSize = options.pageSize ?? 4096;
  const maxOrder = options.maxOrder ?? PAGE_SIZES[pageSize].maxOrder;
  return {
    series: options.series,
    pageSize,
    maxOrder,
    // pageblock_order is the smaller of HUGETLB_PAGE_ORDER and MAX_PAGE_ORDER: fewer orders make smaller pageblocks
    pageblockOrder: options.pageblockOrder ?? Math.min(PAGE_SIZES[pageSize].pageblockOrder, maxOrder),
    vaBits: options.vaBits ?? 48,
    // 48 with every page size, as ARM64_PA_BITS_48 is the default of its choice: kernels.md's "52 with 64 KiB pages or
    // LPA2" names, as the VA bits before it, what a kernel may be configured for
    paBits: options.paBits ?? 48,
    memLimitBytes: options.memLimitBytes ?? null,
    cmaAreas: options.cmaAreas ?? 20,
  };
}

/** Pages in a pageblock. */
export function pageblockPages(config: KernelConfig): number {
  // PFNs have 52 bits: no pageblock can be larger
  return 2 ** Math.min(52, Math.max(0, Math.trunc(config.pageblockOrder)));
}

/** Bytes in a pageblock: the unit in which tag storage becomes CMA memory. */
export function pageblockBytes(config: KernelConfig): bigint {
  return BigInt(pageblockPages(config)) * BigInt(config.pageSize);
}
