/**
 * What is left to do when the whole source is read, as dtc's checks do it and in their order: duplicates are found,
 * phandles given out in the order in which references are met, references turned into phandles and paths, and nodes
 * that nothing refers to left out where the source says so.
 */
import type { Diagnostic, RelatedPlace } from "./diagnostic.ts";
import { eachDuplicate, hasDuplicate } from "./duplicate-names.ts";
import { LIMITS } from "./limits.ts";
import { deleteNode, NodeIndex, sweepDeleted } from "./merge-nodes.ts";
import { NearestNames } from "./nearest.ts";
import { addOverlayFixups } from "./overlay/write-fixups.ts";
import { shorten } from "./shorten.ts";
import type { Span } from "./source.ts";
import { Statements } from "./statements.ts";
import { type DeviceTree, type Label, type Mark, MarkKind, type Property, type TreeNode } from "./tree.ts";

/** What mistakes made of a tree, and what cannot be judged for that reason. */
export interface TreeDamage {
  /** Parts are missing, which may hold any label that is referred to. */
  readonly isPartial: boolean;
  /** Nodes may stand in the wrong places: only labels can be judged. */
  readonly isDamaged: boolean;
  /** What was to replace or to delete nodes may have missed them. */
  readonly isMisplaced: boolean;
  /** Labels of nodes that were deleted. */
  readonly deletedLabels: ReadonlySet<string>;
  /** Names of nodes that were to be deleted and were not there. */
  readonly missedNames: ReadonlySet<string>;
}

/**
 * Resolves `tree` in place; of one that is partial or damaged, only labels are judged. Gives the first `most` mistakes that it finds; the
 * tree is of no use where there are any.
 */
export function resolveTree(
  tree: DeviceTree,
  most: number = LIMITS.errors,
  keepsLabelled = false,
  damage: TreeDamage | null = null,
): Diagnostic[] {
  const resolver = new Resolver(tree, most, keepsLabelled, damage);
  if (damage !== null && (damage.isPartial || damage.isDamaged)) resolver.checkLabelsAlone(!damage.isPartial);
  else resolver.run();
  return resolver.diagnostics;
}

const NO_BYTES = new Uint8Array(0);
const PHANDLE_CHUNK_BYTES = 1 << 12;

class Resolver {
  readonly diagnostics: Diagnostic[] = [];
  private readonly tree: DeviceTree;
  private readonly labelled = new Map<string, TreeNode>();
  /** What bears each label: a node, a property or a part of a value. */
  private readonly owners = new Map<string, { owner: unknown; node: TreeNode; span: Span }>();
  private readonly phandles = new Map<number, TreeNode>();
  private readonly phandleOf = new Map<TreeNode, number>();
  private readonly referenced = new Set<TreeNode>();
  private nextPhandle = 1;
  private phandleBytes = NO_BYTES;
  private phandleEnd = 0;
  private readonly index = new NodeIndex();
  private readonly nearest = new NearestNames();
  /** Of labels and paths that lead nowhere: the other places that refer to them. */
  private readonly dangling = new Map<string, RelatedPlace[]>();
  /** Null where all nodes are in their places. */
  private readonly misplaced: TreeDamage | null;
  private readonly most: number;
  private readonly keepsLabelled: boolean;
  /** Of the paths that references stand for. */
  private pathBytes = 0;

  constructor(tree: DeviceTree, most: number, keepsLabelled: boolean, damage: TreeDamage | null) {
    this.misplaced = damage?.isMisplaced ? damage : null;
    this.tree = tree;
    this.most = most;
    this.keepsLabelled = keepsLabelled;
  }

