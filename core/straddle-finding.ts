/** What is said of allocations that lie across several regions' memory, where the kernel does not do right by them. */
import type { TreeNode } from "../dts/tree.ts";
import type { Consequence, Finding } from "./finding.ts";
import type { ManagedBoot } from "./kernel/boot.ts";
import { pagesText } from "./machine/units.ts";
import { type AllocationBlock, allocationBlocks } from "./proof/allocation-blocks.ts";
import { type MemoryPart, partsOf } from "./proof/memory-parts.ts";
import type { Breach, ObligationName, OrderRow, Proof } from "./proof/proof.ts";
import { findRule } from "./rules/catalogue.ts";
import { atProperty, raise } from "./rules/raise.ts";
import { pfnText, tellConsequence } from "./tell-counterexample.ts";

interface Kind {
  readonly breach: (row: OrderRow) => Breach;
  /** The obligation that it would break in one region. */
  readonly obligation: ObligationName;
  readonly isBroken: (block: AllocationBlock) => boolean;
  readonly consequence: Consequence;
}

/** The worst first. */
const KINDS: readonly Kind[] = [
  {
    breach: (row) => row.unprotected,
    obligation: "coverage",
    isBroken: (block) => block.isMissing,
    consequence: "corruption",
  },
  {
    breach: (row) => row.earlyReleases,
    obligation: "retention",
    isBroken: (block) => block.isEarly,
    consequence: "corruption",
  },
  {
    breach: (row) => row.outOfRegion,
    obligation: "precision",
    isBroken: (block) => block.isOutside,
    consequence: "overrun",
  },
  { breach: (row) => row.leaks, obligation: "release", isBroken: (block) => block.isLeaking, consequence: "leak" },
  {
    breach: (row) => row.overReserved,
    obligation: "precision",
    isBroken: (block) => block.isExtra,
    consequence: "waste",
  },
];

/** A finding about the worst that befalls a straddling allocation, told of the smallest one; null where none is harmed. */
export function straddleFinding(
  { straddles }: Proof,
  { regions, config }: ManagedBoot,
  nodeOf: (path: string) => TreeNode,
): Finding | null {
  const kind = KINDS.find(({ breach }) => straddles.some((row) => breach(row).allocations > 0));
  if (kind === undefined) return null;
  const rows = straddles.filter((row) => kind.breach(row).allocations > 0);
  const smallest = rows.reduce((a, b) =>
    b.order < a.order || (b.order === a.order && kind.breach(b).first! < kind.breach(a).first!) ? b : a,
  );
  const { region, order } = smallest;
  const pfn = kind.breach(smallest).first!;
  const { block } = allocationBlocks(regions, config.series, region, order, pfn).find(kind.isBroken)!;
  const consequence = tellConsequence(kind.obligation, { region, order, pfn, block }, regions, config);
  const parts = partsOf(regions, region, order, pfn);
  const shares = parts.map((part) => `${pagesText(part.end - part.start)} in region ${part.row}`);
  const total = rows.reduce((sum, row) => sum + kind.breach(row).allocations, 0);
  return raise("straddling-allocation", atProperty(nodeOf(parts[0]!.region.memoryNode), "reg"), {
    message:
      `the memory of ${regionWords(parts[1]!)} follows that of ${regionWords(parts[0]!)} without a gap, and ` +
      `${config.series} looks up the region of an allocation's first page alone; an order ${order} allocation at ${pfnText(pfn, config)} has ` +
      `${shares.slice(0, -1).join(", ")} and ${shares.at(-1)}; ${consequence}; in all, ${total} straddling ` +
      `${total === 1 ? "allocation is" : "allocations are"} served like this`,
    hint: findRule("straddling-allocation")!.mend,
    consequence: kind.consequence,
  });
}

function regionWords({ row, region }: MemoryPart): string {
  return `region ${row} (${region.memoryNode})`;
}
