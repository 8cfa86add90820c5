/** A planned machine as a YAML description (`carveout schema` has its form): memory, tag storage, reserved memory. */
import { firstCell } from "../../core/machine/property.ts";
import { type Machine, readMachine } from "../../core/machine.ts";
import type { Plan } from "../../core/plan-tree.ts";
import type { TreeNode } from "../../dts/tree.ts";
import { Failure } from "../failure.ts";

/** What a reserved range of a description comes to; whatever else a node has, a description cannot say. */
const RESERVED_PROPERTIES: ReadonlySet<string> = new Set(["reg", "no-map", "phandle", "linux,phandle"]);

/** @throws Failure where the machine has what bears on memory, and a description has no word for it. */
export function planDescription(plan: Plan, comment: readonly string[]): string {
  const machine = readMachine(plan.tree);
  const unsaid = whatIsUnsaid(machine);
  if (unsaid !== null) throw new Failure(`a YAML description cannot say ${unsaid}; -O dts, dtb or overlay can`);
  const names = nameSource();
  const { tags: tagNodes, blockBytes } = plan.changes;
  const described = [
    ...plan.changes.changed,
    ...plan.changes.memory.map((each) => ({ ...each, path: `/${each.name}` })),
  ];
  const tagPaths = new Set(described.filter(({ holds }) => holds === "tags").map(({ path }) => path));
  const bankNames = new Map<string, string>();
  const lines = [...comment.map((line) => `# ${line}`.trimEnd()), ...identityLines(plan.tree.root), "memory:"];
  for (const { node, available, ranges } of machine.memoryNodes) {
    // The memory of rfc-v3's tag storage comes of itself.
    if (!available || tagPaths.has(node.path)) continue;
    const numaNode = firstCell(node, "numa-node-id");
    for (const { address, size } of ranges) {
      const name = names(node.labels[0]?.name ?? "memory");
      if (!bankNames.has(node.path)) bankNames.set(node.path, name);
      lines.push(...rangeLines(name, address, size), ...(numaNode === null ? [] : [`    numa-node: ${numaNode}`]));
    }
  }
  lines.push("", "tag-storage:");
  for (const { region, memoryPath } of tagNodes) {
    const { start, end } = region.tags;
    const [first, ...rest] = rangeLines(null, BigInt(start), BigInt(end - start));
    lines.push(first!, ...rest, `    block-size: ${blockBytes}`, `    memory: ${bankNames.get(memoryPath)!}`);
  }
  const reserved = machine.reservedNodes.filter(({ node, available }) => available && !isTagStorage(machine, node));
  if (reserved.length > 0) lines.push("", "reserved-memory:");
  for (const { node, ranges } of reserved) {
    for (const { address, size } of ranges) {
      lines.push(...rangeLines(names(node.name.split("@")[0]!), address, size));
      if (node.property("no-map") !== null) lines.push("    no-map: true");
    }
  }
  return `${lines.join("\n")}\n`;
}

function identityLines(root: TreeNode): string[] {
  const texts = (name: string) => root.property(name)?.strings() ?? [];
  const [model] = texts("model");
  const compatible = texts("compatible");
  return [
    ...(model === undefined ? [] : [`machine: ${JSON.stringify(model)}`]),
    ...(compatible.length === 0 ? [] : [`compatible: ${JSON.stringify(compatible)}`]),
  ];
}

function rangeLines(name: string | null, address: bigint, size: bigint): string[] {
  const base = `base: 0x${address.toString(16)}`;
  const length = `    size: 0x${size.toString(16)}`;
  return name === null ? [`  - ${base}`, length] : [`  - name: ${name}`, `    ${base}`, length];
}

function isTagStorage({ tagNodes }: Machine, node: TreeNode): boolean {
  return tagNodes.some((tags) => tags.node === node);
}

/** The first thing of a machine that bears on its memory and that a description has no word for; null for none. */
function whatIsUnsaid(machine: Machine): string | null {
  if (machine.memReserves.length > 0) return "/memreserve/";
  for (const name of ["linux,initrd-start", "linux,usable-memory-range"]) {
    if (machine.chosen?.property(name)) return `${name} of /chosen`;
  }
  for (const { node, available } of machine.reservedNodes) {
    if (!available || isTagStorage(machine, node)) continue;
    const other = node.properties.find(({ name }) => !RESERVED_PROPERTIES.has(name));
    if (other !== undefined) return `${other.name} of ${node.path}`;
  }
  const moved = machine.tree.root.list().find((node) => node.property("dma-ranges") !== null);
  return moved === undefined ? null : `dma-ranges of ${moved.path}`;
}

/** Names of a description: each once, of the letters that it takes. */
function nameSource(): (wanted: string) => string {
  const taken = new Set<string>();
  return (wanted) => {
    const plain = wanted.replaceAll(/[^A-Za-z0-9,._+-]/g, "-").slice(0, 26);
    const base = /^[A-Za-z]/.test(plain) ? plain : `r${plain}`;
    let name = base;
    for (let count = 1; taken.has(name); count++) name = `${base}-${count}`;
    taken.add(name);
    return name;
  };
}
