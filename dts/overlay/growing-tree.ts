/**
 * A tree that overlays are merged into, with the look-ups and the order of libfdt: a new property comes first among the
 * properties of its node and a new node first among its siblings (`fdt_add_property_` and `fdt_add_subnode_namelen`
 * write behind what begins the node), while a property that is there keeps its place.
 *
 * A name without a unit address finds the first node of that name with any unit address (`fdt_nodename_eq_`).
 */

import { latin1, type Property, TreeNode } from "../tree.ts";
import type { EditLog } from "./edit-log.ts";

/** Lists up to this length are searched one by one. */
const LINEAR_LIMIT = 16;

/** An alias may lead to an alias, which libfdt follows without end; and its path is longer than any board's. */
const ALIAS_DEPTH = 16;
const ALIAS_BYTES = 4096;

/** What is known of a node with many children, or one that gets more. */
interface ChildEntry {
  /** First child of each full name, and of each name up to its `@`. */
  readonly fullNames: Map<string, TreeNode>;
  readonly baseNames: Map<string, TreeNode>;
  /** In the order in which they were added: the last one comes first in the node. */
  added: TreeNode[];
}

/** The same of properties. */
interface PropertyEntry {
  /** First property of each name, as it stands now. */
  readonly properties: Map<string, Property>;
  added: string[];
  hasReplaced: boolean;
}

export class GrowingTree {
  readonly root: TreeNode;
  private readonly log: EditLog | null;
  private readonly childEntries = new Map<TreeNode, ChildEntry>();
  private readonly propertyEntries = new Map<TreeNode, PropertyEntry>();
  private readonly paths = new Map<Property, string | null>();

  constructor(root: TreeNode, log: EditLog | null = null) {
    this.root = root;
    this.log = log;
  }

  child(node: TreeNode, name: string): TreeNode | null {
    const entry =
      this.childEntries.get(node) ?? (node.children.length > LINEAR_LIMIT ? this.enterChildren(node) : null);
    const isWhole = name.includes("@");
    if (entry !== null) return (isWhole ? entry.fullNames : entry.baseNames).get(name) ?? null;
    for (const child of node.children) {
      if (child.name === name || (!isWhole && baseName(child.name) === name)) return child;
    }
    return null;
  }

  property(node: TreeNode, name: string): Property | null {
    const entry =
      this.propertyEntries.get(node) ?? (node.properties.length > LINEAR_LIMIT ? this.enterProperties(node) : null);
    return entry === null ? node.property(name) : (entry.properties.get(name) ?? null);
  }

  /** Adds a child that {@link child} does not find. */
  addChild(node: TreeNode, name: string): TreeNode {
    const entry = this.childEntries.get(node) ?? this.enterChildren(node);
    const child = new TreeNode(name, node);
    entry.added.push(child);
    entry.fullNames.set(name, child);
    entry.baseNames.set(baseName(name), child);
    this.log?.nodeAdded(child);
    return child;
  }

  /** Sets a property, in the place of one of its name where there is one. */
  setProperty(node: TreeNode, property: Property): void {
    const entry = this.propertyEntries.get(node) ?? this.enterProperties(node);
    if (entry.properties.has(property.name)) entry.hasReplaced = true;
    else entry.added.push(property.name);
    entry.properties.set(property.name, property);
    this.log?.propertySet(node, property);
  }

  /** The phandle as `fdt_get_phandle` has it; 0 where the node has none. */
  phandle(node: TreeNode): number {
    for (const name of ["phandle", "linux,phandle"]) {
      const property = this.property(node, name);
      if (property !== null && property.length === 4) return property.cell(0);
    }
    return 0;
  }

  /** The node at a path as `fdt_path_offset` reads it: `/a/b`, or `alias/b`; null where there is none. */
  nodeAt(path: string, aliasDepth = 0): TreeNode | null {
    let node: TreeNode | null = this.root;
    let at = 0;
    if (!path.startsWith("/")) {
      const slash = path.indexOf("/");
      at = slash < 0 ? path.length : slash;
      const aliases = this.child(this.root, "aliases");
      const alias = aliases === null ? null : this.property(aliases, path.slice(0, at));
      const target = alias === null || alias.length > ALIAS_BYTES ? null : this.pathIn(alias);
      if (target === null || aliasDepth === ALIAS_DEPTH) return null;
      node = this.nodeAt(target, aliasDepth + 1);
    }
    while (node !== null && at < path.length) {
      if (path[at] === "/") {
        at++;
        continue;
      }
      const slash = path.indexOf("/", at);
      const end = slash < 0 ? path.length : slash;
      node = this.child(node, path.slice(at, end));
      at = end;
    }
    return node;
  }

  /** Why {@link nodeAt} finds nothing: no such alias, aliases that lead in a circle, or no such node. */
  missingPath(path: string): "alias" | "circle" | "node" {
    let at = path;
    for (let depth = 0; depth <= ALIAS_DEPTH; depth++) {
      if (at.startsWith("/")) return "node";
      const aliases = this.child(this.root, "aliases");
      const alias = aliases === null ? null : this.property(aliases, at.split("/", 1)[0]!);
      const target = alias === null || alias.length > ALIAS_BYTES ? null : this.pathIn(alias);
      if (target === null) return "alias";
      at = target;
    }
    return "circle";
  }

  /** The path that a property holds, up to its NUL; null where it has none. */
  pathIn(property: Property): string | null {
    let path = this.paths.get(property);
    if (path === undefined) {
      const nul = property.value.indexOf(0);
      // Runs of slashes are one: a path costs no more than the depth of the tree, however long it is written.
      path = nul < 0 ? null : latin1(property.value, 0, nul).replace(/\/{2,}/g, "/");
      this.paths.set(property, path);
    }
    return path;
  }

  /** Brings the nodes' own lists up to date with what was added and replaced. */
  settle(): void {
    for (const [node, entry] of this.childEntries) {
      if (entry.added.length > 0) node.children = entry.added.reverse().concat(node.children);
      entry.added = [];
    }
    for (const [node, entry] of this.propertyEntries) {
      if (entry.added.length > 0 || entry.hasReplaced) {
        const added = entry.added.reverse().map((name) => entry.properties.get(name)!);
        node.properties = added.concat(
          entry.hasReplaced ? current(node.properties, entry.properties) : node.properties,
        );
      }
      entry.added = [];
      entry.hasReplaced = false;
    }
  }

  private enterChildren(node: TreeNode): ChildEntry {
    const entry: ChildEntry = { fullNames: new Map(), baseNames: new Map(), added: [] };
    for (const child of node.children) {
      const base = baseName(child.name);
      if (!entry.fullNames.has(child.name)) entry.fullNames.set(child.name, child);
      if (!entry.baseNames.has(base)) entry.baseNames.set(base, child);
    }
    this.childEntries.set(node, entry);
    return entry;
  }

  private enterProperties(node: TreeNode): PropertyEntry {
    const entry: PropertyEntry = { properties: new Map(), added: [], hasReplaced: false };
    for (const property of node.properties) {
      if (!entry.properties.has(property.name)) entry.properties.set(property.name, property);
    }
    this.propertyEntries.set(node, entry);
    return entry;
  }
}

/** The list with the first property of each name as it stands now; what comes second with a name stays. */
function current(properties: readonly Property[], now: ReadonlyMap<string, Property>): Property[] {
  const seen = new Set<string>();
  return properties.map((property) => {
    if (seen.has(property.name)) return property;
    seen.add(property.name);
    return now.get(property.name)!;
  });
}

function baseName(name: string): string {
  const at = name.indexOf("@");
  return at < 0 ? name : name.slice(0, at);
}
