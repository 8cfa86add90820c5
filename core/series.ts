/** The kernel series that are modelled; `exact` is the yardstick, no kernel. See docs/kernels.md in `shared`. */
export const SERIES = ["rfc-v1", "rfc-v2", "rfc-v3", "exact"] as const;

export type Series = (typeof SERIES)[number];
