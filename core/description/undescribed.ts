/** Bytes of memory, `end` exclusive. */
export interface ByteRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** The parts of a range that none of the others holds, ascending. The others may overlap. */
export function undescribed(range: ByteRange, others: readonly ByteRange[]): ByteRange[] {
  let rest = range.start < range.end ? [range] : [];
  for (const other of others) {
    if (other.end <= range.start || range.end <= other.start) continue;
    rest = rest.flatMap((part) => without(part, other));
  }
  return rest;
}

function without(part: ByteRange, other: ByteRange): ByteRange[] {
  if (other.end <= part.start || part.end <= other.start) return [part];
  const parts: ByteRange[] = [];
  if (part.start < other.start) parts.push({ start: part.start, end: other.start });
  if (other.end < part.end) parts.push({ start: other.end, end: part.end });
  return parts;
}
