/** A tree as a flattened blob of version 17, laid out as dtc lays it out: header, reservations, structure, strings. */
import { grown } from "../grown.ts";
import type { DeviceTree, Property, TreeNode } from "../tree.ts";
import { StringTable } from "./string-table.ts";

const HEADER_BYTES = 40;
const RESERVE_BYTES = 16;
const MAGIC = 0xd00dfeed;
const BEGIN_NODE = 1;
const END_NODE = 2;
const PROP = 3;
const END = 9;

/** The layout of a blob: room for whoever changes it later, in bytes. In brackets dtc's options of the same purpose. */
export interface BlobOptions {
  /** Empty entries after the memory reservations (`-R`). */
  readonly reserveSlots?: number;
  /** Zeroes after the blob, counted in its size (`-p`). */
  readonly padBytes?: number;
  /** The least size of the blob, filled up with zeroes (`-S`); not beside `padBytes`. */
  readonly minimumBytes?: number;
  /** The size is made a multiple of this power of two, after padding (`-a`). */
  readonly alignBytes?: number;
}

/** The flattened form of `tree`, the bytes that dtc writes. */
export function writeBlob(tree: DeviceTree, options: BlobOptions = {}): Uint8Array {
  const { reserveSlots = 0, padBytes = 0, minimumBytes = 0, alignBytes = 1 } = options;
  const strings = new StringTable();
  const structure = new ByteWriter();
  writeNode(tree.root, structure, strings);
  structure.u32(END);

  const blob = new ByteWriter();
  const reserveOffset = HEADER_BYTES;
  const structureOffset = reserveOffset + (tree.memReserves.length + reserveSlots + 1) * RESERVE_BYTES;
  const stringsOffset = structureOffset + structure.length;
  const used = stringsOffset + strings.length;
  const total = Math.ceil(Math.max(used + padBytes, minimumBytes) / alignBytes) * alignBytes;
  for (const field of [
    MAGIC,
    total,
    structureOffset,
    stringsOffset,
    reserveOffset,
    17,
    16,
    tree.bootCpuId,
    strings.length,
    structure.length,
  ]) {
    blob.u32(field);
  }
  for (const { address, size } of tree.memReserves) {
    blob.u64(address);
    blob.u64(size);
  }
  blob.zeroes((reserveSlots + 1) * RESERVE_BYTES);
  blob.bytes(structure.take());
  blob.bytes(strings.take());
  blob.zeroes(total - used);
  return blob.take();
}

function writeNode(node: TreeNode, out: ByteWriter, strings: StringTable): void {
  out.beginNode(node.name);
  // No iterators: this runs once for each property, in a program that is over before it is optimized.
  const { properties, children } = node;
  for (let i = 0; i < properties.length; i++) out.property(properties[i]!, strings);
  for (let i = 0; i < children.length; i++) writeNode(children[i]!, out, strings);
  out.u32(END_NODE);
}

class ByteWriter {
  length = 0;
  private buffer = new Uint8Array(1 << 16);

  u32(value: number): void {
    this.reserve(4);
    const { buffer, length } = this;
    buffer[length] = value >>> 24;
    buffer[length + 1] = value >>> 16;
    buffer[length + 2] = value >>> 8;
    buffer[length + 3] = value;
    this.length = length + 4;
  }

  u64(value: bigint): void {
    this.u32(Number(value >> 32n));
    this.u32(Number(value & 0xffffffffn));
  }

  bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** What opens a node, its name and the zeroes after it. */
  beginNode(name: string): void {
    this.reserve(name.length + 8);
    const { buffer } = this;
    let at = this.length;
    buffer[at + 3] = BEGIN_NODE;
    at += 4;
    for (let i = 0; i < name.length; i++) buffer[at++] = name.charCodeAt(i);
    this.length = (at + 4) & ~3;
  }

  /** A property's header, its value and the zeroes after it. */
  property(property: Property, strings: StringTable): void {
    const { length } = property;
    const name = strings.offsetOf(property.name);
    this.reserve(length + 16);
    const { buffer } = this;
    let at = this.length;
    buffer[at + 3] = PROP;
    buffer[at + 4] = length >>> 24;
    buffer[at + 5] = length >>> 16;
    buffer[at + 6] = length >>> 8;
    buffer[at + 7] = length;
    buffer[at + 8] = name >>> 24;
    buffer[at + 9] = name >>> 16;
    buffer[at + 10] = name >>> 8;
    buffer[at + 11] = name;
    at += 12;
    property.copyValue(buffer, at);
    this.length = (at + length + 3) & ~3;
  }

  zeroes(count: number): void {
    this.reserve(count);
    this.buffer.fill(0, this.length, this.length + count);
    this.length += count;
  }

  take(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    this.buffer = grown(this.buffer, Math.max(this.buffer.length * 2, this.length + bytes));
  }
}
