/** The memory of a machine as a plan has it: banks, what tags have to keep clear of, and where zones meet. */
import type { TreeNode } from "../../dts/tree.ts";
import type { KernelConfig } from "../kernel/boot.ts";
import { readMemoryMap } from "../kernel/memory-map.ts";
import { firstCell, readNumber } from "../machine/property.ts";
import { toAddress } from "../machine/units.ts";
import type { Machine } from "../machine.ts";
import { alignDown, alignUp, intersect, lengthOf, type Stretch, subtract, union } from "./stretch.ts";

/** One range of a memory node, as far as every kernel that is planned for has it. */
export interface MemoryBank extends Stretch {
  readonly node: TreeNode;
}

export type ObstacleKind = "reserved" | "image" | "initrd" | "clear";

/** Memory that tags must not lie in; it may be tagged itself. */
export interface Obstacle extends Stretch {
  readonly kind: ObstacleKind;
  /** Of that, what is in use and may not be taken out of memory. */
  readonly kept: readonly Stretch[];
}

export interface PlanMemory {
  /** Ascending, apart. */
  readonly banks: readonly MemoryBank[];
  readonly obstacles: readonly Obstacle[];
  /** Where a zone begins, under one of the kernels. */
  readonly zoneStarts: readonly number[];
  /** Whole pages that are reserved for good: none of them is ever handed out as tagged memory. Ascending, apart. */
  readonly reserved: readonly Stretch[];
  /** What none of the kernels sees of a memory node: above `mem=`, or beyond its address bits. Ascending. */
  readonly unseen: readonly MemoryBank[];
}

/** From the start of DRAM, where boot loaders put the kernel. */
const IMAGE_BYTES = 64 * 2 ** 20;

/** An Image lies at a multiple of this (Documentation/arch/arm64/booting.rst). */
const IMAGE_ALIGN_BYTES = 2 * 2 ** 20;

const SMALLEST_PAGE_BYTES = 4096;

/** Reads it for all of these kernels at once. `clear` is what the user wants kept clear. */
export function readPlanMemory(
  machine: Machine,
  configs: readonly KernelConfig[],
  clear: readonly Stretch[],
): PlanMemory {
  const maps = configs.map((config) => ({ map: readMemoryMap(machine, config), pageSize: config.pageSize }));
  const bytesOf = (pfn: number, pageSize: number) => Number(toAddress(pfn, pageSize));
  const seen = maps.map(({ map, pageSize }) =>
    map.ranges.map(({ start, end }) => ({ start: bytesOf(start, pageSize), end: bytesOf(end + 1, pageSize) })),
  );
  const usable = seen.reduce((kept, ranges) => intersect(kept, ranges));
  const seenByAny = union(seen.flat());
  const pageBytes = Math.max(...configs.map(({ pageSize }) => pageSize));
  const ofNodes = (rangesOf: (stretches: readonly Stretch[]) => Stretch[]): MemoryBank[] =>
    machine.memoryNodes
      .filter(({ available }) => available)
      .flatMap(({ node, ranges }) => {
        const stretches = ranges.map(({ address, size }) => ({
          start: toNumber(address),
          end: toNumber(address + size),
        }));
        return rangesOf(stretches).map((stretch) => ({ ...stretch, node }));
      })
      .sort((a, b) => a.start - b.start);
  const toPages = ({ start, end }: Stretch) => ({ start: alignDown(start, pageBytes), end: alignUp(end, pageBytes) });
  const reserved = union(reservedRanges(machine).map(toPages));
  const initrds = initrdRange(machine);
  return {
    banks: ofNodes((stretches) =>
      intersect(
        stretches.map((stretch) => trimmed(stretch, pageBytes)),
        usable,
      ),
    ),
    obstacles: [
      ...imageRange(union(usable), reserved),
      ...reservedRanges(machine).map((range) => ({ ...range, kind: "reserved" as const, kept: [] })),
      // Its pages go to the page allocator once it is unpacked (free_initrd_mem), though boot loaders reserve it too.
      ...initrds.map((range) => ({ ...range, kind: "initrd" as const, kept: [toPages(range)] })),
      ...clear.map((range) => ({ ...range, kind: "clear" as const, kept: [] })),
    ],
    zoneStarts: maps.flatMap(({ map, pageSize }) => map.zones.map((zone) => bytesOf(zone.start, pageSize))),
    reserved: union(reserved.flatMap((range) => subtract(range, union(initrds)))),
    unseen: ofNodes((stretches) =>
      stretches
        .map((stretch) => trimmed(stretch, SMALLEST_PAGE_BYTES))
        .flatMap((stretch) => subtract(stretch, intersect([stretch], seenByAny)))
        .filter((stretch) => lengthOf(trimmed(stretch, pageBytes)) > 0),
    ),
  };
}

function trimmed({ start, end }: Stretch, pageBytes: number): Stretch {
  return { start: alignUp(start, pageBytes), end: Math.max(alignUp(start, pageBytes), alignDown(end, pageBytes)) };
}

/**
 * The first memory that has room for an Image, and what it may fill there. Its init sections go to the page allocator
 * (free_initmem), so that all of it has to have tags; what is reserved at either end is none of it.
 */
function imageRange(usable: readonly Stretch[], reserved: readonly Stretch[]): Obstacle[] {
  const blockOf = (stretch: Stretch) => trimmed(stretch, IMAGE_ALIGN_BYTES);
  const memory = usable.find((stretch) => lengthOf(blockOf(stretch)) > 0);
  if (memory === undefined) return [];
  const end = memory.start + IMAGE_BYTES;
  const parts = subtract(blockOf({ start: memory.start, end: Math.min(memory.end, end) }), reserved);
  const kept = parts.length === 0 ? [] : [{ start: parts[0]!.start, end: parts.at(-1)!.end }];
  return [{ kind: "image", start: memory.start, end, kept }];
}

/** Two banks that share memory: a plan has no way to tell which node is right. Null where there are none. */
export function overlappingBanks(banks: readonly MemoryBank[]): readonly [MemoryBank, MemoryBank] | null {
  for (const [index, bank] of banks.entries()) {
    const next = banks[index + 1];
    if (next !== undefined && next.start < bank.end) return [bank, next];
  }
  return null;
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
