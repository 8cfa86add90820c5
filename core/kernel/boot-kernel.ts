import type { Machine } from "../machine.ts";
import type { Series } from "../series.ts";
import type { Boot, BootSeries, KernelConfig } from "./boot.ts";
import { bootExact } from "./exact.ts";
import { bootRfcV1 } from "./rfc-v1.ts";
import { bootRfcV2 } from "./rfc-v2.ts";
import { bootRfcV3 } from "./rfc-v3.ts";

const BOOT_SERIES: Record<Series, BootSeries> = {
  "rfc-v1": bootRfcV1,
  "rfc-v2": bootRfcV2,
  "rfc-v3": bootRfcV3,
  exact: bootExact,
};

/**
 * What one kernel makes of one machine: its table or why it has none, its memory and zones, and findings that say what
 * the kernel does with what it was given. Findings never change the outcome.
 */
export function bootKernel(machine: Machine, config: KernelConfig): Boot {
  return BOOT_SERIES[config.series](machine, config);
}
