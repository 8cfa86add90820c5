import fc from "fast-check";
import { expect, test } from "vitest";
import { BLOB_BYTES, type Places, placeFiles, type Sizes } from "../../../cli/boot/place-files.ts";
import { type ByteRange, coversRange, mergeRanges, removeRange } from "../../../core/kernel/byte-ranges.ts";

const MIB = 1n << 20n;
const GIB = 1n << 30n;

const sizes: Sizes = { textOffset: 0n, kernelBytes: 34n * MIB, initrdBytes: 1600n };

function tried(free: readonly ByteRange[], wanted: Sizes): Places | string {
  try {
    return placeFiles(free, wanted);
  } catch (error) {
    return (error as Error).message;
  }
}

test("the lowest memory there is, each on a multiple of 2 MiB", () => {
  expect(placeFiles([{ start: GIB + 1n, end: 2n * GIB }], sizes)).toEqual({
    kernel: { start: GIB + 2n * MIB, end: GIB + 36n * MIB },
    initrd: { start: GIB + 36n * MIB, end: GIB + 36n * MIB + 1600n },
    blob: { start: GIB + 38n * MIB, end: GIB + 40n * MIB },
  });
});

test("an old kernel lies its offset above a multiple of 2 MiB", () => {
  const { kernel } = placeFiles([{ start: GIB, end: 2n * GIB }], { ...sizes, textOffset: 0x80000n });
  expect(kernel.start).toBe(GIB + 0x80000n);
});

test("memory too small for the kernel, and too far for its initramfs", () => {
  expect(tried([{ start: GIB, end: GIB + 33n * MIB }], sizes)).toMatch(/the kernel takes 34 MiB .* has 33 MiB/);
  const far = [
    { start: GIB, end: GIB + 34n * MIB },
    { start: 33n * GIB, end: 34n * GIB },
  ];
  expect(tried(far, sizes)).toMatch(/the initramfs takes 1600 bytes .* has 0 bytes/);
  expect(tried([far[0]!, { start: 32n * GIB, end: 33n * GIB }], sizes)).toMatchObject({ initrd: { start: 32n * GIB } });
});

const range = fc
  .tuple(fc.bigInt({ min: GIB, max: 40n * GIB }), fc.bigInt({ min: 0n, max: 200n * MIB }))
  .map(([start, size]) => ({ start, end: start + size }));

test("in any memory, the files lie in it, apart from what is reserved and from each other, in a window of 32 GiB", () => {
  let placed = 0;
  fc.assert(
    fc.property(
      fc.array(range, { maxLength: 8 }),
      fc.array(range, { maxLength: 20 }),
      fc.bigInt({ min: 1n, max: 60n * MIB }),
      fc.constantFrom(0n, 0x80000n),
      (memory, reserved, kernelBytes, textOffset) => {
        let free = mergeRanges(memory);
        for (const each of reserved) free = removeRange(free, each);
        const places = tried(free, { textOffset, kernelBytes, initrdBytes: 5000n });
        if (typeof places === "string") return;
        placed++;
        const { kernel, initrd, blob } = places;
        expect((kernel.start - textOffset) % (2n * MIB)).toBe(0n);
        expect(blob.start % (2n * MIB)).toBe(0n);
        expect([kernel, initrd, blob].map(({ start, end }) => end - start)).toEqual([kernelBytes, 5000n, BLOB_BYTES]);
        for (const each of [{ ...kernel, start: kernel.start - textOffset }, initrd, blob]) {
          expect(coversRange(free, each)).toBe(true);
        }
        const ordered = [kernel, initrd, blob].sort((a, b) => (a.start < b.start ? -1 : 1));
        expect(ordered[0]!.end <= ordered[1]!.start && ordered[1]!.end <= ordered[2]!.start).toBe(true);
        const window = (ordered[0]!.start / GIB) * GIB;
        expect(ordered[2]!.end <= window + 32n * GIB).toBe(true);
      },
    ),
  );
  expect(placed).toBeGreaterThan(20);
});
