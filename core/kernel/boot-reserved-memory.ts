/** The boot of rfc-v3, from reserved memory to the table, with the two points at which `exact` asks for something else. */
import type { TreeNode } from "../../dts/tree.ts";
import type { Finding } from "../finding.ts";
import { hexPfn, hexRange } from "../machine/units.ts";
import type { Machine } from "../machine.ts";
import { rangePages } from "../region.ts";
import { atProperty, raise } from "../rules/raise.ts";
import type { Boot, KernelConfig, MemoryMap } from "./boot.ts";
import { byteRange, removeRange } from "./byte-ranges.ts";
import { findCmaActivationFault, findCmaInitFault, granuleFindings, takenCmaAreas } from "./cma.ts";
import { pageblockBytes } from "./config.ts";
import { givenBack } from "./dma-pools.ts";
import { endOfDram, readMemoryMap } from "./memory-map.ts";
import { readReservedMemory } from "./reserved-memory.ts";
import { overlapFindings } from "./reserved-overlaps.ts";
import { type SplitRule, splitAtZones } from "./split-zones.ts";
import { probeTagStorage } from "./tag-probe.ts";
import { tagRangeSizeFinding } from "./tag-range-size.ts";
import type { TagRow } from "./tag-row.ts";
import { findTaggedMemory } from "./tagged-memory.ts";
import { missingMemoryHint } from "./usable-range.ts";

export interface ReservedMemoryRules {
  readonly split: SplitRule;
  /** Whether a tag range must have exactly 1/32 of its memory. */
  readonly asksExactTags: boolean;
}

/** Boots by way of reserved memory. The system has MTE, and in-kernel hardware KASAN is off. */
export function bootReservedMemory(machine: Machine, config: KernelConfig, rules: ReservedMemoryRules): Boot {
  const memoryMap = readMemoryMap(machine, config);
  const reservedMemory = readReservedMemory(machine);
  const table = probeTagStorage(reservedMemory, config);
  const findingsOf = (regionNodes: readonly TreeNode[]) => [
    ...reservedMemory.findings,
    ...overlapFindings(reservedMemory.overlaps, regionNodes),
    ...table.findings,
  ];
  if (table.rows.length === 0) {
    // What was found and refused is off; what was never probed, the kernel does not know of
    return { outcome: table.probed === 0 ? "absent" : "disabled", config, memoryMap, findings: findingsOf([]) };
  }
  const disabled = (fault: Finding): Boot => ({
    outcome: "disabled",
    config,
    memoryMap,
    findings: [...findingsOf([]), fault],
  });

  const tagged = findTaggedMemory(table.rows, machine.tree, config);
  if ("fault" in tagged) return disabled(tagged.fault);
  const rows = tagged.value;
  const alignment = pageblockBytes(config);
  const taken = takenCmaAreas(reservedMemory, machine, alignment);
  const pools = givenBack(reservedMemory.regions, alignment).filter(({ noMap }) => !noMap);
  const reserved = pools.reduce((left, { base, size }) => removeRange(left, byteRange(base, size)), table.reserved);
  // In the kernel's order: mte_init_tag_storage, then cma_activate_area
  const fault =
    (rules.asksExactTags ? findInexactTags(rows, config) : null) ??
    findOutside(rows, memoryMap, machine, config) ??
    splitAtZones(rows, memoryMap.zones, rules.split, config) ??
    findCmaInitFault(rows, reserved, taken, config) ??
    findCmaActivationFault(rows, memoryMap, machine, config);
  if (fault !== null) return disabled(fault);
  const regions = rows.map((row) => ({ ...row, node: row.node.path, memoryNode: row.memoryNode.path }));
  const findings = [
    ...findingsOf(rows.map(({ node }) => node)),
    ...(config.series === "rfc-v3" ? granuleFindings(rows, config) : []),
  ];
  return { outcome: "managed", config, regions, memoryMap, findings };
}

function findInexactTags(rows: readonly TagRow[], config: KernelConfig): Finding | null {
  const row = rows.find(({ tags, memory }) => rangePages(tags) * 32 !== rangePages(memory));
  return row === undefined ? null : tagRangeSizeFinding(row, config, "exact asks for 1/32 and turns management off");
}

/** The end of DRAM alone: a range below its start comes to grief when its CMA area is activated. */
function findOutside(rows: readonly TagRow[], map: MemoryMap, machine: Machine, config: KernelConfig): Finding | null {
  const row = rows.find(({ tags }) => tags.end >= endOfDram(map));
  if (row === undefined) return null;
  return raise("tag-range-outside-memory", atProperty(row.node, "reg"), {
    message: `tag storage of ${row.node.path} at ${hexRange(row.tags, config.pageSize)} reaches past the end of addressable memory at ${hexPfn(endOfDram(map), config.pageSize)}; the kernel turns tag storage management off`,
    hint: missingMemoryHint(
      machine,
      "move the tag range below the limits of PA bits, linear map and mem=, and describe it by a memory node",
    ),
  });
}
