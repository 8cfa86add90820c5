import type { ParseResult } from "../../dts/input.ts";
import type { Span } from "../../dts/source.ts";
import { DeviceTree, TreeNode } from "../../dts/tree.ts";
import type { YamlDocument } from "../../dts/yaml/document.ts";
import type { Series } from "../series.ts";
import { addFlag, addReference, addReg, addStrings, addU32, implied } from "./node-writer.ts";
import {
  type BankEntry,
  type Field,
  type MachineDescription,
  type RangeEntry,
  readDescription,
  type TagEntry,
} from "./read.ts";
import { type ByteRange, undescribed } from "./undescribed.ts";

/** How a series has its tag storage nodes written; see docs/kernels.md. */
interface Dialect {
  readonly name: string;
  readonly memoryProperty: string;
  /** True where tag storage is reserved memory, which the kernel keeps in pages of ordinary memory. */
  readonly isReservedMemory: boolean;
}

const RFC_V3: Dialect = { name: "tag-storage", memoryProperty: "tagged-memory", isReservedMemory: true };

const DIALECTS: Readonly<Record<Series, Dialect>> = {
  "rfc-v1": { name: "metadata", memoryProperty: "memory", isReservedMemory: false },
  "rfc-v2": { name: "tag-storage", memoryProperty: "memory", isReservedMemory: false },
  "rfc-v3": RFC_V3,
  // `exact` boots by the dialect that the tree is in; a description is in none until it is written out.
  exact: RFC_V3,
};

/** What dtc and the C preprocessor take for a label. */
const LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Writes the device tree that an author would write for a machine in the dialect of a series: two cells of address and
 * two of size, a memory node for each bank, tag storage by the dialect, `/reserved-memory` where it is needed. Nodes,
 * properties and cells stand where the YAML has what they come from.
 *
 * The document should have passed validateDescription; what is wrong in it all the same is left out of the tree.
 */
export function descriptionToTree(document: YamlDocument, series: Series): ParseResult {
  const description = readDescription(document);
  const root = new TreeNode("", null);
  const rootSpan = description.machine?.span ?? description.sectionSpan("machine");
  root.nameSpan = rootSpan;
  if (description.machine !== null) addStrings(root, "model", [description.machine]);
  addStrings(root, "compatible", description.compatible);
  addCellCounts(root, rootSpan);
  addMemory(root, description, DIALECTS[series]);
  return { tree: new DeviceTree(root, document.sources), diagnostics: [], sources: document.sources };
}

function addMemory(root: TreeNode, description: MachineDescription, dialect: Dialect): void {
  const banks = new Map<string, Bank>();
  const described: ByteRange[] = [];
  for (const entry of description.banks) {
    const node = addMemoryNode(root, entry, entry.numaNode);
    if (entry.name !== null && !banks.has(entry.name.value)) banks.set(entry.name.value, { entry, node });
    described.push(...rangesOf(entry));
  }
  givePhandles(description.tags, banks);
  if (dialect.isReservedMemory) {
    for (const tags of description.tags) addMissingMemory(root, tags, banks, described);
  } else {
    for (const tags of description.tags) addTagStorage(root, tags, banks, dialect);
  }
  if (description.reserved.length === 0 && !(dialect.isReservedMemory && description.tags.length > 0)) return;
  addReservedMemory(root, description, banks, dialect);
}

interface Bank {
  readonly entry: BankEntry;
  readonly node: TreeNode;
}

function addMemoryNode(root: TreeNode, entry: RangeEntry, numaNode: Field<number> | null): TreeNode {
  const node = addRangeNode(root, "memory", entry);
  addLabel(node, entry);
  addStrings(node, "device_type", [implied("memory", entry.span)]);
  addRange(node, entry);
  if (numaNode !== null) addU32(node, "numa-node-id", numaNode);
  return node;
}

/**
 * The memory nodes that rfc-v3 needs beside a tag range: it is made a CMA area, whose pages must exist
 * (cma_activate_area), and only memory nodes make pages. What a bank, or another tag range, describes already is left
 * out, so that no memory is described twice.
 */
function addMissingMemory(
  root: TreeNode,
  tags: TagEntry,
  banks: ReadonlyMap<string, Bank>,
  described: ByteRange[],
): void {
  const numaNode = banks.get(tags.memory?.value ?? "")?.entry.numaNode ?? null;
  for (const range of rangesOf(tags)) {
    for (const { start, end } of undescribed(range, described)) {
      const base = { ...tags.base!, value: start };
      const sizeBytes = { ...tags.sizeBytes!, value: end - start };
      addMemoryNode(root, { name: null, base, sizeBytes, span: tags.span }, numaNode);
    }
    described.push(range);
  }
}

/** The range of an entry; none where its base or size is not known. */
function rangesOf({ base, sizeBytes }: RangeEntry): ByteRange[] {
  return base === null || sizeBytes === null ? [] : [{ start: base.value, end: base.value + sizeBytes.value }];
}

/** As dtc gives them: from 1, in the order of the first reference, after the node's own properties. */
function givePhandles(tags: readonly TagEntry[], banks: ReadonlyMap<string, Bank>): void {
  let next = 1;
  for (const { memory } of tags) {
    const bank = banks.get(memory?.value ?? "");
    if (bank === undefined || bank.node.phandle !== null) continue;
    addU32(bank.node, "phandle", implied(next++, bank.entry.span));
  }
}

function addTagStorage(parent: TreeNode, tags: TagEntry, banks: ReadonlyMap<string, Bank>, dialect: Dialect): void {
  const node = addRangeNode(parent, dialect.name, tags);
  addLabel(node, tags);
  addStrings(node, "compatible", [implied("arm,mte-tag-storage", tags.span)]);
  addRange(node, tags);
  if (tags.blockBytes !== null) addU32(node, "block-size", tags.blockBytes);
  const bank = banks.get(tags.memory?.value ?? "");
  if (tags.memory !== null && bank !== undefined) addReference(node, dialect.memoryProperty, tags.memory, bank.node);
  if (dialect.isReservedMemory) addFlag(node, "reusable", tags.span);
}

function addReservedMemory(
  root: TreeNode,
  description: MachineDescription,
  banks: ReadonlyMap<string, Bank>,
  dialect: Dialect,
): void {
  const section = description.reserved.length > 0 ? "reserved-memory" : "tag-storage";
  const span = description.sectionSpan(section);
  const parent = root.addChild("reserved-memory", span);
  addCellCounts(parent, span);
  addFlag(parent, "ranges", span);
  for (const entry of description.reserved) {
    const node = addRangeNode(parent, entry.name?.value ?? "reserved", entry);
    addLabel(node, entry);
    addRange(node, entry);
    if (entry.noMap !== null) addFlag(node, "no-map", entry.noMap.keySpan);
  }
  if (!dialect.isReservedMemory) return;
  for (const tags of description.tags) addTagStorage(parent, tags, banks, dialect);
}

function addCellCounts(node: TreeNode, span: Span): void {
  addU32(node, "#address-cells", implied(2, span));
  addU32(node, "#size-cells", implied(2, span));
}

function addRangeNode(parent: TreeNode, name: string, { base, span }: RangeEntry): TreeNode {
  return parent.addChild(base === null ? name : `${name}@${base.value.toString(16)}`, span);
}

function addLabel(node: TreeNode, { name }: RangeEntry): void {
  if (name !== null && LABEL.test(name.value)) node.labels = [{ name: name.value, span: name.span }];
}

function addRange(node: TreeNode, { base, sizeBytes }: RangeEntry): void {
  if (base !== null && sizeBytes !== null) addReg(node, base, sizeBytes);
}
