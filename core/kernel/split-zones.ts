/** Tag ranges that span zones, which CMA cannot manage as one: `mte_split_tag_regions` of rfc-v3. */
import type { Finding } from "../finding.ts";
import { hexPfn, hexRange, pagesText } from "../machine/units.ts";
import { atProperty, raise } from "../rules/raise.ts";
import { type KernelConfig, MAX_TAG_REGIONS, type Zone } from "./boot.ts";
import { zoneBoundaryIn } from "./memory-map.ts";
import type { TagRow } from "./tag-row.ts";

/** Where rfc-v3 and hardware part ways at a split. */
export interface SplitRule {
  /** Pages of memory that the first part keeps when it keeps `tagPages` of the tags. */
  readonly keptMemoryPages: (tagPages: number) => number;
  /** The PFN that blocks are counted from when the boundary is checked: 0, or the start of the tag range. */
  readonly blockOrigin: (tagsStart: number) => number;
}

/** `mte_split_tag_region`: the last page kept is the first whose tags lie in the last tag page kept. */
export const KERNEL_SPLIT: SplitRule = {
  keptMemoryPages: (tagPages) => (tagPages - 1) * 32 + 1,
  blockOrigin: () => 0,
};

export const HARDWARE_SPLIT: SplitRule = {
  keptMemoryPages: (tagPages) => tagPages * 32,
  blockOrigin: (tagsStart) => tagsStart,
};

/** Splits rows in place. New rows go to the end and are looked at in their turn. Gives why it failed, null if not. */
export function splitAtZones(
  rows: TagRow[],
  zones: readonly Zone[],
  rule: SplitRule,
  config: KernelConfig,
): Finding | null {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const boundary = zoneBoundaryIn(row.tags, zones);
    if (boundary === null) continue;
    const at = hexPfn(boundary, config.pageSize);
    const what = `tag storage of ${row.node.path} at ${hexRange(row.tags, config.pageSize)} spans the zone boundary at ${at}`;
    if ((boundary - rule.blockOrigin(row.tags.start)) % row.blockPages !== 0) {
      return raise("zone-split-alignment", atProperty(row.node, "reg"), {
        message: `${what}, where no block of ${pagesText(row.blockPages)} starts (PFN ${boundary}), and cannot be split there; the kernel turns tag storage management off`,
        hint: "place the tag range within one zone",
      });
    }
    if (rows.length === MAX_TAG_REGIONS) {
      return raise("zone-split-room", atProperty(row.node, "reg"), {
        message: `${what}, and all ${MAX_TAG_REGIONS} rows of the table are in use, so that it cannot be split; the kernel turns tag storage management off`,
        hint: "place the tag range within one zone, or use fewer tag storage nodes",
      });
    }
    const kept = row.memory.start + rule.keptMemoryPages(boundary - row.tags.start) - 1;
    rows[i] = {
      ...row,
      memory: { start: row.memory.start, end: kept },
      tags: { start: row.tags.start, end: boundary - 1 },
    };
    rows.push({
      ...row,
      memory: { start: kept + 1, end: row.memory.end },
      tags: { start: boundary, end: row.tags.end },
    });
  }
  return null;
}
