import type { DeviceTree } from "../../dts/tree.ts";
import { type Machine, readMachine } from "../machine.ts";
import type { Series } from "../series.ts";

export interface DetectedSeries {
  readonly series: Exclude<Series, "exact">;
  /** Why the tree does not say, one sentence; null where it does. */
  readonly note: string | null;
}

/** What a flat-tree series looks for in the name of a child of the root. */
export const NODE_NAME_PART = { "rfc-v1": "metadata", "rfc-v2": "tag-storage" } as const;

/** The series that a tree was written for, by where its `arm,mte-tag-storage` nodes stand and what they are called. */
export function detectSeries(tree: DeviceTree): DetectedSeries {
  return detectMachineSeries(readMachine(tree));
}

export function detectMachineSeries(machine: Machine): DetectedSeries {
  const found = new Set<DetectedSeries["series"]>();
  for (const { node, place } of machine.tagNodes) {
    if (place === "reserved-memory") found.add("rfc-v3");
    if (place !== "root") continue;
    if (node.name.includes(NODE_NAME_PART["rfc-v2"])) found.add("rfc-v2");
    if (node.name.includes(NODE_NAME_PART["rfc-v1"])) found.add("rfc-v1");
  }
  const [only] = found;
  if (found.size === 1 && only !== undefined) return { series: only, note: null };
  if (found.size > 1) {
    const names = [...found].sort().join(" and ");
    return { series: "rfc-v3", note: `the tree holds tag storage nodes as ${names} have them; taken as rfc-v3` };
  }
  const why =
    machine.tagNodes.length === 0 ? "no tag storage node" : "no tag storage node where a series looks for one";
  return { series: "rfc-v3", note: `the tree holds ${why}; taken as rfc-v3` };
}
