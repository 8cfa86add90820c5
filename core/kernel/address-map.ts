import type { Property } from "../../dts/tree.ts";
import { type Cells, readNumber } from "../machine/property.ts";
import { wrapU64 } from "../machine/units.ts";

/** Look-ups that go through the rows one by one; after these, the rows are put in order. */
const PLAIN_LOOKUPS = 8;

/**
 * The rows of a `ranges` or `dma-ranges`: an address on the bus, the parent's address for it, a size. An address goes by
 * the first row that holds it (`of_bus_default_map`).
 *
 * Where many addresses are asked for, looking through all rows for each would take a time that grows with the square of
 * the rows, and a bus below a bus makes it the product of both: from the ninth on, a search by halving finds the row.
 */
export class AddressMap {
  private readonly map: Property;
  private readonly cells: Cells;
  private readonly parentAddressCells: number;
  private readonly rows: number;
  private lookups = 0;
  private segments: Segments | null = null;
  /** The piece that was asked for last. */
  private nearest = 0;

  constructor(map: Property, cells: Cells, parentAddressCells: number) {
    this.map = map;
    this.cells = cells;
    this.parentAddressCells = parentAddressCells;
    this.rows = Math.floor(map.cellCount / this.rowCells);
  }

  private get rowCells(): number {
    return this.cells.address + this.parentAddressCells + this.cells.size;
  }

  /** The parent's address for an address; null where no row holds it. */
  translate(address: bigint): bigint | null {
    if (this.lookups++ >= PLAIN_LOOKUPS) return this.translateBySegment(address);
    for (let row = 0; row < this.rows; row++) {
      if (address >= this.start(row) && address < this.end(row)) return wrapU64(address + this.shift(row));
    }
    return null;
  }

  private translateBySegment(address: bigint): bigint | null {
    this.segments ??= this.cutIntoSegments();
    const { starts, rows, shifts } = this.segments;
    let at = this.nearest;
    // Who asks often asks for one row after the other.
    if (!isPiece(starts, at, address) && !isPiece(starts, ++at, address)) at = lastAtOrBelow(starts, address);
    this.nearest = at;
    return at < 0 || rows[at]! < 0 ? null : wrapU64(address + shifts[at]!);
  }

  /** What a row adds to an address. */
  private shift(row: number): bigint {
    return this.parentStart(row) - this.start(row);
  }

  private start(row: number): bigint {
    return readNumber(this.map, row * this.rowCells, this.cells.address);
  }

  private parentStart(row: number): bigint {
    return readNumber(this.map, row * this.rowCells + this.cells.address, this.parentAddressCells);
  }

  /** Exclusive. A row that reaches past what an address can name ends below its start, and holds nothing. */
  private end(row: number): bigint {
    const sizeCell = row * this.rowCells + this.cells.address + this.parentAddressCells;
    return wrapU64(this.start(row) + readNumber(this.map, sizeCell, this.cells.size));
  }

  /** Cuts the address space at every start and end, and gives each piece to the first row that holds it. */
  private cutIntoSegments(): Segments {
    const cuts = new BigUint64Array(this.rows * 2);
    for (let row = 0; row < this.rows; row++) {
      cuts[row * 2] = this.start(row);
      cuts[row * 2 + 1] = this.end(row);
    }
    const starts = cuts.slice().sort();
    const rows = new Int32Array(starts.length).fill(-1);
    // The first piece at or after each that no row has yet; paths are halved on the way (union-find).
    const free = Int32Array.from({ length: starts.length + 1 }, (_, piece) => piece);
    const nextFree = (piece: number): number => {
      while (free[piece] !== piece) piece = free[piece] = free[free[piece]!]!;
      return piece;
    };
    for (let row = 0; row < this.rows; row++) {
      const end = firstAtOrAbove(starts, cuts[row * 2 + 1]!);
      for (let piece = nextFree(firstAtOrAbove(starts, cuts[row * 2]!)); piece < end; piece = nextFree(piece)) {
        rows[piece] = row;
        free[piece] = piece + 1;
      }
    }
    const shifts = new BigUint64Array(rows.length);
    for (let piece = 0; piece < rows.length; piece++) {
      if (rows[piece]! >= 0) shifts[piece] = wrapU64(this.shift(rows[piece]!));
    }
    return { starts, rows, shifts };
  }
}

interface Segments {
  /** Ascending; of equal ones, the last has the row. */
  readonly starts: BigUint64Array;
  /** Of each piece, from its start to the next: the row that holds it, or -1. */
  readonly rows: Int32Array;
  /** What the row adds to an address, wrapped to 64 bits. */
  readonly shifts: BigUint64Array;
}

/** Whether a value lies from one element on, and below the next. */
function isPiece(ascending: BigUint64Array, at: number, value: bigint): boolean {
  return at >= 0 && at + 1 < ascending.length && ascending[at]! <= value && value < ascending[at + 1]!;
}

/** Index of the last element that is not above `value`; -1 where all are. */
function lastAtOrBelow(ascending: BigUint64Array, value: bigint): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Index of the first element that is not below `value`; the length where all are. */
function firstAtOrAbove(ascending: BigUint64Array, value: bigint): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
