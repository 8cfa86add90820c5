/** A tree with a planned layout in it, in the dialect of a series, as an author would write it. */
import { NO_SPAN } from "../../dts/source.ts";
import { cellsToBytes, DeviceTree, stringsToBytes, TreeNode } from "../../dts/tree.ts";
import type { Cells } from "../machine/property.ts";
import type { Machine } from "../machine.ts";
import type { Series } from "../series.ts";
import { numaNodeOf, type PlanMemory } from "./machine-memory.ts";
import type { PlannedRegion } from "./pair-regions.ts";
import { intersect, type Stretch, subtract, union } from "./stretch.ts";

/**
 * What a memory node describes: memory with tags, the range of tags, memory that is reserved and so never tagged, or
 * memory that the kernels do not see and that stays as it is.
 */
export type Holding = "tagged" | "tags" | "reserved" | "unseen";

/** A memory node of the machine: the range that it has from now on, or that it is disabled. */
export interface ChangedMemory {
  readonly path: string;
  /** The label that the tree has for it; an overlay names it by that. */
  readonly ownLabel: string | null;
  /** Null: none of its memory is used as it stands. */
  readonly range: Stretch | null;
  /** A label that it gets; null where it has one or a phandle, or nothing refers to it. */
  readonly label: string | null;
  /** What it describes from now on; null where it is disabled. */
  readonly holds: Holding | null;
}

/** A node that comes in. `label` is null where nothing refers to it. */
export interface NewMemory {
  readonly name: string;
  readonly range: Stretch;
  readonly label: string | null;
  readonly numaNode: number | null;
  readonly holds: Holding;
}

export interface NewTags {
  readonly name: string;
  readonly region: PlannedRegion;
  readonly memoryPath: string;
  /** The memory node as an overlay refers to it: `&label`, or the phandle that it has. */
  readonly memoryReference: string;
}

/** What a layout changes in a tree. */
export interface TreeChanges {
  readonly cells: Cells;
  readonly changed: readonly ChangedMemory[];
  readonly memory: readonly NewMemory[];
  readonly tags: readonly NewTags[];
  readonly blockBytes: number;
  readonly memoryProperty: "memory" | "tagged-memory";
  /** True where tag storage goes below /reserved-memory, which comes in where {@link hasReservedMemory} is false. */
  readonly isReservedMemory: boolean;
  readonly hasReservedMemory: boolean;
}

/** The changes that bring regions into a machine that has no tag storage. */
export function changesFor(
  machine: Machine,
  memory: PlanMemory,
  regions: readonly PlannedRegion[],
  series: Series,
  blockBytes: number,
): TreeChanges {
  const isReservedMemory = series === "rfc-v3" || series === "exact";
  const labels = labelSource(machine);
  const changed: ChangedMemory[] = [];
  const newMemory: NewMemory[] = [];
  const memoryOf = new Map<PlannedRegion, Pick<NewTags, "memoryPath" | "memoryReference">>();
  const nodes = [...new Set(memory.banks.map(({ node }) => node))];
  const untagged = untaggedMemory(memory, regions);
  for (const node of nodes) {
    const ofNode = memory.banks.filter((bank) => bank.node === node);
    const inside = (part: Stretch) => ofNode.some((bank) => bank.start <= part.start && part.end <= bank.end);
    const numaNode = numaNodeOf(node);
    const without = (holds: Holding, ranges: readonly Stretch[]) =>
      ranges.map(({ start, end }) => ({ range: { start, end }, holds, region: null }));
    const pieces: { readonly range: Stretch; readonly holds: Holding; readonly region: PlannedRegion | null }[] = [
      ...regions
        .filter((region) => inside(region.memory))
        .map((region) => ({ range: region.memory, holds: "tagged" as const, region })),
      ...without("tags", isReservedMemory ? union(regions.map(({ tags }) => tags).filter(inside)) : []),
      ...without("reserved", untagged.filter(inside)),
      ...without(
        "unseen",
        memory.unseen.filter((part) => part.node === node),
      ),
    ];
    // A node's name has its address: only what starts where it starts can be its range.
    const own = pieces.find(({ range }) => startsAt(node, range.start));
    const ownLabel = node.labels[0]?.name ?? null;
    const label = own?.region && ownLabel === null && node.phandle === null ? labels() : null;
    changed.push({ path: node.path, ownLabel, range: own?.range ?? null, label, holds: own?.holds ?? null });
    if (own?.region) {
      const name = ownLabel ?? label;
      const memoryReference = name === null ? `0x${node.phandle!.toString(16)}` : `&${name}`;
      memoryOf.set(own.region, { memoryPath: node.path, memoryReference });
    }
    for (const piece of pieces) {
      if (piece === own) continue;
      const { range, holds, region } = piece;
      const name = nodeName("memory", range);
      const newLabel = region === null ? null : labels();
      if (region !== null) memoryOf.set(region, { memoryPath: `/${name}`, memoryReference: `&${newLabel}` });
      newMemory.push({ name, range, label: newLabel, numaNode, holds });
    }
  }
  return {
    cells: machine.rootCells,
    changed,
    memory: newMemory,
    tags: regions.map((region) => ({
      name: nodeName(series === "rfc-v1" ? "metadata" : "tag-storage", region.tags),
      region,
      ...memoryOf.get(region)!,
    })),
    blockBytes,
    memoryProperty: isReservedMemory ? "tagged-memory" : "memory",
    isReservedMemory,
    hasReservedMemory: machine.reservedMemory !== null,
  };
}

