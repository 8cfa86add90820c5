import type { RelatedPlace } from "../../dts/diagnostic.ts";
import { NO_SPAN, type Span } from "../../dts/source.ts";
import type { Property, TreeNode } from "../../dts/tree.ts";
import type { Consequence, Finding } from "../finding.ts";
import { findRule, type RuleId } from "./catalogue.ts";

/** The node that a finding is about, and where in the source it points. */
export interface Place {
  readonly node: TreeNode;
  readonly span: Span;
}

export interface FindingText {
  /** One sentence, no full stop. */
  readonly message: string;
  readonly hint?: string;
  readonly related?: readonly RelatedPlace[];
  /** Where it is not the rule's own: a rule can have more than one kind of breach. */
  readonly consequence?: Consequence;
}

export function atNode(node: TreeNode): Place {
  return { node, span: node.nameSpan };
}

/** A property of the node; the node itself where it has no such property. */
export function atProperty(node: TreeNode, name: string): Place {
  return { node, span: node.property(name)?.span ?? node.nameSpan };
}

/** What was written for `cells` cells of a property's value from cell `first` on: both halves of a 64-bit number. */
export function atCells(node: TreeNode, property: Property, first: number, cells: number): Place {
  const from = property.spanAt(first * 4);
  const to = property.spanAt((first + Math.max(1, cells) - 1) * 4);
  // Cells that macros or includes bring in need not stand in order
  return { node, span: to.end >= from.end ? { start: from.start, end: to.end } : from };
}

/** A finding, with the severity and the consequence that the catalogue has for its rule; null is about no place. */
export function raise(id: RuleId, place: Place | null, text: FindingText): Finding {
  const rule = findRule(id)!;
  return {
    rule: id,
    severity: rule.severity,
    message: text.message,
    ...(text.hint === undefined ? {} : { hint: text.hint }),
    node: place?.node.path ?? null,
    span: place?.span ?? NO_SPAN,
    ...(text.related === undefined ? {} : { related: text.related }),
    consequence: text.consequence ?? rule.consequence,
  };
}
