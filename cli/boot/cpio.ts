/** An initramfs: the archive format `newc` of cpio, as the kernel's Documentation/driver-api/early-userspace has it. */

export interface ArchiveEntry {
  /** Without a slash before it. Folders come before what lies in them. */
  readonly name: string;
  /** Type and permissions, as `stat` has them. */
  readonly mode: number;
  readonly data?: Uint8Array;
  /** Major and minor number of a device node. */
  readonly device?: readonly [number, number];
}

export const FOLDER_MODE = 0o040755;
export const PROGRAM_MODE = 0o100755;

/** `dev/console`: the kernel opens it for its first program. */
export const CONSOLE_ENTRIES: readonly ArchiveEntry[] = [
  { name: "dev", mode: FOLDER_MODE },
  { name: "dev/console", mode: 0o020600, device: [5, 1] },
];

export function cpioArchive(entries: readonly ArchiveEntry[]): Buffer {
  return Buffer.concat([...entries, { name: "TRAILER!!!", mode: 0 }].map(cpioEntry));
}

function cpioEntry({ name, mode, data = new Uint8Array(0), device = [0, 0] }: ArchiveEntry, index: number): Buffer {
  const nameBytes = Buffer.from(`${name}\0`);
  // inode, mode, user, group, links, time, size, device, device of a device node, length of the name, checksum
  const numbers = [index + 1, mode, 0, 0, 1, 0, data.length, 0, 0, ...device, nameBytes.length, 0];
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, "0")).join("")}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), nameBytes])), padded(data)]);
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
