/**
 * Edits of a base carried out on its blob, in place, as libfdt does (`fdt_setprop`, `fdt_add_subnode`): so the result has
 * the bytes of `fdtoverlay`'s, those included that nobody reads. libfdt keeps the strings block and writes new names
 * behind it, where dtc would have them in the order of the tree; and in the bytes that align a value it leaves what stood
 * there before, where the specification and dtc have zeroes.
 */
import { word } from "../blob/header.ts";
import { latin1 } from "../tree.ts";
import type { Edit } from "./edit-log.ts";

const HEADER_BYTES = 40;
const RESERVE_BYTES = 16;
const MAGIC = 0xd00dfeed;
const VERSION = 17;
const Field = {
  structure: 8,
  strings: 12,
  reserveMap: 16,
  lastCompatibleVersion: 24,
  bootCpuId: 28,
  stringsBytes: 32,
} as const;
const Token = { beginNode: 1, endNode: 2, property: 3, nop: 4, end: 9 } as const;

/** Offsets are from the start of the structure block, which is followed by the strings block. */
export class BlobEditor {
  private data: Uint8Array;
  private structureBytes: number;
  private stringsAt: number;
  private stringsBytes: number;
  /** All up to the structure block: header and memory reservations. */
  private readonly head: Uint8Array;
  /** The strings block as text, and what was found in it. */
  private strings: string;
  private readonly nameOffsets = new Map<string, number>();
  /** Where each node begins, by number. */
  private nodeOffsets: number[] = [];

  /** `blob` is one that `readBlob` reads without an error; it is not changed. */
  constructor(blob: Uint8Array) {
    const structureAt = word(blob, Field.structure);
    const stringsAt = word(blob, Field.strings);
    this.stringsBytes = word(blob, Field.stringsBytes);
    this.strings = latin1(blob, stringsAt, stringsAt + this.stringsBytes);
    // A copy, which a Buffer's own slice would not be
    this.data = new Uint8Array(blob.subarray(structureAt, word(blob, 4)));
    this.structureBytes = this.findNodes();
    const reserveMapAt = word(blob, Field.reserveMap);
    let end = reserveMapAt;
    while (word(blob, end + 8) !== 0 || word(blob, end + 12) !== 0) end += RESERVE_BYTES;
    end += RESERVE_BYTES;
    this.head = new Uint8Array(HEADER_BYTES + end - reserveMapAt);
    this.head.set(blob.subarray(reserveMapAt, end), HEADER_BYTES);
    const isInOrder =
      reserveMapAt >= HEADER_BYTES && structureAt >= end && stringsAt >= structureAt + this.structureBytes;
    this.stringsAt = stringsAt - structureAt;
    if (!isInOrder) {
      // As `fdt_packblocks_` has it
      this.stringsAt = this.structureBytes;
      const data = new Uint8Array(this.structureBytes + this.stringsBytes);
      data.set(this.data.subarray(0, this.structureBytes));
      data.set(blob.subarray(stringsAt, stringsAt + this.stringsBytes), this.structureBytes);
      this.data = data;
    }
    put(this.head, Field.lastCompatibleVersion, isInOrder ? word(blob, Field.lastCompatibleVersion) : 16);
    put(this.head, Field.bootCpuId, word(blob, Field.bootCpuId));
  }

  /** Carries out the edits of one overlay. */
  apply(edits: readonly Edit[]): void {
    for (const edit of edits) {
      if (edit.kind === "node") this.addNode(edit.parent, edit.name);
      else this.setProperty(edit.node, edit.property.name, edit.property.value);
    }
    // The next overlay counts the nodes anew, in the order of the tree.
    this.findNodes();
  }

  /** The blob, its blocks close together (`fdt_pack`). */
  take(): Uint8Array {
    const { head, data, structureBytes, stringsBytes, stringsAt } = this;
    const stringsOffset = head.length + structureBytes;
    const blob = new Uint8Array(stringsOffset + stringsBytes);
    blob.set(head);
    blob.set(data.subarray(0, structureBytes), head.length);
    blob.set(data.subarray(stringsAt, stringsAt + stringsBytes), stringsOffset);
    put(blob, 0, MAGIC, blob.length, head.length, stringsOffset, HEADER_BYTES, VERSION);
    put(blob, Field.stringsBytes, stringsBytes, structureBytes);
    return blob;
  }

