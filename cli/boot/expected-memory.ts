import type { Boot, KernelConfig } from "../../core/kernel/boot.ts";
import { bootKernel } from "../../core/kernel/boot-kernel.ts";
import { clipRanges } from "../../core/kernel/byte-ranges.ts";
import { readMemoryMap } from "../../core/kernel/memory-map.ts";
import { readNodeZones } from "../../core/kernel/node-zones.ts";
import { readReservedMemory } from "../../core/kernel/reserved-memory.ts";
import { type KernelResources, readResources } from "../../core/kernel/resources.ts";
import { probeTagStorage } from "../../core/kernel/tag-probe.ts";
import type { Machine } from "../../core/machine.ts";
import type { Expected } from "./comparison.ts";

/** What a kernel is to make of the machine: one with the series of `config`, or one that knows no tag storage. */
export function expectedMemory(machine: Machine, config: KernelConfig, hasSeries: boolean): Expected {
  const boot = hasSeries ? bootKernel(machine, config) : null;
  const map = boot?.memoryMap ?? readMemoryMap(machine, config);
  const resources = readResources(machine, map, config);
  const zones = readNodeZones(map, resources.pieces, config);
  if (boot === null) return { machine, resources, zones, tags: [] };
  const isFlat = config.series === "rfc-v1" || config.series === "rfc-v2";
  return isFlat
    ? { machine, resources, zones, tags: flatTags(boot) }
    : { machine, resources: withoutRefused(machine, resources, config), zones, tags: [] };
}

/** Tag storage that the flat tree's scan has reserved, which no reserved memory of the tree says. */
function flatTags(boot: Boot): Expected["tags"] {
  return boot.outcome === "managed" ? boot.regions.map(({ node, tags: range }) => ({ node, range })) : [];
}

/** The probe frees the memory of each node that it refuses. */
function withoutRefused(machine: Machine, resources: KernelResources, config: KernelConfig): KernelResources {
  const left = probeTagStorage(readReservedMemory(machine), config).reserved;
  const reserved = resources.reserved.map((each) =>
    each.kind === "reserved" ? { ...each, kept: each.kept.flatMap((range) => clipRanges(left, range)) } : each,
  );
  return { ...resources, reserved };
}
