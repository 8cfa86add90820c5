/**
 * What an input may ask for. Each limit is far above what any board needs (the largest of Linux 6.1 has 5,064 nodes and
 * properties, 25,916 tokens and 334,062 characters), bounds the time and memory that reading takes, and ends in an ordinary error of the rule `limit` (`blob-limit` in a blob). docs/limits.md tells users of them.
 */
export const LIMITS = {
  /** Nodes within nodes, the root counted. */
  nodeDepth: 512,
  /** Files within files, the input counted; gcc's own limit, and dtc's. */
  includeDepth: 200,
  /** Files brought in by one input, each inclusion counted. */
  includes: 20_000,
  /** Characters of the input and of all that it includes, each inclusion counted; and of files read at all. */
  sourceCharacters: 1 << 26,
  /**
   * Tokens of the input and of all that it includes, each inclusion and the end of each file counted, with those that
   * macros expand to. A statement or `#define` line that is read whole (statements.ts, define-lines.ts) counts as one.
   */
  tokens: 4_000_000,
  /**
   * Tokens that macros expand to, arguments counted wherever they are expanded; of a call that is worked out
   * (macro-value.ts), the numbers and operators of the body.
   */
  expandedTokens: 2_000_000,
  /** Characters of the strings and names that `#` and `##` make. */
  pastedCharacters: 1 << 22,
  /** Macro calls within macro arguments, and parentheses, signs and conditionals within expressions. */
  expressionDepth: 256,
  /** Bytes in the name of a node or property, and in a label; the specification has 31, a file of a live tree 255. */
  nameBytes: 255,
  /** Nodes and properties that a source writes or deletes, each time counted. */
  nodesAndProperties: 250_000,
  /** The same of a blob: a source's, with the phandles, symbols and fixups that are added to it. */
  blobNodesAndProperties: 750_000,
  /** `/memreserve/` entries, or those of a blob's reservation block. */
  memReserves: 65_536,
  /** Bytes of all properties of a source together, the paths that references stand for included. */
  propertyBytes: 1 << 26,
  /** Bytes of a blob. */
  blobBytes: 1 << 27,
  /** Errors that are gathered before reading stops. */
  errors: 200,
} as const;
