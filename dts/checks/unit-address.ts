/** Unit addresses: there where a `reg` is, of the right form, the number that `reg` begins with, and each but once. */
import type { Property, TreeNode } from "../tree.ts";
import type { ReportFault } from "./check.ts";
import { baseName, MOST_CELLS, nodeText, type TreeFacts, unitAddress } from "./tree-facts.ts";

export function unitAddressVsReg(node: TreeNode, report: ReportFault, facts: TreeFacts): void {
  const unit = unitAddress(node);
  const property = addressProperty(node);
  if ((property !== null) === (unit !== "")) return;
  // A fragment of an overlay has a number for its unit address.
  if (node.child("__overlay__") !== null) return;
  const name = nodeText(node);
  if (property === null) {
    report(() => ({
      span: node.nameSpan,
      message: `${name} has a unit address, but no reg, nor a ranges that is not empty`,
      hint: `give it the reg that begins with ${HEX.test(unit) ? `0x${unit}` : "that address"}, or call it ${baseName(node)}`,
    }));
    return;
  }
  const address = firstAddress(node, property, facts);
  report(() => ({
    span: node.nameSpan,
    message: `${name} has a ${property.name}, but no unit address`,
    hint: address === null ? "end its name in @ and its first address" : `call it ${baseName(node)}@${hex(address)}`,
    related: related(property),
  }));
}

/** Whoever knows the bus knows better: PCI and others write unit addresses in their own ways. */
export function unitAddressFormat(node: TreeNode, report: ReportFault, facts: TreeFacts): void {
  const { parent } = node;
  const unit = unitAddress(node);
  if (unit === "" || (parent !== null && (facts.isSimpleBus(parent) || facts.isPciBus(parent)))) return;
  const hasPrefix = unit.startsWith("0x");
  const digits = hasPrefix ? unit.slice(2) : unit;
  const hasZeroes = /^0[0-9a-fA-F]/.test(digits);
  if (!hasPrefix && !hasZeroes) return;
  const wrong = [hasPrefix ? "0x" : "", hasZeroes ? "leading zeroes" : ""].filter((part) => part !== "");
  report(() => ({
    span: node.nameSpan,
    message: `the unit address of ${node.name} is written with ${wrong.join(" and ")}`,
    hint: `call it ${baseName(node)}@${digits.replace(/^0+(?=[0-9a-fA-F])/, "")}: unit addresses are bare hex digits`,
  }));
}

/** dtc compares only where it knows how the bus writes addresses: here, on a simple bus. */
export function simpleBusReg(node: TreeNode, report: ReportFault, facts: TreeFacts): void {
  const { parent } = node;
  if (parent === null || !facts.isSimpleBus(parent)) return;
  const property = addressProperty(node);
  if (property === null || property.length === 0) {
    if (parent.parent === null || facts.isSimpleBus(node)) return;
    report(() => ({
      span: node.nameSpan,
      message: `${node.name} stands on ${nodeText(parent)}, a simple-bus, and has neither a reg nor a ranges that is not empty`,
      hint: "move it out of the bus: what has no address there belongs elsewhere, most often at the root",
    }));
    return;
  }
  const address = firstAddress(node, property, facts);
  if (address === null || unitAddress(node) === hex(address)) return;
  report(() => ({
    span: node.nameSpan,
    message: `${property.name} of ${node.name} begins with 0x${hex(address)}, so its unit address is ${hex(address)}`,
    hint: `call it ${baseName(node)}@${hex(address)}, or mend ${property.name}`,
    related: related(property),
  }));
}

/**
 * Ours: the specification's rule (2.2.1) for memory and reserved memory, which stand on no bus that dtc knows. Of devices
 * at the root nothing is asked: boards and QEMU write what they like there, and dtc has never minded.
 */
export function unitAddressValue(reg: Property, node: TreeNode, report: ReportFault, facts: TreeFacts): void {
  const { parent } = node;
  if (parent === null || !isMemory(node, parent, facts) || facts.isSimpleBus(parent)) return;
  const unit = /^(?:0x)?([0-9a-fA-F]{1,16})$/.exec(unitAddress(node));
  if (reg.length === 0 || unit === null) return;
  const { address: cells, size } = facts.childCells(parent);
  // Of the wrong length, which is told: what it begins with is then anybody's guess.
  if (reg.length % ((cells + size) * 4) !== 0) return;
  const address = firstAddress(node, reg, facts);
  const written = BigInt(`0x${unit[1]!}`);
  if (address === null || address === written) return;
  report(() => ({
    span: node.nameSpan,
    message: `reg of ${node.name} begins with 0x${hex(address)}, and its unit address says 0x${hex(written)}`,
    hint: `call it ${baseName(node)}@${hex(address)}, or mend reg: one of the two is wrong`,
    related: related(reg),
  }));
}

function isMemory(node: TreeNode, parent: TreeNode, facts: TreeFacts): boolean {
  if (parent.parent === null) return baseName(node) === "memory" || facts.isMemory(node);
  return parent.name === "reserved-memory" && parent.parent.parent === null;
}

/** Tells of each node that shares its unit address with a later one, as dtc does, with the next such node. */
export function uniqueUnitAddress(
  _cells: Property,
  node: TreeNode,
  report: ReportFault,
  { ownCells }: TreeFacts,
): void {
  const { address, size } = ownCells(node);
  if (node.children.length < 2 || address === null || size === null) return;
  if (address > MOST_CELLS || size > MOST_CELLS) return;
  const last = new Map<string, TreeNode>();
  for (const child of node.children) {
    const unit = unitAddress(child);
    if (unit === "") continue;
    const before = last.get(unit);
    last.set(unit, child);
    // Of one name altogether: that is the greater mistake, and told.
    if (before === undefined || before.name === child.name) continue;
    report(() => ({
      node: before,
      span: before.nameSpan,
      message: `${before.name} and ${child.name} of ${nodeText(node)} have one unit address`,
      hint: "an address belongs to one device: correct one of them, or leave out the one that the machine has not",
      related: [{ message: `${child.name} stands here`, span: child.nameSpan }],
    }));
  }
}

/** What a node's unit address comes from: its `reg`, or else a `ranges` that says something. */
function addressProperty(node: TreeNode): Property | null {
  const reg = node.property("reg");
  if (reg !== null) return reg;
  const ranges = node.property("ranges");
  return ranges === null || ranges.length === 0 ? null : ranges;
}

/** The first address in the parent's terms; null where there are too few cells for one. */
function firstAddress(node: TreeNode, property: Property, facts: TreeFacts): bigint | null {
  const { address: cells } = facts.childCells(node.parent ?? node);
  const from = property.name === "ranges" ? facts.childCells(node).address : 0;
  if (property.cellCount < from + cells) return null;
  const dropped = Math.max(0, cells - 2);
  return property.cells(from + dropped, cells - dropped);
}

const HEX = /^[0-9a-fA-F]+$/;

function hex(address: bigint): string {
  return address.toString(16);
}

function related({ name, span }: Property) {
  return [{ message: `its ${name}`, span }];
}
