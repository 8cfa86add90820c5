/** What an input may ask for. Each limit is far above what any board needs and ends in an ordinary error. */
export const LIMITS = {
  /** Nodes within nodes. */
  nodeDepth: 512,
  /** Files within files; gcc's own limit. */
  includeDepth: 200,
  /** Files brought in by one input, each inclusion counted. */
  includes: 20_000,
  /** Characters of all inclusions together: positions stay below 2^31. */
  sourceCharacters: 1 << 30,
  /** Tokens that macro expansion may make. */
  expandedTokens: 4_000_000,
  /** Macros within macro arguments, and parentheses within expressions. */
  expressionDepth: 256,
  /** Errors that are gathered before reading stops. */
  errors: 200,
  /** Bytes of all properties together. */
  propertyBytes: 1 << 28,
} as const;
