/** One mistake, one finding: where several rooms meet the same one, it is told by whoever knows most about it. */
import type { Finding } from "../core/finding.ts";
import type { RuleId } from "../core/rules/catalogue.ts";
import type { DeviceTree, TreeNode } from "../dts/tree.ts";

/** The rooms' findings about one tree, whoever knows less first. */
export interface RoomFindings {
  readonly structure: readonly Finding[];
  readonly schema: readonly Finding[];
  /** And the proof's. */
  readonly kernel: readonly Finding[];
}

/** All findings about a tree in the order of the rooms, without those that a later room tells better. */
export function tellOnce(tree: DeviceTree, { structure, schema, kernel }: RoomFindings): Finding[] {
  const better = byNode([...schema, ...kernel]);
  const ofKernel = byNode(kernel);
  return [
    ...structure.filter((finding) => !isToldBy(finding, better, tree)),
    ...schema.filter((finding) => !ofKernel.get(finding.node)?.some((other) => saysMore(other, finding))),
    ...kernel,
  ];
}

function byNode(findings: readonly Finding[]): Map<string | null, Finding[]> {
  const found = new Map<string | null, Finding[]>();
  for (const finding of findings) {
    const known = found.get(finding.node);
    if (known === undefined) found.set(finding.node, [finding]);
    else known.push(finding);
  }
  return found;
}

/** Where the kernel fails at the place that the schema has something against: both are about one node. */
function saysMore(kernelFinding: Finding, schemaFinding: Finding): boolean {
  const { start, end } = schemaFinding.span;
  return (
    kernelFinding.severity === "error" &&
    start >= 0 &&
    kernelFinding.span.start <= start &&
    end <= kernelFinding.span.end
  );
}

/** Rules of the schema and the kernels that tell what a structure check tells. */
interface Teller {
  readonly rules: readonly RuleId[];
  /**
   * What both are about: a property, so that their places overlap; the same node, whatever the place; or `parent`, where
   * the check has against each child what is missing in their parent.
   */
  readonly about: "property" | "node" | "parent";
  /** Where the check has more than one kind of fault: whether the node has the one that is told. */
  readonly when?: (node: TreeNode) => boolean;
}

const CELLS_PROPERTY: Teller = { rules: ["schema-property-type", "reserved-memory-format"], about: "property" };
const TEXT_PROPERTY: Teller = { rules: ["schema-property-type", "tag-node-status"], about: "property" };
/** The parent has no cells to count by, which is the mistake; counted by dtc's defaults, the value may be wrong besides. */
const CELLS_MISSING: Teller = {
  rules: ["schema-binding", "schema-missing-property", "reserved-memory-format"],
  about: "parent",
  when: ({ parent }) => parent?.property("#address-cells") === null || parent?.property("#size-cells") === null,
};

const TELLERS: { readonly [rule in RuleId]?: readonly Teller[] } = {
  address_cells_is_cell: [CELLS_PROPERTY],
  size_cells_is_cell: [CELLS_PROPERTY],
  device_type_is_string: [TEXT_PROPERTY],
  status_is_string: [TEXT_PROPERTY],
  compatible_is_string_list: [TEXT_PROPERTY],
  unit_address_vs_reg: [
    {
      rules: ["reg-missing", "schema-missing-property"],
      about: "node",
      when: (node) => node.property("reg") === null,
    },
  ],
  reg_format: [
    {
      rules: ["schema-reg-length", "schema-property-type", "reg-short", "reg-one-range", "tag-node-reg"],
      about: "property",
    },
    CELLS_MISSING,
  ],
  ranges_format: [
    // Of cells that differ the kernel's finding points at the cells, dtc's at the ranges.
    { rules: ["schema-reg-length", "schema-property-type", "reserved-memory-format"], about: "node" },
    CELLS_MISSING,
  ],
  avoid_default_addr_size: [CELLS_MISSING],
};

function isToldBy(finding: Finding, better: ReadonlyMap<string | null, readonly Finding[]>, tree: DeviceTree): boolean {
  const tellers = TELLERS[finding.rule as RuleId];
  const path = finding.node;
  if (tellers === undefined || path === null) return false;
  return tellers.some(({ rules, about, when }) => {
    const others = better.get(about === "parent" ? parentPath(path) : path) ?? [];
    const isTold = others.some(
      (other) => rules.includes(other.rule as RuleId) && (about !== "property" || overlap(finding, other)),
    );
    if (!isTold || when === undefined) return isTold;
    // A name in a blob may hold a slash, and its path then leads nowhere.
    const node = tree.nodeAt(path);
    return node !== null && when(node);
  });
}

function parentPath(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** True also where there is no source to tell: in a blob, a node and a kind of mistake are all there is. */
function overlap({ span: a }: Finding, { span: b }: Finding): boolean {
  if (a.start < 0 || b.start < 0) return true;
  return a.start <= b.end && b.start <= a.end;
}
