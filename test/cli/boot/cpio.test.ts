import { expect, test } from "vitest";
import { type ArchiveEntry, CONSOLE_ENTRIES, cpioArchive, FOLDER_MODE, PROGRAM_MODE } from "../../../cli/boot/cpio.ts";

/** An archive as usr/gen_init_cpio.c and init/initramfs.c have it: 110 bytes of header, name, data, each to 4 bytes. */
function readArchive(bytes: Buffer) {
  const entries: { name: string; mode: number; data: Buffer; device: [number, number] }[] = [];
  for (let at = 0; ; ) {
    expect(at % 4).toBe(0);
    expect(bytes.toString("latin1", at, at + 6)).toBe("070701");
    const field = (index: number) =>
      Number.parseInt(bytes.toString("latin1", at + 6 + index * 8, at + 14 + index * 8), 16);
    const nameStart = at + 110;
    const nameEnd = nameStart + field(11);
    expect(bytes[nameEnd - 1]).toBe(0);
    const dataStart = Math.ceil(nameEnd / 4) * 4;
    const name = bytes.toString("latin1", nameStart, nameEnd - 1);
    if (name === "TRAILER!!!") {
      expect(dataStart).toBe(bytes.length);
      return entries;
    }
    const data = bytes.subarray(dataStart, dataStart + field(6));
    entries.push({ name, mode: field(1), data, device: [field(9), field(10)] });
    at = Math.ceil((dataStart + field(6)) / 4) * 4;
  }
}

test("what is put in comes out, names and data of every length", () => {
  const entries: ArchiveEntry[] = [
    ...CONSOLE_ENTRIES,
    { name: "sys", mode: FOLDER_MODE },
    ...[0, 1, 2, 3, 4, 5].map((size) => ({
      name: "x".repeat(size + 1),
      mode: PROGRAM_MODE,
      data: Buffer.alloc(size, size),
    })),
  ];
  const read = readArchive(cpioArchive(entries));
  expect(read).toEqual(
    entries.map(({ name, mode, data = [], device = [0, 0] }) => ({ name, mode, data: Buffer.from(data), device })),
  );
  expect(read[1]).toMatchObject({ name: "dev/console", mode: 0o020600, device: [5, 1] });
});
