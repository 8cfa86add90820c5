import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderReader } from "../../cli/live-tree-folder.ts";
import { LIMITS } from "../../dts/limits.ts";
import { type FolderEntry, type FolderReader, readLiveTree } from "../../dts/live-tree/read-live-tree.ts";
import type { DeviceTree } from "../../dts/tree.ts";

/** What a folder holds: bytes as latin1 text for a file, another folder, or what is neither. */
type Folder = { readonly [name: string]: string | Folder | "link" | symbol };

const LINK = Symbol("link");
const REFUSED = Symbol("refused");

function folderOf(folder: Folder): FolderReader {
  const at = (path: string) => {
    let current: string | Folder | symbol = folder;
    for (const name of path.split("/")) if (name !== "") current = (current as Folder)[name]!;
    return current;
  };
  const kindOf = (content: string | Folder | symbol): FolderEntry["kind"] => {
    if (content === LINK) return "link";
    return typeof content === "string" || content === REFUSED ? "file" : "folder";
  };
  return {
    list: (path) => ({
      kind: "entries",
      entries: Object.entries(at(path) as Folder).map(([name, content]) => ({ name, kind: kindOf(content) })),
    }),
    read: (path) => {
      const content = at(path);
      if (typeof content !== "string") return { kind: "refused", reason: "permission denied" };
      return { kind: "bytes", bytes: new Uint8Array(Buffer.from(content, "latin1")) };
    },
  };
}

function listing({ root }: DeviceTree): string[] {
  return [...root.walk()].map(({ path, properties }) => `${path}: ${properties.map(({ name }) => name).join(" ")}`);
}

describe("a live tree's folder", () => {
  test("is a tree, files for properties and folders for nodes, in the order of their names", () => {
    const { tree, diagnostics } = readLiveTree(
      folderOf({
        name: "\0",
        "memory@80000000": { name: "memory\0", reg: "\0\0\0\x08", device_type: "memory\0" },
        "#size-cells": "\0\0\0\x01",
        "#address-cells": "\0\0\0\x01",
        cpus: { name: "cpus\0", "cpu@1": { name: "cpu\0", reg: "\0\0\0\x01" }, "cpu@10": { name: "cpu\0", flag: "" } },
      }),
    );
    expect(diagnostics).toEqual([]);
    expect(listing(tree!)).toEqual([
      "/: #address-cells #size-cells",
      "/cpus: ",
      "/cpus/cpu@1: reg",
      "/cpus/cpu@10: flag",
      "/memory@80000000: device_type reg",
    ]);
    expect(tree!.nodeAt("/memory@80000000")!.property("reg")!.cell(0)).toBe(8);
    expect(tree!.bootCpuId).toBe(1);
  });

  test("keeps a name property that does not say what the node is called", () => {
    const { tree } = readLiveTree(folderOf({ a: { name: "b\0" }, "c@1": { name: "c@1\0" }, "d@1": { name: "d" } }));
    expect(listing(tree!)).toEqual(["/: ", "/a: name", "/c@1: name", "/d@1: name"]);
  });

  test("keeps phandles as they are", () => {
    const { tree } = readLiveTree(folderOf({ a: { phandle: "\0\0\0\x07", "linux,phandle": "\0\0\0\x07" } }));
    expect(tree!.nodeByPhandle(7)!.path).toBe("/a");
  });

  test("is read without what is no file or folder, or cannot be read, and says so", () => {
    const { tree, diagnostics } = readLiveTree(folderOf({ a: { away: LINK, secret: REFUSED, p: "" } }));
    expect(listing(tree!)).toEqual(["/: ", "/a: p"]);
    expect(diagnostics.map(({ rule, severity, node }) => [rule, severity, node])).toEqual([
      ["live-tree-entry", "warning", "/a"],
      ["live-tree-property", "warning", "/a"],
    ]);
  });

  test("that cannot be listed somewhere is no tree", () => {
    const folder = folderOf({ a: {} });
    const { tree, diagnostics } = readLiveTree({
      ...folder,
      list: (path) => (path === "a" ? { kind: "refused", reason: "permission denied" } : folder.list(path)),
    });
    expect(tree).toBeNull();
    expect(diagnostics.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([
      "live-tree-folder: the folder of /a cannot be read: permission denied",
    ]);
  });

  test("without end is refused at the limit of depth", () => {
    const { tree, diagnostics } = readLiveTree({
      list: () => ({ kind: "entries", entries: [{ name: "again", kind: "folder" }] }),
      read: () => ({ kind: "refused", reason: "" }),
    });
    expect(tree).toBeNull();
    expect(diagnostics).toMatchObject([{ rule: "live-tree-limit", severity: "error" }]);
  });

  test("with more entries, or more bytes, than a tree may have is refused", () => {
    const entries = Array.from({ length: 1000 }, (_, i) => ({ name: `p${i}`, kind: "file" as const }));
    const nodes = Array.from({ length: 1000 }, (_, i) => ({ name: `n${i}`, kind: "folder" as const }));
    let reads = 0;
    const many = readLiveTree({
      list: (path) => ({ kind: "entries", entries: path === "" ? nodes : entries }),
      read: () => {
        reads++;
        return { kind: "bytes", bytes: new Uint8Array(0) };
      },
    });
    expect(many.diagnostics).toMatchObject([{ rule: "live-tree-limit" }]);
    expect(reads).toBeLessThan(LIMITS.nodesAndProperties);
    const large = new Uint8Array(1 << 26);
    const heavy = readLiveTree({
      list: () => ({ kind: "entries", entries: entries.slice(0, 10) }),
      read: () => ({ kind: "bytes", bytes: large }),
    });
    expect(heavy.diagnostics).toMatchObject([{ rule: "live-tree-limit" }]);
  });
});

describe("a folder on disk", () => {
  test("is read below itself alone: links are told and not followed, whatever they lead to", () => {
    const folder = mkdtempSync(join(tmpdir(), "carveout-live-"));
    writeFileSync(join(folder, "compatible"), "a\0");
    mkdirSync(join(folder, "n"));
    writeFileSync(join(folder, "n", "caf\xc3\xa9"), "x");
    symlinkSync("/etc/passwd", join(folder, "n", "passwd"));
    symlinkSync("..", join(folder, "n", "up"));
    const { tree, diagnostics } = readLiveTree(folderReader(folder));
    expect(listing(tree!)[0]).toBe("/: compatible");
    expect(tree!.nodeAt("/n")!.properties).toHaveLength(1);
    expect(tree!.nodeAt("/n")!.children).toHaveLength(0);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      "passwd in /n is a symbolic link: it is passed over",
      "up in /n is a symbolic link: it is passed over",
    ]);
  });

  test.skipIf(process.getuid?.() === 0)("without permission to read is refused in words", () => {
    const folder = mkdtempSync(join(tmpdir(), "carveout-live-"));
    mkdirSync(join(folder, "n"));
    chmodSync(join(folder, "n"), 0);
    const { tree, diagnostics } = readLiveTree(folderReader(folder));
    expect(tree).toBeNull();
    expect(diagnostics).toMatchObject([{ rule: "live-tree-folder" }]);
  });

  test("is read by the bytes of its names", () => {
    const folder = mkdtempSync(join(tmpdir(), "carveout-live-"));
    writeFileSync(join(folder, "é"), "x");
    const { tree } = readLiveTree(folderReader(folder));
    expect(tree!.root.properties.map(({ name }) => name)).toEqual(["\xc3\xa9"]);
  });
});
