import type { BootSeries } from "./boot.ts";
import { NODE_NAME_PART } from "./detect-series.ts";
import { bootFlatTree } from "./flat-scan.ts";

/** rfc-v1, posted 2023-08-23. With all its patches applied it boots by rfc-v2's rules under another node name. */
export const bootRfcV1: BootSeries = (machine, config) => bootFlatTree(machine, config, NODE_NAME_PART["rfc-v1"]);
