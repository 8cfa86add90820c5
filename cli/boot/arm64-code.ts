/**
 * The few instructions of A64 that the machine code of this folder is made of, and its labels. Encodings: Arm Architecture
 * Reference Manual, part C. Registers are numbers, 31 for the stack pointer or, where an instruction has none, for zero.
 */

/** A word, a place to jump to, bytes, or a word that depends on how far away a label is. */
export type Code =
  | number
  | Uint8Array
  | { readonly label: string }
  | { readonly to: string; readonly encode: (bytesAway: number) => number };

export const SP = 31;

/** `label:`, before an instruction or bytes. */
export const label = (name: string): Code => ({ label: name });

/** `mov rd, #value`, in as many instructions as it takes. */
export function moveValue(rd: number, value: bigint): number[] {
  const words = [0, 1, 2, 3].map((half) => ({ half, bits: Number((value >> BigInt(16 * half)) & 0xffffn) }));
  const [first = words[0]!, ...rest] = words.filter(({ bits }) => bits !== 0);
  const fields = ({ half, bits }: { half: number; bits: number }) => (half << 21) | (bits << 5) | rd;
  return [word(0xd2800000 | fields(first)), ...rest.map((piece) => word(0xf2800000 | fields(piece)))];
}

/** `mov rd, #-1 - value`. */
export const moveNot = (rd: number, value: number) => word(0x92800000 | (value << 5) | rd);
/** `mov rd, rm`; neither is the stack pointer. */
export const move = (rd: number, rm: number) => word(0xaa0003e0 | (rm << 16) | rd);
export const add = (rd: number, rn: number, rm: number) => word(0x8b000000 | (rm << 16) | (rn << 5) | rd);
export const subtractSetFlags = (rd: number, rn: number, rm: number) => word(0xeb000000 | (rm << 16) | (rn << 5) | rd);
export const addValue = (rd: number, rn: number, value: number) => word(0x91000000 | (value << 10) | (rn << 5) | rd);
export const subtractPages = (rd: number, rn: number, pages: number) =>
  word(0xd1400000 | (pages << 10) | (rn << 5) | rd);
/** `lsr wd, wn, #4`. */
export const highNibble = (rd: number, rn: number) => word(0x53047c00 | (rn << 5) | rd);
/** `and wd, wn, #15`. */
export const lowNibble = (rd: number, rn: number) => word(0x12000c00 | (rn << 5) | rd);
/** `ldrb wt, [xn], #1`. */
export const loadByteAdvance = (rt: number, rn: number) => word(0x38401400 | (rn << 5) | rt);
/** `ldrb wt, [xn, xm]`. */
export const loadByteAt = (rt: number, rn: number, rm: number) => word(0x38606800 | (rm << 16) | (rn << 5) | rt);
/** `strb wt, [xn], #1`. */
export const storeByteAdvance = (rt: number, rn: number) => word(0x38001400 | (rn << 5) | rt);
export const branchTo = (rn: number) => word(0xd61f0000 | (rn << 5));
export const CALL_KERNEL = 0xd4000001;
export const RETURN = 0xd65f03c0;

export const branch = (to: string): Code => ({ to, encode: (away) => 0x14000000 | ((away >> 2) & 0x3ffffff) });
export const call = (to: string): Code => ({ to, encode: (away) => 0x94000000 | ((away >> 2) & 0x3ffffff) });
const branch19 = (bits: number, to: string): Code => ({
  to,
  encode: (away) => bits | (((away >> 2) & 0x7ffff) << 5),
});
export const branchUnlessZero = (rt: number, to: string) => branch19(0xb5000000 | rt, to);
export const branchIfZero = (rt: number, to: string) => branch19(0xb4000000 | rt, to);
/** After {@link subtractSetFlags}. */
export const branchUnlessEqual = (to: string) => branch19(0x54000001, to);
/** `tbnz xt, #63`. */
export const branchIfNegative = (rt: number, to: string): Code => ({
  to,
  encode: (away) => 0xb7f80000 | (((away >> 2) & 0x3fff) << 5) | rt,
});
/** `adr rd, label`. */
export const addressOf = (rd: number, to: string): Code => ({
  to,
  encode: (away) => 0x10000000 | ((away & 3) << 29) | (((away >> 2) & 0x7ffff) << 5) | rd,
});

function word(bits: number): number {
  return bits >>> 0;
}

/** The code as bytes, little-endian. Bytes are filled up to whole words. Throws for a label that there is not. */
export function assemble(code: readonly Code[]): Uint8Array {
  const places = new Map<string, number>();
  let length = 0;
  for (const piece of code) {
    if (typeof piece === "object" && "label" in piece) places.set(piece.label, length);
    length += sizeOf(piece);
  }
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const piece of code) {
    if (typeof piece === "number") view.setUint32(at, piece, true);
    else if (piece instanceof Uint8Array) bytes.set(piece, at);
    else if ("to" in piece) {
      const place = places.get(piece.to);
      if (place === undefined) throw new RangeError(`no label ${piece.to}`);
      view.setUint32(at, word(piece.encode(place - at)), true);
    }
    at += sizeOf(piece);
  }
  return bytes;
}

function sizeOf(piece: Code): number {
  if (piece instanceof Uint8Array) return Math.ceil(piece.length / 4) * 4;
  return typeof piece === "object" && "label" in piece ? 0 : 4;
}
