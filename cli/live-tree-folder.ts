import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import type { FolderEntry, FolderFile, FolderReader } from "../dts/live-tree/read-live-tree.ts";
import { systemReason } from "./failure.ts";

/**
 * Properties of which every root node that boots has some. They tell a live tree from a folder of inputs, which any other
 * folder may be.
 */
const ROOT_PROPERTIES = ["#address-cells", "#size-cells", "compatible"];

/** For messages about a folder that is none. */
export const LIVE_TREE_MARKS = "a live tree's folder has a file #address-cells, #size-cells or compatible";

/** False too where the path leads nowhere that can be looked at: whoever reads it says why. */
export function isFolder(path: string): boolean {
  if (path === "-") return false;
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    reasonOf(error);
    return false;
  }
}

/** True where an input is a folder that looks like the top of a live tree, as `/proc/device-tree` does. */
export function isLiveTree(path: string): boolean {
  if (!isFolder(path)) return false;
  try {
    return ROOT_PROPERTIES.some((name) => lstatSync(`${path}/${name}`, { throwIfNoEntry: false })?.isFile());
  } catch (error) {
    reasonOf(error);
    return false;
  }
}

/**
 * Reads below `folder`, which may itself be a link, as `/proc/device-tree` is. Links below it are told as such and never
 * followed, so nothing outside is read.
 */
export function folderReader(folder: string): FolderReader {
  const at = (path: string) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, "latin1")]);
  return {
    list(path) {
      try {
        const names = readdirSync(at(path), { encoding: "latin1" });
        return {
          kind: "entries",
          entries: names.map((name) => entry(name, at(path === "" ? name : `${path}/${name}`))),
        };
      } catch (error) {
        return { kind: "refused", reason: reasonOf(error) };
      }
    },
    read(path, maxBytes) {
      let descriptor: number | null = null;
      try {
        descriptor = openSync(at(path), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
        return readFile(descriptor, maxBytes);
      } catch (error) {
        return { kind: "refused", reason: reasonOf(error) };
      } finally {
        if (descriptor !== null) closeSync(descriptor);
      }
    },
  };
}

function entry(name: string, path: Buffer): FolderEntry {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isFile()) return { name, kind: "file" };
  if (stats?.isDirectory()) return { name, kind: "folder" };
  return { name, kind: stats?.isSymbolicLink() ? "link" : "other" };
}

/** A file of the kernel's may say that it has a page and have less, so it is read to its end. */
function readFile(descriptor: number, maxBytes: number): FolderFile {
  const { size } = fstatSync(descriptor);
  if (size > maxBytes) return { kind: "refused", reason: `it has more than ${maxBytes} bytes` };
  let buffer = Buffer.alloc(size + 1);
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (count === 0) return { kind: "bytes", bytes: new Uint8Array(buffer.buffer, buffer.byteOffset, length) };
    length += count;
    if (length > maxBytes) return { kind: "refused", reason: `it has more than ${maxBytes} bytes` };
    if (length === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
  }
}

function reasonOf(error: unknown): string {
  const reason = systemReason(error);
  if (reason === null) throw error;
  return reason;
}
