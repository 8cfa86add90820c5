import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readKernelImage } from "../../../cli/boot/arm64-image.ts";

/** A header as Documentation/arm64/booting.rst has it, and nothing behind it. */
function imageOf({ textOffset = 0n, imageSize = 0x10000n, flags = 0n, length = 64 } = {}): Buffer {
  const image = Buffer.alloc(length);
  image.writeBigUInt64LE(textOffset, 8);
  image.writeBigUInt64LE(imageSize, 16);
  image.writeBigUInt64LE(flags, 24);
  image.write("ARMd", 56, "latin1");
  return image;
}

const read = (file: Buffer) => readKernelImage("Image", file);

test.each([
  [0n, null],
  [0b010n, 4096],
  [0b100n, 16384],
  [0b110n, 65536],
  [0b1010n, 4096],
])("flags %s: pages of %s", (flags, pageSize) => {
  expect(read(imageOf({ flags })).pageSize).toBe(pageSize);
});

test("the size is the header's, or the file's where that is larger", () => {
  expect(read(imageOf({ textOffset: 0x80000n }))).toMatchObject({ textOffset: 0x80000n, memoryBytes: 0x10000n });
  expect(read(imageOf({ length: 0x20000 })).memoryBytes).toBe(0x20000n);
});

test("what gzip packed is unpacked", () => {
  const image = imageOf({ flags: 2n });
  expect(read(gzipSync(image))).toEqual(read(image));
});

describe("what is no Image says what it is", () => {
  const starting = (hex: string) => Buffer.concat([Buffer.from(hex, "hex"), Buffer.alloc(2000)]);
  const x86 = starting("4d5a");
  x86.write("HdrS", 0x202, "latin1");
  const arm32 = Buffer.alloc(100);
  arm32.writeUInt32LE(0x016f2818, 0x24);
  const zboot = starting("4d5a0000");
  zboot.write("zimg", 4, "latin1");
  test.each<[string, Buffer]>([
    ["ELF file", starting("7f454c46")],
    ["uImage", starting("27051956")],
    ["FIT image", starting("d00dfeed")],
    ["xz", starting("fd377a585a00")],
    ["zstd", starting("28b52ffd")],
    ["lz4", starting("02214c18")],
    ["archive", Buffer.from("!<arch>\ndebian-binary")],
    ["x86", x86],
    ["32-bit Arm", arm32],
    ["CONFIG_EFI_ZBOOT", zboot],
    ["EFI application", starting("4d5a")],
    ["empty", Buffer.alloc(0)],
    ["lacks the mark", Buffer.from("hello")],
    ["lacks the mark", gzipSync(Buffer.from("hello"))],
    ["big-endian", imageOf({ flags: 1n })],
    ["before Linux 3.17", imageOf({ imageSize: 0n })],
    ["damaged", imageOf({ imageSize: 1n << 60n })],
    ["damaged", imageOf({ textOffset: 1n << 60n })],
  ])("%s", (words, file) => expect(() => read(file)).toThrow(words));

  test("damaged by gzip, or larger than a kernel can be", () => {
    const packed = gzipSync(Buffer.alloc(5000, "kernel"));
    expect(() => read(packed.subarray(0, 30))).toThrow("what gzip packed is damaged");
    expect(() => read(gzipSync(Buffer.alloc((1 << 28) + 1), { level: 1 }))).toThrow("more than 256 MiB");
  });
});
