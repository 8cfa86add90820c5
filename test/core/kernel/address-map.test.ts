import fc from "fast-check";
import { expect, test } from "vitest";
import { AddressMap } from "../../../core/kernel/address-map.ts";
import { cellsToBytes, Property } from "../../../dts/tree.ts";

const U64 = 1n << 64n;

interface Row {
  readonly from: bigint;
  readonly to: bigint;
  readonly size: bigint;
}

const cellsOf = (value: bigint): number[] => [Number(value >> 32n), Number(value & 0xffffffffn)];

/** The rule itself: the first row that holds the address, row after row. */
function firstRow(rows: readonly Row[], address: bigint): bigint | null {
  for (const { from, to, size } of rows) {
    if (address >= from && address < (from + size) % U64) return (to + address - from) % U64;
  }
  return null;
}

/** Few places, so that rows touch, overlap and repeat; and the last ones, where an end wraps. */
const place = fc.oneof(fc.bigInt(0n, 24n), fc.bigInt(U64 - 8n, U64 - 1n));
const row = fc.record({ from: place, to: place, size: place });

test("every address goes by the first row that holds it, however many are asked for", () => {
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 12 }),
      fc.array(place, { minLength: 20, maxLength: 40 }),
      (rows, addresses) => {
        const cells = rows.flatMap(({ from, to, size }) => [...cellsOf(from), ...cellsOf(to), ...cellsOf(size)]);
        const map = new AddressMap(new Property("ranges", cellsToBytes(cells)), { address: 2, size: 2 }, 2);
        for (const address of addresses) expect(map.translate(address)).toBe(firstRow(rows, address));
      },
    ),
  );
});
