/** A live tree: the folder in which Linux shows the tree that it was booted with, `/proc/device-tree`. */
import { guessBootCpu } from "../boot-cpu.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { ParseResult } from "../input.ts";
import { LIMITS } from "../limits.ts";
import { byName } from "../sort-tree.ts";
import { NO_SPAN, SourceMap } from "../source.ts";
import { DeviceTree, TreeNode } from "../tree.ts";

/** How a live tree's folder is reached. Paths are relative to it, with slashes; empty for the folder itself. */
export interface FolderReader {
  /** What is in a folder, in any order, without `.` and `..`; names hold a byte a character. */
  list(path: string): FolderListing;
  /** The bytes of a file, refused where they are more than `maxBytes`. */
  read(path: string, maxBytes: number): FolderFile;
}

export type FolderListing =
  | { readonly kind: "entries"; readonly entries: readonly FolderEntry[] }
  | { readonly kind: "refused"; readonly reason: string };

export interface FolderEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "other";
}

export type FolderFile =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Reads a folder as a tree: a file is a property, a folder a node (dtc, `dt_from_fs`). Phandles stay as they are. A `name`
 * that says what the node's name says, which Linux adds to every node, is left out, as dtc does.
 *
 * A folder has no order that means anything, so properties and nodes are put in the order of their names; whoever
 * looks at the order of nodes sees this one, not that of the blob. Memory reservations and labels are not to be had
 * from a live tree, and the boot CPU is guessed.
 *
 * A file that cannot be read is left out with a warning, as by dtc; links and whatever else there is are passed over with
 * one. A folder that cannot be read, and more of anything than {@link LIMITS} allows, is an error, and the tree null.
 */
export function readLiveTree(folder: FolderReader): ParseResult {
  const sources = new SourceMap();
  const reader = new LiveTreeReader(folder);
  const root = reader.run();
  const { diagnostics } = reader;
  if (root === null) return { tree: null, diagnostics, sources };
  const tree = new DeviceTree(root, sources);
  tree.bootCpuId = guessBootCpu(root);
  return { tree, diagnostics, sources };
}

const SEVERITIES = {
  "live-tree-folder": "error",
  "live-tree-property": "warning",
  "live-tree-entry": "warning",
  "live-tree-limit": "error",
} as const;

class LiveTreeReader {
  readonly diagnostics: Diagnostic[] = [];
  private readonly folder: FolderReader;
  private count = 0;
  private bytes = 0;

  constructor(folder: FolderReader) {
    this.folder = folder;
  }

  /** The root with all that is below it; null after an error. */
  run(): TreeNode | null {
    const root = new TreeNode("", null);
    const open: { node: TreeNode; path: string; depth: number }[] = [{ node: root, path: "", depth: 1 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node, path, depth } = next;
      if (!this.readFolder(node, path)) return null;
      if (node.children.length > 0 && depth >= LIMITS.nodeDepth) {
        this.report("live-tree-limit", `the nodes are nested more than ${LIMITS.nodeDepth} deep`, node);
        return null;
      }
      for (const child of node.children) open.push({ node: child, path: join(path, child.name), depth: depth + 1 });
    }
    return root;
  }

  /** The properties of one folder, and its nodes, which are still empty; false after an error. */
  private readFolder(node: TreeNode, path: string): boolean {
    const listing = this.folder.list(path);
    if (listing.kind === "refused") {
      this.report("live-tree-folder", `the folder of ${node.path} cannot be read: ${listing.reason}`, node);
      return false;
    }
    this.count += listing.entries.length;
    if (this.count > LIMITS.nodesAndProperties) {
      const message = `the folder holds more than ${LIMITS.nodesAndProperties} nodes and properties`;
      this.report("live-tree-limit", message, node);
      return false;
    }
    for (const { name, kind } of [...listing.entries].sort(byName)) {
      if (kind === "folder") node.addChild(name);
      else if (kind === "file") this.readProperty(node, join(path, name), name);
      else {
        const what = kind === "link" ? "a symbolic link" : "neither a file nor a folder";
        this.report("live-tree-entry", `${name} in ${node.path} is ${what}: it is passed over`, node);
      }
      if (this.bytes > LIMITS.propertyBytes) {
        this.report("live-tree-limit", `the properties hold more than ${LIMITS.propertyBytes} bytes`, node);
        return false;
      }
    }
    return true;
  }

  private readProperty(node: TreeNode, path: string, name: string): void {
    const file = this.folder.read(path, LIMITS.propertyBytes - this.bytes);
    if (file.kind === "refused") {
      const message = `property ${name} of ${node.path} cannot be read: ${file.reason}; it is left out`;
      this.report("live-tree-property", message, node);
      return;
    }
    this.bytes += file.bytes.length;
    if (name === "name" && isNodeName(node, file.bytes)) return;
    node.addProperty(name, file.bytes);
  }

  private report(rule: keyof typeof SEVERITIES, message: string, node: TreeNode): void {
    const severity = SEVERITIES[rule];
    if (severity === "warning" && this.diagnostics.length >= LIMITS.errors) return;
    this.diagnostics.push({ rule, severity, message, node: node.path, span: NO_SPAN });
  }
}

function join(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** True where the bytes are the node's name up to its unit address, and a NUL (dtc, `check_name_properties`). */
function isNodeName({ name }: TreeNode, bytes: Uint8Array): boolean {
  const at = name.indexOf("@");
  const length = at < 0 ? name.length : at;
  if (bytes.length !== length + 1 || bytes[length] !== 0) return false;
  for (let i = 0; i < length; i++) if (bytes[i] !== name.charCodeAt(i)) return false;
  return true;
}
