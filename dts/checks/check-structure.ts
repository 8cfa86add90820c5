import type { Diagnostic } from "../diagnostic.ts";
import { LIMITS } from "../limits.ts";
import { shorten } from "../shorten.ts";
import type { DeviceTree, Property, TreeNode } from "../tree.ts";
import type { Check, Fault } from "./check.ts";
import { CHECKS, ERROR_CHECKS, NAME_CHECKS } from "./table.ts";
import { treeFacts } from "./tree-facts.ts";

/**
 * Holds a whole tree, its references resolved, against the structure checks of table.ts. Takes time in proportion to
 * the tree.
 *
 * @returns findings in the order of the tree, the check's name for their rule, as many as {@link LIMITS} has errors; a
 *   note in the end counts those that are left out. None of them changes what a kernel makes of the tree.
 */
export function checkStructure(tree: DeviceTree): Diagnostic[] {
  return findings(tree, CHECKS);
}

/**
 * The same of those checks alone for whose sake dtc writes nothing. `isParsed` where the tree is as `parseSource` gave it,
 * which gives none whose duplicates or phandles are not right: then names alone are left to look at.
 */
export function structureErrors(tree: DeviceTree, isParsed = false): Diagnostic[] {
  return findings(tree, isParsed ? NAME_CHECKS : ERROR_CHECKS);
}

function findings(tree: DeviceTree, checks: readonly Check[]): Diagnostic[] {
  const nodes = nodesToCheck(tree);
  const facts = treeFacts(nodes);
  /** Checks that something failed, or that were not made because of one that failed. */
  const failed = new Set<string>();
  const found: { readonly order: number; readonly diagnostic: Diagnostic }[] = [];
  let leftOut = 0;
  let firstLeftOut = "";
  const withOneOf = propertyOwners(nodes, checks);
  for (const check of checks) {
    if (check.after.some((name) => failed.has(name))) {
      failed.add(check.name);
      continue;
    }
    /** The index of the node that is looked at. */
    let order = 0;
    const report = (fault: () => Fault): void => {
      failed.add(check.name);
      if (found.length < LIMITS.errors) found.push({ order, diagnostic: diagnosticOf(check, fault(), nodes[order]!) });
      else if (leftOut++ === 0) firstLeftOut = check.name;
    };
    if ("of" in check) {
      for (const owner of withOneOf(check.of)) {
        order = owner.order;
        check.look(owner.property, nodes[order]!, report, facts);
      }
    } else for (; order < nodes.length; order++) check.look(nodes[order]!, report, facts);
  }
  // The sort is stable: what is said of one node stays in the order of the table.
  found.sort((a, b) => a.order - b.order);
  const diagnostics = found.map(({ diagnostic }) => diagnostic);
  if (leftOut > 0) diagnostics.push(restOf(firstLeftOut, leftOut, tree.root));
  return diagnostics;
}

/** A node, as an index, and a property of it. */
interface Owner {
  readonly order: number;
  readonly property: Property;
}

/**
 * Looks through all properties once. Gives what finds the nodes that have a property of one of some names, in order, each
 * with the first of them that it has.
 */
function propertyOwners(
  nodes: readonly TreeNode[],
  checks: readonly Check[],
): (names: readonly string[]) => readonly Owner[] {
  const owners = new Map<string, Owner[]>();
  for (const check of checks) if ("of" in check) for (const name of check.of) owners.set(name, []);
  for (let order = 0; owners.size > 0 && order < nodes.length; order++) {
    const { properties } = nodes[order]!;
    for (let i = 0; i < properties.length; i++) {
      const property = properties[i]!;
      const found = owners.get(property.name);
      if (found !== undefined && found.at(-1)?.order !== order) found.push({ order, property });
    }
  }
  return (names) => {
    const lists = names.map((name) => owners.get(name)!).filter((list) => list.length > 0);
    if (lists.length <= 1) return lists[0] ?? [];
    const merged = new Map<number, Owner>();
    for (const list of lists) for (const owner of list) if (!merged.has(owner.order)) merged.set(owner.order, owner);
    return [...merged.values()].sort((a, b) => a.order - b.order);
  };
}

/**
 * All but what a compiler writes beside an overlay: its `__local_fixups__`, which repeats the tree without its `reg`s, and
 * the `__fixups__` of source, which dtc adds when its checks are done. A label may be called `reg`, and a path is none.
 */
function nodesToCheck({ root, addedFixups }: DeviceTree): TreeNode[] {
  const nodes: TreeNode[] = [];
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node === addedFixups || (node.parent === root && node.name === "__local_fixups__")) continue;
    nodes.push(node);
    for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!);
  }
  return nodes;
}

function diagnosticOf({ name, severity }: Check, fault: Fault, node: TreeNode): Diagnostic {
  const { span, message, hint } = fault;
  const related = fault.related?.filter((place) => place.span.start >= 0) ?? [];
  return {
    rule: name,
    severity,
    message: shorten(message),
    ...(hint === undefined ? {} : { hint: shorten(hint) }),
    node: (fault.node ?? node).path,
    span,
    ...(related.length === 0 ? {} : { related }),
  };
}

function restOf(name: string, leftOut: number, root: TreeNode): Diagnostic {
  const message = `${leftOut} more findings about the tree's structure are left out, beginning with some of ${name}`;
  return { rule: name, severity: "note", message, node: null, span: root.nameSpan };
}
