/** The boot of the series that read the flat tree: rfc-v1 and rfc-v2, which differ in the name that a node must have. */
import type { TreeNode } from "../../dts/tree.ts";
import type { Finding } from "../finding.ts";
import { hexPfn, hexRange, pagesText, toAddress } from "../machine/units.ts";
import type { Machine } from "../machine.ts";
import type { PfnRange, TagRegion } from "../region.ts";
import { atProperty, raise } from "../rules/raise.ts";
import { type Boot, type KernelConfig, MAX_TAG_REGIONS, type MemoryMap } from "./boot.ts";
import type { ByteRange } from "./byte-ranges.ts";
import { readFlatRegion } from "./flat-region.ts";
import { endOfDram, readMemoryMap, startOfDram, zoneBoundaryIn } from "./memory-map.ts";
import { findReservedOverlaps, overlapFindings } from "./reserved-overlaps.ts";
import { missingMemoryHint } from "./usable-range.ts";

interface FlatScan {
  readonly regions: readonly TagRegion[];
  /** The nodes of the regions, one for one. */
  readonly nodes: readonly TreeNode[];
  /** Why the scan stopped; null where it came through. */
  readonly refusal: Finding | null;
}

/**
 * Boots a kernel whose scan counts the root's children with `nameContains` in their name: `mte_tag_storage_init`, then
 * `mte_tag_storage_activate_regions`. The system has MTE, and in-kernel hardware KASAN is off.
 */
export function bootFlatTree(machine: Machine, config: KernelConfig, nameContains: string): Boot {
  const passedOver = findPassedOver(machine, nameContains);
  const nodes = machine.tagNodes
    .filter(({ node, place }) => place === "root" && node.name.includes(nameContains))
    .map(({ node }) => node);
  const scan = scanNodes(nodes, machine, config);
  const added = scan.regions.map((region) => region.tags);
  const tags = scan.regions.map((region, index) => ({ node: nodes[index]!, ...asBytes(region.tags, config) }));
  const overlaps = findReservedOverlaps(tags, machine, "the kernel does not look, and uses both");
  const findings = [...passedOver, ...overlapFindings(overlaps, [])];
  if (scan.refusal !== null) {
    // The scan takes back the tag ranges that it had added, and with them whatever other memory lay there
    const memoryMap = readMemoryMap(machine, config, { added, removed: added });
    return { outcome: "disabled", config, memoryMap, findings: [...findings, scan.refusal] };
  }
  const memoryMap = readMemoryMap(machine, config, { added, removed: [] });
  if (nodes.length === 0) return { outcome: "absent", config, memoryMap, findings: passedOver };
  const fault = findActivationFault(scan, memoryMap, machine, config);
  if (fault !== null) return { outcome: "disabled", config, memoryMap, findings: [...findings, fault] };
  const told = [...passedOver, ...overlapFindings(overlaps, nodes)];
  return { outcome: "managed", config, regions: scan.regions, memoryMap, findings: told };
}

function asBytes({ start, end }: PfnRange, { pageSize }: KernelConfig): ByteRange {
  return { start: toAddress(start, pageSize), end: toAddress(end + 1, pageSize) };
}

function scanNodes(nodes: readonly TreeNode[], machine: Machine, config: KernelConfig): FlatScan {
  const regions: TagRegion[] = [];
  for (const node of nodes) {
    if (regions.length === MAX_TAG_REGIONS) {
      const refusal = raise(
        "region-table-full",
        { node, span: node.nameSpan },
        {
          message: `${node.path} is tag region ${MAX_TAG_REGIONS + 1}, and the kernel's table has ${MAX_TAG_REGIONS} rows; the kernel stops its scan and turns tag storage management off`,
          hint: "describe adjacent memory by one memory node with one tag storage node",
        },
      );
      return { regions, nodes, refusal };
    }
    const step = readFlatRegion(node, machine, config);
    if ("refusal" in step) return { regions, nodes, refusal: step.refusal };
    regions.push(step.value);
  }
  return { regions, nodes, refusal: null };
}

/** `mte_tag_storage_activate_regions`: first every range against DRAM, then every block against the zones. */
function findActivationFault(scan: FlatScan, map: MemoryMap, machine: Machine, config: KernelConfig): Finding | null {
  const off = "the kernel turns tag storage management off";
  for (const [index, { tags, node }] of scan.regions.entries()) {
    if (tags.start >= startOfDram(map) && tags.end < endOfDram(map)) continue;
    return raise("tag-range-outside-memory", atProperty(scan.nodes[index]!, "reg"), {
      message: `tag storage of ${node} at ${hexRange(tags, config.pageSize)} reaches past the end of addressable memory at ${hexPfn(endOfDram(map), config.pageSize)}; ${off}`,
      hint: missingMemoryHint(
        machine,
        "move the tag range below the limits of PA bits, linear map and mem=, or configure a kernel that reaches it",
      ),
    });
  }
  for (const [index, { tags, node, blockPages }] of scan.regions.entries()) {
    for (
      let boundary = nextBoundary(tags, map);
      boundary !== null;
      boundary = nextBoundary({ ...tags, start: boundary }, map)
    ) {
      if ((boundary - tags.start) % blockPages === 0) continue;
      return raise("block-zones", atProperty(scan.nodes[index]!, "reg"), {
        message: `a block of ${pagesText(blockPages)} of ${node} has pages on both sides of the zone boundary at ${hexPfn(boundary, config.pageSize)}; ${off}`,
        hint: "place the tag range within one zone, or so that the boundary falls between two blocks",
      });
    }
  }
  return null;
}

const nextBoundary = (tags: TagRegion["tags"], map: MemoryMap) => zoneBoundaryIn(tags, map.zones);

/** Nodes that are compatible and yet never looked at. */
function findPassedOver(machine: Machine, nameContains: string): Finding[] {
  const findings: Finding[] = [];
  for (const { node, place } of machine.tagNodes) {
    const compatible = atProperty(node, "compatible");
    if (place !== "root") {
      findings.push(
        raise("tag-node-place", compatible, {
          message: `${node.path} is not seen: the kernel looks for tag storage among the root's children alone`,
          hint: `move the node to the root, under a name that contains ${nameContains}, or choose rfc-v3 if the tree was written for it`,
        }),
      );
    } else if (!node.name.includes(nameContains)) {
      findings.push(
        raise(
          "tag-node-name",
          { node, span: node.nameSpan },
          {
            message: `${node.path} is not seen: the kernel looks for tag storage among nodes whose name contains ${nameContains}`,
            hint: `rename the node to ${nameContains}${node.unitAddress === null ? "" : `@${node.unitAddress}`}`,
          },
        ),
      );
    }
  }
  return findings;
}
