/** QEMU's own tree with the memory of another: what the kernel of `carveout boot` is given. */
import { dmaAddressBits } from "../../core/kernel/dma-limit.ts";
import { unflattenedPhandle } from "../../core/machine/property.ts";
import type { Machine } from "../../core/machine.ts";
import { copyTree } from "../../dts/overlay/copy-tree.ts";
import { cellsToBytes, type DeviceTree, stringsToBytes, type TreeNode } from "../../dts/tree.ts";
import { Failure } from "../failure.ts";
import { carriedCount, carriedValue, ROOT_CELLS } from "./carried-cells.ts";

export interface Chosen {
  readonly bootArguments: string;
  /** Where the initramfs lies, its end exclusive. */
  readonly initrd: { readonly start: bigint; readonly end: bigint };
}

/** Properties of tag storage whose first cell is the phandle of the memory node. */
const MEMORY_REFERENCES = ["memory", "tagged-memory"];

/**
 * `devices` is the tree that QEMU wrote, and is left as it is. Its memory and reserved memory give way to those of
 * `machine`, with tag storage, header reservations, and the limit that its `dma-ranges` set to zones. Throws a `Failure`
 * where a node has the name of a device.
 */
export function mergeTree(devices: DeviceTree, machine: Machine, chosen: Chosen): DeviceTree {
  const merged = copyTree(devices, devices.sources);
  const { root } = merged;
  root.children = root.children.filter(
    (node) => node.property("device_type")?.strings()[0] !== "memory" && node.name !== "reserved-memory",
  );
  const carried = new Set<TreeNode | null>([
    ...machine.memoryNodes.map(({ node }) => node),
    ...machine.tagNodes.filter(({ place }) => place === "root").map(({ node }) => node),
    machine.reservedMemory,
  ]);
  // One node may be two of these; and the order of the tree is the order of the kernel's table
  const inOrder = machine.tree.root.children.filter((node) => carried.has(node));
  const copies = new Map<TreeNode, TreeNode>();
  for (const node of inOrder) carryNode(node, root, machine, copies);
  renumberPhandles(merged, copies);
  limitDma(root, machine);
  placeCpu(root, machine);
  setChosen(root, machine, chosen);
  merged.memReserves = [...machine.memReserves];
  return merged;
}

function carryNode(node: TreeNode, parent: TreeNode, machine: Machine, copies: Map<TreeNode, TreeNode>): void {
  if (parent.parent === null && parent.child(node.name) !== null) {
    throw new Failure(`cannot boot: ${node.path} has the name of a node of QEMU's machine; rename it`);
  }
  const copy = parent.addChild(node.name);
  copies.set(node, copy);
  const { rootCells, reservedMemory } = machine;
  const isByRoot = node.parent === machine.tree.root || node.parent === reservedMemory;
  for (const property of node.properties) {
    const { name } = property;
    if (node === reservedMemory && (name === "#address-cells" || name === "#size-cells")) {
      const count = carriedCount(property.cell(0), name === "#address-cells" ? rootCells.address : rootCells.size);
      copy.addProperty(name, property.cellCount === 0 ? property.value : cellsToBytes([count]));
    } else if (name !== "phandle" && name !== "linux,phandle") {
      copy.addProperty(name, isByRoot ? carriedValue(property, rootCells) : property.value);
    }
  }
  for (const child of node.children) carryNode(child, copy, machine, copies);
}

/** New phandles, above all of QEMU's, for what tag storage refers to; others refer to nothing that is here. */
function renumberPhandles(merged: DeviceTree, copies: ReadonlyMap<TreeNode, TreeNode>): void {
  let last = 0;
  for (const node of merged.root.walk()) last = Math.max(last, node.phandle ?? 0);
  const byOldPhandle = new Map<number, TreeNode>();
  for (const [node, copy] of copies) {
    const phandle = unflattenedPhandle(node);
    if (phandle !== 0 && !byOldPhandle.has(phandle)) byOldPhandle.set(phandle, copy);
  }
  const missing = ++last;
  for (const copy of copies.values()) {
    for (const property of copy.properties) {
      if (!MEMORY_REFERENCES.includes(property.name) || property.cellCount === 0) continue;
      const target = byOldPhandle.get(property.cell(0));
      if (target !== undefined && target.phandle === null) target.addProperty("phandle", cellsToBytes([++last]));
      property.value = cellsToBytes([target?.phandle ?? missing]);
    }
  }
}

/** A bus without devices whose `dma-ranges` leave as many bits as those of the machine do: ZONE_DMA ends by them. */
function limitDma(root: TreeNode, machine: Machine): void {
  const bits = dmaAddressBits(machine.tree.root);
  if (bits >= 64) return;
  const bus = root.addChild("carveout-dma-limit");
  bus.addProperty("#address-cells", cellsToBytes([ROOT_CELLS.address]));
  bus.addProperty("#size-cells", cellsToBytes([ROOT_CELLS.size]));
  const size = 1n << BigInt(bits);
  bus.addProperty("dma-ranges", cellsToBytes([0, 0, 0, 0, Number(size >> 32n), Number(size & 0xffffffffn)]));
}

/** Without a node of its own the CPU is on NUMA node 0, which need have no memory; and then the kernel does not boot. */
function placeCpu(root: TreeNode, { memoryNodes }: Machine): void {
  const nodes = memoryNodes.flatMap(({ available, numaNode }) => (available && numaNode !== null ? [numaNode] : []));
  if (nodes.length === 0) return;
  for (const cpu of root.child("cpus")?.children ?? []) {
    if (cpu.property("device_type")?.strings()[0] !== "cpu") continue;
    cpu.properties = cpu.properties.filter(({ name }) => name !== "numa-node-id");
    cpu.addProperty("numa-node-id", cellsToBytes([Math.min(...nodes)]));
  }
}

/**
 * QEMU's seeds are left out: without them the kernel lies where it was put. What the machine leaves a crash kernel of its
 * memory is taken over.
 */
function setChosen(root: TreeNode, { chosen, rootCells }: Machine, { bootArguments, initrd }: Chosen): void {
  const old = root.child("chosen");
  const output = old?.property("stdout-path") ?? null;
  root.children = root.children.filter((node) => node !== old);
  const node = root.addChild("chosen");
  if (output !== null) node.addProperty(output.name, output.value);
  node.addProperty("bootargs", stringsToBytes([bootArguments]));
  const address = (value: bigint) => cellsToBytes([Number(value >> 32n), Number(value & 0xffffffffn)]);
  node.addProperty("linux,initrd-start", address(initrd.start));
  node.addProperty("linux,initrd-end", address(initrd.end));
  const usable = chosen?.property("linux,usable-memory-range") ?? null;
  if (usable !== null) node.addProperty(usable.name, carriedValue(usable, rootCells));
}
