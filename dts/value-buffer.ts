import type { U64 } from "./arithmetic.ts";
import { LIMITS } from "./limits.ts";
import type { Property } from "./tree.ts";

const CHUNK_BYTES = 1 << 16;

/** Builds the bytes of one property after another, in large chunks that the properties share. */
export class ValueBuffer {
  private chunk = new Uint8Array(CHUNK_BYTES);
  private from = 0;
  private at = 0;
  private total = 0;
  /** True once all values together are more than an input may have; what is added from then on is dropped. */
  isFull = false;

  /** Bytes of the value that is being built. */
  get length(): number {
    return this.at - this.from;
  }

  byte(value: number): void {
    if (this.at === this.chunk.length) this.reserve(1);
    this.chunk[this.at++] = value;
  }

  cell(value: number): void {
    if (this.at + 4 > this.chunk.length) this.reserve(4);
    const chunk = this.chunk;
    const at = this.at;
    chunk[at] = value >>> 24;
    chunk[at + 1] = value >>> 16;
    chunk[at + 2] = value >>> 8;
    chunk[at + 3] = value;
    this.at = at + 4;
  }

  /** The low `bits` bits of a value, big-endian. */
  integer(value: U64, bits: number): void {
    if (typeof value === "number") {
      if (bits === 64) this.cell(value / 2 ** 32);
      if (bits >= 32) this.cell(value >>> 0);
      else {
        if (bits === 16) this.byte(value >>> 8);
        this.byte(value);
      }
      return;
    }
    const wide = BigInt.asUintN(64, BigInt(value));
    for (let shift = bits - 8; shift >= 0; shift -= 8) this.byte(Number((wide >> BigInt(shift)) & 0xffn));
  }

  /** A byte a character of `text[from … to)`. */
  text(text: string, from = 0, to: number = text.length): void {
    if (this.at + to - from > this.chunk.length) this.reserve(to - from);
    if (this.isFull) return;
    const { chunk } = this;
    let { at } = this;
    for (let i = from; i < to; i++) chunk[at++] = text.charCodeAt(i);
    this.at = at;
  }

  /** Forgets the value that is being built. */
  drop(): void {
    this.at = this.from;
  }

  /** Gives the finished value to its property; the next one begins. */
  giveTo(property: Property): void {
    property.keepValue(this.chunk, this.from, this.at);
    this.total += this.at - this.from;
    this.isFull ||= this.total > LIMITS.propertyBytes;
    this.from = this.at;
  }

  private reserve(bytes: number): void {
    if (this.isFull) {
      this.at = this.from;
      return;
    }
    const length = this.at - this.from;
    if (length + bytes > LIMITS.propertyBytes) {
      this.isFull = true;
      this.at = this.from;
      return;
    }
    const chunk = new Uint8Array(Math.max(CHUNK_BYTES, (length + bytes) * 2));
    chunk.set(this.chunk.subarray(this.from, this.at));
    this.chunk = chunk;
    this.from = 0;
    this.at = length;
  }
}
