/** What a kernel does not check, and hardware or the author of the tree needs all the same: told beside the boot. */
import type { TreeNode } from "../../dts/tree.ts";
import type { Finding } from "../finding.ts";
import { firstString, isAvailable, isCompatible, TAG_STORAGE_COMPATIBLE } from "../machine/property.ts";
import { hexPfn, pagesText } from "../machine/units.ts";
import type { Machine } from "../machine.ts";
import type { TagRegion } from "../region.ts";
import { PAGES_PER_TAG_PAGE } from "../reservation.ts";
import { atCells, atProperty, raise } from "../rules/raise.ts";
import type { Boot, ManagedBoot } from "./boot.ts";
import { detectMachineSeries } from "./detect-series.ts";
import { findAbsentMemory, findExcessTags, findUsableOutsideReg } from "./served-memory.ts";
import { regCells } from "./translate-address.ts";

/** Whatever the outcome: nodes that look like tag storage and are none; then what is wrong with the regions. */
export function hardwareFindings(machine: Machine, boot: Boot, nodeOf: (path: string) => TreeNode): Finding[] {
  const findings = findIncompatible(machine);
  if (boot.outcome !== "managed") return findings;
  const { series } = boot.config;
  const dialect = series === "exact" ? detectMachineSeries(machine).series : series;
  for (const region of boot.regions) {
    const memoryNode = nodeOf(region.memoryNode);
    const node = nodeOf(region.node);
    if (!isSplitOff(region, boot)) findings.push(...findAbsentMemory(region, boot, node, memoryNode));
    else if (series === "rfc-v3") findings.push(splitFinding(region, boot, node));
    // rfc-v3 reads the status of reserved memory, and would not have come to the node
    if (dialect === "rfc-v3") {
      findings.push(...findFurtherRanges(memoryNode), ...findUsableOutsideReg(memoryNode, machine, boot));
    } else findings.push(...findDisabled(node));
    findings.push(...findDisabled(memoryNode));
    if (series === "rfc-v3") findings.push(...findExcessTags(region, boot, node, memoryNode));
  }
  return withoutRepeats(findings);
}

/** Regions whose memory starts off the boundary that a walk by order alone takes for granted. */
export function memoryStartFindings(boot: ManagedBoot, nodeOf: (path: string) => TreeNode): Finding[] {
  const findings = boot.regions.flatMap((region) => {
    const boundaryPages = PAGES_PER_TAG_PAGE * region.blockPages;
    const offPages = region.memory.start % boundaryPages;
    // Where a split puts the start of its second part is no fault of the memory node's
    if (offPages === 0 || isSplitOff(region, boot)) return [];
    return raise(
      "memory-start-alignment",
      atProperty(nodeOf(region.memoryNode), memoryProperty(boot, region, nodeOf)),
      {
        message: `${region.memoryNode} starts at PFN ${region.memory.start}, ${pagesText(offPages)} past a multiple of 32 * B = ${boundaryPages}: aligned allocations straddle blocks, and ${boot.config.series} reserves by order alone`,
        hint: `start the memory ${pagesText(boundaryPages - offPages)} later, at PFN ${region.memory.start - offPages + boundaryPages}, and leave what lies below to a memory node without tag storage`,
      },
    );
  });
  return withoutRepeats(findings);
}

/** rfc-v3 reads `reg` whatever else there is. */
function memoryProperty(boot: ManagedBoot, region: TagRegion, nodeOf: (path: string) => TreeNode): string {
  const usable = "linux,usable-memory";
  return boot.config.series !== "rfc-v3" && nodeOf(region.memoryNode).property(usable) !== null ? usable : "reg";
}

/** True for a row that a split has put at the end of the table: it goes on where an earlier one of its node stops. */
function isSplitOff(region: TagRegion, { regions }: ManagedBoot): boolean {
  return regions.some(
    ({ node, memory, tags }) =>
      node === region.node && memory.end + 1 === region.memory.start && tags.end + 1 === region.tags.start,
  );
}

function splitFinding(region: TagRegion, { config }: ManagedBoot, node: TreeNode): Finding {
  const { memory, tags } = region;
  const hardwareStart = memory.start + PAGES_PER_TAG_PAGE - 1;
  const what =
    memory.end < memory.start
      ? `lets the first part's memory end at PFN ${memory.start - 1}, past its last page at PFN ${memory.end}, and leaves the second part none`
      : `gives the second part memory from PFN ${memory.start} on; hardware keeps the tags of PFNs ${memory.start} to ${hardwareStart - 1} ` +
        `in the first part, in page ${tags.start - 1}, and all that follow 31 pages of memory later than the kernel reckons`;
  return raise("zone-split-memory", atProperty(node, "reg"), {
    message: `tag storage of ${region.node} is split where a zone starts, at ${hexPfn(tags.start, config.pageSize)}, and rfc-v3 ${what}`,
    hint: "place the tag range within one zone",
  });
}

/** A node that counts although its status says otherwise. */
function findDisabled(node: TreeNode): Finding[] {
  if (isAvailable(node)) return [];
  return [
    raise("status-not-read", atProperty(node, "status"), {
      message: `status of ${node.path} is ${JSON.stringify(firstString(node, "status"))}, and the kernel does not look at it: the tag storage is managed all the same`,
      hint: "delete the node with /delete-node/, or drop its status",
    }),
  ];
}

function findFurtherRanges(memoryNode: TreeNode): Finding[] {
  const reg = memoryNode.property("reg");
  const cells = regCells(memoryNode);
  const pairCells = cells.address + cells.size;
  // A blob can have two nodes of one path: this may be the other one
  if (reg === null || pairCells === 0) return [];
  const pairs = Math.floor(reg.cellCount / pairCells);
  if (pairs < 2) return [];
  const ranges = pairs === 2 ? "its second range" : `its ${pairs - 1} further ranges`;
  return [
    raise("tagged-memory-ranges", atCells(memoryNode, reg, pairCells, reg.cellCount - pairCells), {
      message: `the kernel reads the first range of ${memoryNode.path} alone: ${ranges} ${pairs === 2 ? "has" : "have"} no tag storage`,
      hint: "give each range a memory node and a tag storage node of its own",
    }),
  ];
}

/** Nodes where tag storage is looked for, with its name or its properties, but without its compatible. */
function findIncompatible({ tree, reservedMemory }: Machine): Finding[] {
  const candidates = [...tree.root.children, ...(reservedMemory?.children ?? [])];
  return candidates.filter(looksLikeTagStorage).map((node) =>
    raise("tag-node-compatible", atProperty(node, "compatible"), {
      message: `${node.path} is not seen: it ${nameSaysTags(node) ? "is called tag-storage" : "has a block-size, as tag storage has"}, and its compatible does not hold ${TAG_STORAGE_COMPATIBLE}`,
      hint: `write compatible = "${TAG_STORAGE_COMPATIBLE}"`,
    }),
  );
}

const nameSaysTags = (node: TreeNode) => node.name.includes("tag-storage");

function looksLikeTagStorage(node: TreeNode): boolean {
  const hasLink = node.property("memory") !== null || node.property("tagged-memory") !== null;
  const looks = nameSaysTags(node) || (hasLink && node.property("block-size") !== null);
  return looks && !isCompatible(node, TAG_STORAGE_COMPATIBLE);
}

/** Two regions can name one memory node. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ rule, node, span }) => {
    const key = `${rule} ${node} ${span.start}`;
    return !seen.has(key) && seen.add(key);
  });
}
