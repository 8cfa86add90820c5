/** A layout for a machine under some constraints, and what each of the constraints costs. */
import type { KernelConfig } from "../kernel/boot.ts";
import { pageblockBytes } from "../kernel/config.ts";
import type { PlanMemory } from "./machine-memory.ts";
import { memoryBytes, type PlannedRegion, placeTags } from "./place-tags.ts";
import { alignDown, alignUp, cutAt, lengthOf, type PlacementRules, type Stretch, subtract, union } from "./stretch.ts";

export interface PlanConstraints {
  /** All of them are to find the layout managed and safe. One series. */
  readonly configs: readonly KernelConfig[];
  /** Bytes, as hardware has it. */
  readonly blockBytes: number;
  /** Where tags go: in the bank whose tags they are, in any, in those of one memory node, or from an address on. */
  readonly placement: Placement;
  /** Allocations of the largest order start where tagged memory may start: none then straddles two regions. */
  readonly alignsToMaxOrder: boolean;
  readonly mostRegions: number;
}

export type Placement =
  | { readonly kind: "same-bank" }
  | { readonly kind: "anywhere" }
  | { readonly kind: "node"; readonly path: string }
  | { readonly kind: "address"; readonly address: number };

/** What a layout may be asked to do without. */
export type Constraint = "placement" | "image" | "reserved" | "initrd" | "clear" | "zones" | "pageblocks" | "regions";

export function findLayout(
  memory: PlanMemory,
  constraints: PlanConstraints,
  without: Constraint | null = null,
): PlannedRegion[] {
  const rules = rulesOf(constraints, without === "pageblocks");
  // Beyond what a number holds exactly, beyond all memory too.
  if (!(rules.unitBytes * 32 <= Number.MAX_SAFE_INTEGER)) return [];
  const obstacles = union(memory.obstacles.filter(({ kind }) => kind !== without));
  const zoneStarts = without === "zones" ? [] : memory.zoneStarts;
  const placement: Placement = without === "placement" ? { kind: "anywhere" } : constraints.placement;
  const mostRegions = without === "regions" ? Number.POSITIVE_INFINITY : constraints.mostRegions;
  const banks = memory.banks.map(({ start, end, node }) => ({
    start,
    end,
    path: node.path,
    spaces: cutAt(subtract({ start, end }, obstacles), zoneStarts)
      .map((space) => ({
        start: alignUp(space.start, rules.tagAlignBytes),
        end: alignDown(space.end, rules.tagAlignBytes),
      }))
      .filter((space) => lengthOf(space) >= rules.unitBytes),
  }));
  switch (placement.kind) {
    case "same-bank": {
      const regions = banks.flatMap((bank) => placeTags([bank], rules, mostRegions));
      if (regions.length <= mostRegions) return regions;
      const kept = new Set([...regions].sort((a, b) => lengthOf(b.memory) - lengthOf(a.memory)).slice(0, mostRegions));
      return regions.filter((region) => kept.has(region));
    }
    case "anywhere":
      return placeTags(banks, rules, mostRegions);
    case "node":
      return placeTags(
        banks.map((bank) => (bank.path === placement.path ? bank : { ...bank, spaces: [] })),
        rules,
        mostRegions,
      );
    case "address":
      return placeFrom(placement.address, banks, rules, mostRegions);
  }
}

/** Tags in one piece that begins at an address: as many as its space has room for and are of use. */
function placeFrom(
  address: number,
  banks: readonly (Stretch & { readonly spaces: readonly Stretch[] })[],
  rules: PlacementRules,
  mostRegions: number,
): PlannedRegion[] {
  const space = banks.flatMap(({ spaces }) => spaces).find(({ start, end }) => start <= address && address < end);
  if (space === undefined || address % rules.tagAlignBytes !== 0) return [];
  let end = space.end;
  for (;;) {
    const only = { start: address, end };
    const regions = placeTags(
      banks.map((bank) => ({ ...bank, spaces: bank.spaces.includes(space) ? [only] : [] })),
      rules,
      mostRegions,
    );
    const used = regions.reduce((sum, { tags }) => sum + lengthOf(tags), 0);
    if (used === 0 || address + used >= end) return regions;
    end = address + used;
  }
}

function rulesOf({ configs, blockBytes, alignsToMaxOrder }: PlanConstraints, isFree: boolean): PlacementRules {
  const blocks = configs.map(({ pageSize }) => leastCommonMultiple(blockBytes, pageSize));
  const pageblocks = configs.map((config) => (isFree ? config.pageSize : Number(pageblockBytes(config))));
  const { series } = configs[0]!;
  const pageBytes = Math.max(...configs.map(({ pageSize }) => pageSize));
  const walks = series === "exact" ? [pageBytes] : blocks.map((bytes) => 32 * bytes);
  const largest = configs.map(({ pageSize, maxOrder }) => pageSize * 2 ** maxOrder);
  return {
    unitBytes: [...blocks, ...pageblocks].reduce(leastCommonMultiple),
    tagAlignBytes: pageblocks.reduce(leastCommonMultiple),
    // A kernel's walk goes by the order alone: it is right where memory starts at a multiple of what a block serves.
    memoryAlignBytes: [...walks, ...(alignsToMaxOrder ? largest : [])].reduce(leastCommonMultiple),
    isExact: series !== "rfc-v3",
  };
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
    const more = memoryBytes(findLayout(memory, constraints, constraint)) - bytes;
    return more > 0 ? [{ constraint, bytes: more }] : [];
  });
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
