/**
 * How many pages each zone keeps back, as the kernel works it out at boot: `calculate_min_free_kbytes`,
 * `__setup_per_zone_wmarks` and `setup_per_zone_lowmem_reserve` of v6.8, with no sysctl changed. khugepaged, which raises
 * `min_free_kbytes` where transparent huge pages are on by default, is not modelled.
 */

/** `sysctl_lowmem_reserve_ratio` of the zones DMA and DMA32: one page is kept for so many in the zones above. */
const LOWMEM_RESERVE_RATIO = 256;
/** `watermark_scale_factor`, in ten-thousandths of a zone. */
const WATERMARK_SCALE_FACTOR = 10;

/** By zone, in pages: what must stay free, the zone's lowmem reserve included. */
export interface Watermarks {
  readonly min: Int32Array;
  readonly low: Int32Array;
}

/**
 * Watermarks of zones with so many managed pages, ascending, for allocations that may use all of them. `nodes` has the
 * NUMA node of each: a zone keeps pages back for the zones above it in its own node.
 */
export function kernelWatermarks(managedPages: Int32Array, pageSize: number, nodes: readonly number[]): Watermarks {
  const total = managedPages.reduce((sum, pages) => sum + pages, 0);
  const pageKbytes = pageSize / 1024;
  const minFreeKbytes = Math.min(Math.max(integerRoot(total * pageKbytes * 16), 128), 262144);
  const minFreePages = Math.floor(minFreeKbytes / pageKbytes);
  const min = new Int32Array(managedPages.length);
  const low = new Int32Array(managedPages.length);
  let above = 0;
  for (let zone = managedPages.length - 1; zone >= 0; zone--) {
    const managed = managedPages[zone]!;
    if (nodes[zone] !== nodes[zone + 1]) above = 0;
    const reserve = Math.floor(above / LOWMEM_RESERVE_RATIO);
    const share = total === 0 ? 0 : Math.floor((minFreePages * managed) / total);
    const step = Math.max(Math.floor(share / 4), Math.floor((managed * WATERMARK_SCALE_FACTOR) / 10000));
    min[zone] = share + reserve;
    low[zone] = share + step + reserve;
    above += managed;
  }
  return { min, low };
}

/** `int_sqrt`: whatever the last bit of an engine's square root is, which the language leaves open. */
function integerRoot(number: number): number {
  let root = Math.floor(Math.sqrt(number));
  while (root * root > number) root--;
  while ((root + 1) * (root + 1) <= number) root++;
  return root;
}
