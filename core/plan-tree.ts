/** A layout of tag storage for a tree that has none: placed, written into it, and checked as a user would check it. */
import type { DeviceTree } from "../dts/tree.ts";
import { checkTree, type TreeCheck } from "./check.ts";
import type { Finding } from "./finding.ts";
import { type KernelConfig, MAX_TAG_REGIONS } from "./kernel/boot.ts";
import { takenCmaAreas } from "./kernel/cma.ts";
import { pageblockBytes } from "./kernel/config.ts";
import { readReservedMemory } from "./kernel/reserved-memory.ts";
import { hexAddress } from "./machine/units.ts";
import { type Machine, readMachine } from "./machine.ts";
import { type Constraint, constraintCosts, findLayout, type Placement, type PlanConstraints } from "./plan/layout.ts";
import { type ObstacleKind, overlappingBanks, type PlanMemory, readPlanMemory } from "./plan/machine-memory.ts";
import { memoryBytes, type PlannedRegion } from "./plan/pair-regions.ts";
import { bytesIn, type Stretch } from "./plan/stretch.ts";
import { changedTree, changesFor, type TreeChanges, untaggedMemory } from "./plan/write-nodes.ts";

export interface PlanOptions {
  /** The kernels that the layout is for: one series, one or more page sizes. */
  readonly configs: readonly KernelConfig[];
  readonly blockBytes: number;
  readonly placement: Placement;
  /** Kept clear of tags besides what the tree says and the kernel's image. */
  readonly clear: readonly Stretch[];
}

export interface Plan {
  readonly kind: "plan";
  readonly regions: readonly PlannedRegion[];
  readonly changes: TreeChanges;
  /** The tree with the layout in it; what did not change is shared with the one it was planned for. */
  readonly tree: DeviceTree;
  /** Of the banks, as every one of the kernels has them. */
  readonly memoryBytes: number;
  readonly taggableBytes: number;
  readonly tagBytes: number;
  /** False where the search was cut short: `regions` are the best that it tried. */
  readonly isBest: boolean;
  /** Memory that no region serves, and that stays: it is reserved, so that the kernel never tags it. */
  readonly untaggedBytes: number;
  /** In no memory node any more: no region could serve it, and the kernel would tag it all the same. */
  readonly leftOutBytes: number;
  readonly costs: readonly { readonly constraint: Constraint; readonly bytes: number }[];
  /** For each of the kernels. */
  readonly checks: readonly { readonly config: KernelConfig; readonly check: TreeCheck }[];
}

/** Why there is no plan. */
export interface NoPlan {
  readonly kind: "none";
  readonly message: string;
  readonly hint: string;
  /** Constraints without which something would fit, with what could then be tagged. */
  readonly blame: readonly { readonly constraint: Constraint; readonly bytes: number }[];
  /** What a kernel has against the layout that fits best; empty where none fits. */
  readonly findings: readonly Finding[];
}

/**
 * Plans for a tree without tag storage. Of the layouts that the constraints allow, the one that leaves most memory
 * taggable, and it boots managed and is proved safe under each of the kernels; else why there is none.
 */
export function planTree(tree: DeviceTree, options: PlanOptions): Plan | NoPlan {
  const machine = readMachine(tree);
  const { configs, blockBytes } = options;
  const memory = readPlanMemory(machine, configs, options.clear);
  const refusal = refuse(machine, memory, options.placement);
  if (refusal !== null) return refusal;
  const constraints: PlanConstraints = { ...options, mostRegions: mostRegions(machine, configs, memory) };
  const { regions, isBest } = findLayout(memory, constraints);
  if (regions.length === 0) return nothingFits(memory, constraints);
  const changes = changesFor(machine, memory, regions, configs[0]!.series, blockBytes);
  const planned = changedTree(tree, changes);
  const checks = configs.map((config) => ({ config, check: checkTree(planned, config) }));
  const broken = checks.find(({ check }) => !isGood(check));
  if (broken !== undefined) return unsafe(broken.config, broken.check, blockBytes);
  const taggable = memoryBytes(regions);
  const tagBytes = bytesIn(regions.map(({ tags }) => tags));
  const total = bytesIn(memory.banks);
  const untaggedBytes = bytesIn(untaggedMemory(memory, regions));
  return {
    kind: "plan",
    regions,
    isBest,
    changes,
    tree: planned,
    memoryBytes: total,
    taggableBytes: taggable,
    tagBytes,
    untaggedBytes,
    leftOutBytes: total - taggable - tagBytes - untaggedBytes,
    costs: constraintCosts(memory, constraints, regions),
    checks,
  };
}

function isGood({ boot, proof, findings }: TreeCheck): boolean {
  return boot.outcome === "managed" && proof?.safe === true && !findings.some(({ severity }) => severity === "error");
}

/** Far more than any machine has, and few enough for every way to share out tags among them. */
const MOST_BANKS = 256;

