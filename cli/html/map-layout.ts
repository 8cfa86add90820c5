/** How a memory map is laid out, for the page as it is written and for its script alike. Addresses in bytes, places from 0 to 1. */

/** Places of addresses: `at` has one for each of `cuts`, both ascending; between them it goes straight. */
export interface Scale {
  readonly cuts: readonly number[];
  readonly at: readonly number[];
}

export interface Extent {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export const SCALE_WORDS = {
  compressed: "Drawn in a compressed scale: room grows with the logarithm of size.",
  true: "Drawn to scale: every byte takes the same room.",
} as const;

/** Every byte takes the same room. */
export function trueScale({ start, end }: Extent): Scale {
  return { cuts: [start, end], at: [0, 1] };
}

/** What the room of a stretch grows by where it is twice as large. */
const ROOM_A_DOUBLING = 0.5;
const HOLE_ROOM = 0.4;

/**
 * Stretches between the ends of things take room by the logarithm of their size, and where there is nothing (`isHole`)
 * always the same little.
 */
export function compressedScale(things: readonly Extent[]): Scale {
  const cuts = [...new Set(things.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const sizes = cuts.slice(1).map((cut, index) => cut - cuts[index]!);
  const starts = things.map(({ start }) => start).sort((a, b) => a - b);
  const ends = things.map(({ end }) => end).sort((a, b) => a - b);
  let [started, ended] = [0, 0];
  const isHole = sizes.map((_size, index) => {
    while (started < starts.length && starts[started]! <= cuts[index]!) started++;
    while (ended < ends.length && ends[ended]! <= cuts[index]!) ended++;
    return started === ended;
  });
  const least = sizes.reduce((a, size, index) => (isHole[index] ? a : Math.min(a, size)), Number.POSITIVE_INFINITY);
  const rooms = sizes.map((size, index) => (isHole[index] ? HOLE_ROOM : 1 + ROOM_A_DOUBLING * Math.log2(size / least)));
  const total = rooms.reduce((sum, room) => sum + room, 0);
  let sum = 0;
  const at = [0, ...rooms.map((room) => (sum += room) / total)];
  return { cuts, at };
}

export function placeOf(scale: Scale, address: number): number {
  return interpolate(scale.cuts, scale.at, address);
}

export function addressAt(scale: Scale, place: number): number {
  return interpolate(scale.at, scale.cuts, place);
}

function interpolate(from: readonly number[], to: readonly number[], value: number): number {
  let low = 0;
  let high = from.length - 1;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (from[middle]! <= value) low = middle;
    else high = middle;
  }
  const span = from[high]! - from[low]!;
  const share = span === 0 ? 0 : (value - from[low]!) / span;
  return to[low]! + Math.min(Math.max(share, 0), 1) * (to[high]! - to[low]!);
}

export interface Tick {
  readonly address: number;
  readonly place: number;
  readonly text: string;
  /** Pixels that the text takes at most. */
  readonly textWidth: number;
}

/** Room of one character of a label, in pixels: letters of a fixed pitch and 11 pixels are 0.6 as wide. */
const CHARACTER = 6.7;
/** Between two labels. */
const GAP = 14;

/** As many addresses as have room side by side over `width` pixels, of the part of the scale from `from` to `to`. */
export function ticksOf(
  scale: Scale,
  { from, to }: { readonly from: number; readonly to: number },
  width: number,
): Tick[] {
  const span = to - from;
  const candidates = scale.cuts.length > 2 ? cutsWithin(scale, from, to) : [];
  const ticks: Tick[] = [];
  let free = Number.NEGATIVE_INFINITY;
  for (const address of [...candidates, ...(candidates.length < 3 ? roundAddresses(scale, from, to, width) : [])].sort(
    (a, b) => a - b,
  )) {
    const place = (placeOf(scale, address) - from) / span;
    const text = hex(address);
    const half = (text.length * CHARACTER) / 2;
    const centre = Math.min(Math.max(place * width, half), width - half);
    if (centre - half < free || place < -1e-9 || place > 1 + 1e-9) continue;
    ticks.push({ address, place, text, textWidth: 2 * half });
    free = centre + half + GAP;
  }
  return ticks;
}

function cutsWithin(scale: Scale, from: number, to: number): number[] {
  return scale.cuts.filter((_cut, index) => scale.at[index]! >= from - 1e-9 && scale.at[index]! <= to + 1e-9);
}

/** Multiples of a power of two. */
function roundAddresses(scale: Scale, from: number, to: number, width: number): number[] {
  const [start, end] = [addressAt(scale, from), addressAt(scale, to)];
  const room = Math.max(width / (hex(end).length * CHARACTER + 3 * GAP), 1);
  const step = Math.max(2 ** Math.ceil(Math.log2((end - start) / room)), 1);
  const first = Math.ceil(start / step) * step;
  const count = Math.min(Math.floor((end - first) / step) + 1, 100);
  return Array.from({ length: Math.max(count, 0) }, (_, index) => first + index * step);
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}

/** True where a text of so many characters has room in so many pixels. */
export function fits(characters: number, pixels: number): boolean {
  return characters * CHARACTER + 2 <= pixels;
}
