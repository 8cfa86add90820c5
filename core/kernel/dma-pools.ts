/** Reserved memory that is to be a CMA area for drivers: a `shared-dma-pool` that is `reusable`. */
import type { TreeNode } from "../../dts/tree.ts";
import { isCompatible } from "../machine/property.ts";
import type { ReservedRegion } from "./reserved-memory.ts";

/** Whether a node asks to be such an area. */
export function isReusablePool(node: TreeNode): boolean {
  return node.property("reusable") !== null && isCompatible(node, "shared-dma-pool");
}

/**
 * Whether a region of so many bytes becomes one: whole pageblocks, and not `no-map` (`rmem_cma_setup`). That the kernel
 * has room for so many areas is not looked at.
 */
export function isCmaPool(region: ReservedRegion, bytes: bigint, pageblockBytes: bigint): boolean {
  const isAligned = region.base % pageblockBytes === 0n && bytes % pageblockBytes === 0n;
  return isReusablePool(region.node) && !region.noMap && bytes !== 0n && isAligned;
}

/**
 * Regions whose place the tree gives and that the kernel frees again, to be memory like any other: what declared itself
 * for the node refuses it, and so does `rmem_dma_setup`, which takes nothing that is `reusable` (`fdt_init_reserved_mem`).
 */
export function givenBack(regions: readonly ReservedRegion[], pageblockBytes: bigint): ReservedRegion[] {
  return regions.filter(
    (region) => region.size !== 0n && isReusablePool(region.node) && !isCmaPool(region, region.size, pageblockBytes),
  );
}
