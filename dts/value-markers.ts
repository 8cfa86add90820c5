/**
 * The pieces of a property's value for those who write trees as text: what each stretch of bytes was written as, or,
 * where nothing says, what dtc would guess.
 */
import { ListFinder } from "./list-finder.ts";
import type { SourceMap } from "./source.ts";
import { type Mark, MarkKind, type Property } from "./tree.ts";

/**
 * What a stretch of a value is: cells of 8 to 64 bits, one string, or strings one after another, each up to its first
 * NUL. The other two have no bytes of their own.
 */
export type MarkerType = "u8" | "u16" | "u32" | "u64" | "string" | "strings" | "label" | "reference";

/** One place in a value. A typed one begins a piece: a list of cells, a byte string, a string with its closing NUL. */
export interface Marker {
  readonly type: MarkerType;
  readonly offset: number;
  /** The name of a label; what a reference refers to, a label or a path; empty for anything else. */
  readonly text: string;
}

/** Bytes of an element; 0 for what has none of one size. */
export const ELEMENT_BYTES: Readonly<Record<MarkerType, number>> = {
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  string: 0,
  strings: 0,
  label: 0,
  reference: 0,
};

const CELL_TYPES: Readonly<Record<number, MarkerType>> = { 8: "u8", 16: "u16", 32: "u32", 64: "u64" };

export function isTyped({ type }: Marker): boolean {
  return type !== "label" && type !== "reference";
}

/**
 * The markers of a value that is not empty, in order: the pieces cover all of it, from byte 0 on, none is empty, and each
 * holds whole elements. A label or reference that stands inside a piece comes after the piece's own marker.
 *
 * Where the property does not say so much, the types are guessed: see {@link guessMarker}.
 */
export function valueMarkers(property: Property, sources: SourceMap): Marker[] {
  return knownMarkers(property, sources) ?? [guessMarker(property.value, 0, property.length)];
}

/** The same by the property's own marks alone; null where there are none, or the value was changed behind them. */
export function knownMarkers(property: Property, sources: SourceMap): Marker[] | null {
  const { name, value } = property;
  const marks = property.readMarks();
  if (marks.length === 0 && value.length === 4 && PHANDLES.has(name)) return [{ type: "u32", offset: 0, text: "" }];
  if (!marks.some(({ kind }) => kind !== MarkKind.label && kind !== MarkKind.incbin)) return null;
  const markers = markersOf(value, marks, sources);
  return coversValue(markers, value) ? markers : null;
}

/** Properties whose one cell the compiler writes. */
const PHANDLES: ReadonlySet<string> = new Set(["phandle", "linux,phandle"]);

/** Where the piece ends that the typed marker at `index` begins. */
export function pieceEnd(markers: readonly Marker[], index: number, length: number): number {
  for (let i = index + 1; i < markers.length; i++) if (isTyped(markers[i]!)) return markers[i]!.offset;
  return length;
}

function markersOf(value: Uint8Array, marks: readonly Mark[], sources: SourceMap): Marker[] {
  const markers: Marker[] = [];
  const lists = new ListFinder(sources);
  let listType: MarkerType | null = null;
  for (let i = 0; i < marks.length; i++) {
    const mark = marks[i]!;
    const { kind, offset, text } = mark;
    const end = i + 1 < marks.length ? marks[i + 1]!.offset : value.length;
    if (kind === MarkKind.cell || kind === MarkKind.phandle) {
      const type = CELL_TYPES[mark.bits] ?? "u8";
      const isFirst = lists.opensList(mark.span);
      if (isFirst || listType !== type) {
        markers.push({ type, offset, text: "" });
        listType = type;
      }
      if (kind === MarkKind.phandle) markers.push({ type: "reference", offset, text });
      continue;
    }
    if (kind === MarkKind.label) {
      markers.push({ type: "label", offset, text });
      continue;
    }
    listType = null;
    if (kind === MarkKind.bytes) {
      // The mark of a byte string comes after the labels inside it.
      let at = markers.length;
      while (at > 0 && markers[at - 1]!.type === "label" && isInside(marks, i, at - markers.length)) at--;
      if (end > offset) markers.splice(at, 0, { type: "u8", offset, text: "" });
    } else if (end > offset) {
      markers.push(kind === MarkKind.incbin ? guessMarker(value, offset, end) : { type: "string", offset, text: "" });
      if (kind === MarkKind.path) markers.push({ type: "reference", offset, text });
    }
  }
  return markers;
}

/** The mark `back` places before that of a byte string is a label inside its brackets. */
function isInside(marks: readonly Mark[], index: number, back: number): boolean {
  const label = marks[index + back - 1];
  return label !== undefined && label.span.start >= marks[index]!.span.start;
}

/** True where the markers keep the promise of {@link valueMarkers}. */
function coversValue(markers: readonly Marker[], value: Uint8Array): boolean {
  let covered = 0;
  let last = 0;
  for (let i = 0; i < markers.length; i++) {
    const marker = markers[i]!;
    if (marker.offset < last || marker.offset > value.length) return false;
    last = marker.offset;
    if (!isTyped(marker)) continue;
    const end = pieceEnd(markers, i, value.length);
    const elementBytes = ELEMENT_BYTES[marker.type];
    if (marker.offset !== covered || end <= marker.offset) return false;
    if (elementBytes > 0 ? (end - marker.offset) % elementBytes !== 0 : value[end - 1] !== 0) return false;
    covered = end;
  }
  return covered === value.length;
}

/**
 * What bytes `from … to` of a value are, as dtc guesses (`guess_value_type`): strings, where they end in NUL, hold no
 * more NULs than other characters, and all of these are printable ASCII or one of `\a \b \t \n \v \f \r`; else 32-bit
 * cells, where there are whole ones; else bytes. Writers have strings apart, as dtc has before 1.4.7 and from 1.7 on;
 * those between write them as one with `\0` between, which reads back wrong where a digit follows.
 */
export function guessMarker(value: Uint8Array, from: number, to: number): Marker {
  const type = isStrings(value, from, to) ? "strings" : (to - from) % 4 === 0 ? "u32" : "u8";
  return { type, offset: from, text: "" };
}

/** Calls `visit` with the start of each string of a piece, and with its end, where its NUL stands. */
export function eachString(
  value: Uint8Array,
  { type, offset }: Marker,
  end: number,
  visit: (from: number, to: number) => void,
): void {
  if (type === "string") {
    visit(offset, end - 1);
    return;
  }
  for (let from = offset; from < end; ) {
    const nul = value.indexOf(0, from);
    visit(from, nul);
    from = nul + 1;
  }
}

function isStrings(value: Uint8Array, from: number, to: number): boolean {
  if (value[to - 1] !== 0) return false;
  let nuls = 0;
  for (let i = from; i < to; i++) {
    const byte = value[i]!;
    if (byte === 0) nuls++;
    else if (byte < 0x07 || byte > 0x7e || (byte > 0x0d && byte < 0x20)) return false;
  }
  return nuls * 2 <= to - from;
}

/** A big-endian number of 1, 2, 4 or 8 bytes in hex, without leading zeroes. */
export function hexElement(value: Uint8Array, at: number, bytes: number): string {
  let high = 0;
  let low = 0;
  for (let i = at; i < at + bytes; i++) {
    high = ((high << 8) | (low >>> 24)) >>> 0;
    low = ((low << 8) | value[i]!) >>> 0;
  }
  return high === 0 ? low.toString(16) : high.toString(16) + low.toString(16).padStart(8, "0");
}
