import type { BootSeries } from "./boot.ts";
import { bootReservedMemory } from "./boot-reserved-memory.ts";
import { KERNEL_SPLIT } from "./split-zones.ts";

/** rfc-v3, posted 2024-01-25. */
export const bootRfcV3: BootSeries = (machine, config) =>
  bootReservedMemory(machine, config, { split: KERNEL_SPLIT, asksExactTags: false });
