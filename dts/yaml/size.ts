import type { YamlNode } from "./document.ts";

/** A number of bytes as text: decimal or `0x`, then k, M, G or T (powers of 1024), or KiB and so on; either case. */
export const SIZE_PATTERN = "^(0[xX][0-9a-fA-F]+|[0-9]+)([kKmMgGtT]([iI][bB])?)?$";

const size = new RegExp(SIZE_PATTERN);

const SHIFT_BITS: Readonly<Record<string, bigint>> = { k: 10n, m: 20n, g: 30n, t: 40n };

/** A size in bytes, of any magnitude; null where the text is none. */
export function parseSize(text: string): bigint | null {
  const parts = size.exec(text);
  if (parts === null) return null;
  const unit = parts[2];
  return BigInt(parts[1]!) << (unit === undefined ? 0n : SHIFT_BITS[unit.charAt(0).toLowerCase()]!);
}

/** A value that is a whole number or a size as text, in bytes; null for anything else. May be negative. */
export function sizeOf(node: YamlNode | null): bigint | null {
  if (node === null || node.kind !== "scalar") return null;
  const value = node.value;
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : null;
  return typeof value === "string" ? parseSize(value) : null;
}
