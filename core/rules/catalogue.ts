/** All rules in one list. A new group of rules is one import and one spread here. */
import { BLOB_RULES } from "./blob.ts";
import { HARDWARE_RULES } from "./hardware.ts";
import { INTERLEAVING_RULES } from "./interleavings.ts";
import { KERNEL_RULES } from "./kernel.ts";
import { LIVE_TREE_RULES } from "./live-tree.ts";
import { OBLIGATION_RULES } from "./obligations.ts";
import { OVERLAY_RULES } from "./overlay.ts";
import type { Rule } from "./rule.ts";
import { SCHEMA_RULES } from "./schema.ts";
import { SOURCE_RULES } from "./source.ts";
import { STRADDLE_RULES } from "./straddle.ts";
import { STRUCTURE_RULES } from "./structure.ts";

const RULES = [
  ...KERNEL_RULES,
  ...HARDWARE_RULES,
  ...OBLIGATION_RULES,
  ...STRADDLE_RULES,
  ...INTERLEAVING_RULES,
  ...SCHEMA_RULES,
  ...SOURCE_RULES,
  ...STRUCTURE_RULES,
  ...BLOB_RULES,
  ...LIVE_TREE_RULES,
  ...OVERLAY_RULES,
] as const;

export type RuleId = (typeof RULES)[number]["id"];

export const allRules: readonly Rule[] = RULES;

const rulesById = new Map<string, Rule>(RULES.map((rule) => [rule.id, rule]));

/** The rule of this id; null where there is none. */
export function findRule(id: string): Rule | null {
  return rulesById.get(id) ?? null;
}
