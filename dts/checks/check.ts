import type { Diagnostic, RelatedPlace } from "../diagnostic.ts";
import type { Span } from "../source.ts";
import type { Property, TreeNode } from "../tree.ts";
import type { TreeFacts } from "./tree-facts.ts";

/** What a check has against the node that it looks at, or against another one where it says so. */
export interface Fault {
  readonly span: Span;
  /** One sentence, no full stop. */
  readonly message: string;
  readonly hint?: string;
  readonly related?: readonly RelatedPlace[];
  /** The node that the fault is in, where it is not the one that is looked at. */
  readonly node?: TreeNode;
}

/** Takes what makes the fault, and makes it only where there is still room to tell it: a hostile tree has one a node. */
export type ReportFault = (fault: () => Fault) => void;

interface AnyCheck {
  /** dtc's name where dtc has the check; ours are written with hyphens. */
  readonly name: string;
  /** Of dtc: an error keeps it from writing anything. */
  readonly severity: Extract<Diagnostic["severity"], "error" | "warning">;
  /** Checks that nothing in the tree may fail: what this one found would be their echo. */
  readonly after: readonly string[];
}

/** Looks at each node. */
export interface NodeCheck extends AnyCheck {
  readonly look: (node: TreeNode, report: ReportFault, facts: TreeFacts) => void;
}

/** Looks at each node that has one of some properties, with the first of them that it has. Most nodes have none. */
export interface PropertyCheck extends AnyCheck {
  readonly of: readonly string[];
  readonly look: (property: Property, node: TreeNode, report: ReportFault, facts: TreeFacts) => void;
}

/** One check of the table (table.ts). */
export type Check = NodeCheck | PropertyCheck;
