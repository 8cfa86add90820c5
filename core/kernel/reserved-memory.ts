/** Reserved memory as Linux 6.8 reads it before rfc-v3 sees any of it: `fdt_scan_reserved_mem`, `fdt_init_reserved_mem`. */
import type { Property, TreeNode } from "../../dts/tree.ts";
import type { Finding } from "../finding.ts";
import { firstCell, isCompatible, TAG_STORAGE_COMPATIBLE } from "../machine/property.ts";
import type { Machine, ReservedNode } from "../machine.ts";
import { atProperty, type Place, raise } from "../rules/raise.ts";
import { type ByteRange, byteRange, mergeRanges } from "./byte-ranges.ts";
import { findReservedOverlaps, type ReservedOverlap } from "./reserved-overlaps.ts";

/** `MAX_RESERVED_REGIONS`. */
const MAX_RESERVED_REGIONS = 64;

/** A row of the kernel's `reserved_mem`: the first range of a node. */
export interface ReservedRegion {
  readonly node: TreeNode;
  readonly base: bigint;
  /** 0 where the kernel is to choose a place: no `reg`, but `size`. */
  readonly size: bigint;
  readonly noMap: boolean;
  readonly isTagStorage: boolean;
}

export interface ReservedMemory {
  /** In the order in which the kernel calls what declared itself for a node: by address, then size, then place. */
  readonly regions: readonly ReservedRegion[];
  /** All that memblock holds as reserved: every range of every node, and `/memreserve/`. */
  readonly reserved: readonly ByteRange[];
  readonly overlaps: readonly ReservedOverlap[];
  /** Of tag storage that the kernel does not see. */
  readonly findings: readonly Finding[];
}

export function readReservedMemory(machine: Machine): ReservedMemory {
  const findings = findMisplaced(machine);
  const regions: ReservedRegion[] = [];
  const reserved: ByteRange[] = machine.memReserves.map(({ address, size }) => byteRange(address, size));
  const formatFault = findFormatFault(machine);
  if (formatFault !== null) {
    if (formatFault.finding !== null) findings.push(formatFault.finding);
    return { regions, reserved: mergeRanges(reserved), overlaps: [], findings };
  }
  for (const entry of machine.reservedNodes) {
    const region = readRegion(entry, machine);
    if ("skipped" in region) {
      if (region.skipped !== null) findings.push(region.skipped);
      continue;
    }
    if (!region.noMap) for (const { address, size } of entry.ranges) reserved.push(byteRange(address, size));
    if (regions.length < MAX_RESERVED_REGIONS) regions.push(region);
    else if (region.isTagStorage) findings.push(limitFinding(region.node));
  }
  // Equal regions stand as in the tree: the kernel's last resort is the node's offset in the blob
  regions.sort((a, b) => compare(a.base, b.base) || compare(a.size, b.size));
  const tags = regions
    .filter(({ isTagStorage }) => isTagStorage)
    .map(({ node, base, size }) => ({ node, ...byteRange(base, size) }));
  const overlaps = findReservedOverlaps(tags, machine, "the kernel uses both");
  return { regions, reserved: mergeRanges(reserved), overlaps, findings };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function findMisplaced(machine: Machine): Finding[] {
  return machine.tagNodes
    .filter(({ place }) => place !== "reserved-memory")
    .map(({ node }) =>
      raise("tag-node-place", atProperty(node, "compatible"), {
        message: `${node.path} is not seen: the kernel looks for tag storage among the children of /reserved-memory alone`,
        hint: "move the node under /reserved-memory, or choose rfc-v2 if the tree was written for it",
      }),
    );
}

/** `__reserved_mem_check_root`. The finding is null where no tag storage is lost by it. */
export function findFormatFault(machine: Machine): { finding: Finding | null } | null {
  const parent = machine.reservedMemory;
  if (parent === null) return null;
  const lost = machine.tagNodes.filter(({ place }) => place === "reserved-memory");
  const fault = (place: Place, what: string) => ({
    finding:
      lost.length === 0
        ? null
        : raise("reserved-memory-format", place, {
            message: `${parent.path} has ${what}, so the kernel ignores all reserved memory, ${lost.map(({ node }) => node.path).join(" and ")} with it`,
            hint: `give it #address-cells = <${machine.rootCells.address}>, #size-cells = <${machine.rootCells.size}> and an empty ranges`,
            related: lost.map(({ node }) => ({ message: `${node.path} is not seen`, span: node.nameSpan })),
          }),
  });
  for (const [name, wanted] of [
    ["#size-cells", machine.rootCells.size],
    ["#address-cells", machine.rootCells.address],
  ] as const) {
    const cells = firstCell(parent, name);
    if (cells === wanted) continue;
    const what = cells === null ? `no ${name}` : `${name} ${cells} where the root has ${wanted}`;
    return fault(atProperty(parent, name), what);
  }
  return parent.property("ranges") === null ? fault(atProperty(parent, "ranges"), "no ranges") : null;
}

/** `__reserved_mem_reserve_reg`: a node's row, or that it is skipped and, for tag storage, why. */
function readRegion(entry: ReservedNode, machine: Machine): ReservedRegion | { readonly skipped: Finding | null } {
  const { node, reg, noMap } = entry;
  const isTagStorage = isCompatible(node, TAG_STORAGE_COMPATIBLE);
  const skip = (rule: "tag-node-status" | "tag-node-reg", property: string, why: string, hint: string) => ({
    skipped: isTagStorage
      ? raise(rule, atProperty(node, property), { message: `${node.path} is not seen: ${why}`, hint })
      : null,
  });
  if (!entry.available) {
    return skip("tag-node-status", "status", "its status is neither okay nor ok", 'remove status, or set it to "okay"');
  }
  const regHint = "write reg with the address and the size of the tag storage";
  if (reg === null) {
    const size = node.property("size");
    if (!isTagStorage && size !== null) return { node, base: 0n, size: 0n, noMap, isTagStorage };
    return skip("tag-node-reg", "size", size === null ? "it has no reg" : "it has size in place of reg", regHint);
  }
  const { address, size } = machine.rootCells;
  const first = entry.ranges[0];
  if (first === undefined || !isWholePairs(reg, address + size)) {
    const why = `its reg has ${reg.value.length} bytes, no whole number of pairs by #address-cells ${address} and #size-cells ${size}`;
    return skip("tag-node-reg", "reg", why, regHint);
  }
  if (first.size === 0n && isTagStorage) return skip("tag-node-reg", "reg", "its reg has a size of 0", regHint);
  return { node, base: first.address, size: first.size, noMap, isTagStorage };
}

export function isWholePairs(reg: Property, pairCells: number): boolean {
  return reg.value.length > 0 && pairCells > 0 && reg.value.length % (pairCells * 4) === 0;
}

function limitFinding(node: TreeNode): Finding {
  return raise("reserved-region-limit", atProperty(node, "compatible"), {
    message: `${node.path} is not seen: the kernel keeps the first ${MAX_RESERVED_REGIONS} reserved regions of the tree, and this is a later one`,
    hint: "move the node up among the children of /reserved-memory",
  });
}
