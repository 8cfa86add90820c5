/** The third part of `fdt_overlay_apply`: what stands in each fragment's `__overlay__` goes into the base (`overlay_merge`). */
import { LIMITS } from "../limits.ts";
import { type Label, latin1, MarkKind, type Property, type TreeNode } from "../tree.ts";
import { fragmentTarget, type MergeBase } from "./fragment-target.ts";
import type { GrowingTree } from "./growing-tree.ts";
import { atNode, atProperty, hex, labelText, type OverlayReport } from "./report.ts";

/** What overlays carry beside their fragments. */
const OWN_NODES: ReadonlySet<string> = new Set(["__symbols__", "__fixups__", "__local_fixups__"]);

/**
 * Merges all fragments, in order. `unresolved` holds the properties that lack a label's phandle: a fragment without its
 * target is passed over.
 */
export function mergeFragments(
  base: MergeBase,
  overlay: GrowingTree,
  unresolved: ReadonlySet<Property>,
  report: OverlayReport,
): void {
  const merger = new Merger(base, report);
  let fragments = 0;
  for (const fragment of overlay.root.children) {
    const content = overlay.child(fragment, "__overlay__");
    if (content === null) {
      if (!OWN_NODES.has(fragment.name)) reportNoFragment(fragment, report);
      continue;
    }
    fragments++;
    const targetProperty = overlay.property(fragment, "target");
    if (targetProperty !== null && unresolved.has(targetProperty)) continue;
    const target = fragmentTarget(base, overlay, fragment, report);
    if (base.phandles.isExhausted) break;
    if (target !== null && !merger.merge(target.node, content, target.node.depth)) break;
  }
  if (fragments === 0) {
    const message = "this overlay has no fragment, so it changes nothing";
    const hint = "give the base first and the overlays with -a; an overlay's source begins with /dts-v1/; /plugin/;";
    report.add("overlay-ignored", atNode(overlay.root), message, hint);
  }
}

function reportNoFragment(node: TreeNode, report: OverlayReport): void {
  report.add(
    "overlay-ignored",
    atNode(node),
    `${node.path} of the overlay has no __overlay__ in it, so it goes nowhere: fdtoverlay and boot loaders pass over it`,
    "write &label { … }; or &{/} { … }; around what is meant for the base",
  );
}

class Merger {
  private readonly base: MergeBase;
  private readonly report: OverlayReport;
  /** All labels of the base, on nodes, on properties and in values. */
  private readonly labels = new Set<string>();
  private readonly labelLists = new Map<TreeNode, Label[]>();

  constructor(base: MergeBase, report: OverlayReport) {
    this.base = base;
    this.report = report;
    for (const node of base.tree.root.walk()) {
      for (const { name } of node.labels) this.labels.add(name);
      for (const property of node.properties) for (const name of labelsOf(property)) this.labels.add(name);
    }
  }

  /** `overlay_apply_node`. False where the result would be too deep. */
  merge(target: TreeNode, source: TreeNode, depth: number): boolean {
    const { tree } = this.base;
    if (depth >= LIMITS.nodeDepth) {
      const message = `${source.path} would stand more than ${LIMITS.nodeDepth} nodes deep in the base`;
      this.report.add("overlay-limit", atNode(source), message, "look for what generated it");
      return false;
    }
    for (const property of source.properties) this.set(target, source, property);
    for (const label of source.labels) this.addLabel(target, label);
    for (const child of source.children) {
      let place = tree.child(target, child.name);
      if (place === null) {
        place = tree.addChild(target, child.name);
        place.nameSpan = child.nameSpan;
      } else if (place.name !== child.name) this.reportOtherName(place, child);
      if (!this.merge(place, child, depth + 1)) return false;
    }
    return true;
  }

  private set(target: TreeNode, source: TreeNode, property: Property): void {
    const { tree, phandles } = this.base;
    if (property.hasReferences) this.reportPaths(source, property);
    const isPhandle = property.name === "phandle" || property.name === "linux,phandle";
    const before = isPhandle ? tree.phandle(target) : 0;
    this.dropTakenLabels(tree.property(target, property.name), property);
    tree.setProperty(target, property);
    if (!isPhandle) return;
    const now = tree.phandle(target);
    phandles.changed(target, before, now);
    if (before === 0 || before === now) return;
    this.report.add(
      "overlay-phandle-replaced",
      atProperty(source, property),
      `${target.path} of the base has phandle ${hex(before)}, which becomes ${hex(now)}: what refers to it in the base leads nowhere now`,
      "write &label { … }; for a node of the base, instead of its name with a label of the overlay's own",
    );
  }

  /** Takes from a property that replaces another, or none, the labels that stand on something else in the base. */
  private dropTakenLabels(replaced: Property | null, property: Property): void {
    if (replaced !== null) for (const name of labelsOf(replaced)) this.labels.delete(name);
    const names = labelsOf(property);
    if (names.length === 0) return;
    if (names.some((name) => this.labels.has(name))) {
      property.labels = property.labels.filter(({ name }) => !this.labels.has(name));
      property.marks = property.marks.filter(({ kind, text }) => kind !== MarkKind.label || !this.labels.has(text));
    }
    for (const name of names) this.labels.add(name);
  }

  /** A label that the base has on some node stays there: a tree has each once. */
  private addLabel(node: TreeNode, label: Label): void {
    if (this.labels.has(label.name)) return;
    this.labels.add(label.name);
    let labels = this.labelLists.get(node);
    if (labels === undefined) {
      // The base's own list is not to change.
      labels = [...node.labels];
      node.labels = labels;
      this.labelLists.set(node, labels);
    }
    labels.push(label);
  }

  private reportPaths(source: TreeNode, property: Property): void {
    for (const mark of property.marks) {
      if (mark.kind !== MarkKind.path) continue;
      this.report.add(
        "overlay-path-reference",
        { node: source, span: mark.span },
        `${labelText(mark.text)} stands for a path inside the overlay, ${readString(property, mark.offset)}, which names nothing once the overlay is applied`,
        "write the path that the node has in the base, as a string, or refer to the node inside < >",
      );
    }
  }

  private reportOtherName(place: TreeNode, child: TreeNode): void {
    this.report.add(
      "overlay-name-match",
      atNode(child),
      `${child.name} of the overlay goes into ${place.path}: libfdt takes a name without unit address for the first node of that name, while Linux would make a node of its own of it`,
      "write the unit address",
    );
  }
}

/** Labels on a property and in its value. */
function labelsOf(property: Property): readonly string[] {
  if (property.labels.length === 0 && !property.hasLabelMarks) return NO_LABELS;
  const names = property.labels.map(({ name }) => name);
  if (property.hasLabelMarks) {
    for (const { kind, text } of property.marks) if (kind === MarkKind.label) names.push(text);
  }
  return names;
}

const NO_LABELS: readonly string[] = [];

function readString(property: Property, offset: number): string {
  const nul = property.value.indexOf(0, offset);
  return latin1(property.value, offset, nul < 0 ? property.value.length : nul).slice(0, 200);
}
