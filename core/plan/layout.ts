/** A layout for a machine under some constraints, and what each of the constraints costs. */
import type { KernelConfig } from "../kernel/boot.ts";
import { pageblockBytes } from "../kernel/config.ts";
import type { Placed } from "./best-placed.ts";
import { upperBound } from "./bounds.ts";
import { type MemoryBank, numaNodeOf, type ObstacleKind, type PlanMemory } from "./machine-memory.ts";
import { memoryBytes, type PlannedRegion } from "./pair-regions.ts";
import { placeTags } from "./place-tags.ts";
import { shareRegions } from "./share-regions.ts";
import { withShortStarts } from "./short-starts.ts";
import {
  type Bank,
  cutAt,
  intersect,
  type PlacementRules,
  powerOfTwoIn,
  type Stretch,
  spacesIn,
  subtract,
  union,
} from "./stretch.ts";

export interface PlanConstraints {
  /** All of them are to find the layout managed and safe. One series. */
  readonly configs: readonly KernelConfig[];
  /** Bytes, as hardware has it. */
  readonly blockBytes: number;
  /** Where tags go: in the bank whose tags they are, in any, in those of one memory node, or from an address on. */
  readonly placement: Placement;
  readonly mostRegions: number;
}

export type Placement =
  | { readonly kind: "same-bank" }
  | { readonly kind: "anywhere" }
  | { readonly kind: "node"; readonly path: string }
  | { readonly kind: "address"; readonly address: number };

/** What a layout may be asked to do without. */
export type Constraint = "placement" | "image" | "reserved" | "initrd" | "clear" | "zones" | "pageblocks" | "regions";

/** What has to have tags: it is handed out by the page allocator one day, and cannot be left out of memory. */
const HAS_TO_STAY: ReadonlySet<ObstacleKind> = new Set(["image", "initrd"]);

/** A second or two. */
const MOST_STEPS = 400_000;
/** The same where it is asked what a constraint costs, of each. */
const MOST_STEPS_OF_COSTS = 4_000;

/** A bank with its node's path. */
interface NamedBank extends Bank {
  readonly path: string;
}

export function findLayout(
  memory: PlanMemory,
  constraints: PlanConstraints,
  without: Constraint | null = null,
): Placed {
  const allRules = rulesOf(constraints, without === "pageblocks");
  const rules = without === null ? allRules : { ...allRules, mostSteps: MOST_STEPS_OF_COSTS };
  // Beyond what a number holds exactly, beyond all memory too.
  if (!(rules.unitBytes * 32 <= Number.MAX_SAFE_INTEGER)) return { regions: [], isBest: true };
  const placement: Placement = without === "placement" ? { kind: "anywhere" } : constraints.placement;
  const mostRegions = without === "regions" ? Number.POSITIVE_INFINITY : constraints.mostRegions;
  const banks = banksOf(memory, constraints, rules, without);
  switch (placement.kind) {
    case "same-bank":
      return withShortStarts(banks, rules, mostRegions, true, (each, most) => shareRegions(each, rules, most));
    case "anywhere":
      return withShortStarts(banks, rules, mostRegions, false, (each, most) => placeTags(each, rules, most));
    case "node": {
      const named = banks.map((bank) => (bank.path === placement.path ? bank : { ...bank, spaces: [] }));
      return withShortStarts(named, rules, mostRegions, false, (each, most) => placeTags(each, rules, most));
    }
    case "address":
      return placeFrom(placement.address, banks, rules, mostRegions);
  }
}

function banksOf(
  memory: PlanMemory,
  constraints: PlanConstraints,
  rules: PlacementRules,
  without: Constraint | null,
): NamedBank[] {
  const obstacles = memory.obstacles.filter(({ kind }) => kind !== without);
  const apart = union(obstacles);
  const kept = union(obstacles.filter(({ kind }) => HAS_TO_STAY.has(kind)).flatMap(({ kept }) => kept));
  const cuts = without === "zones" ? [] : zoneCuts(memory, constraints, rules);
  const isNuma = memory.banks.every(({ node }) => numaNodeOf(node) !== null);
  return memory.banks.map((bank, at) => {
    const { start, end, node } = bank;
    return {
      start,
      end,
      path: node.path,
      kept: intersect([bank], kept),
      isJoined: isJoined(memory.banks, at, isNuma),
      spaces: spacesIn(cutAt(subtract(bank, apart), cuts), rules),
    };
  });
}

/**
 * Zone starts that tags may not lie across. rfc-v3 splits tags there, and splits their memory wrong. rfc-v1 and rfc-v2 make
 * CMA memory of them a pageblock at a time and refuse but a block that lies across; exact splits, between blocks, as
 * hardware would.
 */
function zoneCuts(
  { zoneStarts }: PlanMemory,
  { configs, blockBytes }: PlanConstraints,
  rules: PlacementRules,
): number[] {
  const isBetweenBlocks = (zone: number) =>
    configs.every(({ pageSize }) => {
      const block = leastCommonMultiple(blockBytes, pageSize);
      return zone % block === 0 && rules.tagAlignBytes % block === 0;
    });
  return zoneStarts.filter((zone) => configs[0]!.series === "rfc-v3" || !isBetweenBlocks(zone));
}