/**
 * What stays memory without tags: reserved pages that no region serves. The page allocator never gets them, so the kernel
 * never tags them; other memory without tags would be tagged all the same, and has to go.
 */
export function untaggedMemory({ banks, reserved }: PlanMemory, regions: readonly PlannedRegion[]): Stretch[] {
  const used = union(regions.flatMap(({ memory, tags }) => [memory, tags]));
  return banks.flatMap((bank) => intersect(subtract(bank, used), reserved));
}

function startsAt({ unitAddress }: TreeNode, start: number): boolean {
  return unitAddress !== null && /^[0-9a-f]+$/i.test(unitAddress) && Number.parseInt(unitAddress, 16) === start;
}

function nodeName(name: string, { start }: Stretch): string {
  return `${name}@${start.toString(16)}`;
}

/** `memory0`, `memory1`, …, those left out that the tree has. */
function labelSource({ tree }: Machine): () => string {
  const taken = new Set(tree.root.list().flatMap((node) => node.labels.map(({ name }) => name)));
  let next = 0;
  return () => {
    while (taken.has(`memory${next}`)) next++;
    return `memory${next++}`;
  };
}

/** A copy of the tree with the changes made; what they leave alone is shared with it. */
export function changedTree(tree: DeviceTree, changes: TreeChanges): DeviceTree {
  const root = copyNode(tree.root, null);
  const copy = new DeviceTree(root, tree.sources);
  copy.memReserves = tree.memReserves;
  copy.bootCpuId = tree.bootCpuId;
  const phandles = phandleSource(tree);
  const name = (node: TreeNode, label: string | null) => {
    if (label !== null) node.labels = [...node.labels, { name: label, span: node.nameSpan }];
  };
  for (const { path, range, label } of changes.changed) {
    const node = copy.nodeAt(path)!;
    node.properties = node.properties.filter(({ name }) => name !== "linux,usable-memory");
    if (range === null) setProperty(node, "status", stringsToBytes(["disabled"]));
    else setProperty(node, "reg", regBytes(range, changes.cells));
    name(node, label);
  }
  for (const { name: nodeName, range, label, numaNode } of changes.memory) {
    const node = root.addChild(nodeName);
    node.addProperty("device_type", stringsToBytes(["memory"]));
    node.addProperty("reg", regBytes(range, changes.cells));
    if (numaNode !== null) node.addProperty("numa-node-id", cellsToBytes([numaNode]));
    name(node, label);
  }
  const parent = changes.isReservedMemory ? reservedMemoryOf(root, changes) : root;
  for (const { name: nodeName, region, memoryPath } of changes.tags) {
    const memory = copy.nodeAt(memoryPath)!;
    const phandle = memory.phandle ?? phandles();
    if (memory.phandle === null) memory.addProperty("phandle", cellsToBytes([phandle]));
    const node = parent.addChild(nodeName);
    node.addProperty("compatible", stringsToBytes(["arm,mte-tag-storage"]));
    node.addProperty("reg", regBytes(region.tags, changes.cells));
    node.addProperty("block-size", cellsToBytes([changes.blockBytes]));
    node.addProperty(changes.memoryProperty, cellsToBytes([phandle]));
    if (changes.isReservedMemory) node.addProperty("reusable", new Uint8Array(0));
  }
  return copy;
}

function reservedMemoryOf(root: TreeNode, { cells }: TreeChanges): TreeNode {
  const known = root.children.find(({ name }) => name === "reserved-memory" || name.startsWith("reserved-memory@"));
  if (known !== undefined) return known;
  const node = root.addChild("reserved-memory");
  node.addProperty("#address-cells", cellsToBytes([cells.address]));
  node.addProperty("#size-cells", cellsToBytes([cells.size]));
  node.addProperty("ranges", new Uint8Array(0));
  return node;
}

function copyNode(node: TreeNode, parent: TreeNode | null): TreeNode {
  const copy = new TreeNode(node.name, parent);
  copy.labels = node.labels;
  copy.nameSpan = node.nameSpan;
  copy.properties = [...node.properties];
  copy.children = node.children.map((child) => copyNode(child, copy));
  return copy;
}

/** In place of the property of that name, or behind all others. */
function setProperty(node: TreeNode, name: string, value: Uint8Array): void {
  const at = node.properties.findIndex((property) => property.name === name);
  const property = node.addProperty(name, value, at < 0 ? NO_SPAN : node.properties[at]!.span);
  if (at < 0) return;
  node.properties.pop();
  node.properties[at] = property;
}

/** Phandles that no node has, from the lowest above all. */
function phandleSource(tree: DeviceTree): () => number {
  let next = tree.root.list().reduce((most, { phandle }) => Math.max(most, phandle ?? 0), 0) + 1;
  return () => next++;
}

export function regCells({ start, end }: Stretch, cells: Cells): number[] {
  return [...cellsOf(start, cells.address), ...cellsOf(end - start, cells.size)];
}

function regBytes(range: Stretch, cells: Cells): Uint8Array {
  return cellsToBytes(regCells(range, cells));
}

function cellsOf(value: number, count: number): number[] {
  const wide = BigInt(value);
  return Array.from({ length: count }, (_, at) => Number(BigInt.asUintN(32, wide >> BigInt(32 * (count - 1 - at)))));
}
