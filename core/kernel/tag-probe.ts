/** What rfc-v3 makes of each tag storage node among reserved memory: `tag_storage_probe`. */
import type { TreeNode } from "../../dts/tree.ts";
import type { Finding } from "../finding.ts";
import { firstCell } from "../machine/property.ts";
import { toPfn } from "../machine/units.ts";
import { type PfnRange, rangePages } from "../region.ts";
import { atNode, atProperty, type FindingText, type Place, raise } from "../rules/raise.ts";
import { readBlockPages } from "./block-pages.ts";
import { type KernelConfig, MAX_TAG_REGIONS } from "./boot.ts";
import { type ByteRange, byteRange, removeRange } from "./byte-ranges.ts";
import type { ReservedMemory, ReservedRegion } from "./reserved-memory.ts";

export interface ProbedRow {
  readonly node: TreeNode;
  readonly tags: PfnRange;
  readonly blockPages: number;
  readonly memoryPhandle: number;
}

export interface ProbedTable {
  /** The table once all nodes have been probed: those after the last that was refused. */
  readonly rows: readonly ProbedRow[];
  /** How many nodes the kernel probed. */
  readonly probed: number;
  /** What memblock still holds as reserved: a refused node's memory is given back. */
  readonly reserved: readonly ByteRange[];
  readonly findings: readonly Finding[];
}

/** Calls the probe for each tag storage region in the kernel's order. A node that is refused empties the table. */
export function probeTagStorage(memory: ReservedMemory, config: KernelConfig): ProbedTable {
  const findings: Finding[] = [];
  let rows: ProbedRow[] = [];
  let probed = 0;
  let reserved: readonly ByteRange[] = memory.reserved;
  for (const region of memory.regions) {
    if (!region.isTagStorage) continue;
    probed++;
    const result = probe(region, rows.length, config);
    if (!("rule" in result)) {
      rows.push(result);
      continue;
    }
    const { node } = region;
    const emptied = rows.length === 0 ? "" : `empties the table of the ${count(rows.length)} found before it, `;
    findings.push(
      raise(result.rule, result.place, {
        ...result.text,
        message: `${result.text.message}; the kernel refuses the node, ${emptied}frees its memory for ordinary use and goes on with the nodes after it`,
      }),
      ...rows.map((lost) => lostFinding(lost.node, node)),
    );
    rows = [];
    if (!region.noMap) reserved = removeRange(reserved, byteRange(region.base, region.size));
  }
  return { rows, probed, reserved, findings };
}

function count(regions: number): string {
  return regions === 1 ? "1 region" : `${regions} regions`;
}

interface ProbeFault {
  readonly rule: "region-table-full" | "block-size" | "block-size-multiple" | "tagged-memory-property";
  readonly place: Place;
  readonly text: FindingText;
}

/** The checks in the kernel's order. */
function probe(region: ReservedRegion, rowsInUse: number, config: KernelConfig): ProbedRow | ProbeFault {
  const { node, base, size } = region;
  if (rowsInUse === MAX_TAG_REGIONS) {
    return {
      rule: "region-table-full",
      place: atNode(node),
      text: {
        message: `${node.path} is tag region ${MAX_TAG_REGIONS + 1}, and the kernel's table has ${MAX_TAG_REGIONS} rows`,
        hint: "describe adjacent memory by one memory node with one tag storage node",
      },
    };
  }
  const { start, end } = byteRange(base, size);
  const tags = { start: toPfn(start, config.pageSize), end: toPfn(end - 1n, config.pageSize) };
  const blockPages = readBlockPages(node, rangePages(tags), config);
  if (typeof blockPages !== "number") return blockPages;
  const memoryPhandle = firstCell(node, "tagged-memory");
  if (memoryPhandle === null) {
    const empty = node.property("tagged-memory") !== null;
    return {
      rule: "tagged-memory-property",
      place: atProperty(node, "tagged-memory"),
      text: {
        message: `${node.path} has ${empty ? "an empty" : "no"} tagged-memory`,
        hint: "add tagged-memory with the phandle of the memory node whose tags the range holds",
      },
    };
  }
  return { node, tags, blockPages, memoryPhandle };
}

function lostFinding(node: TreeNode, refused: TreeNode): Finding {
  return raise("tag-table-emptied", atNode(node), {
    message: `the region of ${node.path} was found and is lost: the kernel empties its table when it refuses ${refused.path}, and the memory that the region serves has no tag storage`,
    hint: `mend ${refused.path}`,
    related: [{ message: `${refused.path} is refused`, span: refused.nameSpan }],
  });
}
