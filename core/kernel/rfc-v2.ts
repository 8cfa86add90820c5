import type { BootSeries } from "./boot.ts";
import { NODE_NAME_PART } from "./detect-series.ts";
import { bootFlatTree } from "./flat-scan.ts";

/** rfc-v2, posted 2023-11-19. */
export const bootRfcV2: BootSeries = (machine, config) => bootFlatTree(machine, config, NODE_NAME_PART["rfc-v2"]);
