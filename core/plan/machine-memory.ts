/** The memory of a machine as a plan has it: banks, what tags have to keep clear of, and where zones meet. */
import type { TreeNode } from "../../dts/tree.ts";
import type { KernelConfig } from "../kernel/boot.ts";
import { readMemoryMap } from "../kernel/memory-map.ts";
import { firstCell, readNumber } from "../machine/property.ts";
import { toAddress } from "../machine/units.ts";
import type { Machine } from "../machine.ts";
import { alignDown, alignUp, intersect, lengthOf, type Stretch } from "./stretch.ts";

/** One range of a memory node, as far as every kernel that is planned for has it. */
export interface MemoryBank extends Stretch {
  readonly node: TreeNode;
}

export type ObstacleKind = "reserved" | "image" | "initrd" | "clear";

/** Memory that tags must not lie in; it may be tagged itself. */
export interface Obstacle extends Stretch {
  readonly kind: ObstacleKind;
}

export interface PlanMemory {
  /** Ascending, apart. */
  readonly banks: readonly MemoryBank[];
  readonly obstacles: readonly Obstacle[];
  /** Where a zone begins, under one of the kernels. */
  readonly zoneStarts: readonly number[];
}

/** From the start of DRAM, where boot loaders put the kernel. */
export const IMAGE_BYTES = 64 * 2 ** 20;

/** Reads it for all of these kernels at once. `clear` is what the user wants kept clear. */
export function readPlanMemory(
  machine: Machine,
  configs: readonly KernelConfig[],
  clear: readonly Stretch[],
): PlanMemory {
  const maps = configs.map((config) => ({ map: readMemoryMap(machine, config), pageSize: config.pageSize }));
  const bytesOf = (pfn: number, pageSize: number) => Number(toAddress(pfn, pageSize));
  const usable = maps
    .map(({ map, pageSize }) =>
      map.ranges.map(({ start, end }) => ({ start: bytesOf(start, pageSize), end: bytesOf(end + 1, pageSize) })),
    )
    .reduce((kept, ranges) => intersect(kept, ranges));
  const pageBytes = Math.max(...configs.map(({ pageSize }) => pageSize));
  const banks = machine.memoryNodes
    .filter(({ available }) => available)
    .flatMap(({ node, ranges }) => {
      const stretches = ranges.map(({ address, size }) => ({
        start: alignUp(toNumber(address), pageBytes),
        end: alignDown(toNumber(address + size), pageBytes),
      }));
      return intersect(stretches, usable).map((stretch) => ({ ...stretch, node }));
    })
    .sort((a, b) => a.start - b.start);
  const start = usable[0]?.start ?? 0;
  return {
    banks,
    obstacles: [
      { kind: "image", start, end: start + IMAGE_BYTES },
      ...reservedRanges(machine).map((range) => ({ ...range, kind: "reserved" as const })),
      ...initrdRange(machine).map((range) => ({ ...range, kind: "initrd" as const })),
      ...clear.map((range) => ({ ...range, kind: "clear" as const })),
    ],
    zoneStarts: maps.flatMap(({ map, pageSize }) => map.zones.map((zone) => bytesOf(zone.start, pageSize))),
  };
}

/** Two banks that share memory: a plan has no way to tell which node is right. Null where there are none. */
export function overlappingBanks(banks: readonly MemoryBank[]): readonly [MemoryBank, MemoryBank] | null {
  for (const [index, bank] of banks.entries()) {
    const next = banks[index + 1];
    if (next !== undefined && next.start < bank.end) return [bank, next];
  }
  return null;
}

export function bytesIn(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, stretch) => sum + lengthOf(stretch), 0);
}

function reservedRanges({ reservedNodes, memReserves }: Machine): Stretch[] {
  const nodes = reservedNodes.filter(({ available }) => available).flatMap(({ ranges }) => ranges);
  return [...nodes, ...memReserves].map(({ address, size }) => ({
    start: toNumber(address),
    end: toNumber(address + size),
  }));
}

/** `linux,initrd-start` and `linux,initrd-end` of /chosen (`early_init_dt_check_for_initrd`). */
function initrdRange({ chosen }: Machine): Stretch[] {
  const [start, end] = ["linux,initrd-start", "linux,initrd-end"].map((name) => {
    const property = chosen?.property(name) ?? null;
    return property === null || property.cellCount === 0
      ? null
      : toNumber(readNumber(property, 0, Math.min(2, property.cellCount)));
  });
  return start == null || end == null || end <= start ? [] : [{ start, end }];
}

/** Addresses above 2^53 are beyond every kernel's memory: they need not be exact. */
function toNumber(address: bigint): number {
  return Number(address);
}

/** `numa-node-id` of a bank's node; null where it has none. */
export function numaNodeOf(node: TreeNode): number | null {
  return firstCell(node, "numa-node-id");
}
