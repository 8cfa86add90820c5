/** Changes to blobs: to their bytes, to what their words say, and to the trees in them. */
import { type Random, randomBelow } from "../../core/allocator/random.ts";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { type DeviceTree, type Property, TreeNode } from "../../dts/tree.ts";

export interface BlobMutationSource {
  readonly random: Random;
  readonly other: () => Uint8Array;
}

type Mutation = (blob: Uint8Array, source: BlobMutationSource) => Uint8Array;

const pick = <T>(random: Random, list: readonly T[]): T => list[randomBelow(random, list.length)]!;

const EDGES = [
  0, 1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 31, 32, 33, 39, 40, 41, 0x40, 0xff, 0x100, 0x1000, 0xfffb, 0x10000, 0x200000,
  0x7ffffff0, 0x7fffffff, 0x80000000, 0xd00dfeed, 0xfffffff0, 0xfffffffb, 0xfffffffc, 0xfffffffe, 0xffffffff,
];

function withWord(blob: Uint8Array, at: number, value: number): Uint8Array {
  const changed = blob.slice();
  if (at + 4 <= changed.length) new DataView(changed.buffer).setUint32(at, value >>> 0);
  return changed;
}

const wordOf = (blob: Uint8Array, at: number): number =>
  at + 4 <= blob.length ? new DataView(blob.buffer, blob.byteOffset).getUint32(at) : 0;

const anyWord = (random: Random, blob: Uint8Array): number => randomBelow(random, Math.max(1, blob.length >> 2)) * 4;

const HEADER_WORDS = 10;

const BYTE_MUTATIONS: readonly Mutation[] = [
  function flipBit(blob, { random }) {
    const changed = blob.slice();
    const at = randomBelow(random, Math.max(1, blob.length));
    if (at < changed.length) changed[at]! ^= 1 << randomBelow(random, 8);
    return changed;
  },
  function setHeader(blob, { random }) {
    return withWord(blob, randomBelow(random, HEADER_WORDS) * 4, pick(random, EDGES));
  },
  function shiftHeader(blob, { random }) {
    const at = randomBelow(random, HEADER_WORDS) * 4;
    return withWord(blob, at, wordOf(blob, at) + randomBelow(random, 33) - 16);
  },
  function copyHeader(blob, { random }) {
    return withWord(blob, randomBelow(random, HEADER_WORDS) * 4, wordOf(blob, randomBelow(random, HEADER_WORDS) * 4));
  },
  function setWord(blob, { random }) {
    return withWord(blob, anyWord(random, blob), pick(random, EDGES));
  },
  function shiftWord(blob, { random }) {
    const at = anyWord(random, blob);
    return withWord(blob, at, wordOf(blob, at) + randomBelow(random, 9) - 4);
  },
  function swapWords(blob, { random }) {
    const [a, b] = [anyWord(random, blob), anyWord(random, blob)];
    return withWord(withWord(blob, a, wordOf(blob, b)), b, wordOf(blob, a));
  },
  function cut(blob, { random }) {
    const from = anyWord(random, blob);
    const to = Math.min(blob.length, from + 4 * (1 + randomBelow(random, 16)));
    return joined(blob.subarray(0, from), blob.subarray(to));
  },
  function repeat(blob, { random }) {
    const from = anyWord(random, blob);
    const to = Math.min(blob.length, from + 4 * (1 + randomBelow(random, 64)));
    return joined(blob.subarray(0, to), blob.subarray(from));
  },
  function splice(blob, { random, other }) {
    const donor = other();
    const from = anyWord(random, donor);
    const at = anyWord(random, blob);
    const length = 4 * (1 + randomBelow(random, 64));
    return joined(blob.subarray(0, at), donor.subarray(from, from + length), blob.subarray(at + length));
  },
  function cutOff(blob, { random }) {
    return blob.slice(0, randomBelow(random, blob.length + 1));
  },
  function grow(blob, { random }) {
    return joined(blob, new Uint8Array(1 + randomBelow(random, 64)).fill(pick(random, [0, 1, 0xff])));
  },
];

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

type TreeMutation = (tree: DeviceTree, nodes: readonly TreeNode[], random: Random) => void;

function anyProperty(nodes: readonly TreeNode[], random: Random): { node: TreeNode; property: Property } | null {
  const node = pick(random, nodes);
  return node.properties.length === 0 ? null : { node, property: pick(random, node.properties) };
}

