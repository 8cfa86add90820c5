import type { DeviceTree, TreeNode } from "../dts/tree.ts";
import type { Consequence, Finding } from "./finding.ts";
import type { Boot, KernelConfig, ManagedBoot } from "./kernel/boot.ts";
import { bootKernel } from "./kernel/boot-kernel.ts";
import { hardwareFindings, memoryStartFindings } from "./kernel/hardware-findings.ts";
import { furtherOverlaps, memoryNamedTwice, overlapPlaces } from "./kernel/region-overlaps.ts";
import { readMachine } from "./machine.ts";
import type { Obligation, ObligationName, OrderRow, Proof } from "./proof/proof.ts";
import { prove } from "./proof/prove.ts";
import type { TagRegion } from "./region.ts";
import { findRule } from "./rules/catalogue.ts";
import { atNode, atProperty, type Place, raise } from "./rules/raise.ts";
import { straddleFinding } from "./straddle-finding.ts";
import { tellCounterexample } from "./tell-counterexample.ts";

/** What one kernel makes of one tree, and whether its arithmetic is right for every page of it. */
export interface TreeCheck {
  readonly boot: Boot;
  /** Null unless the kernel comes up with tag storage managed. */
  readonly proof: Proof | null;
  /** Why boot went as it did, then one finding for each obligation that is broken, and one for allocations across regions. */
  readonly findings: readonly Finding[];
}

/** What memory that starts off a block's boundary can break, under a walk that goes by the order alone. */
const MISALIGNMENT_BREAKS: readonly ObligationName[] = ["coverage", "precision", "release", "retention"];

/** Boots a kernel on a tree and proves or refutes the six obligations for the table that it builds. */
export function checkTree(tree: DeviceTree, config: KernelConfig): TreeCheck {
  const machine = readMachine(tree);
  const boot = bootKernel(machine, config);
  const pathToNode = (path: string) => nodeOf(tree, path);
  const bootFindings = [...boot.findings, ...hardwareFindings(machine, boot, pathToNode)];
  if (boot.outcome !== "managed") return { boot, proof: null, findings: bootFindings };
  const proof = prove(boot.regions, config.series, config.maxOrder);
  const broken = proof.obligations.filter(({ holds }) => !holds);
  const straddle = straddleFinding(proof, boot, pathToNode);
  return {
    boot,
    proof,
    findings: [
      ...bootFindings,
      ...(broken.some(({ name }) => MISALIGNMENT_BREAKS.includes(name)) ? memoryStartFindings(boot, pathToNode) : []),
      ...broken.map((obligation) => obligationFinding(obligation, proof, boot, tree)),
      ...(straddle === null ? [] : [straddle]),
    ],
  };
}

function obligationFinding(
  { name, counterexample }: Obligation,
  proof: Proof,
  boot: ManagedBoot,
  tree: DeviceTree,
): Finding {
  const region = boot.regions[counterexample!.region]!;
  const story = tellCounterexample(name, counterexample!, boot.regions, boot.config);
  const common = { hint: findRule(name)!.mend, consequence: consequence(name, proof) };
  if (name === "disjointness") {
    const pathToNode = (path: string) => nodeOf(tree, path);
    const { pfn } = counterexample!;
    const shared = memoryNamedTwice(boot.regions, pfn, pathToNode);
    const { place, related } = shared ?? overlapPlaces(boot.regions, pfn, pathToNode);
    const further = furtherOverlaps(boot.regions, pfn, boot.config.pageSize, pathToNode);
    const text = { ...common, message: story, related: [related, ...further] };
    if (shared === null) return raise(name, place, text);
    const hint = "keep one tag storage node for each memory node, and make it 1/32 of the memory";
    return raise(name, place, { ...text, message: shared.message, hint });
  }
  return raise(name, reasonPlace(name, region, tree), { ...common, message: story + extent(name, proof) });
}

/** What a reader would look at: the tag range where it is too short, else the block size, where there is one to blame. */
function reasonPlace(name: ObligationName, region: TagRegion, tree: DeviceTree): Place {
  const node = nodeOf(tree, region.node);
  if (name === "containment") return atProperty(node, "reg");
  return region.blockPages > 1 ? atProperty(node, "block-size") : atNode(node);
}

/** The node of this path. A blob's node can have a slash in its name, which no path leads through. */
function nodeOf(tree: DeviceTree, path: string): TreeNode {
  const node = tree.nodeAt(path);
  if (node !== null) return node;
  for (const candidate of tree.root.walk()) if (candidate.path === path) return candidate;
  throw new Error(`the region table names ${path}, which is no node of the tree`);
}

type Counts = (row: OrderRow) => number;

/** Allocations of a row that break an obligation; for `precision` those that take a block beyond what they need. */
const BROKEN_BY: Readonly<Record<Exclude<ObligationName, "containment" | "disjointness">, Counts>> = {
  coverage: (row) => row.unprotected.allocations,
  precision: (row) => row.overReserved.allocations,
  release: (row) => row.leaks.allocations,
  retention: (row) => row.earlyReleases.allocations,
};

/** How often an obligation is broken, over all regions: `; 15872 allocations of orders 6 to 10 break this`. */
function extent(name: ObligationName, { orders: rows }: Proof): string {
  if (name === "containment" || name === "disjointness") return "";
  const orders = new Set(rows.filter((row) => BROKEN_BY[name](row) > 0).map(({ order }) => order));
  const total = sum(rows, BROKEN_BY[name]);
  const verb = total === 1n ? "allocation breaks" : "allocations break";
  const words = total === 0n ? "" : `; in all, ${total} ${verb} this, of ${orderWords([...orders])}`;
  return name === "precision" ? words + outsideWords(rows) : words;
}

function outsideWords(rows: readonly OrderRow[]): string {
  const first = rows.find((row) => row.outOfRegion.first !== null);
  if (first === undefined) return "";
  const total = sum(rows, (row) => row.outOfRegion.allocations);
  const verb = total === 1n ? "allocation takes" : "allocations take";
  return `; ${total} ${verb} a block outside the region, as order ${first.order} does at PFN ${first.outOfRegion.first}`;
}

/** `order 6`, `orders 6 to 10`, `orders 0 and 6 to 10`: runs of orders, given in any order. */
function orderWords(orders: readonly number[]): string {
  const runs: { start: number; end: number }[] = [];
  for (const order of [...orders].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && run.end === order - 1) run.end = order;
    else runs.push({ start: order, end: order });
  }
  const words = runs.map(({ start, end }) => (start === end ? `${start}` : `${start} to ${end}`));
  const last = words.pop()!;
  return `${orders.length === 1 ? "order" : "orders"} ${words.length === 0 ? last : `${words.join(", ")} and ${last}`}`;
}

/** Each count fits a number; all of them together may not. */
function sum(rows: readonly OrderRow[], count: Counts): bigint {
  return rows.reduce((total, row) => total + BigInt(count(row)), 0n);
}

/** Reserving outside the region takes somebody else's pages, which is worse than wasting one's own. */
function consequence(name: ObligationName, proof: Proof): Consequence {
  const isOverrun = name === "precision" && proof.orders.some((row) => row.outOfRegion.allocations > 0);
  return isOverrun ? "overrun" : findRule(name)!.consequence;
}