  /** `fdt_add_subnode`: behind the properties of the parent, before its other children. */
  private addNode(parent: number, name: string): void {
    let at = this.afterName(this.nodeOffsets[parent]!);
    for (let token = this.word(at); token === Token.property || token === Token.nop; token = this.word(at)) {
      at = token === Token.nop ? at + 4 : this.afterProperty(at);
    }
    const nameBytes = aligned(name.length + 1);
    this.spliceStructure(at, 0, 4 + nameBytes + 4);
    put(this.data, at, Token.beginNode);
    this.data.fill(0, at + 4, at + 4 + nameBytes);
    this.putText(at + 4, name);
    put(this.data, at + 4 + nameBytes, Token.endNode);
    this.nodeOffsets.push(at);
  }

  /** `fdt_setprop`: in the place of the property where there is one, else before all others. */
  private setProperty(node: number, name: string, value: Uint8Array): void {
    const first = this.afterName(this.nodeOffsets[node]!);
    let at = first;
    for (let token = this.word(at); token === Token.property || token === Token.nop; token = this.word(at)) {
      if (token === Token.property && this.isNamed(at, name)) {
        this.spliceStructure(at + 12, aligned(this.word(at + 4)), aligned(value.length));
        put(this.data, at + 4, value.length);
        this.data.set(value, at + 12);
        return;
      }
      at = token === Token.nop ? at + 4 : this.afterProperty(at);
    }
    const nameOffset = this.findOrAddName(name);
    this.spliceStructure(first, 0, 12 + aligned(value.length));
    put(this.data, first, Token.property, value.length, nameOffset);
    this.data.set(value, first + 12);
  }

  /** The lowest place in the strings block where a name ends that `name` is the end of (`fdt_find_add_string_`). */
  private findOrAddName(name: string): number {
    const known = this.nameOffsets.get(name);
    if (known !== undefined) return known;
    const { stringsBytes } = this;
    const found = this.strings.indexOf(`${name}\0`);
    this.nameOffsets.set(name, found < 0 ? stringsBytes : found);
    if (found >= 0) return found;
    this.strings += `${name}\0`;
    this.splice(this.stringsAt + stringsBytes, 0, name.length + 1);
    this.putText(this.stringsAt + stringsBytes, `${name}\0`);
    this.stringsBytes += name.length + 1;
    return stringsBytes;
  }

  private isNamed(property: number, name: string): boolean {
    const at = this.stringsAt + this.word(property + 8);
    for (let i = 0; i < name.length; i++) if (this.data[at + i] !== name.charCodeAt(i)) return false;
    return this.data[at + name.length] === 0;
  }

  private spliceStructure(at: number, oldBytes: number, newBytes: number): void {
    const shift = newBytes - oldBytes;
    if (shift === 0) return;
    this.splice(at, oldBytes, newBytes);
    this.structureBytes += shift;
    this.stringsAt += shift;
    const offsets = this.nodeOffsets;
    for (let i = 0; i < offsets.length; i++) if (offsets[i]! >= at) offsets[i]! += shift;
  }

  /** Moves what follows; the bytes that are free then keep what they had, as after C's memmove (`fdt_splice_`). */
  private splice(at: number, oldBytes: number, newBytes: number): void {
    const end = this.stringsAt + this.stringsBytes;
    const needed = end + newBytes - oldBytes;
    if (needed > this.data.length) {
      const data = new Uint8Array(Math.max(needed, this.data.length * 2));
      data.set(this.data);
      this.data = data;
    }
    this.data.copyWithin(at + newBytes, at + oldBytes, end);
  }

  /** Numbers the nodes in the order of the tree. Gives the bytes of the structure block. */
  private findNodes(): number {
    this.nodeOffsets = [];
    for (let at = 0; ; ) {
      const token = this.word(at);
      if (token === Token.end) return at + 4;
      if (token === Token.beginNode) {
        this.nodeOffsets.push(at);
        at = this.afterName(at);
      } else at = token === Token.property ? this.afterProperty(at) : at + 4;
    }
  }

  private afterName(node: number): number {
    return aligned(this.data.indexOf(0, node + 4) + 1);
  }

  private afterProperty(property: number): number {
    return property + 12 + aligned(this.word(property + 4));
  }

  private word(at: number): number {
    return word(this.data, at);
  }

  private putText(at: number, text: string): void {
    for (let i = 0; i < text.length; i++) this.data[at + i] = text.charCodeAt(i);
  }
}

function aligned(bytes: number): number {
  return (bytes + 3) & ~3;
}

function put(bytes: Uint8Array, at: number, ...words: number[]): void {
  for (const value of words) {
    bytes[at++] = value >>> 24;
    bytes[at++] = value >>> 16;
    bytes[at++] = value >>> 8;
    bytes[at++] = value;
  }
}
