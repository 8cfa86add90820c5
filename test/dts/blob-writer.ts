/** A writer of flattened trees for tests, written from the specification alone; every offset and token can be wrong. */

export type Item =
  | { readonly token: "begin"; readonly name: string }
  | { readonly token: "end" }
  | { readonly token: "prop"; readonly name: string; readonly value: readonly number[] }
  | { readonly token: "raw"; readonly bytes: readonly number[] };

export const begin = (name: string): Item => ({ token: "begin", name });
export const end: Item = { token: "end" };
export const prop = (name: string, ...value: number[]): Item => ({ token: "prop", name, value });
export const words = (...values: number[]): Item => ({ token: "raw", bytes: values.flatMap(be32) });
export const nop = words(4);
export const finish = words(9);

export function be32(value: number): number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

const HEADER_WORDS = 10;

export interface BlobShape {
  readonly items: readonly Item[];
  /** Pairs of address and size, each below 2^32; the closing pair is added. */
  readonly reserves?: readonly (readonly [number, number])[];
  /** Header words by index, put over what is right: 1 is totalsize, 2 the structure's offset, and so on. */
  readonly header?: Readonly<Record<number, number>>;
  /** Replaces the strings block, after names were given their offsets. */
  readonly strings?: readonly number[];
}

export interface WrittenBlob {
  readonly bytes: Uint8Array;
  readonly reserveMapAt: number;
  readonly structureAt: number;
  readonly stringsAt: number;
}

export function writeBlob({ items, reserves = [], header = {}, strings }: BlobShape): WrittenBlob {
  const names: number[] = [];
  const offsets = new Map<string, number>();
  const structure: number[] = [];
  const pad = () => {
    while (structure.length % 4 !== 0) structure.push(0);
  };
  for (const item of items) {
    if (item.token === "begin") {
      structure.push(...be32(1), ...[...item.name].map((c) => c.charCodeAt(0)), 0);
    } else if (item.token === "end") structure.push(...be32(2));
    else if (item.token === "raw") structure.push(...item.bytes);
    else {
      let offset = offsets.get(item.name);
      if (offset === undefined) {
        offset = names.length;
        offsets.set(item.name, offset);
        names.push(...[...item.name].map((c) => c.charCodeAt(0)), 0);
      }
      structure.push(...be32(3), ...be32(item.value.length), ...be32(offset), ...item.value);
    }
    pad();
  }
  const stringBytes = strings ?? names;
  const reserveBytes = [...reserves, [0, 0] as const].flatMap(([address, size]) => [
    ...be32(0),
    ...be32(address),
    ...be32(0),
    ...be32(size),
  ]);
  const reserveMapAt = HEADER_WORDS * 4;
  const structureAt = reserveMapAt + reserveBytes.length;
  const stringsAt = structureAt + structure.length;
  const total = stringsAt + stringBytes.length;
  const fields = [
    0xd00dfeed,
    total,
    structureAt,
    stringsAt,
    reserveMapAt,
    17,
    16,
    3,
    stringBytes.length,
    structure.length,
  ].map((value, index) => header[index] ?? value);
  const bytes = new Uint8Array([...fields.flatMap(be32), ...reserveBytes, ...structure, ...stringBytes]);
  return { bytes, reserveMapAt, structureAt, stringsAt };
}
