/** What a blob may hold, beside what `../limits.ts` allows any tree: far above any board, and bounds what it costs to read. */
export const BLOB_LIMITS = {
  bytes: 1 << 28,
  nodesAndProperties: 2_000_000,
  memReserves: 65_536,
  /** Of a node or a property; the specification has 31. */
  nameBytes: 1024,
} as const;