/** The page allocator merges no pages of two NUMA nodes; where one bank has none given, all memory is one node's. */
function isJoined(banks: readonly MemoryBank[], at: number, isNuma: boolean): boolean {
  if (at === 0 || banks[at - 1]!.end !== banks[at]!.start) return false;
  return !isNuma || numaNodeOf(banks[at - 1]!.node) === numaNodeOf(banks[at]!.node);
}

/** Tags in one piece that begins at an address; of more than one region where zones or banks meet in it. */
function placeFrom(address: number, banks: readonly NamedBank[], rules: PlacementRules, mostRegions: number): Placed {
  if (address % rules.tagAlignBytes !== 0) return { regions: [], isBest: true };
  let next = address;
  const cut = banks.map((bank) => {
    const spaces: Stretch[] = [];
    for (const { start, end } of bank.spaces) {
      if (next === address ? start > address || end <= address : start !== next) continue;
      spaces.push({ start: next, end });
      next = end;
    }
    return { ...bank, spaces };
  });
  return placeTags(cut, { ...rules, tagsAt: address }, mostRegions);
}

function rulesOf({ configs, blockBytes }: PlanConstraints, isFree: boolean): PlacementRules {
  const blocks = configs.map(({ pageSize }) => leastCommonMultiple(blockBytes, pageSize));
  const pageblocks = configs.map((config) => (isFree ? config.pageSize : Number(pageblockBytes(config))));
  const { series } = configs[0]!;
  const pageBytes = Math.max(...configs.map(({ pageSize }) => pageSize));
  const walks = configs.map((config, at) => ({
    servesBytes: 32 * blocks[at]!,
    alignBytes: series === "exact" ? config.pageSize : walkAlignment(config, blocks[at]!),
  }));
  // Blocks of more than a page that an allocation can be larger than: those it gets wrong wherever memory starts.
  const isEverRight = configs.every(
    (config, at) => blocks[at] === config.pageSize || walks[at]!.servesBytes % largestOrder([config]) === 0,
  );
  return {
    unitBytes: [...blocks, ...pageblocks].reduce(leastCommonMultiple),
    tagAlignBytes: pageblocks.reduce(leastCommonMultiple),
    pageBytes,
    memoryAlignBytes: Math.max(pageBytes, ...walks.map(({ alignBytes }) => alignBytes)),
    walks: series === "rfc-v3" && isEverRight ? walks : [],
    splitAlignBytes: largestOrder(configs),
    tagsAt: null,
    isExact: series !== "rfc-v3",
    mostSteps: MOST_STEPS,
  };
}

/**
 * Where memory has to start so that a kernel's walk, which goes by the order alone, is right for all that can be allocated
 * there. An allocation of up to what a block serves lies in one block where memory starts at a multiple of it, and larger
 * ones start where a block's memory does. Where a block is not a power of two, no start is right for those. (Memory that is
 * too short for the orders that go wrong could be safe under a kernel that gets blocks of this size wrong in general. No
 * such region is planned.)
 */
function walkAlignment(config: KernelConfig, blockBytes: number): number {
  return powerOfTwoIn(32 * blockBytes, config.pageSize, largestOrder([config]));
}

/** Bytes of the largest allocation: all of these are powers of two. */
function largestOrder(configs: readonly KernelConfig[]): number {
  return Math.max(...configs.map(({ pageSize, maxOrder }) => pageSize * 2 ** maxOrder));
}

/** Above 2^53 not exact, and above all memory. */
function leastCommonMultiple(a: number, b: number): number {
  let [divisor, rest] = [a, b];
  while (rest !== 0) [divisor, rest] = [rest, divisor % rest];
  return (a / divisor) * b;
}

/** Bytes more that could be tagged without each constraint, those that cost nothing left out. */
export function constraintCosts(
  memory: PlanMemory,
  constraints: PlanConstraints,
  regions: readonly PlannedRegion[],
): { readonly constraint: Constraint; readonly bytes: number }[] {
  const bytes = memoryBytes(regions);
  return ALL.filter((constraint) => applies(constraint, memory, constraints)).flatMap((constraint) => {
    if (ceiling(memory, constraints, constraint) <= bytes) return [];
    const more = memoryBytes(findLayout(memory, constraints, constraint).regions) - bytes;
    return more > 0 ? [{ constraint, bytes: more }] : [];
  });
}

/** What could have tags at most without a constraint: no search has to be made where that is no more. */
function ceiling(memory: PlanMemory, constraints: PlanConstraints, without: Constraint): number {
  const rules = rulesOf(constraints, without === "pageblocks");
  const banks = banksOf(memory, constraints, rules, without);
  const isApart = constraints.placement.kind === "same-bank" && without !== "placement";
  const groups = isApart ? banks.map((bank) => [bank]) : [banks];
  return groups.reduce((sum, group) => sum + upperBound(group, rules).bytes, 0);
}

const ALL: readonly Constraint[] = [
  "placement",
  "image",
  "reserved",
  "initrd",
  "clear",
  "zones",
  "pageblocks",
  "regions",
];

function applies(constraint: Constraint, { obstacles }: PlanMemory, { placement }: PlanConstraints): boolean {
  if (constraint === "placement") return placement.kind !== "anywhere";
  if (constraint === "zones" || constraint === "pageblocks" || constraint === "regions") return true;
  return obstacles.some(({ kind }) => kind === constraint);
}
