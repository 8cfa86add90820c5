import type { BootSeries } from "./boot.ts";
import { bootReservedMemory } from "./boot-reserved-memory.ts";
import { detectMachineSeries } from "./detect-series.ts";
import { bootRfcV1 } from "./rfc-v1.ts";
import { bootRfcV2 } from "./rfc-v2.ts";
import { HARDWARE_SPLIT } from "./split-zones.ts";

/**
 * The yardstick: boots by the rules of the dialect that the tree is written in. rfc-v1 and rfc-v2 ask for tags of
 * exactly 1/32 already and split nothing; in rfc-v3's dialect it asks for that too, and splits where hardware does.
 */
export const bootExact: BootSeries = (machine, config) => {
  const { series } = detectMachineSeries(machine);
  if (series === "rfc-v1") return bootRfcV1(machine, config);
  if (series === "rfc-v2") return bootRfcV2(machine, config);
  return bootReservedMemory(machine, config, { split: HARDWARE_SPLIT, asksExactTags: true });
};