const NAMES = [
  "reg",
  "ranges",
  "dma-ranges",
  "phandle",
  "linux,phandle",
  "compatible",
  "status",
  "device_type",
  "memory",
  "tagged-memory",
  "block-size",
  "#address-cells",
  "#size-cells",
  "no-map",
  "reusable",
  "size",
  "name",
  "numa-node-id",
  "linux,usable-memory",
  "reserved-memory",
  "__symbols__",
  "__fixups__",
  "__local_fixups__",
  "__overlay__",
  "target",
  "target-path",
  "memory@0",
  "tag-storage@0",
  "metadata",
  "a/b",
  " ",
  "\n",
  "\x00",
  "\xff",
  "constructor",
  "__proto__",
  "toString",
  "cpus",
  "chosen",
  "x".repeat(255),
  "x".repeat(256),
];

const TREE_MUTATIONS: readonly TreeMutation[] = [
  function deleteNode(_tree, nodes, random) {
    const node = pick(random, nodes);
    if (node.parent !== null) node.parent.children = node.parent.children.filter((child) => child !== node);
  },
  function moveNode(_tree, nodes, random) {
    const node = pick(random, nodes);
    const target = pick(random, nodes);
    for (let above: TreeNode | null = target; above !== null; above = above.parent) if (above === node) return;
    graft(node, target, node.name);
    if (randomBelow(random, 2) === 0) node.parent!.children = node.parent!.children.filter((child) => child !== node);
  },
  function renameNode(_tree, nodes, random) {
    const node = pick(random, nodes);
    if (node.parent === null) return;
    node.parent.children = node.parent.children.filter((child) => child !== node);
    graft(node, node.parent, pick(random, NAMES));
  },
  function deleteProperty(_tree, nodes, random) {
    const found = anyProperty(nodes, random);
    if (found !== null) found.node.properties = found.node.properties.filter((property) => property !== found.property);
  },
  function copyProperty(_tree, nodes, random) {
    const found = anyProperty(nodes, random);
    if (found === null) return;
    const name = randomBelow(random, 2) === 0 ? found.property.name : pick(random, NAMES);
    pick(random, nodes).addProperty(name, found.property.value.slice());
  },
  function setCell(_tree, nodes, random) {
    const found = anyProperty(nodes, random);
    if (found === null || found.property.length < 4) return;
    found.property.value = withWord(
      found.property.value,
      randomBelow(random, found.property.length >> 2) * 4,
      pick(random, EDGES),
    );
  },
  function setBytes(_tree, nodes, random) {
    const found = anyProperty(nodes, random);
    if (found === null || found.property.length === 0) return;
    const value = found.property.value.slice();
    value[randomBelow(random, value.length)] = randomBelow(random, 256);
    found.property.value = value;
  },
  function cutValue(_tree, nodes, random) {
    const found = anyProperty(nodes, random);
    if (found !== null)
      found.property.value = found.property.value.slice(0, randomBelow(random, found.property.length + 1));
  },
  function growValue(_tree, nodes, random) {
    const found = anyProperty(nodes, random);
    if (found === null) return;
    const { value } = found.property;
    found.property.value = joined(
      value,
      randomBelow(random, 2) === 0 ? value : new Uint8Array(1 + randomBelow(random, 9)),
    );
  },
  function addReservation(tree, _nodes, random) {
    const number = () => (BigInt(pick(random, EDGES)) << 32n) | BigInt(pick(random, EDGES));
    tree.memReserves.push({ address: number(), size: number() | 1n, labels: [], span: { start: -1, end: -1 } });
  },
];

/** A copy of a node and all below it, under another name, as a child of `parent`. */
function graft(node: TreeNode, parent: TreeNode, name: string): void {
  const copy = new TreeNode(name, parent);
  for (const property of node.properties) copy.addProperty(property.name, property.value);
  // Not what is being put there: a node may be grafted below its own parent.
  for (const child of [...node.children]) graft(child, copy, child.name);
  parent.children.push(copy);
}

const MAX_BYTES = 1 << 20;

/** One to a few changes, of the tree in the blob where there is one, and of its bytes. */
export function mutateBlob(blob: Uint8Array, source: BlobMutationSource): Uint8Array {
  const { random } = source;
  let mutated = blob;
  const tree = randomBelow(random, 2) === 0 ? readBlob(blob).tree : null;
  if (tree !== null) {
    const count = 1 + randomBelow(random, 6);
    for (let i = 0; i < count; i++) pick(random, TREE_MUTATIONS)(tree, [...tree.root.walk()], random);
    mutated = writeBlob(tree);
    if (randomBelow(random, 4) > 0) return mutated;
  }
  const count = 1 + randomBelow(random, 4);
  for (let i = 0; i < count && mutated.length < MAX_BYTES; i++) mutated = pick(random, BYTE_MUTATIONS)(mutated, source);
  return mutated;
}
