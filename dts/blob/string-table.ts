import { grown } from "../grown.ts";

/**
 * The strings block of a blob: property names, each once. A name that ends an earlier one shares its bytes, the lowest
 * offset where there are several, as dtc has it.
 *
 * Every tail of every name is entered in a hash table of offsets, by a hash that grows from the name's end: so each
 * character is looked at once, and no string is made of any tail.
 */
export class StringTable {
  length = 0;
  private bytes = new Uint8Array(1 << 12);
  /** Of the tail at each offset: 1 plus the lowest offset of a tail that is the same; 0 for the empty one. */
  private firstSame = new Int32Array(1 << 12);
  /** Offset plus 1 of a tail, 0 for an empty slot. */
  private slots = new Int32Array(1 << 12);
  private entries = 0;
  private readonly known = new Map<string, number>();

  /** The offset at which `name` stands, with its NUL. */
  offsetOf(name: string): number {
    let offset = this.known.get(name);
    if (offset !== undefined) return offset;
    offset = this.findTail(name);
    if (offset < 0) offset = this.append(name);
    this.known.set(name, offset);
    return offset;
  }

  take(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private findTail(name: string): number {
    let hash = 0;
    for (let i = name.length - 1; i >= 0; i--) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
    const mask = this.slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.slots[slot]!;
      if (entry === 0) return -1;
      if (this.isAt(name, entry - 1)) return entry - 1;
    }
  }

  private isAt(name: string, offset: number): boolean {
    const { bytes } = this;
    for (let i = 0; i < name.length; i++) if (bytes[offset + i] !== name.charCodeAt(i)) return false;
    return bytes[offset + name.length] === 0;
  }

  private append(name: string): number {
    const offset = this.length;
    if (offset + name.length + 1 > this.bytes.length) this.growBytes(offset + name.length + 1);
    for (let i = 0; i < name.length; i++) this.bytes[offset + i] = name.charCodeAt(i);
    this.bytes[offset + name.length] = 0;
    this.length = offset + name.length + 1;
    this.enterTails(offset, offset + name.length);
    return offset;
  }

  /** Enters the tails of the name at `start … end`, its NUL left aside; those that stand earlier stay first. */
  private enterTails(start: number, end: number): void {
    if ((this.entries + end - start) * 2 > this.slots.length) {
      this.rehash();
      return;
    }
    const { bytes, slots, firstSame } = this;
    const mask = slots.length - 1;
    let hash = 0;
    firstSame[end] = 0;
    for (let at = end - 1; at >= start; at--) {
      hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
      let slot = hash & mask;
      while (slots[slot] !== 0 && !this.sameTail(slots[slot]! - 1, at)) slot = (slot + 1) & mask;
      if (slots[slot] === 0) {
        slots[slot] = at + 1;
        this.entries++;
      }
      firstSame[at] = slots[slot]!;
    }
  }

  /** Two tails are the same where their first characters are, and what follows: no need to look at all of it. */
  private sameTail(a: number, b: number): boolean {
    return this.bytes[a] === this.bytes[b] && this.firstSame[a + 1] === this.firstSame[b + 1];
  }

  private rehash(): void {
    this.slots = new Int32Array(nextPowerOfTwo(this.length * 4));
    this.entries = 0;
    for (let start = 0; start < this.length; ) {
      const end = this.bytes.indexOf(0, start);
      this.enterTails(start, end);
      start = end + 1;
    }
  }

  private growBytes(least: number): void {
    this.bytes = grown(this.bytes, Math.max(this.bytes.length * 2, least));
    this.firstSame = grown(this.firstSame, this.bytes.length);
  }
}

function nextPowerOfTwo(value: number): number {
  let power = 1;
  while (power < value) power *= 2;
  return power;
}