function refuse(machine: Machine, memory: PlanMemory, placement: Placement): NoPlan | null {
  const none = (message: string, hint: string): NoPlan => ({ kind: "none", message, hint, blame: [], findings: [] });
  if (machine.tagNodes.length > 0) {
    const nodes = machine.tagNodes.map(({ node }) => node.path).join(" and ");
    return none(`the tree has tag storage already: ${nodes}`, "take it out, and give its memory back to a memory node");
  }
  if (memory.banks.length === 0) {
    return none("the tree has no memory that the kernel keeps", 'add a node with device_type = "memory" and its reg');
  }
  if (memory.banks.length > MOST_BANKS) {
    const message = `the machine has ${memory.banks.length} ranges of memory, and plans are made for ${MOST_BANKS}`;
    return none(message, "join ranges that touch: no real machine has so many");
  }
  const overlap = overlappingBanks(memory.banks);
  if (overlap !== null) {
    const [a, b] = overlap;
    const where = a.node === b.node ? `two ranges of ${a.node.path}` : `${a.node.path} and ${b.node.path}`;
    return none(`${where} overlap`, "describe each byte of memory once");
  }
  if (placement.kind === "node" && !memory.banks.some(({ node }) => node.path === placement.path)) {
    const paths = [...new Set(memory.banks.map(({ node }) => node.path))].join(", ");
    return none(`${placement.path} is no memory node that the kernel uses`, `the memory nodes are ${paths}`);
  }
  if (
    placement.kind === "address" &&
    !memory.banks.some(({ start, end }) => start <= placement.address && placement.address < end)
  ) {
    return none(`0x${placement.address.toString(16)} is no memory of the machine`, "name an address in a memory node");
  }
  return null;
}

/** Rows of the kernel's table; where tags are reserved memory each takes a CMA area too. */
function mostRegions(machine: Machine, configs: readonly KernelConfig[], { banks, zoneStarts }: PlanMemory): number {
  // exact makes two rows of one whose tags lie across a zone's start: room is kept for that, used or not.
  const split = new Set(zoneStarts.filter((zone) => banks.some(({ start, end }) => start < zone && zone < end))).size;
  return Math.min(
    ...configs.map((config) => {
      if (config.series === "rfc-v1" || config.series === "rfc-v2") return MAX_TAG_REGIONS;
      const taken = takenCmaAreas(readReservedMemory(machine), machine, pageblockBytes(config));
      const rows = Math.min(MAX_TAG_REGIONS, config.cmaAreas - taken);
      return Math.max(0, config.series === "exact" ? rows - split : rows);
    }),
  );
}

function nothingFits(memory: PlanMemory, constraints: PlanConstraints): NoPlan {
  const stays = whatCannotStay(memory, constraints);
  return {
    kind: "none",
    message:
      stays === ""
        ? "no tag storage fits this machine's memory"
        : `no region can serve all of ${stays}, and without tags that memory could not stay`,
    hint: "see what is in the way, or choose a smaller page size, whose pageblocks are smaller",
    blame: constraintCosts(memory, constraints, []),
    findings: [],
  };
}

/** What has to have tags, where a layout would do but for that: `the kernel's image at 0x40000000-0x41ffffff`. */
function whatCannotStay(memory: PlanMemory, constraints: PlanConstraints): string {
  const without = (kinds: readonly ObstacleKind[]): PlanMemory => ({
    ...memory,
    obstacles: memory.obstacles.map((each) => (kinds.includes(each.kind) ? { ...each, kept: [] } : each)),
  });
  const fits = (kinds: readonly ObstacleKind[]) => findLayout(without(kinds), constraints).regions.length > 0;
  const both = ["image", "initrd"] as const;
  const alone = both.filter((kind) => fits([kind]));
  const blamed = alone.length > 0 ? alone : both;
  if (alone.length === 0 && !fits(both)) return "";
  return memory.obstacles
    .filter(({ kind, kept }) => kept.length > 0 && blamed.some((each) => each === kind))
    .map(({ kind, kept }) => {
      const { start, end } = kept[0]!;
      const what = kind === "image" ? "the kernel's image" : "the initrd";
      return `${what} at ${hexAddress(BigInt(start))}-${hexAddress(BigInt(end - 1))}`;
    })
    .join(" and ");
}

function unsafe(config: KernelConfig, { boot, findings }: TreeCheck, blockBytes: number): NoPlan {
  const { series, pageSize } = config;
  const errors = findings.filter(({ severity }) => severity === "error");
  const base = { kind: "none" as const, blame: [], findings: errors };
  if (boot.outcome !== "managed") {
    return {
      ...base,
      // What makes a kernel pass the nodes over is a warning, as the memory is then ordinary memory.
      findings: findings.filter(({ severity }) => severity !== "note"),
      message: `${series} with pages of ${pageSize} bytes does not come up with the layout that fits best`,
      hint: "see what the kernel has against it",
    };
  }
  const isLargeBlock = blockBytes > pageSize || pageSize % blockBytes !== 0;
  return {
    ...base,
    message: isLargeBlock
      ? `${series} reserves the wrong blocks where a block has more than one page, as with blocks of ${blockBytes} bytes and pages of ${pageSize}: no layout is safe that has memory for allocations of every order`
      : `${series} with pages of ${pageSize} bytes breaks an obligation in the layout that fits best`,
    hint: isLargeBlock
      ? "mend the kernel's walk and plan with --kernel exact, which reserves the blocks that an allocation needs"
      : "see which, and what breaks it",
  };
}