  run(): void {
    const { root } = this.tree;
    // Loops over indices, here and below: until V8 optimizes it, which most runs do not live to see, an iterator makes an
    // object for each step.
    const nodes = root.list();
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      if (hasDuplicate(node.properties) || hasDuplicate(node.children)) this.tellDuplicates(node);
    }
    this.checkLabels(nodes);
    for (let i = 0; i < nodes.length; i++) this.takeOwnProperties(nodes[i]!);
    const referring: TreeNode[] = [];
    const references: Property[] = [];
    for (let i = 0; i < nodes.length; i++) {
      const { properties } = nodes[i]!;
      for (let j = 0; j < properties.length; j++) {
        if (!properties[j]!.hasReferences) continue;
        referring.push(nodes[i]!);
        references.push(properties[j]!);
      }
    }
    for (let i = 0; i < references.length; i++) this.fillPhandles(referring[i]!, references[i]!);
    for (let i = 0; i < references.length; i++) this.fillPaths(referring[i]!, references[i]!);
    let hasOmitted = false;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      // A label that `__symbols__` names may be referred to yet (dtc, fixup_omit_unused_nodes).
      if (this.keepsLabelled && node.labels.length > 0) continue;
      if (node.omitIfUnused && !node.isDeleted && !this.referenced.has(node)) {
        deleteNode(node, (label) => this.labelled.delete(label));
        hasOmitted = true;
      }
    }
    if (hasOmitted) sweepDeleted(root);
    if (this.tree.isPlugin) {
      const tooMany = addOverlayFixups(this.tree, (reference) => this.find(reference));
      if (tooMany !== null) this.diagnostics.push(tooMany);
    }
  }

  checkLabelsAlone(hasReferences: boolean): void {
    const nodes = [...this.tree.root.walk()];
    this.checkLabels(nodes);
    if (!hasReferences) return;
    for (const node of nodes) {
      for (const property of node.properties) {
        if (!property.hasReferences) continue;
        for (const mark of property.marks) {
          const rule = REFERENCE_RULES[mark.kind];
          if (rule === undefined || mark.text.startsWith("/") || this.tree.isPlugin) continue;
          if (this.find(mark.text) === null) this.reportDangling(rule, mark, node);
        }
      }
    }
  }

  private report(rule: string, message: string, node: TreeNode, span: Span, more: Partial<Diagnostic> = {}): void {
    if (this.diagnostics.length >= this.most) return;
    this.diagnostics.push({ rule, severity: "error", message: shorten(message), node: node.path, span, ...more });
  }

  private tellDuplicates(node: TreeNode): void {
    eachDuplicate(node.properties, (first, second) => {
      this.report(
        "duplicate_property_names",
        `property ${second.name} stands twice in ${node.path}`,
        node,
        second.nameSpan,
        {
          hint: "keep one of the two",
          related: [{ message: `${first.name} first stands here`, span: first.nameSpan }],
        },
      );
    });
    eachDuplicate(node.children, (first, second) => {
      this.report("duplicate_node_names", `node ${second.name} stands twice in ${node.path}`, second, second.nameSpan, {
        hint: "give it another unit address, or add to the first one by its label: &label { … };",
        related: [{ message: `${first.name} first stands here`, span: first.nameSpan }],
      });
    });
  }

  /** Labels of nodes, properties and values share one name space. */
  private checkLabels(nodes: readonly TreeNode[]): void {
    const { owners } = this;
    const check = (label: Label, owner: unknown, node: TreeNode): void => {
      const known = owners.get(label.name);
      if (known === undefined) owners.set(label.name, { owner, node, span: label.span });
      else if (known.owner !== owner && !this.mayBeOne(known.node, node)) {
        this.report("duplicate_label", `label ${label.name} stands on two things`, node, label.span, {
          hint: "rename one of the two",
          related: [{ message: `${label.name} first stands here`, span: known.span }],
        });
      }
    };
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      for (let j = 0; j < node.labels.length; j++) {
        const label = node.labels[j]!;
        check(label, node, node);
        if (!this.labelled.has(label.name)) this.labelled.set(label.name, node);
      }
      for (let j = 0; j < node.properties.length; j++) {
        const property = node.properties[j]!;
        if (property.labels.length > 0) for (const label of property.labels) check(label, property, node);
        if (!property.hasLabelMarks) continue;
        for (const mark of property.marks) {
          if (mark.kind === MarkKind.label) check({ name: mark.text, span: mark.span }, mark, node);
        }
      }
    }
  }

  /** Whether two nodes may have been meant to be one, or one of them to be deleted. */
  private mayBeOne(first: TreeNode, second: TreeNode): boolean {
    if (this.misplaced === null) return false;
    const { missedNames } = this.misplaced;
    return first.name === second.name || missedNames.has(first.name) || missedNames.has(second.name);
  }

  private takeOwnProperties(node: TreeNode): void {
    let hasPhandle = false;
    let nameProperty: Property | null = null;
    const { properties } = node;
    for (let i = 0; i < properties.length; i++) {
      const { name } = properties[i]!;
      if (name === "phandle" || name === "linux,phandle") hasPhandle = true;
      else if (name === "name" && nameProperty === null) nameProperty = properties[i]!;
    }
    if (nameProperty !== null) this.takeNameProperty(node, nameProperty);
    if (hasPhandle) this.takePhandle(node);
  }

  /** A `name` property that says what the node's name says is left out, as dtc does. */
  private takeNameProperty(node: TreeNode, property: Property): void {
    const at = node.name.indexOf("@");
    const base = at < 0 ? node.name : node.name.slice(0, at);
    if (property.value.length === base.length + 1 && property.strings()[0] === base) {
      node.properties = node.properties.filter((other) => other !== property);
    } else {
      const wrong = base === "" ? "the root is not empty" : `${node.path} does not say ${base}`;
      this.report("name_properties", `property name of ${wrong}`, node, property.span, {
        hint: "leave the property out: a node's name stands before its '{'",
      });
    }
  }

  private takePhandle(node: TreeNode): void {
    let phandle: number | null = null;
    for (const name of ["phandle", "linux,phandle"]) {
      const property = node.property(name);
      if (property === null) continue;
      if (property.value.length !== 4) {
        this.report(
          "explicit_phandles",
          `${name} of ${node.path} has ${property.value.length} bytes, not 4`,
          node,
          property.span,
        );
        continue;
      }
      const reference = property.hasReferences
        ? property.marks.find((mark) => mark.kind === MarkKind.phandle)
        : undefined;
      if (reference !== undefined) {
        // `phandle = <&self>` asks for any phandle; the reference to another node's is nonsense.
        if (this.find(reference.text) !== node) {
          this.report("explicit_phandles", `${name} of ${node.path} refers to another node`, node, reference.span);
        }
        continue;
      }
      const value = property.cell(0);
      if (value === 0 || value === 0xffffffff) {
        this.report(
          "explicit_phandles",
          `${name} of ${node.path} is 0x${value.toString(16)}, which means none`,
          node,
          property.span,
        );
      } else if (phandle !== null && phandle !== value) {
        this.report("explicit_phandles", `phandle and linux,phandle of ${node.path} differ`, node, property.span);
      } else phandle = value;
    }
    if (phandle === null) return;
    const other = this.phandles.get(phandle);
    if (other !== undefined && other !== node) {
      const property = (node.property("phandle") ?? node.property("linux,phandle"))!;
      this.report(
        "explicit_phandles",
        `phandle 0x${phandle.toString(16)} is ${other.path}'s already`,
        node,
        property.span,
        {
          related: [{ message: `${other.path} has it here`, span: (other.property("phandle") ?? property).span }],
        },
      );
      return;
    }
    this.phandles.set(phandle, node);
    this.phandleOf.set(node, phandle);
  }

  private fillPhandles(node: TreeNode, property: Property): void {
    const { markSource } = property;
    if (markSource instanceof Statements && this.fillStatement(property, markSource, property.markEnd)) return;
    const { marks } = property;
    for (let i = 0; i < marks.length; i++) {
      const mark = marks[i]!;
      if (mark.kind !== MarkKind.phandle) continue;
      const target = this.find(mark.text);
      if (target === null) {
        if (!this.tree.isPlugin) this.reportDangling("phandle_references", mark, node);
        continue;
      }
      this.referenced.add(target);
      property.setCell(mark.offset, this.phandle(target));
    }
  }

  /** The same of a whole statement, whose words are its cells; false where a label is nowhere, for marks to tell. */
  private fillStatement(property: Property, statements: Statements, id: number): boolean {
    const from = statements.wordsFrom(id);
    const to = statements.wordsTo(id);
    for (let i = from; i < to; i++) {
      const reference = statements.target(i);
      if (reference === null) continue;
      const target = this.labelled.get(reference);
      if (target === undefined) return false;
      this.referenced.add(target);
      property.setCell((i - from) * 4, this.phandle(target));
    }
    return true;
  }

  /** The node's phandle; the lowest free one, from then on its own, where it has none. */
  private phandle(node: TreeNode): number {
    const known = this.phandleOf.get(node);
    if (known !== undefined) return known;
    while (this.phandles.has(this.nextPhandle)) this.nextPhandle++;
    const phandle = this.nextPhandle;
    this.phandles.set(phandle, node);
    this.phandleOf.set(node, phandle);
    if (node.property("phandle") === null) this.addPhandle(node, phandle);
    return phandle;
  }

  /** Phandles share their bytes' arrays, as values of source do: there are hundreds of them. */
  private addPhandle(node: TreeNode, phandle: number): void {
    if (this.phandleEnd === this.phandleBytes.length) {
      this.phandleBytes = new Uint8Array(PHANDLE_CHUNK_BYTES);
      this.phandleEnd = 0;
    }
    const property = node.addProperty("phandle", NO_BYTES, node.nameSpan);
    const from = this.phandleEnd;
    this.phandleEnd += 4;
    property.keepValue(this.phandleBytes, from, this.phandleEnd);
    property.setCell(0, phandle);
  }

  private fillPaths(node: TreeNode, property: Property): void {
    if (property.markSource instanceof Statements || !hasPath(property.marks)) return;
    const pieces: Uint8Array[] = [];
    const marks: Mark[] = [];
    let done = 0;
    let shift = 0;
    for (const mark of property.marks) {
      marks.push(shift === 0 ? mark : { ...mark, offset: mark.offset + shift });
      if (mark.kind !== MarkKind.path) continue;
      const target = this.find(mark.text);
      if (target === null) {
        this.reportDangling("path_references", mark, node);
        continue;
      }
      this.referenced.add(target);
      const path = latin1ToBytes(`${target.path}\0`);
      this.pathBytes += path.length;
      if (this.pathBytes > LIMITS.propertyBytes) {
        if (this.pathBytes - path.length <= LIMITS.propertyBytes) {
          this.report("limit", "the paths of all references together are too long", node, mark.span);
        }
        continue;
      }
      pieces.push(property.value.subarray(done, mark.offset), path);
      done = mark.offset;
      shift += path.length;
    }
    pieces.push(property.value.subarray(done));
    const value = new Uint8Array(property.value.length + shift);
    let at = 0;
    for (const piece of pieces) {
      value.set(piece, at);
      at += piece.length;
    }
    property.value = value;
    property.marks = marks;
  }

  private find(reference: string): TreeNode | null {
    if (!reference.startsWith("/")) return this.labelled.get(reference) ?? null;
    let node: TreeNode | null = this.tree.root;
    for (const name of reference.split("/")) {
      if (name !== "") node = this.index.child(node, name);
      if (node === null) return null;
    }
    return node;
  }

  private reportDangling(rule: string, mark: Mark, node: TreeNode): void {
    // A label that is a property's was a node's before a mistake with its brace.
    const { misplaced, owners } = this;
    if (misplaced !== null && (misplaced.deletedLabels.has(mark.text) || owners.has(mark.text))) return;
    const isPath = mark.text.startsWith("/");
    const others = this.dangling.get(mark.text);
    if (others !== undefined) {
      // The mistake may be the definition's: it is one report, and tells of a few places.
      if (others.length < MOST_PLACES) others.push({ message: "and here", span: mark.span });
      return;
    }
    const places: RelatedPlace[] = [];
    this.dangling.set(mark.text, places);
    const near = isPath ? null : this.nearest.find(mark.text, this.labelled);
    const hint = near === null ? "define the label, or include the file that does" : `did you mean &${near}?`;
    const shown = isPath ? `&{${mark.text}} names no node` : `&${mark.text}: no node has this label`;
    this.report(rule, shown, node, mark.span, {
      hint: isPath ? "a path names every node in full, unit addresses included" : hint,
      related: places,
    });
  }
}

function hasPath(marks: readonly Mark[]): boolean {
  for (let i = 0; i < marks.length; i++) if (marks[i]!.kind === MarkKind.path) return true;
  return false;
}

/** Other places that a report names at most. */
const MOST_PLACES = 4;

/** What is broken where a reference in a cell list, or one that stands for a path, leads nowhere. */
const REFERENCE_RULES: Readonly<Partial<Record<MarkKind, string>>> = {
  [MarkKind.phandle]: "phandle_references",
  [MarkKind.path]: "path_references",
};

function latin1ToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
