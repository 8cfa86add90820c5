/** Tag storage as CMA areas, which is how rfc-v3 manages it. */
import type { TreeNode } from "../../dts/tree.ts";
import type { Finding } from "../finding.ts";
import { readNumber } from "../machine/property.ts";
import { hexPfn, hexRange, pagesText, sizeText, toAddress } from "../machine/units.ts";
import type { Machine } from "../machine.ts";
import { rangePages } from "../region.ts";
import { atProperty, raise } from "../rules/raise.ts";
import type { KernelConfig, MemoryMap } from "./boot.ts";
import { type ByteRange, coversRange } from "./byte-ranges.ts";
import { pageblockBytes, pageblockPages } from "./config.ts";
import { isCmaPool } from "./dma-pools.ts";
import { firstMissingPage } from "./memory-map.ts";
import type { ReservedMemory } from "./reserved-memory.ts";
import type { TagRow } from "./tag-row.ts";
import { missingMemoryHint } from "./usable-range.ts";

const OFF = "the kernel turns tag storage management off";

/**
 * `cma_init_reserved_mem` for each row in turn, in that function's order: a slot, reserved, aligned. `taken` areas are
 * in use already; `reserved` is what memblock still holds when the rows come to it.
 */
export function findCmaInitFault(
  rows: readonly TagRow[],
  reserved: readonly ByteRange[],
  taken: number,
  config: KernelConfig,
): Finding | null {
  for (const [index, { node, tags }] of rows.entries()) {
    const range = hexRange(tags, config.pageSize);
    if (taken + index >= config.cmaAreas) {
      return raise(
        "cma-slots",
        { node, span: node.nameSpan },
        {
          message: `no CMA area is left for tag storage of ${node.path} at ${range}: the kernel has ${config.cmaAreas}, of which ${taken} are taken by others and ${index} by tag storage; ${OFF}`,
          hint: "raise CONFIG_CMA_AREAS, or use fewer tag storage nodes",
        },
      );
    }
    const { pageSize } = config;
    if (!coversRange(reserved, { start: toAddress(tags.start, pageSize), end: toAddress(tags.end + 1, pageSize) })) {
      return notReserved(node, range);
    }
    const unit = pageblockPages(config);
    if (tags.start % unit !== 0 || rangePages(tags) % unit !== 0) {
      return raise("cma-alignment", atProperty(node, "reg"), {
        message: `tag storage of ${node.path} at ${range} does not start and end at a multiple of the pageblock of ${sizeText(pageblockBytes(config))}; ${OFF}`,
        hint: `align the tag range to ${sizeText(pageblockBytes(config))}, start and size, or configure a kernel with smaller pageblocks`,
      });
    }
  }
  return null;
}

/**
 * Blocks larger than a pageblock, which become the area's granule where they are a power of two. Up to Linux 6.9
 * `cma_init_reserved_mem` refuses a granule that does not divide the pageblock, and rfc-v3 is based on 6.8-rc1;
 * docs/kernels.md has no such check, and the outcome goes by that.
 */
export function granuleFindings(rows: readonly TagRow[], config: KernelConfig): Finding[] {
  const unit = pageblockPages(config);
  return (
    rows
      .filter(({ blockPages }) => blockPages > unit && 2 ** Math.round(Math.log2(blockPages)) === blockPages)
      // Of a node that is split, the first part speaks
      .filter(({ node }, index, all) => all.findIndex((row) => row.node === node) === index)
      .map(({ node, blockPages }) =>
        raise("cma-granule", atProperty(node, "block-size"), {
          message: `blocks of ${node.path} have ${pagesText(blockPages)}, more than a pageblock of ${pagesText(unit)}: Linux before 6.10 refuses a CMA area of such granules, and tag storage management with it; taken as managed, as later kernels have it`,
          hint: 'backport "mm/cma: drop incorrect alignment check in cma_init_reserved_mem", or configure a kernel with larger pageblocks',
        }),
      )
  );
}

function notReserved(node: TreeNode, range: string): Finding {
  const noMap = node.property("no-map") !== null;
  const why = noMap
    ? "is no-map, and so not reserved as CMA needs it"
    : "is not reserved from its first page to its last: reg does not start and end at page boundaries, or another node gave part of it back";
  return raise("cma-reserved", atProperty(node, noMap ? "no-map" : "reg"), {
    message: `tag storage of ${node.path} at ${range} ${why}; ${OFF}`,
    hint: noMap ? "drop no-map" : "let reg start and end at page boundaries and overlap no other reserved memory",
  });
}

/**
 * `cma_activate_area`: all pages of each area exist. That they lie in one zone, the split has seen to.
 */
export function findCmaActivationFault(
  rows: readonly TagRow[],
  map: MemoryMap,
  machine: Machine,
  config: KernelConfig,
): Finding | null {
  for (const { node, tags } of rows) {
    const missing = firstMissingPage(tags, map);
    if (missing === null) continue;
    return raise("cma-pages", atProperty(node, "reg"), {
      message: `tag storage of ${node.path} at ${hexRange(tags, config.pageSize)} is not all memory: the kernel has no page at ${hexPfn(missing, config.pageSize)}; ${OFF}`,
      hint: missingMemoryHint(
        machine,
        "describe the tag storage by a memory node of its own, or let one cover it that is within the kernel's limits",
      ),
    });
  }
  return null;
}

/**
 * CMA areas that are taken before tag storage comes to ask: each reusable `shared-dma-pool` (`rmem_cma_setup`) and the
 * default area, unless a pool says that it is the default.
 */
export function takenCmaAreas(memory: ReservedMemory, machine: Machine, alignmentBytes: bigint): number {
  const pools = memory.regions.filter((region) => {
    const bytes = region.size === 0n ? chosenSize(region.node, machine) : region.size;
    return isCmaPool(region, bytes, alignmentBytes);
  });
  const hasDefault = pools.some(({ node }) => node.property("linux,cma-default") !== null);
  return pools.length + (hasDefault ? 0 : 1);
}

/** The `size` of a region whose place the kernel chooses; 0 where it has none that can be read. */
export function chosenSize(node: TreeNode, machine: Machine): bigint {
  const size = node.property("size");
  const cells = machine.rootCells.size;
  return size !== null && size.value.length === cells * 4 ? readNumber(size, 0, cells) : 0n;
}
